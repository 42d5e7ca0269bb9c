"""Show a password or passkey once more, for what a stolen session must not be enough for."""

from drawbridge.audit.acts import Act
from drawbridge.audit.record import record, record_platform
from drawbridge.identity.signin import passkeys, store
from drawbridge.identity.signin.acts import actor_of, record_of
from drawbridge.identity.signin.challenges import Challenge
from drawbridge.identity.signin.errors import SignInRefusedError
from drawbridge.identity.signin.limits.limits import of_pair, of_source
from drawbridge.identity.signin.own.own import Own
from drawbridge.identity.signin.records import Caller, Method, SessionIdentity
from drawbridge.identity.signin.site import Place, source_of
from drawbridge.identity.signin.store import signing_in


class StepUp(Own):
    """Makes a session fresh, under a new token."""

    async def by_password(self, identity: SessionIdentity, password: str, caller: Caller) -> str:
        """Take the password once more. Return the token that replaces the session's.

        Raises SignInRefusedError, TooManyAttemptsError, SignInBusyError.
        """
        source = source_of(caller.address)
        pair, of_all = of_pair(identity.email, source), of_source(source)
        await self.parts.limits.count(of_all, pair)
        async with signing_in(self.database) as connection:
            _, hashed = await store.get_account(connection, identity.account_id)
        if not await self.parts.passwords.verify(hashed, password, source):
            await self._record_refusal(identity)
            raise SignInRefusedError
        async with signing_in(self.database) as connection:
            await self.parts.limits.forgive(connection, pair, of_all)
        return await self._rotate(identity, "password")

    async def options(self, identity: SessionIdentity, place: Place) -> tuple[Challenge, passkeys.Json]:
        """Return a challenge, and what a browser needs to answer it with one of the account's passkeys."""
        challenge = self.issue("step_up", identity)
        async with signing_in(self.database) as connection:
            offered = await store.passkeys_of(connection, identity.account_id)
        return challenge, passkeys.authentication_options(place, challenge, offered)

    async def by_passkey(self, identity: SessionIdentity, place: Place, answer: passkeys.Answer, caller: Caller) -> str:
        """Take a passkey once more. Return the token that replaces the session's.

        Raises ChallengeExpiredError, SignInRefusedError.
        """
        challenge = self.open("step_up", identity, answer.challenge)
        async with self.parts.refusals.recorded("passkey", caller):
            account_id = await self.parts.shown_passkeys.prove(place, challenge, answer.credential, caller)
            if account_id != identity.account_id:
                raise SignInRefusedError
        return await self._rotate(identity, "passkey")

    async def _record_refusal(self, identity: SessionIdentity) -> None:
        act = Act(
            actor_of(identity),
            "session.step_up_refused",
            "session",
            str(identity.session_id),
            outcome="denied",
            detail={"method": "password"},
        )
        async with signing_in(self.database) as connection:
            if identity.organisation_id is None:
                await record_platform(connection, act)
            else:
                await record(connection, identity.organisation_id, act)

    async def _rotate(self, identity: SessionIdentity, method: Method) -> str:
        async with signing_in(self.database) as connection:
            token = await self.parts.sessions.step_up(connection, identity.session_id)
            await record_of(connection, identity, "session.stepped_up", identity.session_id, method=method)
        return token
