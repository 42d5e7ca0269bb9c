"""What the engine needs of others: a way to ask models, and the product whose turn a run is."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from drawbridge.agents.records import EndState, Run
from drawbridge.core.ids import CallId
from drawbridge.db.engine import AsyncConnection
from drawbridge.gateway import Asked, Asker, Ending, Part, Telling


class Speaks(Protocol):
    """Asks a model; `gateway.InnerDoor` does."""

    def ask(self, who: Asker, asked: Asked, call_id: CallId | None = None) -> AbstractAsyncContextManager[Telling]:
        """Make one call under this id; leaving the context ends it, and then its ending is known.

        The iterator raises Refusal.
        """
        ...


@dataclass(frozen=True, slots=True)
class Finish:
    """How a run ended, and what there is of an answer."""

    state: EndState
    parts: Sequence[Part] = ()
    """What was told of the answer. Of one that broke off with its process, only words: no seals, ids or citations."""
    call_id: CallId | None = None
    """The call that was begun, or was about to; by it usage tells what it cost. None: none was."""
    ending: Ending | None = None
    """What the call came to, however it ended; None where it was not made, or nobody heard that."""
    stop_reason: str | None = None
    code: str | None = None
    """Of a failure: what a program can go by, such as `interrupted`."""
    message: str | None = None
    """Of a failure: what happened, and what to do about it, for people."""
    retry_after_s: float | None = None


class Turns(Protocol):
    """A product whose turns are runs. What it raises as DrawbridgeError is told as the run's failure."""

    async def read(self, run: Run) -> Asked:
        """Return what a model is to be asked, by the run's input. May be called again after a restart."""
        ...

    async def finish(self, connection: AsyncConnection, run: Run, finish: Finish) -> None:
        """Keep what became of a run, in the transaction in which its last event is written: once for each run."""
        ...
