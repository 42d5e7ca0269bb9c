"""What the workspace asks of others: runs, which make answers, and the models that somebody may ask."""

from collections.abc import AsyncIterator, Collection
from typing import Final, Protocol
from uuid import UUID

from drawbridge.agents import RunEvent, RunId, RunRef, Start
from drawbridge.chat.records import Owner
from drawbridge.db.engine import AsyncConnection
from drawbridge.gateway import Asker, Offer

PRODUCT: Final = "chat"
"""What the workspace is called in usage, grants and budgets, and its runs in the journal."""


class Engine(Protocol):
    """Makes answers; `agents.Runs` does."""

    async def start(self, connection: AsyncConnection, what: Start) -> RunId:
        """Start a run in a transaction: it begins when that is committed."""
        ...

    async def cancel(self, ref: RunRef) -> None:
        """Stop a run; nothing where it is over."""
        ...

    async def forget(self, connection: AsyncConnection, run_ids: Collection[UUID]) -> None:
        """Delete runs with all that was told of them, in a transaction."""
        ...

    def events(self, ref: RunRef, after: int = 0) -> AsyncIterator[RunEvent]:
        """Tell the events of a run behind a number, those that were and those to come, until its end."""
        ...


class Offers(Protocol):
    """Knows which models somebody may ask; `gateway.InnerDoor` does."""

    async def models_for(self, who: Asker) -> list[Offer]:
        """Return them by name. Raises Refusal."""
        ...


def asker(owner: Owner) -> Asker:
    """Return an owner as the gateway knows who asks."""
    return Asker(owner.organisation_id, owner.principal_id, PRODUCT)
