"""Stands before an API that takes no care by itself of who sends how much."""

from typing import Final

import msgspec

from drawbridge.gateway.admission import find_credential
from drawbridge.gateway.refusals import Refusal
from drawbridge.identity.keys import parse_key
from drawbridge.ingress import Exchange, IngressError
from drawbridge.ingress.asgi import AsgiApplication, serve_asgi

_LARGEST_BODY_BYTES: Final = 1024 * 1024
_JSON: Final = [(b"content-type", b"application/json")]


class Guard:
    """Lets nobody without the form of a key in, and no large body into memory."""

    def __init__(self, api: AsgiApplication, *, open_path: str) -> None:
        self._api = api
        self._open_path = open_path

    async def __call__(self, exchange: Exchange) -> None:
        try:
            if exchange.path != self._open_path and parse_key(find_credential(exchange.header_list, ())) is None:
                raise Refusal("bad_credential", "This is no Drawbridge key. Send an admin key as a bearer.")
            body = await exchange.read_body(_LARGEST_BODY_BYTES)
        except Refusal as refusal:
            await _refuse(exchange, refusal.status(None), refusal.reason, refusal.message)
        except IngressError as error:
            await _refuse(exchange, error.status, error.code, error.message)
        else:
            await serve_asgi(self._api, exchange, body)


async def _refuse(exchange: Exchange, status: int, code: str, message: str) -> None:
    await exchange.reply(status, _JSON, msgspec.json.encode({"error": {"code": code, "message": message}}))
