"""The SQL of vendor objects. Every query names the owner: what is another's looks like what does not exist."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Select, and_, delete, func, literal, not_, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from drawbridge.core.ids import PrincipalId
from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.gateway.objects.kinds import LIFETIMES, RENEWED, Kind, Page, Reference, VendorObject
from drawbridge.gateway.objects.ownership import Owner, OwnersAwayError, Place
from drawbridge.gateway.objects.tables import vendor_objects
from drawbridge.usage.tables import usage_events

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Maker:
    """The attempt that made an object, and what it bought."""

    attempt_id: UUID
    started_at: datetime
    upstream_model: str
    deployment: str


class VendorObjectStore:
    """Keeps who owns what. Every method may raise OwnersAwayError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, objects: Sequence[VendorObject]) -> set[VendorObject]:
        """Insert objects of one organisation and return those that are new: the first owner stays.

        What its owner may make again is new again, and begins its life time anew.
        """
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
                "models": None if found.models is None else list(found.models),
                "attempt_id": found.attempt_id,
            }
            # In one order everywhere: two workers must not wait for each other's rows.
            for found in sorted(objects, key=lambda found: (found.id, found.kind, found.provider))
        ]
        try:
            async with self._database.organisation(objects[0].organisation_id) as connection:
                for renewed in _by_owner(found for found in objects if found.kind in RENEWED):
                    await connection.execute(_outlived(renewed))
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

    async def models_of(self, owner: Owner, provider: str, batch_input: Reference) -> tuple[str, ...] | None:
        """Return what the lines of an owner's file name; None where that is not known."""
        columns = vendor_objects.c
        query = select(columns.models).where(
            *_mine(owner),
            columns.provider == provider,
            columns.id == batch_input.id,
            columns.kind == batch_input.kind,
        )
        try:
            async with self._database.organisation(owner.organisation_id) as connection:
                models: list[str] | None = (await connection.execute(query)).scalar_one_or_none()
        except DatabaseAway as error:
            raise OwnersAwayError(error.message) from error
        return None if models is None else tuple(models)

    async def maker_of(self, owner: Owner, provider: str, reference: Reference) -> Maker | None:
        """Return the attempt that made an owner's object; None where that is not known, or is not booked yet."""
        objects, events = vendor_objects.c, usage_events.c
        query = (
            select(events.attempt_id, events.started_at, events.upstream_model, events.deployment)
            .join(vendor_objects, objects.attempt_id == events.attempt_id)
            .where(
                *_mine(owner),
                objects.provider == provider,
                objects.id == reference.id,
                objects.kind == reference.kind,
                events.organisation_id == owner.organisation_id,
            )
        )
        try:
            async with self._database.organisation(owner.organisation_id) as connection:
                row = (await connection.execute(query)).first()
        except DatabaseAway as error:
            raise OwnersAwayError(error.message) from error
        return None if row is None else Maker(row.attempt_id, row.started_at, row.upstream_model, row.deployment)

    async def forget(self, owner: Owner, provider: str, references: Collection[Reference]) -> None:
        """Delete an owner's objects at a provider."""
        columns = vendor_objects.c
        statement = delete(vendor_objects).where(
            *_mine(owner),
            columns.provider == provider,
            tuple_(columns.id, columns.kind).in_([(reference.id, reference.kind) for reference in references]),
        )
        try:
            async with self._database.organisation(owner.organisation_id) as connection:
                await connection.execute(statement)
        except DatabaseAway as error:
            raise OwnersAwayError(error.message) from error

    async def listed(
        self, owner: Owner, kind: Kind, providers: Collection[str], page: Page
    ) -> tuple[list[Place], bool]:
        """Return a page of an owner's objects of a kind, in the order they were made, and whether more follow."""
        is_backwards = page.before is not None
        descending = page.descending != is_backwards
        columns = vendor_objects.c
        order = (columns.created_at, columns.id)
        query = (
            select(columns.id, columns.provider)
            .where(
                *_mine(owner),
                columns.kind == kind,
                columns.provider.in_(providers),
                *_beyond(owner, kind, page.before or page.after, descending=descending),
                not_(_expired()),
            )
            .order_by(*(column.desc() if descending else column for column in order))
            .limit(page.limit + 1)
        )
        try:
            async with self._database.organisation(owner.organisation_id) as connection:
                found = [(object_id, provider) for object_id, provider in await connection.execute(query)]
        except DatabaseAway as error:
            raise OwnersAwayError(error.message) from error
        places = found[: page.limit]
        return places[::-1] if is_backwards else places, len(found) > page.limit

    async def remove_expired(self, owner: Owner) -> bool:
        """Delete some of the owner's objects that their vendor has removed by itself, and tell whether none is left."""
        columns = vendor_objects.c
        key = (columns.id, columns.kind, columns.provider)
        old = select(*key).where(*_mine(owner), _expired()).limit(_AT_ONCE)
        statement = delete(vendor_objects).where(*_mine(owner), tuple_(*key).in_(old))
        try:
            async with self._database.organisation(owner.organisation_id) as connection:
                return (await connection.execute(statement)).rowcount < _AT_ONCE
        except DatabaseAway as error:
            raise OwnersAwayError(error.message) from error


def _mine(owner: Owner) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    columns = vendor_objects.c
    return columns.organisation_id == owner.organisation_id, columns.principal_id == owner.principal_id


def _expired() -> ColumnElement[bool]:
    columns = vendor_objects.c
    return or_(
        *(
            and_(columns.kind == kind, columns.created_at < func.now() - lifetime)
            for kind, lifetime in LIFETIMES.items()
        )
    )


def _beyond(owner: Owner, kind: Kind, object_id: str | None, *, descending: bool) -> Iterator[ColumnElement[bool]]:
    """What stands behind an object in a list: nothing, where it is not in it."""
    if object_id is None:
        return
    columns = vendor_objects.c
    made = select(columns.created_at).where(*_mine(owner), columns.kind == kind, columns.id == object_id).limit(1)
    here, there = tuple_(columns.created_at, columns.id), tuple_(made.scalar_subquery(), literal(object_id))
    yield here < there if descending else here > there


def _by_owner(objects: Iterable[VendorObject]) -> list[list[VendorObject]]:
    groups: defaultdict[PrincipalId, list[VendorObject]] = defaultdict(list)
    for found in objects:
        groups[found.principal_id].append(found)
    return [groups[principal_id] for principal_id in sorted(groups)]


def _outlived(objects: Sequence[VendorObject]) -> Delete:
    """Make way for objects of one owner that are made anew: what is another's stays for its life time."""
    columns = vendor_objects.c
    first = objects[0]
    keys = [(found.id, found.kind, found.provider) for found in objects]
    return delete(vendor_objects).where(
        columns.organisation_id == first.organisation_id,
        tuple_(columns.id, columns.kind, columns.provider).in_(keys),
        or_(columns.principal_id == first.principal_id, _expired()),
    )


# Any: rows of columns of several types.
def _held(owner: Owner, references: Sequence[Reference]) -> Select[*tuple[Any, ...]]:
    columns = vendor_objects.c
    return select(columns.kind, columns.id, columns.provider).where(
        *_mine(owner),
        tuple_(columns.id, columns.kind).in_([(reference.id, reference.kind) for reference in references]),
        not_(_expired()),
    )
