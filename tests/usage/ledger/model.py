"""What the ledger and the budgets must say, worked out from the events that were booked, in whatever order."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Made:
    """A call that was made: what was held for it, what it cost as far as anybody saw, and the windows of it."""

    held: int
    cost: int
    is_lost: bool
    unsure: int
    """How much more it may have come to, within what was held."""
    windows: frozenset[UUID]


@dataclass(slots=True)
class Model:
    """The reference: sets of what happened, and sums over them."""

    is_hard: Mapping[UUID, bool]
    booked: dict[UUID, Made] = field(default_factory=dict[UUID, Made])
    billed: dict[UUID, int] = field(default_factory=dict[UUID, int])
    sources: set[tuple[UUID, str]] = field(default_factory=set[tuple[UUID, str]])

    def bill(self, attempt: UUID, source: str, cost: int) -> None:
        """Enter what a call was billed at."""
        if (attempt, source) not in self.sources:
            self.sources.add((attempt, source))
            self.billed[attempt] = cost

    def spent(self, window: UUID) -> int:
        """Return what is posted, and overage, of a window."""
        of_window = [attempt for attempt, made in self.booked.items() if window in made.windows]
        return sum(self._counted(attempt, with_hold=self.is_hard[window]) for attempt in of_window)

    def balances(self) -> dict[str, int]:
        """Return what stands on each account that is not at zero."""
        found: defaultdict[str, int] = defaultdict(int)
        for attempt, made in self.booked.items():
            cost, is_known = self._counted(attempt, with_hold=False), attempt in self.billed or not made.is_lost
            found["overage"] += (above := max(cost - made.held, 0) if is_known else 0)
            found["cost_centre"] += cost - above
            found["suspense"] += (unknown := 0 if attempt in self.billed else made.unsure)
            found["vendor_payable"] -= cost + unknown
        return {account: amount for account, amount in found.items() if amount}

    def _counted(self, attempt: UUID, *, with_hold: bool) -> int:
        made = self.booked[attempt]
        cost = self.billed.get(attempt, made.cost)
        return cost + made.unsure if with_hold and attempt not in self.billed else cost
