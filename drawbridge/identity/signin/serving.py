"""The pages of signing in, as browsers get them: files of this package, under a policy that lets nothing else in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drawbridge.identity.signin.site import Site
from drawbridge.ingress import Exchange, Headers

_FOLDER: Final = Path(__file__).parent / "pages"
_PAGES: Final = {"/set-up": "set-up", "/sign-in": "sign-in", "/invitation": "invitation", "/account": "account"}
_ASSETS: Final = "/sign-in-assets/"
_TYPES: Final = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none';"
    b" base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_PROTECTED: Final = [
    (b"content-security-policy", _POLICY),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"publickey-credentials-get=(self), publickey-credentials-create=(self)"),
    (b"cache-control", b"no-cache"),
]
_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")
_ELSEWHERE: Final = (
    b"These pages are not shown under this name. Open http://localhost and the port on the machine itself, or set\n"
    b"DRAWBRIDGE_PUBLIC_URL to the address that people use: see docs/sign-in.md.\n"
)


@dataclass(frozen=True, slots=True)
class _File:
    headers: Headers
    body: bytes


class Pages:
    """Serves the pages, read once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._files = {path.name: _read(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES}

    @staticmethod
    def has(path: str) -> bool:
        """Tell whether a path is one of these pages."""
        return path in _PAGES or path.startswith(_ASSETS)

    async def __call__(self, exchange: Exchange) -> None:
        """Answer with a page, or send the browser to the one name under which there are pages."""
        host = exchange.headers.get("host", "")
        if self._site.place(host) is None:
            await self._send_home(exchange, self._site.home(host))
            return
        name = f"{_PAGES[exchange.path]}.html" if exchange.path in _PAGES else exchange.path.removeprefix(_ASSETS)
        file = self._files.get(name)
        if file is None:
            await exchange.reply(404, [*_PROTECTED, _TEXT], b"There is no such page.\n")
        elif exchange.method not in ("GET", "HEAD"):
            await exchange.reply(405, [*_PROTECTED, _TEXT, (b"allow", b"GET, HEAD")], b"A page is only read.\n")
        else:
            await exchange.reply(200, file.headers, file.body)

    async def _send_home(self, exchange: Exchange, home: str | None) -> None:
        # A proxy that does not pass the name on would lead its browsers in a circle.
        if home is None or "x-forwarded-for" in exchange.headers:
            await exchange.reply(421, [*_PROTECTED, _TEXT], _ELSEWHERE)
            return
        path = exchange.path if exchange.path in _PAGES else "/sign-in"
        location = (b"location", (home + path).encode())
        await exchange.reply(307, [*_PROTECTED, _TEXT, location], b"")


def _read(path: Path) -> _File:
    return _File([*_PROTECTED, (b"content-type", _TYPES[path.suffix])], path.read_bytes())
