"""Prices in the database: what an organisation pays now, and every row that ever stood in a price id."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.config.sections import Present
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.usage.pricing.compile import digest_of
from drawbridge.usage.pricing.entries import PricesEntry, UnknownEntry
from drawbridge.usage.pricing.tables import price_lists, price_rows

SECTION: Final = "prices"


async def load_prices(connection: AsyncConnection, organisation_id: OrganisationId) -> PricesEntry:
    """Read what an organisation pays; an empty entry where it says nothing of it."""
    found = await read_prices(connection, organisation_id)
    return found[SECTION].entry if found else PricesEntry()


async def read_prices(
    connection: AsyncConnection, organisation_id: OrganisationId
) -> Mapping[str, Present[PricesEntry]]:
    """Read what an organisation pays, under the name that its section has; nothing where it says nothing of it."""
    query = select(price_lists).where(price_lists.c.organisation_id == organisation_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return {}
    entry = msgspec.convert(row.settings, PricesEntry)
    says_something = row.managed_by_file or entry != PricesEntry()
    return {SECTION: Present(entry, row.managed_by_file)} if says_something else {}


async def write_prices(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: PricesEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Write what an organisation pays from now on, and keep each row for whoever reckons a cost again."""
    del name
    content = {"settings": msgspec.to_builtins(entry), "managed_by_file": managed_by_file}
    statement = insert(price_lists).values(id=uuid7(), organisation_id=organisation_id, **content)
    await connection.execute(statement.on_conflict_do_update(index_elements=["organisation_id"], set_=content))
    kept = [{"organisation_id": organisation_id, **row} for row in _rows_of(entry)]
    if kept:
        await connection.execute(insert(price_rows).values(kept).on_conflict_do_nothing())


async def clear_prices(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Let an organisation pay list prices."""
    del name
    await connection.execute(delete(price_lists).where(price_lists.c.organisation_id == organisation_id))


# Any: JSON.
def _rows_of(entry: PricesEntry) -> Iterator[dict[str, Any]]:
    for kind, rows in (("own", entry.own), ("discount", entry.discounts)):
        for name, row in rows.items():
            yield {"digest": digest_of(name, row), "name": name, "kind": kind, "row": msgspec.to_builtins(row)}
    if isinstance(entry.unknown, UnknownEntry):
        ceiling = entry.unknown.ceiling
        digest = digest_of("ceiling", ceiling)
        yield {"digest": digest, "name": "ceiling", "kind": "ceiling", "row": msgspec.to_builtins(ceiling)}
