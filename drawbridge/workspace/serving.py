"""Serves the workspace's pages: one page for every address that a person may open, and the files that it loads."""

import asyncio
from typing import Final

from drawbridge.identity.signin.site import Site
from drawbridge.ingress import Exchange
from drawbridge.workspace.built import FIRST_PAGE, Built, BuiltFile, open_built

_ASSETS: Final = "/assets/"
_FRAMES: Final = "/frames/"
"""Documents of their own within a page, for what a library draws by its own HTML and styles."""
_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self';"
    b" connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none';"
    b" require-trusted-types-for 'script'; trusted-types 'none'"
)
# Of no origin, without the network, and whatever is written into it is no script.
_FRAME_POLICY: Final = (
    b"sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; form-action 'none';"
    b" base-uri 'none'; frame-ancestors 'self'"
)
_PROTECTED_ALL: Final[list[tuple[bytes, bytes]]] = [
    (b"x-content-type-options", b"nosniff"),
    # The name of a host in somebody's text must not be looked up because a page shows it.
    (b"x-dns-prefetch-control", b"off"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), display-capture=()"),
]
_PROTECTED: Final = [(b"content-security-policy", _POLICY), (b"x-frame-options", b"DENY"), *_PROTECTED_ALL]
_PROTECTED_FRAME: Final = [
    (b"content-security-policy", _FRAME_POLICY),
    (b"x-frame-options", b"SAMEORIGIN"),
    *_PROTECTED_ALL,
]
# Frames are of no origin, and load scripts like anybody else: there is nothing in them that is not public.
_FOR_FRAMES: Final = (b"access-control-allow-origin", b"*")
_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")
_FOR_GOOD: Final = (b"cache-control", b"public, max-age=31536000, immutable")
_ASK_AGAIN: Final = (b"cache-control", b"no-cache")
_VARIES: Final = (b"vary", b"accept-encoding")
_NOT_OURS: Final = frozenset({"api", "healthz", "models", "readyz", "upload", "v1", "v1beta", "v2"})
"""First parts of paths that programs call: a browser that opens one sees what a program sees."""
_ELSEWHERE: Final = (
    b"These pages are not shown under this name. Open http://localhost and the port on the machine itself, or set\n"
    b"DRAWBRIDGE_PUBLIC_URL to the address that people use: see docs/sign-in.md.\n"
)
_NOT_BUILT: Final = (
    b"The pages of the workspace were not built, because there was no Node when Drawbridge was set up here.\n\n"
    b"Install Node 20.19 or newer with npm and start again (make up), or install Drawbridge from its wheel, which has\n"
    b"them. The API works without them, and so do /sign-in and /account.\n"
)


class Workspace:
    """Serves a build, listed once and read from the disk at each request."""

    def __init__(self, site: Site, built: Built | None = None) -> None:
        self._site = site
        self._built = open_built() if built is None else built

    @staticmethod
    def has(exchange: Exchange) -> bool:
        """Tell whether a request is for a page or a file of one: a browser asks for HTML, a program does not."""
        path = exchange.path
        if path.startswith(_ASSETS):
            return True
        if exchange.method not in ("GET", "HEAD") or "text/html" not in exchange.headers.get("accept", ""):
            return False
        first = path.split("/")[1] if path.startswith("/") else ""
        return first not in _NOT_OURS

    async def __call__(self, exchange: Exchange) -> None:
        """Answer with a file of the build; with its one page where the path is for that to understand."""
        host = exchange.headers.get("host", "")
        if self._site.place(host) is None:
            await self._send_home(exchange, self._site.home(host))
            return
        is_asset = exchange.path.startswith((_ASSETS, _FRAMES))
        file = self._built.files.get(exchange.path[1:] if is_asset else FIRST_PAGE)
        if file is None:
            gone = b"There is no such file.\n" if is_asset else _NOT_BUILT
            await exchange.reply(404 if is_asset else 503, [*_PROTECTED, _TEXT, _ASK_AGAIN], gone)
        elif exchange.method not in ("GET", "HEAD"):
            await exchange.reply(405, [*_PROTECTED, _TEXT, (b"allow", b"GET, HEAD")], b"A page is only read.\n")
        else:
            await _send(exchange, file)

    async def _send_home(self, exchange: Exchange, home: str | None) -> None:
        # A proxy that does not pass the name on would lead its browsers in a circle.
        if home is None or "x-forwarded-for" in exchange.headers:
            await exchange.reply(421, [*_PROTECTED, _TEXT], _ELSEWHERE)
            return
        await exchange.reply(307, [*_PROTECTED, _TEXT, (b"location", f"{home}/".encode())], b"")


async def _send(exchange: Exchange, file: BuiltFile) -> None:
    kept = _FOR_GOOD if file.is_named_by_content else _ASK_AGAIN
    protected = _PROTECTED_FRAME if exchange.path.startswith(_FRAMES) else _PROTECTED
    headers: list[tuple[bytes, bytes]] = [*protected, (b"content-type", file.type), kept, _VARIES]
    if exchange.path.startswith(_ASSETS):
        headers.append(_FOR_FRAMES)
    headers.append((b"etag", file.tag))
    if file.tag.decode() in exchange.headers.get("if-none-match", ""):
        await exchange.reply(304, headers, b"")
        return
    encoding, path = file.choose(exchange.headers.get("accept-encoding", ""))
    if encoding is not None:
        headers.append((b"content-encoding", encoding.encode()))
    try:
        body = await asyncio.to_thread(path.read_bytes)
    except FileNotFoundError:
        replaced = b"The pages were built anew since this process began: start Drawbridge again.\n"
        await exchange.reply(404, [*_PROTECTED, _TEXT, _ASK_AGAIN], replaced)
        return
    await exchange.reply(200, headers, body)
