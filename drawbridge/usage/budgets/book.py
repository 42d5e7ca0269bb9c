"""All budgets of an organisation, as calls are decided from them: which windows a call counts against."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from drawbridge.core.ids import NO_KEY
from drawbridge.policy.patterns import fits
from drawbridge.policy.rules import EVERYONE
from drawbridge.usage.budgets.entries import AtEndEntry, Each
from drawbridge.usage.budgets.periods import Period
from drawbridge.usage.budgets.windows import Window, window_id

_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget."""

    id: UUID
    name: str
    subject_id: UUID
    """Whose calls: a principal, group, team or project; EVERYONE for the whole organisation."""
    each: Each | None
    models: tuple[str, ...] | None
    products: tuple[str, ...] | None
    is_hard: bool
    period: Period
    at_end: AtEndEntry
    before: Period | None = None
    """What still holds where the period was changed, until `changes_at`."""
    before_since: datetime | None = None
    """When that one began to hold, if it was a change, too."""
    changes_at: datetime | None = None

    def is_for(self, models: Collection[str], product: str) -> bool:
        """Tell whether it counts calls of a model, by any of its names, through a product."""
        if self.products is not None and product not in self.products:
            return False
        return self.models is None or any(fits(pattern, name) for pattern in self.models for name in models)

    def window(self, holder_id: UUID | None, at: datetime) -> Window:
        """Return the window that a time is in."""
        begins, ends = self.around(at)
        return Window(window_id(self.id, holder_id, begins), self.id, self.name, holder_id, begins, ends, self.is_hard)

    def around(self, at: datetime) -> tuple[datetime, datetime | None]:
        """Return the beginning and the end of the window that a time is in.

        A change of the period begins with the next one: else it would give a limit twice for the same days.
        """
        if self.changes_at is not None and at >= self.changes_at:
            begins, ends = self.period.around(at)
            return max(begins, self.changes_at), ends
        if self.changes_at is None or self.before is None:
            return self.period.around(at)
        begins, ends = self.before.around(at)
        if self.before_since is not None:
            begins = max(begins, self.before_since)
        return begins, self.changes_at if ends is None else min(ends, self.changes_at)


@dataclass(frozen=True, slots=True)
class Spender:
    """Who makes a call, as budgets look at it."""

    principal_id: UUID
    key_id: UUID
    project_id: UUID | None = None
    run_id: UUID | None = None

    def holder(self, each: Each | None) -> UUID | None:
        """Return who has a budget for themselves; None where all share it, or the call has none of the kind."""
        match each:
            case "principal":
                return self.principal_id
            case "key":
                return None if self.key_id == NO_KEY else self.key_id
            case "project":
                return self.project_id
            case "run":
                return self.run_id
            case None:
                return None


_Asked = tuple[Spender, tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class BudgetBook:
    """The budgets of one organisation."""

    by_subject: Mapping[UUID, Sequence[Budget]] = field(default_factory=dict[UUID, Sequence[Budget]])
    by_id: Mapping[UUID, Budget] = field(default_factory=dict[UUID, Budget])
    _found: dict[_Asked, tuple[tuple[Window, ...], datetime | None]] = field(
        default_factory=dict[_Asked, tuple[tuple[Window, ...], datetime | None]], init=False, compare=False, repr=False
    )

    def windows(
        self, subjects: frozenset[UUID], spender: Spender, models: tuple[str, ...], product: str, at: datetime
    ) -> tuple[Window, ...]:
        """Return the windows that a call counts against, in the order of their ids; () for most callers.

        `subjects` are those of the caller, as policy has them; `models` all names of the model that is called.
        """
        if not self.by_subject:
            return ()
        asked = (spender, models, product)
        found = self._found.get(asked)
        if found is not None:
            windows, ends = found
            if ends is None or at < ends:
                return windows
        windows = tuple(sorted(self._find(subjects, spender, models, product, at), key=lambda window: window.id))
        ends = min((window.ends for window in windows if window.ends is not None), default=None)
        if len(self._found) >= _REMEMBERED:
            self._found.clear()
        self._found[asked] = (windows, ends)
        return windows

    def _find(
        self, subjects: frozenset[UUID], spender: Spender, models: tuple[str, ...], product: str, at: datetime
    ) -> Iterable[Window]:
        for subject in subjects:
            for budget in self.by_subject.get(subject, ()):
                holder = spender.holder(budget.each)
                if (budget.each is None or holder is not None) and budget.is_for(models, product):
                    yield budget.window(holder, at)


def make_book(budgets: Iterable[Budget]) -> BudgetBook:
    """Put budgets in order for calls."""
    by_subject: dict[UUID, list[Budget]] = {}
    by_id: dict[UUID, Budget] = {}
    for budget in budgets:
        by_subject.setdefault(budget.subject_id, []).append(budget)
        by_id[budget.id] = budget
    return BudgetBook(by_subject, by_id)


ORGANISATION: Final = EVERYONE
"""The subject of budgets for all calls of an organisation."""
