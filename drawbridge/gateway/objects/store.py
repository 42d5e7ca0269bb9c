"""The SQL of vendor objects. Every query names the owner: what is another's looks like what does not exist."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.gateway.objects.kinds import Kind, Reference, VendorObject
from drawbridge.gateway.objects.ownership import Owner, OwnersAwayError
from drawbridge.gateway.objects.tables import vendor_objects

_AT_ONCE = 500


class VendorObjectStore:
    """Keeps who owns what. Every method may raise OwnersAwayError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, objects: Sequence[VendorObject]) -> set[VendorObject]:
        """Insert objects of one organisation and return those that are new: the first owner stays."""
        keys = vendor_objects.c
        statement = (
            insert(vendor_objects)
            .on_conflict_do_nothing()
            .returning(keys.id, keys.kind, keys.provider, keys.principal_id)
        )
        rows = [
            {
                "organisation_id": found.organisation_id,
                "id": found.id,
                "kind": found.kind,
                "provider": found.provider,
                "principal_id": found.principal_id,
                "deployment": found.deployment,
            }
            # In one order everywhere: two workers must not wait for each other's rows.
            for found in sorted(objects, key=lambda found: (found.id, found.kind, found.provider))
        ]
        try:
            async with self._database.organisation(objects[0].organisation_id) as connection:
                inserted = {tuple(row) for row in await connection.execute(statement, rows)}
        except DatabaseAway as error:
            raise OwnersAwayError(error.message) from error
        return {found for found in objects if (found.id, found.kind, found.provider, found.principal_id) in inserted}

    async def providers_of(self, owner: Owner, references: Collection[Reference]) -> dict[Reference, frozenset[str]]:
        """Return where each of an owner's objects lives; what is not the owner's is left out."""
        wanted = list(references)
        rows: list[tuple[Kind, str, str]] = []
        try:
            async with self._database.organisation(owner.organisation_id) as connection:
                for start in range(0, len(wanted), _AT_ONCE):
                    found = await connection.execute(_held(owner, wanted[start : start + _AT_ONCE]))
                    rows.extend((row.kind, row.id, row.provider) for row in found)
        except DatabaseAway as error:
            raise OwnersAwayError(error.message) from error
        held: dict[Reference, frozenset[str]] = {}
        for kind, object_id, provider in rows:
            reference = Reference(kind, object_id)
            held[reference] = held.get(reference, frozenset()) | {provider}
        return held

    async def forget(self, owner: Owner, provider: str, references: Collection[Reference]) -> None:
        """Delete an owner's objects at a provider."""
        columns = vendor_objects.c
        statement = delete(vendor_objects).where(
            columns.organisation_id == owner.organisation_id,
            columns.principal_id == owner.principal_id,
            columns.provider == provider,
            tuple_(columns.id, columns.kind).in_([(reference.id, reference.kind) for reference in references]),
        )
        try:
            async with self._database.organisation(owner.organisation_id) as connection:
                await connection.execute(statement)
        except DatabaseAway as error:
            raise OwnersAwayError(error.message) from error

    async def listed(
        self, owner: Owner, kind: Kind, providers: Collection[str], *, descending: bool
    ) -> list[tuple[str, str]]:
        """Return the ids of an owner's objects of a kind with the provider of each, in the order they were made."""
        columns = vendor_objects.c
        order = (columns.created_at, columns.id)
        query = (
            select(columns.id, columns.provider)
            .where(
                columns.organisation_id == owner.organisation_id,
                columns.principal_id == owner.principal_id,
                columns.kind == kind,
                columns.provider.in_(providers),
            )
            .order_by(*(column.desc() if descending else column for column in order))
        )
        try:
            async with self._database.organisation(owner.organisation_id) as connection:
                return [(object_id, provider) for object_id, provider in await connection.execute(query)]
        except DatabaseAway as error:
            raise OwnersAwayError(error.message) from error


# Any: rows of columns of several types.
def _held(owner: Owner, references: Sequence[Reference]) -> Select[*tuple[Any, ...]]:
    columns = vendor_objects.c
    return select(columns.kind, columns.id, columns.provider).where(
        columns.organisation_id == owner.organisation_id,
        columns.principal_id == owner.principal_id,
        tuple_(columns.id, columns.kind).in_([(reference.id, reference.kind) for reference in references]),
    )
