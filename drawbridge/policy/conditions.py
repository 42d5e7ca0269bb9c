"""What a rule asks of the circumstances before it applies."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import ClassVar, Final, Literal, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from drawbridge.core.money import Nanousd, format_usd
from drawbridge.identity.records import DataClass

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a request beside who, what and on what. None, or no entry: not known."""

    now: datetime
    product: str | None = None
    data_class: DataClass | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of the resource, such as `region`, `vendor`, `provider`."""
    cost_nanousd: int | None = None
    """The most that it can cost."""
    teams: frozenset[UUID] | None = None
    """The teams that the resource belongs to, with those above them."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the week in a time zone; one that ends before it begins goes on after midnight."""

    days: frozenset[Weekday]
    begins: time
    ends: time
    """Exclusive; midnight is the end of the day."""
    zone: ZoneInfo | None
    """None: this machine does not know it."""

    def hold(self, now: datetime) -> bool | None:
        """Tell whether a moment lies within them. After midnight it is the day before that counts."""
        if self.zone is None:
            return None
        local = now.astimezone(self.zone)
        moment, weekday = local.time(), local.weekday()
        ends_at_midnight = self.ends == time(0)
        if self.begins < self.ends or ends_at_midnight:
            return self.begins <= moment and (ends_at_midnight or moment < self.ends) and WEEKDAYS[weekday] in self.days
        if moment >= self.begins:
            return WEEKDAYS[weekday] in self.days
        return moment < self.ends and WEEKDAYS[weekday - 1] in self.days

    def __str__(self) -> str:
        days = ", ".join(day for day in WEEKDAYS if day in self.days)
        ends = "24:00" if self.ends == time(0) else f"{self.ends:%H:%M}"
        zone = "a time zone that this machine does not know" if self.zone is None else self.zone.key
        return f"{days} {self.begins:%H:%M} to {ends} in {zone}"


class Condition(Protocol):
    """One thing that a rule asks. Its text says what, such as `region is eu`."""

    reads_attributes: ClassVar[bool]
    """Whether it is about the attributes of the resource, and so different for each."""

    def judge(self, here: Circumstances, /) -> bool | None:
        """Tell whether it holds. None: what is known does not say."""
        ...


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold for a rule to apply: everything that is stated."""

    products: frozenset[str] | None = None
    data_classes: frozenset[DataClass] | None = None
    where: tuple[tuple[str, frozenset[str]], ...] = ()
    """Attributes of the resource, with the values of which it must have one."""
    where_not: tuple[tuple[str, frozenset[str]], ...] = ()
    """Attributes of the resource, with the values of which it must have none."""
    hours: tuple[Hours, ...] = ()
    """One of them must hold, where there are any."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    """Exclusive."""
    cost_at_most_nanousd: int | None = None
    cost_above_nanousd: int | None = None
    within: UUID | None = None
    """The team that the resource must belong to, itself or by one below."""
    within_name: str = field(default="", compare=False)
    each: tuple[Condition, ...] = field(init=False, repr=False, compare=False)
    """The same, one by one: what decisions read."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "each", (*_of_request(self), *_of_resource(self), *_of_time(self)))

    def hold(self, circumstances: Circumstances) -> bool | None:
        """Tell whether everything holds. None: what is known does not say."""
        known = True
        for condition in self.each:
            held = condition.judge(circumstances)
            if held is False:
                return False
            known = known and held is not None
        return known or None


@dataclass(frozen=True, slots=True)
class _Product:
    among: frozenset[str]
    reads_attributes: ClassVar[bool] = False

    def judge(self, here: Circumstances) -> bool | None:
        return None if here.product is None else here.product in self.among

    def __str__(self) -> str:
        return f"product is {_alternatives(self.among)}"


@dataclass(frozen=True, slots=True)
class _DataClass:
    among: frozenset[DataClass]
    reads_attributes: ClassVar[bool] = False

    def judge(self, here: Circumstances) -> bool | None:
        return None if here.data_class is None else here.data_class in self.among

    def __str__(self) -> str:
        return f"data class is {_alternatives(self.among)}"


@dataclass(frozen=True, slots=True)
class _Where:
    name: str
    among: frozenset[str]
    reads_attributes: ClassVar[bool] = True

    def judge(self, here: Circumstances) -> bool | None:
        value = here.attributes.get(self.name)
        return None if value is None else value in self.among

    def __str__(self) -> str:
        return f"{self.name} is {_alternatives(self.among)}"


@dataclass(frozen=True, slots=True)
class _WhereNot:
    name: str
    among: frozenset[str]
    reads_attributes: ClassVar[bool] = True

    def judge(self, here: Circumstances) -> bool | None:
        value = here.attributes.get(self.name)
        return None if value is None else value not in self.among

    def __str__(self) -> str:
        return f"{self.name} is not {_alternatives(self.among)}"


@dataclass(frozen=True, slots=True)
class _CostAtMost:
    nanousd: int
    reads_attributes: ClassVar[bool] = False

    def judge(self, here: Circumstances) -> bool | None:
        return None if here.cost_nanousd is None else here.cost_nanousd <= self.nanousd

    def __str__(self) -> str:
        return f"it can cost at most {format_usd(Nanousd(self.nanousd))}"


@dataclass(frozen=True, slots=True)
class _CostAbove:
    nanousd: int
    reads_attributes: ClassVar[bool] = False

    def judge(self, here: Circumstances) -> bool | None:
        return None if here.cost_nanousd is None else here.cost_nanousd > self.nanousd

    def __str__(self) -> str:
        return f"it can cost more than {format_usd(Nanousd(self.nanousd))}"


@dataclass(frozen=True, slots=True)
class _Within:
    team: UUID
    name: str
    reads_attributes: ClassVar[bool] = False

    def judge(self, here: Circumstances) -> bool | None:
        return None if here.teams is None else self.team in here.teams

    def __str__(self) -> str:
        return f"it belongs to team {self.name or self.team}"


@dataclass(frozen=True, slots=True)
class _NotBefore:
    moment: datetime
    reads_attributes: ClassVar[bool] = False

    def judge(self, here: Circumstances) -> bool:
        return here.now >= self.moment

    def __str__(self) -> str:
        return f"it is {self.moment.isoformat()} or later"


@dataclass(frozen=True, slots=True)
class _NotAfter:
    moment: datetime
    reads_attributes: ClassVar[bool] = False

    def judge(self, here: Circumstances) -> bool:
        return here.now < self.moment

    def __str__(self) -> str:
        return f"it is before {self.moment.isoformat()}"


@dataclass(frozen=True, slots=True)
class _WithinHours:
    parts: tuple[Hours, ...]
    reads_attributes: ClassVar[bool] = False

    def judge(self, here: Circumstances) -> bool | None:
        known = True
        for part in self.parts:
            held = part.hold(here.now)
            if held:
                return True
            known = known and held is not None
        return False if known else None

    def __str__(self) -> str:
        return f"it is {' or '.join(map(str, self.parts))}"


def _of_request(conditions: Conditions) -> Iterator[Condition]:
    if conditions.products is not None:
        yield _Product(conditions.products)
    if conditions.data_classes is not None:
        yield _DataClass(conditions.data_classes)
    if conditions.cost_at_most_nanousd is not None:
        yield _CostAtMost(conditions.cost_at_most_nanousd)
    if conditions.cost_above_nanousd is not None:
        yield _CostAbove(conditions.cost_above_nanousd)


def _of_resource(conditions: Conditions) -> Iterator[Condition]:
    for name, values in conditions.where:
        yield _Where(name, values)
    for name, values in conditions.where_not:
        yield _WhereNot(name, values)
    if conditions.within is not None:
        yield _Within(conditions.within, conditions.within_name)


def _of_time(conditions: Conditions) -> Iterator[Condition]:
    if conditions.not_before is not None:
        yield _NotBefore(conditions.not_before)
    if conditions.not_after is not None:
        yield _NotAfter(conditions.not_after)
    if conditions.hours:
        yield _WithinHours(conditions.hours)


def _alternatives(values: Iterable[str]) -> str:
    return " or ".join(sorted(values))


NO_CONDITIONS: Final = Conditions()
