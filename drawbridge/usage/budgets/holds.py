"""What is held for one call until it is settled."""

from collections.abc import Sequence
from dataclasses import dataclass

from drawbridge.core.money import Nanousd
from drawbridge.usage.budgets.leases import Leases
from drawbridge.usage.budgets.windows import Window


@dataclass(slots=True)
class Hold:
    """An amount that is held on every window of a call. It ends once, by whichever method is called first."""

    leases: Leases
    windows: Sequence[Window]
    amount: Nanousd
    ended: bool = False

    @property
    def is_hard(self) -> bool:
        """Whether any of its budgets must not be exceeded."""
        return any(window.is_hard for window in self.windows)

    @property
    def booked(self) -> Nanousd | None:
        """What an event says was held; None where its budgets only count, and a call cannot cost too much."""
        return self.amount if self.is_hard else None

    def settle(self, cost: int | None) -> None:
        """Keep what the call cost, and free the rest. None, where nobody knows: all of it stays taken."""
        if not self.ended:
            self.ended = True
            self.leases.settle(self.windows, self.amount, cost)

    def release(self) -> None:
        """Free all of it: the call is not made."""
        self.settle(0)

    def keep(self) -> None:
        """Leave all of it taken: the call was made, and only its write-ahead file can tell what became of it."""
        self.ended = True
