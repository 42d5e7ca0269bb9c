"""Serves one exchange by an ASGI application, for the parts whose convenience is worth a framework's cost."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from drawbridge.ingress.exchange import Exchange

# Any: what an ASGI scope or message holds depends on its type.
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

_LENGTH: Final = b"content-length"


async def serve_asgi(application: AsgiApplication, exchange: Exchange, body: bytes) -> None:
    """Let the application answer, which is given the request's whole body."""
    replying = _Replying(exchange)
    await application(_scope(exchange), _receive(body), replying.send)


def _scope(exchange: Exchange) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.0" if exchange.head.is_http_1_0 else "1.1",
        "method": exchange.method,
        "scheme": "http",
        "path": exchange.path,
        "query_string": exchange.raw_query,
        "root_path": "",
        "client": (exchange.caller_address, 0),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in exchange.header_list],
    }


def _receive(body: bytes) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not pending:
            # There is nothing more to tell: when the caller leaves, the application is cancelled.
            await asyncio.get_running_loop().create_future()
        return pending.pop()

    return receive


class _Replying:
    """Puts the messages of a reply together: a whole one goes out at once."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._begin: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin = message
            return
        piece: bytes = message.get("body", b"")
        last = not message.get("more_body", False)
        begin, self._begin = self._begin, None
        if begin is None:
            await self._exchange.send(piece, last=last)
            return
        headers: list[tuple[bytes, bytes]] = list(begin.get("headers", ()))
        if last and self._exchange.method != "HEAD":
            await self._exchange.reply(begin["status"], [each for each in headers if each[0] != _LENGTH], piece)
        else:
            await self._exchange.start(begin["status"], headers)
            await self._exchange.send(piece, last=last)
