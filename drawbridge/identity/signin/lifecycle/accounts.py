"""Suspend, reactivate and delete accounts."""

from collections.abc import Sequence
from dataclasses import dataclass

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record, record_platform
from drawbridge.core.clock import Clock
from drawbridge.core.paging import Page, PageRequest
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.administration import StillAdministered
from drawbridge.identity.signin import store as signin
from drawbridge.identity.signin.errors import (
    LastPlatformAdministratorError,
    SoleAdministratorError,
    UnknownAccountError,
)
from drawbridge.identity.signin.lifecycle import store
from drawbridge.identity.signin.lifecycle.store import Place, SeenAccount
from drawbridge.identity.signin.records import AccountId
from drawbridge.identity.signin.sessions import store as sessions
from drawbridge.identity.signin.store import signing_in


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of an installation. An account is named by its id or its case-folded e-mail.

    Every method that names one raises UnknownAccountError.
    """

    database: Database
    clock: Clock
    still_administered: StillAdministered

    async def list(self, page: PageRequest) -> Page[SeenAccount]:
        """Return accounts, the newest first."""
        async with signing_in(self.database) as connection:
            return await store.list_accounts(connection, page)

    async def get(self, wanted: AccountId | str) -> SeenAccount:
        """Return one."""
        async with signing_in(self.database) as connection:
            return await _require(connection, wanted)

    async def suspend(self, wanted: AccountId | str, actor: Actor) -> SeenAccount:
        """Let an account sign in no more, and end its sessions. Again: changes nothing.

        Its users stay as they are, with their keys: these are for their organisations to suspend.

        Raises LastPlatformAdministratorError.
        """
        async with signing_in(self.database) as connection:
            found = await self._lock(connection, wanted)
            if found.account.suspended_at is None:
                await _require_another(connection, found)
                await signin.set_suspended(connection, found.account.id, self.clock.now())
                await record_platform(connection, _act(actor, "suspended", found))
            await sessions.end_sessions(connection, found.account.id)
            return await _require(connection, found.account.id)

    async def reactivate(self, wanted: AccountId | str, actor: Actor) -> SeenAccount:
        """Let an account sign in again. Again: changes nothing."""
        async with signing_in(self.database) as connection:
            found = await self._lock(connection, wanted)
            if found.account.suspended_at is not None:
                await signin.set_suspended(connection, found.account.id, None)
                await record_platform(connection, _act(actor, "reactivated", found))
            return await _require(connection, found.account.id)

    async def delete(self, wanted: AccountId | str, actor: Actor) -> SeenAccount:
        """Delete an account with its credentials and sessions. Return it as it was.

        Its users stay in their organisations, suspended and without an account: what was used, and who did what, is
        kept. An administrator there may invite somebody to be such a user again, or delete the user.

        Raises LastPlatformAdministratorError; SoleAdministratorError where an organisation would have nobody left.
        """
        async with signing_in(self.database) as connection:
            found = await self._lock(connection, wanted)
            await _require_another(connection, found)
            account_id = found.account.id
            alone = [
                place.organisation
                for place in await store.places_of(connection, account_id)
                if not await self._leave(connection, place, account_id, actor)
            ]
            if alone:
                raise SoleAdministratorError(sorted(alone))
            await store.delete_account(connection, account_id)
            await record_platform(connection, _act(actor, "deleted", found))
            return found

    async def _leave(self, connection: AsyncConnection, place: Place, account_id: AccountId, actor: Actor) -> bool:
        """Leave an organisation. Return False where that would take its last administrator away."""
        organisation_id, now = place.organisation_id, self.clock.now()
        async with self.database.changing(connection, organisation_id):
            before = await self.still_administered(connection, organisation_id, now)
            await store.unlink(connection, organisation_id, account_id, now)
            after = await self.still_administered(connection, organisation_id, now)
        detail: dict[str, object] = {"account": str(account_id), "suspended": True}
        await record(connection, organisation_id, Act(actor, "user.unlinked", "user", place.user, detail=detail))
        return after or not before

    async def _lock(self, connection: AsyncConnection, wanted: AccountId | str) -> SeenAccount:
        """Return an account, and let nobody else change who administers the platform until the transaction ends."""
        await signin.lock_accounts(connection)
        return await _require(connection, wanted)


async def _require(connection: AsyncConnection, wanted: AccountId | str) -> SeenAccount:
    found = await store.find_account(connection, wanted)
    if found is None:
        raise UnknownAccountError
    return found


async def _require_another(connection: AsyncConnection, found: SeenAccount) -> None:
    """Check that the platform keeps an administrator."""
    account = found.account
    is_one = account.platform_administrator and account.suspended_at is None
    if is_one and not await store.has_other_platform_administrator(connection, account.id):
        raise LastPlatformAdministratorError


def in_words(organisations: Sequence[str]) -> str:
    """Tell what a deletion leaves in the organisations."""
    return f"its users in {', '.join(organisations)} stay, suspended" if organisations else "it has no users"


def _act(actor: Actor, verb: str, found: SeenAccount) -> Act:
    detail = {"email": found.account.email, "organisations": list(found.organisations)}
    return Act(actor, f"account.{verb}", "account", str(found.account.id), detail=detail)
