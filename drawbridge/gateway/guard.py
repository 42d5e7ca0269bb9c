"""Stands before an API that takes no care by itself of who sends how much."""

from typing import Final

import msgspec

from drawbridge.gateway.admission import find_credential
from drawbridge.gateway.refusals import Refusal
from drawbridge.identity.keys import parse_key
from drawbridge.identity.signin.site import Site
from drawbridge.ingress import Exchange, IngressError
from drawbridge.ingress.asgi import AsgiApplication, serve_asgi

_LARGEST_BODY_BYTES: Final = 1024 * 1024
_LARGEST_OPEN_BODY_BYTES: Final = 64 * 1024
_SIGN_IN: Final = "/api/auth/"
_JSON: Final = [(b"content-type", b"application/json")]


class Guard:
    """Lets nobody in without the form of a key or a session, but to sign in, and no large body into memory."""

    def __init__(self, api: AsgiApplication, *, open_path: str, site: Site) -> None:
        self._api = api
        self._open_path = open_path
        self._site = site

    async def __call__(self, exchange: Exchange) -> None:
        try:
            limit = self._body_limit(exchange)
            if limit is None:
                if parse_key(find_credential(exchange.header_list, ())) is None:
                    raise Refusal("bad_credential", "This is no Drawbridge key. Send an admin key as a bearer.")
                limit = _LARGEST_BODY_BYTES
            body = await exchange.read_body(limit)
        except Refusal as refusal:
            await _refuse(exchange, refusal.status(None), refusal.reason, refusal.message)
        except IngressError as error:
            await _refuse(exchange, error.status, error.code, error.message)
        else:
            await serve_asgi(self._api, exchange, body)

    def _body_limit(self, exchange: Exchange) -> int | None:
        """Return how much is read of a request without a key; None where one is needed."""
        if exchange.path == self._open_path:
            return _LARGEST_OPEN_BODY_BYTES
        place = self._site.place(exchange.headers.get("host", ""))
        if place is None:
            return None
        if exchange.path.startswith(_SIGN_IN):
            return _LARGEST_OPEN_BODY_BYTES
        # The key wins where there are both: whoever sends one is a program, and no page of somebody else can.
        has_key = "authorization" in exchange.headers or "x-api-key" in exchange.headers
        return None if has_key or f"{place.cookie}=" not in exchange.headers.get("cookie", "") else _LARGEST_BODY_BYTES


async def _refuse(exchange: Exchange, status: int, code: str, message: str) -> None:
    await exchange.reply(status, _JSON, msgspec.json.encode({"error": {"code": code, "message": message}}))
