"""Verify a record: the one in the database, or an export by itself."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain as joined
from typing import Final

from drawbridge.audit.events import Head
from drawbridge.audit.lines import UnreadableLineError, read_events
from drawbridge.audit.roots import Root, key_id
from drawbridge.audit.store import chain_links, entered, lock_head, read_links, read_roots, stored_span
from drawbridge.audit.verify import START, Fault, Verifier
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.trail.store import sealed_keys

_LOWEST: Final = -(2**63)
_READ_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """What came out of a verification."""

    fault: Fault | None
    head: Head
    """The last event that was found to be right."""
    roots_met: int
    """How many roots were held against events."""
    chain: OrganisationId | None
    """None for a file without events."""


async def signing_keys(database: Database) -> list[str]:
    """Return the ids of every key that ever signed, the newest first."""
    async with database.system("audit") as connection:
        return [key_id(public_key) for public_key, _ in await sealed_keys(connection)]


async def check_database(database: Database, chain: OrganisationId, exported: Sequence[Root] | None = None) -> Finding:
    """Verify a chain in the database, against the roots there and those that were exported."""
    keys = await signing_keys(database)
    async with entered(database, chain) as connection:
        roots = await read_roots(connection, chain)
    verifier = Verifier(chain, roots=joined(roots, exported or ()), keys=keys)
    fault = _check_roots(chain, exported) or verifier.begin() or await _check_stored(database, chain, verifier)
    return Finding(fault, verifier.head, verifier.roots_met, chain)


async def _check_stored(database: Database, chain: OrganisationId, verifier: Verifier) -> Fault | None:
    async for link in chain_links(database, chain, _LOWEST):
        if fault := verifier.feed(link):
            return fault
    async with entered(database, chain) as connection:
        # From here on nothing is added, so the end can be held against what the database noted of it.
        noted, _ = await lock_head(connection, chain)
        while links := await read_links(connection, chain, verifier.head.number, limit=_READ_AT_ONCE):
            if fault := verifier.follow(links):
                return fault
        return verifier.end() or await _check_end(connection, chain, noted, verifier.head)


async def _check_end(connection: AsyncConnection, chain: OrganisationId, noted: Head, found: Head) -> Fault | None:
    if noted.number > found.number:
        words = f"Events are missing at the end: the database noted {noted.number} of them, {found.number} are there."
        return Fault(found.number + 1, words)
    if noted != found:
        words = f"Event {found.number} is not the one that the database noted as the last: it was written by hand."
        return Fault(found.number, words)
    if (span := await stored_span(connection, chain)).count != found.number:
        return Fault(
            found.number, f"There are {span.count} rows for {found.number} events: some number stands there twice."
        )
    return None


def check_lines(
    lines: Iterable[bytes],
    *,
    after_number: int = 0,
    exported: Sequence[Root] | None = None,
    keys: Collection[str] | None = None,
) -> Finding:
    """Verify an export by itself, whose events begin after a number."""
    links = read_events(lines)
    verifier: Verifier | None = None
    try:
        first = next(links, None)
        if first is None:
            fault = Fault(1, "There is no event in this file, and the roots tell of some.") if exported else None
            return _found(fault, None)
        after = Head(after_number, first.event.previous) if after_number else START
        verifier = Verifier(first.event.chain, after=after, roots=exported or (), keys=keys)
        fault = _check_roots(first.event.chain, exported) or verifier.begin()
        return _found(fault or verifier.follow(joined((first,), links)) or verifier.end(), verifier)
    except UnreadableLineError as error:
        number = after_number + 1 if verifier is None else verifier.head.number + 1
        return _found(Fault(number, f"Event {number} cannot be read: {error}."), verifier)


def _check_roots(chain: OrganisationId, exported: Sequence[Root] | None) -> Fault | None:
    if exported is None or any(root.chain == chain for root in exported):
        return None
    return Fault(
        1, f"The events are of chain {chain}, and no root is: they are of another organisation, or came later."
    )


def _found(fault: Fault | None, verifier: Verifier | None) -> Finding:
    if verifier is None:
        return Finding(fault, START, 0, None)
    return Finding(fault, verifier.head, verifier.roots_met, verifier.chain)
