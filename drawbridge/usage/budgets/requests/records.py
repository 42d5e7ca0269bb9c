"""A request for more of a budget."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from drawbridge.core.money import Nanousd

RequestState = Literal["open", "approved", "refused"]


@dataclass(frozen=True, slots=True)
class BudgetRequest:
    """A request, and what became of it."""

    id: UUID
    budget: str
    budget_id: UUID
    owner_id: UUID | None
    """The budget's owner, who may decide."""
    holder_id: UUID | None
    """Whose window is to be raised, of a budget for each; None where all share it."""
    principal_id: UUID
    asked_by: str
    """Such as `user:ana`."""
    amount: Nanousd
    reason: str
    state: RequestState
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    answer: str
    """What was said with the decision; empty for nothing."""


@dataclass(frozen=True, slots=True)
class WantedMore:
    """What somebody asks for."""

    budget: str
    usd: str
    """Such as `50`."""
    reason: str
    key_id: UUID | None = None
    """Of a budget for each key: for which one."""
    project: str | None = None
    """Of a budget for each project: for which one."""
