"""Pages of long lists: a cursor that says where the next page begins, closed to its reader."""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from drawbridge.core.errors import DrawbridgeError

ItemT = TypeVar("ItemT")
OtherT = TypeVar("OtherT")

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 500

_VERSION = 1


class BadCursorError(DrawbridgeError):
    """A cursor is not one that this list gave out."""

    code = "bad_cursor"
    status = 400
    fault = "caller"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is wanted: what comes after the id `after`, at most `limit` items."""

    limit: int = DEFAULT_PAGE_SIZE
    after: UUID | None = None
    """None for the first page."""


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """A part of a list."""

    items: tuple[ItemT, ...]
    next_cursor: str | None
    """None on the last page."""


def page_of(rows: Sequence[ItemT], request: PageRequest, id_of: Callable[[ItemT], UUID]) -> Page[ItemT]:
    """Make a page of rows that were read with a limit of one more than the page holds."""
    items = tuple(rows[: request.limit])
    cursor = encode_cursor(id_of(items[-1])) if len(rows) > request.limit else None
    return Page(items, cursor)


async def visible_page(
    fetch: Callable[[PageRequest], Awaitable[Page[ItemT]]],
    request: PageRequest,
    is_visible: Callable[[ItemT], bool],
    id_of: Callable[[ItemT], UUID],
) -> Page[ItemT]:
    """Make a page of those items that may be seen, reading on where others were left out."""
    seen: list[ItemT] = []
    after = request.after
    while True:
        part = await fetch(PageRequest(request.limit, after))
        seen += filter(is_visible, part.items)
        if part.next_cursor is None:
            return page_of(seen, request, id_of)
        if len(seen) >= request.limit:
            return Page(tuple(seen[: request.limit]), encode_cursor(id_of(seen[request.limit - 1])))
        after = id_of(part.items[-1])


def encode_cursor(last: UUID) -> str:
    """Write the id of a page's last item as an opaque cursor."""
    written = json.dumps([_VERSION, last.hex], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> UUID:
    """Read the id that a cursor stands for.

    Raises BadCursorError for anything that `encode_cursor` did not write.
    """
    match _content(cursor):
        case [1, str(written)] if len(written) == 32:
            return _uuid(written)
        case _:
            raise _bad_cursor()


def encode_name_cursor(last: str) -> str:
    """Write the name of a page's last item as an opaque cursor, for lists in the order of names."""
    written = json.dumps([_VERSION, {"name": last}], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def decode_name_cursor(cursor: str) -> str:
    """Read the name that a cursor stands for.

    Raises BadCursorError for anything that `encode_name_cursor` did not write.
    """
    match _content(cursor):
        case [1, {"name": str(written)}] if written.isprintable():
            return written
        case _:
            raise _bad_cursor()


def _content(cursor: str) -> object:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content: object = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError, RecursionError):
        raise _bad_cursor() from None
    return content


def _uuid(written: str) -> UUID:
    try:
        return UUID(hex=written)
    except ValueError:
        raise _bad_cursor() from None


def _bad_cursor() -> BadCursorError:
    return BadCursorError("This cursor is not one that this list gave out: leave it out to start at the first page.")
