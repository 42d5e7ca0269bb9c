"""How budgets write whose calls they count, and days."""

from datetime import date
from typing import Final

from drawbridge.config.sections import Concerned
from drawbridge.policy.errors import NotationError
from drawbridge.policy.notation import Subject, parse_subject

ORGANISATION_IN_WORDS: Final = "organisation"
_YEARS: Final = (2000, 2100)
_PRINCIPALS: Final = frozenset({"user", "service_account", "agent"})


def parse_of(written: str) -> Subject | None:
    """Read whose budget it is: `team:research`; None for `organisation`. Raises NotationError."""
    if written == ORGANISATION_IN_WORDS:
        return None
    subject = parse_subject(written) if ":" in written else None
    if subject is None:
        raise NotationError(
            f"{written!r} is nobody whose calls are counted: write {ORGANISATION_IN_WORDS}, or user:,"
            " service_account:, agent:, group:, team: or project: and a name."
        )
    return subject


def concerned_by(written: str) -> Concerned:
    """Name whose calls are counted, as policy calls them. Raises NotationError."""
    subject = parse_of(written)
    return Concerned(ORGANISATION_IN_WORDS, "*") if subject is None else Concerned(subject.kind, subject.name)


def parse_principal(written: str) -> Subject:
    """Read `user:ana`. Raises NotationError for what makes no decisions, such as a team."""
    subject = parse_subject(written)
    if subject is None or subject.kind not in _PRINCIPALS:
        raise NotationError(f"{written!r} decides nothing: write user: and a name.")
    return subject


def parse_day(written: str) -> date:
    """Read `2026-01-01`. Raises NotationError."""
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise NotationError(f"{written!r} is no day: write it like 2026-01-01, in quotes.") from error
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise NotationError(f"{written!r} is too far away: write a day from {_YEARS[0]} to {_YEARS[1]}.")
    return day
