"""One's own sessions."""

from dataclasses import replace
from uuid import UUID

from drawbridge.identity.signin import store as accounts
from drawbridge.identity.signin.acts import record_of
from drawbridge.identity.signin.errors import UnknownFactorError
from drawbridge.identity.signin.own.own import Own
from drawbridge.identity.signin.records import Membership, Session, SessionId, SessionIdentity
from drawbridge.identity.signin.sessions import store
from drawbridge.identity.signin.sessions.sessions import AGES
from drawbridge.identity.signin.store import signing_in


class OwnSessions(Own):
    """Lists and ends them."""

    async def all(self, identity: SessionIdentity) -> list[Session]:
        """Return the account's sessions that are on, the one in use last first."""
        async with signing_in(self.database) as connection:
            return await store.sessions_of(connection, identity.account_id, self.clock.now(), AGES)

    async def end(self, identity: SessionIdentity, session_id: UUID) -> None:
        """End a session of the account. Raises UnknownFactorError."""
        async with signing_in(self.database) as connection:
            if not await store.end_session(connection, identity.account_id, SessionId(session_id)):
                raise UnknownFactorError("There is no such session: see GET /api/me/sessions.")
            await record_of(connection, identity, "session.ended", session_id)

    async def end_all(self, identity: SessionIdentity, *, but_this: bool) -> int:
        """End all sessions of the account, or all others. Return how many there were."""
        but = identity.session_id if but_this else None
        async with signing_in(self.database) as connection:
            ended = await store.end_sessions(connection, identity.account_id, but=but)
            await record_of(connection, identity, "session.ended", identity.account_id, count=ended)
        return ended

    async def memberships(self, identity: SessionIdentity) -> list[Membership]:
        """Return the organisations that the account is an active user of."""
        async with signing_in(self.database) as connection:
            return await accounts.memberships(connection, identity.account_id)

    async def enter(self, identity: SessionIdentity, organisation: str) -> str:
        """Go on in another organisation. Return the token that replaces the session's. Raises UnknownFactorError."""
        async with signing_in(self.database) as connection:
            for membership in await accounts.memberships(connection, identity.account_id):
                if membership.organisation == organisation:
                    entered = replace(
                        identity,
                        organisation_id=membership.organisation_id,
                        principal_id=membership.principal_id,
                        principal=membership.principal,
                    )
                    await record_of(connection, entered, "session.entered", identity.session_id)
                    return await self.parts.sessions.enter(connection, identity.session_id, membership)
        raise UnknownFactorError("You are in no organisation of that name.")
