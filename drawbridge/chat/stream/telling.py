"""Tells an answer to a reader while it is written, from wherever the reader is."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from drawbridge.agents import RunEvent, UnknownRunError
from drawbridge.chat.records import Message
from drawbridge.chat.stream.places import Place, written_chunks
from drawbridge.chat.stream.ui_messages import UiMessages
from drawbridge.db.engine import DatabaseAway

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
    answer: Message, events: AsyncIterator[RunEvent], after: Place, *, quiet_s: float = _QUIET_S
) -> AsyncGenerator[bytes]:
    """Tell an answer as server-sent events, from after a place on, until its end.

    Events that the reader has are read all the same: what follows depends on them.
    """
    about = {"model": answer.model, "run_id": str(answer.run_id), "created_at": answer.created_at.isoformat()}
    messages = UiMessages(str(answer.id), about)
    try:
        async for event in _with_signs_of_life(events, quiet_s):
            if event is None:
                yield _SIGN_OF_LIFE
            elif written := written_chunks(event.number, messages.feed(event.kind, event.data), after):
                yield written
    except (DatabaseAway, UnknownRunError):
        # Without the mark of its end, so that the reader asks again: to go on, or to hear that the answer is gone.
        return
    yield _DONE


async def _with_signs_of_life(events: AsyncIterator[RunEvent], quiet_s: float) -> AsyncGenerator[RunEvent | None]:
    """Pass events on, and None whenever none came for a while."""
    waiting: asyncio.Task[RunEvent] | None = None
    try:
        while True:
            # A task, since what is waited for must not be cut off by the sign of life.
            waiting = waiting or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait([waiting], timeout=quiet_s)
            if not done:
                yield None
                continue
            finished, waiting = waiting, None
            try:
                yield finished.result()
            except StopAsyncIteration:
                return
    finally:
        if waiting is not None:
            waiting.cancel()
            await asyncio.wait([waiting])
