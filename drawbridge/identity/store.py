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
    Bar,
    KeyFilter,
    KeyRecord,
    KeyState,
    KeyToStore,
    Principal,
    PrincipalFilter,
    PrincipalKind,
    Project,
)
from drawbridge.identity.tables import api_keys, organisations, principals, projects


async def find_key(database: Database, key_hash: KeyHash) -> KeyRecord | Bar | None:
    """Find a key by its hash, in any organisation, or why it lets nobody in; None when there is none, or it is revoked.

    Whether it has expired is for the caller's clock to say.
    """
    return (await _find_keys(database, [key_hash])).get(key_hash)


async def keys_by_hash(database: Database, hashes: Collection[KeyHash]) -> Mapping[KeyHash, KeyRecord]:
    """Find many keys by hash, in any organisation. Left out are the revoked, and those of whoever is suspended."""
    found = await _find_keys(database, hashes)
    return {key_hash: key for key_hash, key in found.items() if isinstance(key, KeyRecord)}


async def _find_keys(database: Database, hashes: Collection[KeyHash]) -> Mapping[KeyHash, KeyRecord | Bar]:
    query = (
        _keys_query(
            api_keys.c.hash,
            principals.c.suspended_at,
            organisations.c.name.label("organisation_name"),
            organisations.c.suspended_at.label("organisation_suspended_at"),
            organisations.c.whom_to_ask,
        )
        .join(organisations, organisations.c.id == api_keys.c.organisation_id)
        .where(api_keys.c.hash.in_(list(hashes)), api_keys.c.revoked_at.is_(None))
    )
    async with database.system("key_lookup") as connection:
        rows = (await connection.execute(query)).all()
    return {KeyHash(bytes(row.hash)): _key_or_bar(row) for row in rows}


def _key_or_bar(row: Row[*tuple[Any, ...]]) -> KeyRecord | Bar:
    if row.organisation_suspended_at is not None:
        return Bar("organisation", row.organisation_name)
    if row.suspended_at is not None:
        return Bar("owner", row.principal_name, row.whom_to_ask)
    return _key(row)


async def find_active(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId
) -> Principal | Bar | None:
    """Return a principal, or why it may do nothing; None when the organisation has none of that id."""
    query = (
        select(
            principals,
            organisations.c.name.label("organisation_name"),
            organisations.c.suspended_at.label("organisation_suspended_at"),
            organisations.c.whom_to_ask,
        )
        .join(organisations, organisations.c.id == principals.c.organisation_id)
        .where(principals.c.organisation_id == organisation_id, principals.c.id == principal_id)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    if row.organisation_suspended_at is not None:
        return Bar("organisation", row.organisation_name)
    return _principal(row) if row.suspended_at is None else Bar("owner", row.name, row.whom_to_ask)


async def freeze_key(connection: AsyncConnection, organisation_id: OrganisationId, key_id: KeyId) -> bool:
    """Let a key make no further calls; False where it is gone or frozen already."""
    query = (
        update(api_keys)
        .where(_key_of(organisation_id, key_id), api_keys.c.frozen_at.is_(None))
        .values(frozen_at=func.now())
    )
    return (await connection.execute(query)).rowcount == 1


async def unfreeze_key(connection: AsyncConnection, organisation_id: OrganisationId, key_id: KeyId) -> None:
    """Let a key make calls again."""
    await connection.execute(update(api_keys).where(_key_of(organisation_id, key_id)).values(frozen_at=None))


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


async def count_active_keys(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId, now: datetime
) -> int:
    """Return how many keys of a principal may be used at a time."""
    mine = (api_keys.c.organisation_id == organisation_id) & (api_keys.c.principal_id == principal_id)
    query = select(func.count()).select_from(api_keys).where(mine, _in_state("active", now))
    return (await connection.execute(query)).scalar_one()


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
            project_id=key.project_id,
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
    """Tell whether any admin key of the organisation, of somebody not suspended, may be used at a time."""
    query = (
        select(api_keys.c.id)
        .join(principals, principals.c.id == api_keys.c.principal_id)
        .where(
            api_keys.c.organisation_id == organisation_id,
            api_keys.c.admin,
            _in_state("active", now),
            principals.c.suspended_at.is_(None),
        )
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


async def find_project(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> Project | None:
    """Return a project; None when the organisation has none of that name."""
    query = select(projects).where(projects.c.organisation_id == organisation_id, projects.c.name == name)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Project(row.id, row.name, row.team_id)


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


async def delete_principal(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a principal with its keys."""
    await connection.execute(delete(principals).where(_principal_named(organisation_id, name)))


# Any: rows of a query made of columns of several types.
def _keys_query(*more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    columns = [column for column in api_keys.c if column.name != "hash"]
    return (
        select(
            *columns,
            *more,
            principals.c.name.label("principal_name"),
            principals.c.kind.label("principal_kind"),
            projects.c.name.label("project_name"),
        )
        .join(principals, principals.c.id == api_keys.c.principal_id)
        .outerjoin(projects, projects.c.id == api_keys.c.project_id)
    )


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
        project_id=row.project_id,
        frozen_at=row.frozen_at,
        project_name=row.project_name,
    )


def _principal(row: Row[*tuple[Any, ...]]) -> Principal:
    return Principal(
        row.id,
        row.kind,
        row.name,
        row.display_name,
        row.managed_by_file,
        row.created_at,
        row.email,
        row.suspended_at,
    )
