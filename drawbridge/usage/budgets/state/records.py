"""How one window of a budget stands, and a budget on the whole."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from drawbridge.core.money import Nanousd
from drawbridge.usage.budgets.state.forecast import forecast


@dataclass(frozen=True, slots=True)
class WindowState:
    """A window at one moment. Amounts in nano-dollars."""

    id: UUID
    budget: str
    is_hard: bool
    holder: str | None
    """Who has it for themselves, such as `user:ana`; None where all share it."""
    begins: datetime
    ends: datetime | None
    """None where it never ends."""
    limit: Nanousd
    """The budget's own and what was approved on top."""
    extra: Nanousd
    """What was approved on top, for this window alone."""
    posted: Nanousd
    held: Nanousd
    """Held for calls that are being made, and by workers for the next ones."""
    overage: Nanousd
    """What vendors billed above what was held."""
    suspense: Nanousd
    """The part of `held` of workers that have been silent for long."""
    at: datetime

    @property
    def spent(self) -> Nanousd:
        """What calls have cost."""
        return Nanousd(self.posted + self.overage)

    @property
    def headroom(self) -> Nanousd:
        """What calls may still be held against. A soft budget holds nothing: it only counts."""
        return Nanousd(max(0, self.limit - self.posted - self.held))

    @property
    def forecast(self) -> Nanousd | None:
        """What will be spent at the end; None where nobody can tell."""
        return forecast(self.spent, self.begins, self.ends, self.at)


@dataclass(frozen=True, slots=True)
class BudgetOverview:
    """How a budget stands on the whole, at one moment."""

    budget: str
    windows: int
    """How many have it: one where all share it; of a budget for each, those of whom a call was held against it."""
    fullest: WindowState | None
    """The one of which the largest part is spent or held; None where nobody has it yet."""
