"""One period of one budget, for whoever holds it: what a call is held against."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from drawbridge.core.money import Nanousd


@dataclass(frozen=True, slots=True)
class Window:
    """A window as calls refer to it; how much is spent of it stands in the database."""

    id: UUID
    budget_id: UUID
    budget: str
    """The budget's name, for refusals."""
    holder_id: UUID | None
    """Who has it for themselves, of a budget for each; None where all share it."""
    begins: datetime
    ends: datetime | None
    """None where it never ends."""
    is_hard: bool


def window_id(budget_id: UUID, holder_id: UUID | None, begins: datetime) -> UUID:
    """Return the id that every worker finds for the same window."""
    return uuid5(budget_id, f"{holder_id or ''}@{begins.timestamp():.6f}")


@dataclass(frozen=True, slots=True)
class Shortage:
    """A budget that has not the room that a call needs. Amounts in nano-dollars."""

    window: Window
    limit: Nanousd
    headroom: Nanousd
    """What is neither spent nor held."""
    unspent: Nanousd
    """What is not spent: the difference is held by calls that are being made."""
    need: Nanousd
    """What the call might cost."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nobody could tell in time whether there is room: the call must not be made."""

    reason: str
