"""Tells an answer to a reader while it is written, from wherever the reader is."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from typing import Any, Final, Never

from drawbridge.agents import RunEvent, UnknownRunError
from drawbridge.chat.records import Message
from drawbridge.chat.stream.places import Place, written_chunks
from drawbridge.chat.stream.ui_messages import UiMessages
from drawbridge.db.engine import DatabaseAway
from drawbridge.identity.errors import NotAdminError, NotAuthenticatedError

# Any: what a coroutine is sent is nobody's business.
Attend = Callable[[], Coroutine[Any, Any, Never]]
"""Waits as long as the reader is let in. Raises NotAuthenticatedError or NotAdminError."""

HEADERS: Final = {
    "x-vercel-ai-ui-message-stream": "v1",
    "cache-control": "no-store",
    # Proxies such as nginx would keep the pieces until there are many.
    "x-accel-buffering": "no",
}
MEDIA_TYPE: Final = "text/event-stream"
_QUIET_S: Final = 15.0
"""Proxies cut connections on which nothing comes for a minute."""
_SIGN_OF_LIFE: Final = b": here\n\n"
_DONE: Final = b"data: [DONE]\n\n"


async def tell(
    answer: Message, events: AsyncIterator[RunEvent], after: Place, attend: Attend, *, quiet_s: float = _QUIET_S
) -> AsyncGenerator[bytes]:
    """Tell an answer as server-sent events, from after a place on: to its end, or while the reader is let in.

    Events that the reader has are read all the same: what follows depends on them.
    """
    about = {"model": answer.model, "run_id": str(answer.run_id), "created_at": answer.created_at.isoformat()}
    messages = UiMessages(str(answer.id), about)
    try:
        async for event in _with_signs_of_life(events, attend, quiet_s):
            if event is None:
                yield _SIGN_OF_LIFE
            elif written := written_chunks(event.number, messages.feed(event.kind, event.data), after):
                yield written
    except (DatabaseAway, UnknownRunError, NotAuthenticatedError, NotAdminError):
        # Without the mark of its end, so that the reader asks again: to go on, or to hear why that cannot be.
        return
    yield _DONE


async def _with_signs_of_life(
    events: AsyncIterator[RunEvent], attend: Attend, quiet_s: float
) -> AsyncGenerator[RunEvent | None]:
    """Pass events on, and None whenever none came for a while. Raises what `attend` does."""
    attending = asyncio.ensure_future(attend())
    waiting: asyncio.Task[RunEvent] | None = None
    try:
        while True:
            # A task, since what is waited for must not be cut off by the sign of life.
            waiting = waiting or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait([waiting, attending], timeout=quiet_s, return_when=asyncio.FIRST_COMPLETED)
            if attending in done:
                attending.result()
            if not done:
                yield None
                continue
            finished, waiting = waiting, None
            try:
                yield finished.result()
            except StopAsyncIteration:
                return
    finally:
        left = [task for task in (waiting, attending) if task is not None]
        for task in left:
            task.cancel()
        await asyncio.wait(left)
