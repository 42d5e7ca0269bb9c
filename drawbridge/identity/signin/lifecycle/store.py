"""The SQL of accounts as a platform administrator sees them. Every function works in the duty `sign_in`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.core.ids import OrganisationId
from drawbridge.core.paging import Page, PageRequest, page_of
from drawbridge.identity.signin.records import Account, AccountId
from drawbridge.identity.signin.store import read_account
from drawbridge.identity.signin.tables import accounts
from drawbridge.identity.tables import organisations, principals


@dataclass(frozen=True, slots=True)
class SeenAccount:
    """An account, with the names of the organisations that it has a user in, sorted."""

    account: Account
    organisations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation that an account has a user in, who may be suspended there."""

    organisation_id: OrganisationId
    organisation: str
    user: str


async def list_accounts(connection: AsyncConnection, page: PageRequest) -> Page[SeenAccount]:
    """List accounts, the newest first."""
    mine = [accounts.c.id < page.after] if page.after is not None else []
    found = await _read(connection, *mine, limit=page.limit + 1)
    return page_of(found, page, lambda one: one.account.id)


async def find_account(connection: AsyncConnection, wanted: AccountId | str) -> SeenAccount | None:
    """Return an account by its id or its case-folded e-mail."""
    column = accounts.c.email if isinstance(wanted, str) else accounts.c.id
    return next(iter(await _read(connection, column == wanted, limit=1)), None)


async def places_of(connection: AsyncConnection, account_id: AccountId) -> list[Place]:
    """Return the organisations that an account has a user in, always in the same order."""
    query = (
        select(organisations.c.id, organisations.c.name, principals.c.name.label("user"))
        .join(principals, principals.c.organisation_id == organisations.c.id)
        .where(principals.c.account_id == account_id)
        .order_by(organisations.c.id)
    )
    return [Place(OrganisationId(row.id), row.name, row.user) for row in await connection.execute(query)]


async def has_other_platform_administrator(connection: AsyncConnection, account_id: AccountId) -> bool:
    """Tell whether anybody else who is not suspended administers the platform."""
    others = (accounts.c.id != account_id) & accounts.c.platform_administrator & accounts.c.suspended_at.is_(None)
    return bool((await connection.execute(select(exists().where(others)))).scalar_one())


async def unlink(
    connection: AsyncConnection, organisation_id: OrganisationId, account_id: AccountId, now: datetime
) -> None:
    """Leave an account's user in an organisation without it and suspended; the role is the organisation's own."""
    mine = (principals.c.organisation_id == organisation_id) & (principals.c.account_id == account_id)
    left = {"account_id": None, "suspended_at": func.coalesce(principals.c.suspended_at, now)}
    await connection.execute(update(principals).where(mine).values(left))


async def delete_account(connection: AsyncConnection, account_id: AccountId) -> None:
    """Delete an account with its credentials, sessions and links."""
    await connection.execute(delete(accounts).where(accounts.c.id == account_id))


async def _read(connection: AsyncConnection, *wanted: ColumnElement[bool], limit: int) -> list[SeenAccount]:
    rows = await connection.execute(select(accounts).where(*wanted).order_by(accounts.c.id.desc()).limit(limit))
    found = [read_account(row) for row in rows]
    names = await _organisations_of(connection, [account.id for account in found])
    return [SeenAccount(account, tuple(names.get(account.id, ()))) for account in found]


async def _organisations_of(connection: AsyncConnection, account_ids: Sequence[AccountId]) -> dict[UUID, list[str]]:
    query = (
        select(principals.c.account_id, func.array_agg(organisations.c.name).label("names"))
        .join(organisations, organisations.c.id == principals.c.organisation_id)
        .where(principals.c.account_id.in_(account_ids))
        .group_by(principals.c.account_id)
    )
    return {row.account_id: sorted(row.names) for row in await connection.execute(query)}
