"""What is wrong with a role or grant on its own, in words for whoever wrote it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol, TypeVar

from drawbridge.config.located import Path, did_you_mean
from drawbridge.config.sections import Reference
from drawbridge.config.shape import Complaint
from drawbridge.policy.entries import ConditionsEntry, GrantEntry, HoursEntry, RoleEntry, subjects_of
from drawbridge.policy.errors import NotationError
from drawbridge.policy.notation import (
    SubjectKind,
    parse_moment,
    parse_resource,
    parse_subject,
    parse_team,
    parse_time_of_day,
    parse_usd,
    parse_zone,
)
from drawbridge.policy.rules import PRODUCTS


class _Ordered(Protocol):
    # Any: what comes from one parser is of one type.
    def __lt__(self, other: Any, /) -> bool: ...


_OrderedT = TypeVar("_OrderedT", bound=_Ordered)

ROLES: Final = "roles"
GRANTS: Final = "grants"

SECTION_OF: Final[dict[SubjectKind, str]] = {
    "user": "users",
    "service_account": "service_accounts",
    "agent": "agents",
    "group": "groups",
    "team": "teams",
    "project": "projects",
}
"""The section of `drawbridge.yaml` in which a subject of a grant stands."""


def role_complaints(entry: RoleEntry) -> Iterator[Complaint]:
    """Name what is wrong with a role."""
    for place, permission in enumerate(entry.permissions):
        yield from _resource_complaints(permission.on, ("permissions", place, "on"))


def grant_complaints(entry: GrantEntry) -> Iterator[Complaint]:
    """Name what is wrong with a grant, apart from references to what does not exist."""
    yield from _subject_complaints(entry)
    yield from _permission_complaints(entry)
    if entry.within is not None:
        yield from _misread(parse_team, entry.within, ("within",))
    yield from _condition_complaints(entry.when)


def grant_references(entry: GrantEntry) -> Iterator[Reference]:
    """Name the objects that a grant needs. What cannot be read is left to the complaints."""
    for place, written in enumerate(subjects_of(entry)):
        if (subject := parse_subject(written)) is not None:
            yield Reference(SECTION_OF[subject.kind], subject.name, ("to", place))
    if entry.role is not None:
        yield Reference(ROLES, entry.role, ("role",))
    if entry.within is not None:
        yield Reference(SECTION_OF["team"], parse_team(entry.within), ("within",))


def _subject_complaints(entry: GrantEntry) -> Iterator[Complaint]:
    seen: set[str] = set()
    for place, written in enumerate(subjects_of(entry)):
        path: Path = ("to",) if isinstance(entry.to, str) else ("to", place)
        yield from _misread(parse_subject, written, path)
        if written in seen:
            yield Complaint(path, f"{written!r} is in the list already.")
        seen.add(written)


def _permission_complaints(entry: GrantEntry) -> Iterator[Complaint]:
    if entry.role is not None:
        for setting, value in (("may", entry.may), ("on", entry.on)):
            if value is not None:
                yield Complaint((setting,), "cannot stand beside 'role', which says it already: leave out one of them.")
        return
    if entry.may is None and entry.on is None:
        yield Complaint((), "'role' is missing, or 'may' and 'on': say what is granted.")
    elif entry.may is None:
        yield Complaint((), "'may' is missing: say what may be done, such as [use].")
    elif entry.on is None:
        yield Complaint((), "'on' is missing: say on what, such as [\"model:*\"].")
    yield from _resource_complaints(entry.on or (), ("on",))


def _resource_complaints(resources: Iterable[str], path: Path) -> Iterator[Complaint]:
    for place, written in enumerate(resources):
        yield from _misread(parse_resource, written, (*path, place))


def _condition_complaints(when: ConditionsEntry) -> Iterator[Complaint]:
    for place, product in enumerate(when.products or ()):
        if product not in PRODUCTS:
            hint = did_you_mean(product, PRODUCTS)
            known = ", ".join(PRODUCTS)
            yield Complaint(("when", "products", place), f"there is no product {product!r}. There are: {known}.{hint}")
    for place, hours in enumerate(when.hours):
        yield from _hours_complaints(hours, ("when", "hours", place))
    yield from _order_complaints(
        parse_moment, ("not_before", when.not_before), ("not_after", when.not_after), "the grant would never apply"
    )
    yield from _order_complaints(
        parse_usd,
        ("cost_above_usd", when.cost_above_usd),
        ("cost_at_most_usd", when.cost_at_most_usd),
        "no cost is above the one and at most the other",
    )


def _hours_complaints(hours: HoursEntry, path: Path) -> Iterator[Complaint]:
    wrong = [
        *_misread(parse_time_of_day, hours.begins, (*path, "begins")),
        *_misread(parse_time_of_day, hours.ends, (*path, "ends")),
    ]
    yield from wrong
    yield from _misread(parse_zone, hours.zone, (*path, "zone"))
    if hours.begins == hours.ends and not wrong:
        yield Complaint(path, 'begins and ends at the same time. For a whole day: begins: "00:00", ends: "24:00".')


def _order_complaints(
    parse: Callable[[str], _OrderedT], low: tuple[str, str | None], high: tuple[str, str | None], why: str
) -> Iterator[Complaint]:
    """Complain about bounds that cannot be read, and about a lower bound that is not below the upper one."""
    wrong = [
        complaint
        for name, written in (low, high)
        if written is not None
        for complaint in _misread(parse, written, ("when", name))
    ]
    yield from wrong
    if not wrong and low[1] is not None and high[1] is not None and not parse(low[1]) < parse(high[1]):
        yield Complaint(("when", high[0]), f"must be more than {low[0]}: {why}.")


def _misread(parse: Callable[[str], object], written: str, path: Path) -> Iterator[Complaint]:
    try:
        parse(written)
    except NotationError as error:
        yield Complaint(path, error.message)
