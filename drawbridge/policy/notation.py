"""How roles and grants write resources, subjects, times and amounts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from drawbridge.config.located import did_you_mean
from drawbridge.core.money import NANOUSD_PER_USD, Nanousd
from drawbridge.policy.errors import NotationError
from drawbridge.policy.rules import KINDS, Kind

SubjectKind = Literal["user", "service_account", "agent", "group", "team", "project"]
SUBJECT_KINDS: Final[tuple[SubjectKind, ...]] = get_args(SubjectKind)

EVERYONE_IN_WORDS: Final = "everyone"

NAMELESS_KINDS: Final[frozenset[Kind]] = frozenset({"audit", "organisation", "price", "usage"})
"""Of these an organisation has one, which is called `*`."""

_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MIDNIGHT_AT_THE_END = "24:00"
_USD = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?")


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody or something that grants can be made to, by name."""

    kind: SubjectKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class ResourcePattern:
    """Some resources of some kinds, by name; `*` stands for any characters."""

    kinds: tuple[Kind, ...]
    pattern: str


def parse_resource(written: str) -> ResourcePattern:
    """Read a resource as grants name it: `model:gpt-5*`, `key:*`, `*`. Raises NotationError."""
    if written == "*":
        return ResourcePattern(KINDS, "*")
    kind, colon, pattern = written.partition(":")
    if kind not in KINDS:
        raise NotationError(
            f"{written!r} is no resource: write kind:name, or *. Kinds: {', '.join(KINDS)}.{did_you_mean(kind, KINDS)}"
        )
    if not colon or not pattern:
        raise NotationError(f"{written!r} is no resource: write {kind}:* for all of them, or {kind}: and a name.")
    if kind in NAMELESS_KINDS and pattern != "*":
        raise NotationError(f"{written!r} is no resource: there is only one, so write {kind}:*.")
    return ResourcePattern((kind,), pattern)


def parse_subject(written: str) -> Subject | None:
    """Read a subject as grants name it: `user:ana`, `team:research`; None for `everyone`. Raises NotationError."""
    if written == EVERYONE_IN_WORDS:
        return None
    kind, colon, name = written.partition(":")
    if kind not in SUBJECT_KINDS or not colon or not name:
        allowed = (*SUBJECT_KINDS, EVERYONE_IN_WORDS)
        raise NotationError(
            f"{written!r} is nobody: write {EVERYONE_IN_WORDS}, or one of {', '.join(SUBJECT_KINDS)}, a colon and a"
            f" name.{did_you_mean(kind, allowed)}"
        )
    return Subject(kind, name)


def parse_team(written: str) -> str:
    """Read the name from `team:research`. Raises NotationError."""
    subject = parse_subject(written)
    if subject is None or subject.kind != "team":
        raise NotationError(f"{written!r} is no team: write team: and its name.")
    return subject.name


def parse_time_of_day(written: str) -> time:
    """Read `08:30`; `24:00` is midnight too, as the end of a day. Raises NotationError."""
    if written == _MIDNIGHT_AT_THE_END:
        return time(0)
    if (found := _TIME_OF_DAY.fullmatch(written)) is None:
        raise NotationError(f"{written!r} is no time of day: write it like 08:30, in quotes.")
    return time(int(found[1]), int(found[2]))


def parse_moment(written: str) -> datetime:
    """Read a moment with its offset from UTC, such as `2026-01-01T00:00:00Z`. Raises NotationError."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise NotationError(f"{written!r} is no moment: write it like 2026-01-01T00:00:00Z, with Z or an offset.")
    return moment


_IS_NO_IANA_ZONE: Final = re.compile(r"(posix|right)/.*|posixrules|localtime|Factory", re.IGNORECASE)
"""What machines have beside the zones: other spellings of them, and with leap seconds."""


def parse_zone(written: str) -> ZoneInfo:
    """Find a time zone by its name. Raises NotationError, also where this machine does not know the zone."""
    try:
        if _IS_NO_IANA_ZONE.fullmatch(written):
            raise ValueError(written)
        return ZoneInfo(written)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError.
        raise NotationError(
            f"{written!r} is no time zone that this machine knows: write it like Europe/Berlin, or UTC."
        ) from error


def parse_usd(written: str) -> Nanousd:
    """Read an amount in dollars, such as `0.50`. Raises NotationError."""
    if (found := _USD.fullmatch(written)) is None:
        raise NotationError(f"{written!r} is no amount: write dollars, not negative, like 0.50, in quotes.")
    return Nanousd(int(found[1]) * NANOUSD_PER_USD + int((found[2] or "").ljust(9, "0")))


def parse_named(written: str) -> tuple[Kind, str]:
    """Read one resource by its kind and name, such as `model:gpt-5`, `audit:*`. Raises NotationError."""
    resource = parse_resource(written)
    kind, *others = resource.kinds
    if others or ("*" in resource.pattern and kind not in NAMELESS_KINDS):
        raise NotationError(f"{written!r} is not one resource: write kind:name, without stars.")
    return kind, resource.pattern


def parse_attributes(written: Iterable[str]) -> dict[str, str]:
    """Read attributes of a resource, each such as `region=eu`. Raises NotationError."""
    found: dict[str, str] = {}
    for one in written:
        name, sign, value = one.partition("=")
        if not name or not sign or not value:
            raise NotationError(f"{one!r} is no attribute: write name=value, such as region=eu.")
        found[name] = value
    return found
