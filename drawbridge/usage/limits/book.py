"""All rate limits of an organisation, as calls are decided from them: which buckets a call takes from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from drawbridge.core.ids import NO_KEY
from drawbridge.policy.patterns import fits
from drawbridge.usage.limits.buckets import Bucket, Measure, bucket_id
from drawbridge.usage.limits.entries import EachLimited

_REMEMBERED: Final = 100_000


class Amount(NamedTuple):
    """How much a limit allows; `per_ms` is 0 for calls at the same time."""

    measure: Measure
    size: int
    per_ms: int


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit."""

    id: UUID
    name: str
    subject_id: UUID
    """Whose calls: a principal, group, team or project; EVERYONE for the whole organisation."""
    each: EachLimited | None
    models: tuple[str, ...] | None
    products: tuple[str, ...] | None
    amounts: tuple[Amount, ...]

    def is_for(self, models: Collection[str], product: str) -> bool:
        """Tell whether it counts calls of a model, by any of its names, through a product."""
        if self.products is not None and product not in self.products:
            return False
        return self.models is None or any(fits(pattern, name) for pattern in self.models for name in models)

    def buckets(self, holder_id: UUID | None) -> Iterable[Bucket]:
        """Yield the buckets of a holder."""
        for measure, size, per_ms in self.amounts:
            yield Bucket(bucket_id(self.id, measure, holder_id), self.id, self.name, measure, holder_id, size, per_ms)


class Who(NamedTuple):
    """Who makes a call, as limits look at it."""

    principal_id: UUID
    key_id: UUID
    project_id: UUID | None
    team_id: UUID | None

    def holder(self, each: EachLimited) -> UUID | None:
        """Return who has a limit for themselves; None where the call has none of the kind."""
        match each:
            case "principal":
                return self.principal_id
            case "key":
                return None if self.key_id == NO_KEY else self.key_id
            case "project":
                return self.project_id
            case "team":
                return self.team_id


_Asked = tuple[Who, tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class LimitBook:
    """The limits of one organisation."""

    by_subject: Mapping[UUID, Sequence[Limit]] = field(default_factory=dict[UUID, Sequence[Limit]])
    _found: dict[_Asked, tuple[Bucket, ...]] = field(
        default_factory=dict[_Asked, tuple[Bucket, ...]], init=False, compare=False, repr=False
    )

    def buckets(self, subjects: Iterable[UUID], who: Who, models: tuple[str, ...], product: str) -> tuple[Bucket, ...]:
        """Return the buckets that a call takes from, in the order of their ids; () for most callers.

        `subjects` are those of the caller, as policy has them; `models` all names of the model that is called.
        """
        asked = (who, models, product)
        found = self._found.get(asked)
        if found is None:
            found = tuple(sorted(self._find(subjects, who, models, product), key=lambda bucket: bucket.id))
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[asked] = found
        return found

    def _find(self, subjects: Iterable[UUID], who: Who, models: tuple[str, ...], product: str) -> Iterable[Bucket]:
        for subject in subjects:
            for limit in self.by_subject.get(subject, ()):
                holder = None if limit.each is None else who.holder(limit.each)
                if (limit.each is None or holder is not None) and limit.is_for(models, product):
                    yield from limit.buckets(holder)


def make_limits(limits: Iterable[Limit]) -> LimitBook:
    """Put limits in order for calls."""
    by_subject: dict[UUID, list[Limit]] = {}
    for limit in limits:
        by_subject.setdefault(limit.subject_id, []).append(limit)
    return LimitBook(by_subject)
