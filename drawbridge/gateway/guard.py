"""Stands before an API that takes no care by itself of who sends how much."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from drawbridge.gateway.admission import find_credential
from drawbridge.gateway.exchange import CallerLeftError, Exchange, Message, Receive, Scope, Send
from drawbridge.gateway.refusals import Refusal
from drawbridge.identity.keys import parse_key

_LARGEST_BODY_BYTES: Final = 1024 * 1024
_JSON: Final = [(b"content-type", b"application/json")]


Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Guard:
    """Lets nobody without the form of a key in, and no large body into memory."""

    def __init__(self, api: Application, *, open_path: str, timeout_s: float) -> None:
        self._api = api
        self._open_path = open_path
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, timeout_s=self._timeout_s)
        try:
            if exchange.path != self._open_path and parse_key(find_credential(exchange.header_list, ())) is None:
                raise Refusal("bad_credential", "This is no Drawbridge key. Send an admin key as a bearer.")
            body = await exchange.read_body(_LARGEST_BODY_BYTES)
        except Refusal as refusal:
            body = msgspec.json.encode({"error": {"code": refusal.reason, "message": refusal.message}})
            await exchange.reply(refusal.status(None), _JSON, body)
        except CallerLeftError:
            return
        else:
            await self._api(scope, _replay(body, receive), send)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body once more, and then what comes after it."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed
