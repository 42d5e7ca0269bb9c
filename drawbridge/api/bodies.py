"""Reads a request's body before any route does: only JSON that has one meaning goes on, and pieces of files."""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drawbridge.core.strict_json import BadJsonError, read_json

LARGEST_BODY_BYTES: Final = 1024 * 1024
_BYTES_TYPE: Final = "application/octet-stream"
_JSON_TYPE: Final = "application/json"


class StrictBodies:
    """Refuses bodies that are no JSON (415), are too large (413), or could be read in two ways (400).

    Where bytes are taken, they are not read here.
    """

    def __init__(self, app: ASGIApp, bytes_at: re.Pattern[str]) -> None:
        """Take the paths to which bytes are put as they are."""
        self._app = app
        self._bytes_at = bytes_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _whole_body(receive)
        takes_bytes = scope["method"] == "PUT" and self._bytes_at.fullmatch(scope["path"]) is not None
        refusal = _refusal(Headers(scope=scope), body, _BYTES_TYPE if takes_bytes else _JSON_TYPE)
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


def _refusal(headers: Headers, body: bytes | None, wanted: str) -> JSONResponse | None:
    if body is None:
        return _said(413, "too_large", f"The body is larger than {LARGEST_BODY_BYTES} bytes.")
    if not body:
        return None
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != wanted:
        if wanted == _BYTES_TYPE:
            return _said(415, "not_bytes", f"Send the bytes as they are, with content-type: {_BYTES_TYPE}.")
        return _said(415, "not_json", "Send the body as JSON, with content-type: application/json.")
    if wanted == _BYTES_TYPE:
        return None
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
