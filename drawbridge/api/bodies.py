"""Reads a request's body before any route does: only JSON that has one meaning goes on."""

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drawbridge.core.strict_json import BadJsonError, read_json

LARGEST_BODY_BYTES: Final = 1024 * 1024


class StrictBodies:
    """Refuses bodies that are no JSON (415), are too large (413), or could be read in two ways (400)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _whole_body(receive)
        refusal = _refusal(Headers(scope=scope), body)
        if refusal is None:
            await self._app(scope, _again(body, receive), send)
        else:
            await refusal(scope, receive, send)


async def _whole_body(receive: Receive) -> bytes | None:
    """Return the body; None for one that is too large."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _refusal(headers: Headers, body: bytes | None) -> JSONResponse | None:
    if body is None:
        return _said(413, "too_large", f"The body is larger than {LARGEST_BODY_BYTES} bytes.")
    if not body:
        return None
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        return _said(415, "not_json", "Send the body as JSON, with content-type: application/json.")
    try:
        read_json(body)
    except BadJsonError as error:
        return _said(error.status, error.code, error.message)
    return None


def _said(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


def _again(body: bytes | None, receive: Receive) -> Receive:
    """Give a body that was read already; after it, what the connection tells."""
    pending: list[Message] = [{"type": "http.request", "body": body or b"", "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again
