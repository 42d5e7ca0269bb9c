"""A POST with an `Idempotency-Key` is done once, however often it comes.

The form of the header is that of draft-ietf-httpapi-idempotency-key-header (October 2025), without its quotes.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drawbridge.api.description import is_repeatable
from drawbridge.api.errors import error_body
from drawbridge.api.store import FirstRequest, claim, forget, keep_answer
from drawbridge.audit.acts import Actor
from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.strict_json import BadJsonError, JsonValue, read_json
from drawbridge.db.engine import Database
from drawbridge.identity.access import Access, organisation_of

_KEY: Final = re.compile(r"[!-~]{1,200}")
_IN_PROGRESS_FOR: Final = timedelta(seconds=90)
"""Longer than any request takes: a transaction ends after 60 s."""
_LARGEST_ANSWER_BYTES: Final = 64 * 1024
_FINISH_S: Final = 90.0
SHOWN_ONCE: Final = frozenset(
    {"key", "admin_key", "link", "invitation", "secret", "token", "password", "recovery_codes"}
)
"""Members of answers that are never stored, and so are null when the answer is given again."""
_WITHHELD: Final = (
    "This is the answer to the first request with this Idempotency-Key. What is null here was shown in that answer, and"
    " is stored nowhere: if it is lost, make a new one."
)


@dataclass(slots=True)
class _Reply:
    """A reply as it is put together."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    body: bytearray = field(default_factory=bytearray)

    async def take(self, message: Message) -> None:
        """Take a part of it."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", ()))
        else:
            self.body += message.get("body", b"")

    async def give(self, send: Send) -> None:
        """Send it on."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": bytes(self.body), "more_body": False})


class Idempotency:
    """Stands before the routes, and behind what reads bodies whole."""

    def __init__(self, app: ASGIApp, *, database: Database, access: Access) -> None:
        self._app = app
        self._database = database
        self._identify = access.signed_in()
        self._going_on: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = Headers(scope=scope).get("idempotency-key") if scope["type"] == "http" else None
        if key is None or scope["method"] != "POST" or not is_repeatable(scope["path"]):
            await self._app(scope, receive, send)
            return
        if _KEY.fullmatch(key) is None:
            refusal = _said(400, "bad_idempotency_key", "An Idempotency-Key is 1 to 200 printable ASCII characters.")
            await refusal(scope, receive, send)
            return
        try:
            actor = await self._identify(Request(scope))
        except DrawbridgeError:
            # The route says why, unless it is one that nobody needs to be signed in for.
            await self._app(scope, receive, send)
            return
        await self._once(actor, key, scope, receive, send)

    async def _once(self, actor: Actor, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body: bytes = message.get("body", b"")
        organisation_id, fingerprint = organisation_of(actor), _fingerprint(scope, body)
        assert actor.principal_id is not None
        async with self._database.organisation(organisation_id) as connection:
            first = await claim(connection, organisation_id, actor.principal_id, key, fingerprint)
        if isinstance(first, FirstRequest):
            await _repeated(first, fingerprint)(scope, receive, send)
            return
        reply = _Reply()
        await self._finished(self._do(actor, first, scope, _again(message, receive), reply))
        await reply.give(send)

    async def _do(self, actor: Actor, row_id: UUID, scope: Scope, receive: Receive, reply: _Reply) -> None:
        await self._app(scope, receive, reply.take)
        if reply.status >= 500:
            # It may have been done all the same, such as where the database went away while it confirmed.
            return
        async with self._database.organisation(organisation_of(actor)) as connection:
            if reply.status < 400:
                await keep_answer(connection, row_id, reply.status, _storable(reply))
            else:
                # What was refused has done nothing, and may be tried again.
                await forget(connection, row_id)

    async def _finished(self, work: Coroutine[None, None, None]) -> None:
        """Do something to its end, also when the caller leaves: it is for them that it is remembered."""
        task = asyncio.create_task(work)
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task], timeout=_FINISH_S)
            raise


def _fingerprint(scope: Scope, body: bytes) -> bytes:
    """Return what tells a request from another one with the same key."""
    parts = (scope["path"].encode(), scope.get("query_string", b""), body)
    said = b"".join(len(part).to_bytes(8) + part for part in parts)
    return hashlib.sha256(said).digest()


def _repeated(first: FirstRequest, fingerprint: bytes) -> Response:
    """Return the answer to a request with a key that another one came with."""
    if first.fingerprint != fingerprint:
        return _said(
            422, "idempotency_key_reused", "Another request came with this Idempotency-Key: take a new one for this."
        )
    if first.status is None and first.age < _IN_PROGRESS_FOR:
        return _said(409, "in_progress", "The first request with this Idempotency-Key is being done.", retry_after_s=1)
    if first.status is None:
        return _said(
            409,
            "outcome_unknown",
            "The first request with this Idempotency-Key was cut off, and may have been done: look, and if it was not,"
            " send it with a new key.",
        )
    if first.answer is None:
        return _said(409, "done_already", "The first request with this Idempotency-Key was done; its answer is gone.")
    headers = {"idempotent-replayed": "true"}
    return Response(bytes(first.answer), first.status, headers, media_type="application/json")


def _storable(reply: _Reply) -> bytes | None:
    """Return what of an answer may be kept; None if it is no JSON, or too large."""
    if len(reply.body) > _LARGEST_ANSWER_BYTES:
        return None
    try:
        kept, withheld = _without_secrets(read_json(bytes(reply.body)))
    except BadJsonError:
        return None
    if withheld and isinstance(kept, dict):
        kept = {**kept, "withheld": _WITHHELD}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()


def _without_secrets(value: JsonValue) -> tuple[JsonValue, bool]:
    """Return JSON without what is shown only once, and whether there was any."""
    match value:
        case dict():
            pairs = {
                name: (None, True) if name in SHOWN_ONCE and item else _without_secrets(item)
                for name, item in value.items()
            }
            return {name: item for name, (item, _) in pairs.items()}, any(found for _, found in pairs.values())
        case list():
            items = [_without_secrets(item) for item in value]
            return [item for item, _ in items], any(found for _, found in items)
        case _:
            return value, False


def _said(status: int, code: str, message: str, *, retry_after_s: int | None = None) -> JSONResponse:
    headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}
    return JSONResponse(error_body(code, message), status_code=status, headers=headers)


def _again(message: Message, receive: Receive) -> Receive:
    pending = [message]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again
