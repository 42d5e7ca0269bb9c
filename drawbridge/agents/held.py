"""A run in the hands of this process."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from drawbridge.agents.records import Run, RunId

Stop = Literal["cancelled", "lost", "leaving"]
"""Why a run is not to go on: somebody asked for it, another process has it, or this process is about to end."""


@dataclass(eq=False, slots=True)
class Held:
    """A run that this process has, until it is stopped or done."""

    run: Run
    lease: UUID
    number: int
    """Of the last event that is known to be in the journal."""
    stop: Stop | None = None
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> RunId:
        return self.run.id

    def end(self, why: Stop) -> None:
        """Have it stopped. That the lease is lost weighs more than any other reason."""
        if self.stop is None or why == "lost":
            self.stop = why
        self.stopped.set()
