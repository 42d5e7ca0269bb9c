"""One's own password."""

from drawbridge.identity.signin import store
from drawbridge.identity.signin.acts import record_of
from drawbridge.identity.signin.own.own import Own
from drawbridge.identity.signin.passwords import require_strong
from drawbridge.identity.signin.records import Caller, SessionIdentity
from drawbridge.identity.signin.sessions import store as sessions
from drawbridge.identity.signin.site import source_of
from drawbridge.identity.signin.store import signing_in


class OwnPassword(Own):
    """Changes it."""

    async def change(self, identity: SessionIdentity, password: str, caller: Caller) -> int:
        """Give the account another password, and end its other sessions. Return how many there were.

        Raises StepUpRequiredError, WeakPasswordError, SignInBusyError.
        """
        self.require_fresh(identity)
        require_strong(password, identity.email, identity.display_name)
        hashed = await self.parts.passwords.hash(password, source_of(caller.address))
        async with signing_in(self.database) as connection:
            await store.set_password(connection, identity.account_id, hashed, self.clock.now())
            ended = await sessions.end_sessions(connection, identity.account_id, but=identity.session_id)
            await record_of(connection, identity, "password.changed", identity.account_id, sessions_ended=ended)
        return ended
