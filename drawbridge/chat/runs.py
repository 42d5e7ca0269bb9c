"""The runs of the workspace: answers, and titles. Implements agents' `Turns`."""

from dataclasses import dataclass

from drawbridge.agents import Finish, Run
from drawbridge.chat.answers import Answers
from drawbridge.chat.titling import Titling
from drawbridge.db.engine import AsyncConnection
from drawbridge.gateway import Asked


@dataclass(frozen=True, slots=True)
class ChatRuns:
    """What runs ask for the workspace, and give back to it."""

    answers: Answers
    titling: Titling

    async def read(self, run: Run) -> Asked:
        """Return what a model is to be asked."""
        return await (self.titling if self.titling.has(run) else self.answers).read(run)

    async def finish(self, connection: AsyncConnection, run: Run, finish: Finish) -> None:
        """Keep what became of a run; behind a first answer, have a title made."""
        if self.titling.has(run):
            await self.titling.finish(connection, run, finish)
            return
        await self.answers.finish(connection, run, finish)
        if finish.state == "completed":
            await self.titling.begin(connection, run)
