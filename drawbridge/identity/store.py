"""The SQL of identity: principals and keys."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import KeyId, OrganisationId, PrincipalId, uuid7
from drawbridge.core.paging import Page, PageRequest, page_of
from drawbridge.db.engine import Database
from drawbridge.identity.keys import KeyHash
from drawbridge.identity.records import (
    KeyFilter,
    KeyRecord,
    KeyState,
    KeyToStore,
    Principal,
    PrincipalFilter,
    PrincipalKind,
)
from drawbridge.identity.tables import api_keys, principals


async def authenticate(database: Database, key_hash: KeyHash) -> KeyRecord | None:
    """Find a key by its hash, in any organisation; None when there is none, or it is revoked.

    Whether it has expired is for the caller's clock to say.
    """
    return (await keys_by_hash(database, [key_hash])).get(key_hash)


async def keys_by_hash(database: Database, hashes: Collection[KeyHash]) -> Mapping[KeyHash, KeyRecord]:
    """Find many keys by hash, in any organisation. Revoked keys are left out."""
    query = _keys_query(api_keys.c.hash).where(api_keys.c.hash.in_(list(hashes)), api_keys.c.revoked_at.is_(None))
    async with database.system("key_lookup") as connection:
        rows = (await connection.execute(query)).all()
    return {KeyHash(bytes(row.hash)): _key(row) for row in rows}


async def list_keys(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    wanted: KeyFilter,
    page: PageRequest,
    now: datetime,
) -> Page[KeyRecord]:
    """List an organisation's keys, the newest first."""
    query = _keys_query().where(api_keys.c.organisation_id == organisation_id)
    if wanted.owner is not None:
        query = query.where(principals.c.name == wanted.owner)
    if wanted.admin is not None:
        query = query.where(api_keys.c.admin == wanted.admin)
    if wanted.state is not None:
        query = query.where(_in_state(wanted.state, now))
    if page.after is not None:
        query = query.where(api_keys.c.id < page.after)
    rows = await connection.execute(query.order_by(api_keys.c.id.desc()).limit(page.limit + 1))
    return page_of([_key(row) for row in rows], page, lambda key: key.id)


async def get_key(connection: AsyncConnection, organisation_id: OrganisationId, key_id: KeyId) -> KeyRecord | None:
    """Return a key; None when the organisation has none of that id."""
    query = _keys_query().where(_key_of(organisation_id, key_id))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _key(row)


async def insert_key(connection: AsyncConnection, organisation_id: OrganisationId, key: KeyToStore) -> None:
    """Store a new key."""
    await connection.execute(
        insert(api_keys).values(
            id=key.id,
            organisation_id=organisation_id,
            principal_id=key.principal_id,
            name=key.name,
            hash=key.hash,
            hint=key.hint,
            admin=key.admin,
            strict=key.strict,
            expires_at=key.expires_at,
            replaces=key.replaces,
        )
    )


async def set_expiry(
    connection: AsyncConnection, organisation_id: OrganisationId, key_id: KeyId, expires_at: datetime
) -> None:
    """Let a key end at a time."""
    statement = update(api_keys).where(_key_of(organisation_id, key_id)).values(expires_at=expires_at)
    await connection.execute(statement)


async def set_revoked(
    connection: AsyncConnection, organisation_id: OrganisationId, key_id: KeyId, revoked_at: datetime
) -> None:
    """Let a key end at once and for good."""
    statement = update(api_keys).where(_key_of(organisation_id, key_id)).values(revoked_at=revoked_at)
    await connection.execute(statement)


async def has_admin_key(connection: AsyncConnection, organisation_id: OrganisationId, now: datetime) -> bool:
    """Tell whether any admin key of the organisation may be used at a time."""
    query = select(api_keys.c.id).where(
        api_keys.c.organisation_id == organisation_id, api_keys.c.admin, _in_state("active", now)
    )
    return (await connection.execute(query.limit(1))).one_or_none() is not None


async def list_principals(
    connection: AsyncConnection, organisation_id: OrganisationId, wanted: PrincipalFilter, page: PageRequest
) -> Page[Principal]:
    """List an organisation's principals, the newest first."""
    query = select(principals).where(principals.c.organisation_id == organisation_id)
    if wanted.kind is not None:
        query = query.where(principals.c.kind == wanted.kind)
    if wanted.name_contains is not None:
        query = query.where(principals.c.name.icontains(wanted.name_contains, autoescape=True))
    if page.after is not None:
        query = query.where(principals.c.id < page.after)
    rows = await connection.execute(query.order_by(principals.c.id.desc()).limit(page.limit + 1))
    return page_of([_principal(row) for row in rows], page, lambda principal: principal.id)


async def find_principal(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> Principal | None:
    """Return a principal; None when the organisation has none of that name."""
    query = select(principals).where(_principal_named(organisation_id, name))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _principal(row)


async def principals_with_keys(
    connection: AsyncConnection, organisation_id: OrganisationId, kind: PrincipalKind, now: datetime
) -> list[tuple[Principal, int, bool]]:
    """List all principals of a kind, each with how many of its keys are not revoked, and whether it administers now."""
    count = func.count(api_keys.c.id).filter(api_keys.c.revoked_at.is_(None)).label("keys")
    administers = func.coalesce(func.bool_or(and_(api_keys.c.admin, _in_state("active", now))), False)
    query = (
        select(principals, count, administers.label("administers"))
        .outerjoin(api_keys, api_keys.c.principal_id == principals.c.id)
        .where(principals.c.organisation_id == organisation_id, principals.c.kind == kind)
        .group_by(principals.c.id)
        .order_by(principals.c.name)
    )
    return [(_principal(row), row.keys, row.administers) for row in await connection.execute(query)]


async def create_principal(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    kind: PrincipalKind,
    name: str,
    *,
    display_name: str = "",
    managed_by_file: bool = False,
) -> PrincipalId:
    """Create a principal whose name is free."""
    principal_id = PrincipalId(uuid7())
    await connection.execute(
        insert(principals).values(
            id=principal_id,
            organisation_id=organisation_id,
            kind=kind,
            name=name,
            display_name=display_name,
            managed_by_file=managed_by_file,
        )
    )
    return principal_id


async def update_principal(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    *,
    display_name: str,
    managed_by_file: bool,
) -> None:
    """Change a principal."""
    statement = update(principals).where(_principal_named(organisation_id, name))
    await connection.execute(statement.values(display_name=display_name, managed_by_file=managed_by_file))


async def delete_principal(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a principal with its keys."""
    await connection.execute(delete(principals).where(_principal_named(organisation_id, name)))


# Any: rows of a query made of columns of several types.
def _keys_query(*more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    columns = [column for column in api_keys.c if column.name != "hash"]
    return select(
        *columns,
        *more,
        principals.c.name.label("principal_name"),
        principals.c.kind.label("principal_kind"),
    ).join(principals, principals.c.id == api_keys.c.principal_id)


def _in_state(state: KeyState, now: datetime) -> ColumnElement[bool]:
    revoked = api_keys.c.revoked_at.is_not(None)
    if state == "revoked":
        return revoked
    if state == "expired":
        return and_(~revoked, api_keys.c.expires_at <= now)
    return and_(~revoked, or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now))


def _key_of(organisation_id: OrganisationId, key_id: KeyId) -> ColumnElement[bool]:
    return (api_keys.c.organisation_id == organisation_id) & (api_keys.c.id == key_id)


def _principal_named(organisation_id: OrganisationId, name: str) -> ColumnElement[bool]:
    return (principals.c.organisation_id == organisation_id) & (principals.c.name == name)


def _key(row: Row[*tuple[Any, ...]]) -> KeyRecord:
    return KeyRecord(
        id=row.id,
        organisation_id=row.organisation_id,
        principal_id=row.principal_id,
        principal_name=row.principal_name,
        principal_kind=row.principal_kind,
        name=row.name,
        hint=row.hint,
        admin=row.admin,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        replaces=row.replaces,
        strict=row.strict,
    )


def _principal(row: Row[*tuple[Any, ...]]) -> Principal:
    return Principal(row.id, row.kind, row.name, row.display_name, row.managed_by_file, row.created_at)
