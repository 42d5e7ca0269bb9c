"""The SQL of accounts and of what they sign in with. Every function works in a transaction of the system role."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.config.rewrapping import Rewrapped, SealedRow
from drawbridge.config.secrets import SealedSecret, WrappedKey
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.identity.signin.records import TOTP_SECRET, Account, AccountId, Factors, Membership, Passkey, PasskeyId
from drawbridge.identity.signin.tables import accounts, passkeys, passwords, recovery_codes, totps
from drawbridge.identity.tables import organisations, principals

_FIRST_ACCOUNT_LOCK = 4_127_008
"""Any fixed number: of two set-ups at once, the second sees the first one's account."""


@asynccontextmanager
async def signing_in(database: Database) -> AsyncGenerator[AsyncConnection]:
    """Open a transaction of the system role in its duty to sign people in: it sees accounts, and who they are where."""
    async with database.system("sign_in") as connection:
        yield connection


async def lock_accounts(connection: AsyncConnection) -> None:
    """Wait until nobody else makes the first account."""
    await connection.execute(select(func.pg_advisory_xact_lock(_FIRST_ACCOUNT_LOCK)))


async def has_account(connection: AsyncConnection) -> bool:
    """Tell whether anybody has an account."""
    return bool((await connection.execute(select(exists().select_from(accounts)))).scalar_one())


async def find_organisation(connection: AsyncConnection, name: str) -> OrganisationId | None:
    """Return the organisation of a name."""
    query = select(organisations.c.id).where(organisations.c.name == name)
    return (await connection.execute(query)).scalar_one_or_none()


async def insert_account(
    connection: AsyncConnection, email: str, display_name: str, *, platform_administrator: bool = False
) -> AccountId | None:
    """Make an account. Return None where the e-mail has one."""
    statement = (
        upsert(accounts)
        .values(id=uuid7(), email=email, display_name=display_name, platform_administrator=platform_administrator)
        .on_conflict_do_nothing()
        .returning(accounts.c.id)
    )
    found: UUID | None = (await connection.execute(statement)).scalar_one_or_none()
    return None if found is None else AccountId(found)


async def find_account(connection: AsyncConnection, email: str) -> tuple[Account | None, str | None]:
    """Return the account of a case-folded e-mail, and its password's hash; each None where there is none."""
    query = _ACCOUNT_WITH_PASSWORD.where(accounts.c.email == email)
    return _account_with_password((await connection.execute(query)).one_or_none())


async def get_account(connection: AsyncConnection, account_id: AccountId) -> tuple[Account | None, str | None]:
    """Return an account and its password's hash; each None where there is none."""
    query = _ACCOUNT_WITH_PASSWORD.where(accounts.c.id == account_id)
    return _account_with_password((await connection.execute(query)).one_or_none())


async def memberships(connection: AsyncConnection, account_id: AccountId) -> list[Membership]:
    """Return the organisations that an account is an active user of, by name."""
    query = (
        select(
            organisations.c.id,
            organisations.c.name,
            organisations.c.display_name,
            principals.c.id.label("principal_id"),
            principals.c.name.label("principal"),
        )
        .join(principals, principals.c.organisation_id == organisations.c.id)
        .where(is_active_user(), principals.c.account_id == account_id)
        .order_by(organisations.c.name)
    )
    rows = await connection.execute(query)
    return [Membership(row.id, row.name, row.display_name, row.principal_id, row.principal) for row in rows]


class UserAccount(NamedTuple):
    """Who signs in as a user."""

    account_id: AccountId | None


async def account_of_user(
    connection: AsyncConnection, organisation_id: OrganisationId, name: str
) -> UserAccount | None:
    """Return who signs in as the user of a name; None where there is no such user."""
    mine = and_(principals.c.organisation_id == organisation_id, principals.c.name == name, principals.c.kind == "user")
    row = (await connection.execute(select(principals.c.account_id).where(mine))).one_or_none()
    return None if row is None else UserAccount(row.account_id)


def is_active_user() -> ColumnElement[bool]:
    """Return the condition that neither a user nor his organisation is suspended."""
    return and_(principals.c.suspended_at.is_(None), organisations.c.suspended_at.is_(None))


async def set_password(connection: AsyncConnection, account_id: AccountId, hashed: str, now: datetime) -> None:
    """Give an account a password in place of any other."""
    values = {"hash": hashed, "changed_at": now}
    statement = upsert(passwords).values(account_id=account_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))


async def set_suspended(connection: AsyncConnection, account_id: AccountId, at: datetime | None) -> None:
    """Suspend an account; None: let it sign in again."""
    await connection.execute(update(accounts).where(accounts.c.id == account_id).values(suspended_at=at))


async def factors_of(connection: AsyncConnection, account_id: AccountId) -> Factors:
    """Return what an account can sign in with. A passkey that was copied does not count."""
    unused = and_(recovery_codes.c.account_id == account_id, recovery_codes.c.used_at.is_(None))
    usable = and_(passkeys.c.account_id == account_id, passkeys.c.cloned_at.is_(None))
    query = select(
        exists().where(passwords.c.account_id == account_id).label("password"),
        exists().where(totps.c.account_id == account_id).label("totp"),
        select(func.count()).select_from(passkeys).where(usable).scalar_subquery().label("passkeys"),
        select(func.count()).select_from(recovery_codes).where(unused).scalar_subquery().label("recovery_codes"),
    )
    row = (await connection.execute(query)).one()
    return Factors(row.password, row.totp, row.passkeys, row.recovery_codes)


async def any_signs_in(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_ids: Collection[UUID]
) -> bool:
    """Tell whether any of these principals has an account that is not suspended, with a password or passkey.

    As things stand in the transaction, which is one of the organisation.
    """
    mine = and_(principals.c.organisation_id == organisation_id, principals.c.id.in_(list(principal_ids)))
    linked = select(principals.c.account_id).where(mine, principals.c.account_id.is_not(None))
    account_ids = (await connection.execute(linked)).scalars().all()
    if not account_ids:
        return False
    opens = or_(
        exists().where(passwords.c.account_id == accounts.c.id),
        exists().where(passkeys.c.account_id == accounts.c.id, passkeys.c.cloned_at.is_(None)),
    )
    usable = select(accounts.c.id).where(accounts.c.id.in_(account_ids), accounts.c.suspended_at.is_(None), opens)
    async with Database.system_within(connection, "sign_in"):
        return (await connection.execute(usable.limit(1))).first() is not None


# Passkeys.


async def insert_passkey(connection: AsyncConnection, passkey: Passkey) -> bool:
    """Store a new passkey. Return whether it is new to the whole installation."""
    statement = upsert(passkeys).values(
        id=passkey.id,
        account_id=passkey.account_id,
        credential_id=passkey.credential_id,
        public_key=passkey.public_key,
        sign_count=passkey.sign_count,
        transports=list(passkey.transports),
        name=passkey.name,
        created_at=passkey.created_at,
    )
    done = await connection.execute(statement.on_conflict_do_nothing().returning(passkeys.c.id))
    return done.scalar_one_or_none() is not None


async def lock_passkey(connection: AsyncConnection, credential_id: bytes) -> Passkey | None:
    """Return a passkey by its credential id, and keep others from using it until the transaction ends."""
    query = select(passkeys).where(passkeys.c.credential_id == credential_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _passkey(row)


async def passkeys_of(connection: AsyncConnection, account_id: AccountId) -> list[Passkey]:
    """Return an account's passkeys, the oldest first."""
    query = select(passkeys).where(passkeys.c.account_id == account_id).order_by(passkeys.c.id)
    return [_passkey(row) for row in await connection.execute(query)]


async def set_passkey_used(connection: AsyncConnection, passkey_id: PasskeyId, sign_count: int, now: datetime) -> None:
    """Note that a passkey was used, and how far it has counted."""
    statement = update(passkeys).where(passkeys.c.id == passkey_id)
    await connection.execute(statement.values(sign_count=sign_count, last_used_at=now))


async def set_passkey_cloned(connection: AsyncConnection, passkey_id: PasskeyId, now: datetime) -> None:
    """Mark a passkey of which somebody has a copy: neither is taken any more."""
    await connection.execute(update(passkeys).where(passkeys.c.id == passkey_id).values(cloned_at=now))


async def delete_passkey(connection: AsyncConnection, account_id: AccountId, passkey_id: PasskeyId) -> str | None:
    """Delete a passkey of an account. Return its name; None where the account has none of that id."""
    mine = and_(passkeys.c.account_id == account_id, passkeys.c.id == passkey_id)
    return (await connection.execute(delete(passkeys).where(mine).returning(passkeys.c.name))).scalar_one_or_none()


# One-time codes.


@dataclass(frozen=True, slots=True)
class SealedTotps:
    """The secrets for one-time codes of all accounts, as rows that are wrapped anew under another master key."""

    database: Database
    what: str = "secrets for one-time codes"

    async def count_by_key(self) -> Mapping[str, int]:
        """Return how many are sealed under each master key. Raises DatabaseAway."""
        query = select(totps.c.key_id, func.count().label("rows")).group_by(totps.c.key_id)
        async with signing_in(self.database) as connection:
            return {row.key_id: row.rows for row in await connection.execute(query)}

    async def not_under(self, key_id: str, after: UUID | None, limit: int) -> Sequence[SealedRow]:
        """Return those that are sealed under other master keys, in the order of their accounts. Raises DatabaseAway."""
        query = select(totps).where(totps.c.key_id != key_id).order_by(totps.c.account_id).limit(limit)
        if after is not None:
            query = query.where(totps.c.account_id > after)
        async with signing_in(self.database) as connection:
            return [
                SealedRow(row.account_id, row.account_id, TOTP_SECRET, WrappedKey(row.key_id, bytes(row.wrapped_key)))
                for row in await connection.execute(query)
            ]

    async def replace(self, rows: Sequence[Rewrapped]) -> int:
        """Store keys that were wrapped anew. Raises DatabaseAway."""
        replaced = 0
        async with signing_in(self.database) as connection:
            for one in rows:
                mine = (totps.c.account_id == one.row.row_id) & (totps.c.wrapped_key == one.row.wrapped.wrapped_key)
                content = {"key_id": one.wrapped.key_id, "wrapped_key": one.wrapped.wrapped_key}
                replaced += (await connection.execute(update(totps).where(mine).values(content))).rowcount
        return replaced


async def set_totp(connection: AsyncConnection, account_id: AccountId, sealed: SealedSecret, step: int) -> None:
    """Give an account a secret for one-time codes in place of any other; `step` is that of the code just shown."""
    values = {
        "key_id": sealed.key_id,
        "wrapped_key": sealed.wrapped_key,
        "nonce": sealed.nonce,
        "ciphertext": sealed.ciphertext,
        "last_step": step,
    }
    statement = upsert(totps).values(account_id=account_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=values))


async def find_totp(connection: AsyncConnection, account_id: AccountId) -> SealedSecret | None:
    """Return an account's secret for one-time codes."""
    row = (await connection.execute(select(totps).where(totps.c.account_id == account_id))).one_or_none()
    if row is None:
        return None
    return SealedSecret(row.key_id, bytes(row.wrapped_key), bytes(row.nonce), bytes(row.ciphertext))


async def take_totp_step(connection: AsyncConnection, account_id: AccountId, step: int) -> bool:
    """Take a time step, once: of two that show the same code, one is told no."""
    statement = update(totps).where(totps.c.account_id == account_id, totps.c.last_step < step).values(last_step=step)
    return (await connection.execute(statement.returning(totps.c.account_id))).scalar_one_or_none() is not None


async def delete_totp(connection: AsyncConnection, account_id: AccountId) -> bool:
    """Delete an account's secret for one-time codes. Return whether there was one."""
    statement = delete(totps).where(totps.c.account_id == account_id).returning(totps.c.account_id)
    return (await connection.execute(statement)).scalar_one_or_none() is not None


async def replace_recovery_codes(connection: AsyncConnection, account_id: AccountId, hashes: Sequence[bytes]) -> None:
    """Give an account new recovery codes in place of all others."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account_id))
    if hashes:
        rows = [{"account_id": account_id, "hash": hashed} for hashed in hashes]
        await connection.execute(insert(recovery_codes), rows)


async def take_recovery_code(connection: AsyncConnection, account_id: AccountId, hashed: bytes, now: datetime) -> bool:
    """Take a recovery code, once."""
    mine = and_(
        recovery_codes.c.account_id == account_id, recovery_codes.c.hash == hashed, recovery_codes.c.used_at.is_(None)
    )
    taken = await connection.execute(
        update(recovery_codes).where(mine).values(used_at=now).returning(recovery_codes.c.hash)
    )
    return taken.scalar_one_or_none() is not None


_ACCOUNT_WITH_PASSWORD = select(accounts, passwords.c.hash.label("password_hash")).outerjoin(
    passwords, passwords.c.account_id == accounts.c.id
)


# Any: rows of queries over columns of several types.
def _account_with_password(row: Row[*tuple[Any, ...]] | None) -> tuple[Account | None, str | None]:
    return (None, None) if row is None else (read_account(row), row.password_hash)


def read_account(row: Row[*tuple[Any, ...]]) -> Account:
    """Read an account from a row that has its columns."""
    return Account(row.id, row.email, row.display_name, row.suspended_at, row.platform_administrator, row.created_at)


def _passkey(row: Row[*tuple[Any, ...]]) -> Passkey:
    return Passkey(
        id=row.id,
        account_id=row.account_id,
        credential_id=bytes(row.credential_id),
        public_key=bytes(row.public_key),
        sign_count=row.sign_count,
        transports=tuple(row.transports),
        name=row.name,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        cloned_at=row.cloned_at,
    )


async def link_principal(
    connection: AsyncConnection, organisation_id: OrganisationId, principal_id: UUID, account_id: AccountId
) -> bool:
    """Let an account sign in as a user, in a transaction of his organisation. Return False where another one may."""
    free = or_(principals.c.account_id.is_(None), principals.c.account_id == account_id)
    mine = and_(principals.c.organisation_id == organisation_id, principals.c.id == principal_id, free)
    statement = update(principals).where(mine).values(account_id=account_id).returning(principals.c.id)
    return (await connection.execute(statement)).scalar_one_or_none() is not None
