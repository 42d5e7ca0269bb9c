"""Verify a record: the one in the database, or an export by itself."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain as joined
from typing import Final

from drawbridge.audit.events import Head, Link
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
    after_number: int = 0
    """Of the last event that was not looked at; 0: all were."""


async def signing_keys(database: Database) -> list[str]:
    """Return the ids of every key that ever signed, the newest first."""
    async with database.system("audit") as connection:
        return [key_id(public_key) for public_key, _ in await sealed_keys(connection)]


async def check_database(
    database: Database, chain: OrganisationId, exported: Sequence[Root] | None = None, *, latest: int | None = None
) -> Finding:
    """Verify a chain in the database, against the roots there and those that were exported.

    With `latest`, only so many events at its end, from the hash that the one before them has.
    """
    keys = await signing_keys(database)
    async with entered(database, chain) as connection:
        after = await _before_latest(connection, chain, latest)
        roots = [root for root in await read_roots(connection, chain) if root.number >= after.number]
    verifier = Verifier(chain, after=after, roots=joined(roots, exported or ()), keys=keys)
    fault = _check_roots(chain, exported) or verifier.begin() or await _check_stored(database, chain, verifier)
    return Finding(fault, verifier.head, verifier.roots_met, chain, after.number)


async def _before_latest(connection: AsyncConnection, chain: OrganisationId, latest: int | None) -> Head:
    """Return the event before the latest ones; the start where there are not so many, or where it is missing."""
    if latest is None:
        return START
    before = (await stored_span(connection, chain)).last - latest
    found = await read_links(connection, chain, before - 1, limit=1) if before > 0 else []
    return Head(found[0].event.number, found[0].hash) if found else START


async def _check_stored(database: Database, chain: OrganisationId, verifier: Verifier) -> Fault | None:
    batch: list[Link] = []
    async for link in chain_links(database, chain, verifier.head.number or _LOWEST):
        batch.append(link)
        if len(batch) == _READ_AT_ONCE:
            # Beside the event loop, where calls may be waiting.
            if fault := await asyncio.to_thread(verifier.follow, batch):
                return fault
            batch = []
    if fault := verifier.follow(batch):
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
