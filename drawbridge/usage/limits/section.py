"""The section of `drawbridge.yaml` for rate limits."""

from collections.abc import Iterable, Iterator
from typing import Final

from drawbridge.config.sections import AnySection, Reference
from drawbridge.config.shape import Complaint
from drawbridge.config.stored import StoredSection
from drawbridge.policy.complaints import SECTION_OF
from drawbridge.policy.errors import NotationError
from drawbridge.usage.budgets.notation import concerned_by, parse_of
from drawbridge.usage.limits.entries import LimitEntry
from drawbridge.usage.limits.store import LIMIT_ROWS

LIMITS: Final = "limits"


def limit_complaints(entry: LimitEntry) -> Iterator[Complaint]:
    """Name what is wrong with a limit, apart from references to what does not exist."""
    try:
        parse_of(entry.of)
    except NotationError as error:
        yield Complaint(("of",), error.message)
    if entry.requests is None and entry.tokens is None and entry.concurrency is None:
        yield Complaint((), "limits nothing: set 'requests', 'tokens' or 'concurrency'.")


def limit_references(entry: LimitEntry) -> Iterator[Reference]:
    """Name the objects that a limit needs."""
    if (subject := parse_of(entry.of)) is not None:
        yield Reference(SECTION_OF[subject.kind], subject.name, ("of",))


LIMIT_SECTIONS: Final[Iterable[AnySection]] = (
    StoredSection(
        LIMITS,
        LimitEntry,
        complaints=limit_complaints,
        references=limit_references,
        concerns=lambda entry: (concerned_by(entry.of),),
        rows=LIMIT_ROWS,
    ),
)
