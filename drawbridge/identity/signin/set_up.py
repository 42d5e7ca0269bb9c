"""The first account: only by the link that a start prints."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from drawbridge.audit.acts import Act
from drawbridge.audit.record import record, record_platform
from drawbridge.core.ids import OrganisationId
from drawbridge.core.text import require_printable
from drawbridge.db.engine import AsyncConnection
from drawbridge.identity import store as people
from drawbridge.identity.first_administrator import NAME
from drawbridge.identity.signin import store
from drawbridge.identity.signin.acts import user
from drawbridge.identity.signin.addresses import fold_email
from drawbridge.identity.signin.entrance import Parts
from drawbridge.identity.signin.errors import LinkInvalidError
from drawbridge.identity.signin.links import store as links
from drawbridge.identity.signin.passwords import require_strong
from drawbridge.identity.signin.records import AccountId, Caller, Membership
from drawbridge.identity.signin.sessions.sessions import StartedSession
from drawbridge.identity.signin.site import source_of
from drawbridge.identity.signin.store import signing_in
from drawbridge.identity.signin.tokens import hash_token

_WHAT_TO_DO = "Each start of Drawbridge prints a new one until the first account is there: start it again."
LONGEST_NAME = 200
_OTHER_NAME = "first-administrator"
"""Where a program has the usual name."""

Appoint = Callable[[AsyncConnection, OrganisationId, str], Awaitable[None]]
"""Makes a user of this name an administrator, in a transaction of the organisation: plugged in by policy."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Who wants an account."""

    email: str
    display_name: str
    password: str = field(repr=False)


class SetUp:
    """Makes the first account: the platform's administrator, and the user `admin` of the first organisation."""

    def __init__(self, parts: Parts, organisation: str, appoint: Appoint) -> None:
        self._parts = parts
        self._database = parts.database
        self._clock = parts.clock
        self._organisation = organisation
        self._appoint = appoint

    async def complete(self, token: str, wanted: NewAccount, caller: Caller) -> StartedSession:
        """Make the first account and sign it in.

        Raises LinkInvalidError, WeakPasswordError, UnprintableTextError, SignInBusyError.
        """
        email = fold_email(wanted.email)
        require_printable(wanted.display_name, "The name", longest=LONGEST_NAME)
        hashed = hash_token(token)
        async with self._parts.refusals.recorded("set_up", caller), signing_in(self._database) as connection:
            # Before the password is hashed, which costs: nobody without the link makes us do that.
            if not await links.is_open(connection, "set_up", hashed, self._clock.now()):
                raise LinkInvalidError(_WHAT_TO_DO)
        require_strong(wanted.password, email, wanted.display_name)
        password = await self._parts.passwords.hash(wanted.password, source_of(caller.address))
        async with self._parts.refusals.recorded("set_up", caller), signing_in(self._database) as connection:
            await store.lock_accounts(connection)
            taken, _ = await links.take_link(connection, "set_up", hashed, self._clock.now())
            if not taken or await store.has_account(connection):
                raise LinkInvalidError(_WHAT_TO_DO)
            return await self._make(connection, email, wanted.display_name, password, caller)

    async def _make(
        self, connection: AsyncConnection, email: str, display_name: str, password: str, caller: Caller
    ) -> StartedSession:
        account_id = await store.insert_account(connection, email, display_name, platform_administrator=True)
        assert account_id is not None
        await store.set_password(connection, account_id, password, self._clock.now())
        organisation_id = await store.find_organisation(connection, self._organisation)
        assert organisation_id is not None
        started = await self._parts.sessions.begin(connection, account_id, organisation_id, "set_up", caller)
        async with self._database.changing(connection, organisation_id):
            administrator = await self._link_administrator(connection, organisation_id, account_id)
        actor = user(administrator, caller, "link")
        detail = {"email": email, "platform_administrator": True}
        await record_platform(connection, Act(actor, "account.created", "account", str(account_id), detail=detail))
        linked = {"email": email, "account": str(account_id)}
        await record(
            connection, organisation_id, Act(actor, "user.linked", "user", administrator.principal, detail=linked)
        )
        began = Act(actor, "session.began", "session", str(started.session.id), detail={"method": "set_up"})
        await record(connection, organisation_id, began)
        return started

    async def _link_administrator(
        self, connection: AsyncConnection, organisation_id: OrganisationId, account_id: AccountId
    ) -> Membership:
        """Let the account sign in as the first administrator, who is made anew where somebody has deleted him."""
        principal = await people.find_principal(connection, organisation_id, NAME)
        name = NAME
        if principal is not None and principal.kind == "user":
            principal_id = principal.id
        else:
            name = NAME if principal is None else _OTHER_NAME
            principal_id = await people.create_principal(
                connection, organisation_id, "user", name, display_name="Administrator"
            )
            await self._appoint(connection, organisation_id, name)
        await store.link_principal(connection, organisation_id, principal_id, account_id)
        return Membership(organisation_id, "", "", principal_id, name)
