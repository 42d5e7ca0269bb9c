"""Passkeys as they are shown: to sign in, or once more for a dangerous act."""

from typing import Final

from drawbridge.audit.acts import Act
from drawbridge.audit.record import record
from drawbridge.core.clock import Clock
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.signin import passkeys, store
from drawbridge.identity.signin.acts import user
from drawbridge.identity.signin.challenges import Challenge
from drawbridge.identity.signin.errors import ChallengeExpiredError, SignInRefusedError
from drawbridge.identity.signin.links import store as links
from drawbridge.identity.signin.records import AccountId, Caller, Passkey
from drawbridge.identity.signin.sessions import store as sessions
from drawbridge.identity.signin.site import Place
from drawbridge.identity.signin.store import signing_in

_REFUSED: Final = "This passkey opens no account here. Try another one, or sign in with your password."
_COPIED: Final = (
    "This passkey was copied: its counter has gone back, so somebody else may have it. It is not taken any more, and"
    " all sessions of its account have ended. Sign in another way, remove it, and register a new one."
)


class ShownPasskeys:
    """Checks the passkeys that browsers show."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def prove(self, place: Place, challenge: Challenge, credential: passkeys.Json, caller: Caller) -> AccountId:
        """Return whose passkey answers a challenge.

        One whose counter has gone back is marked for good, and the sessions of its account end.

        Raises SignInRefusedError; ChallengeExpiredError for a challenge that was answered before.
        """
        async with signing_in(self._database) as connection:
            passkey, count = await self._read(connection, place, challenge, credential)
            now = self._clock.now()
            if not await links.spend_challenge(connection, challenge.hash, challenge.expires_at, now):
                raise ChallengeExpiredError
            is_copy = passkeys.is_copy(passkey, count)
            if is_copy:
                await self._mark(connection, passkey, caller)
            else:
                await store.set_passkey_used(connection, passkey.id, count, now)
        if is_copy:
            raise SignInRefusedError(_COPIED)
        return passkey.account_id

    async def _read(
        self, connection: AsyncConnection, place: Place, challenge: Challenge, credential: passkeys.Json
    ) -> tuple[Passkey, int]:
        credential_id = passkeys.shown_credential_id(credential)
        passkey = None if credential_id is None else await store.lock_passkey(connection, credential_id)
        if passkey is None or passkey.cloned_at is not None:
            raise SignInRefusedError(_REFUSED)
        count = passkeys.shown_count(place, challenge, credential, passkey)
        if count is None:
            raise SignInRefusedError(_REFUSED)
        return passkey, count

    async def _mark(self, connection: AsyncConnection, passkey: Passkey, caller: Caller) -> None:
        await store.set_passkey_cloned(connection, passkey.id, self._clock.now())
        await sessions.end_sessions(connection, passkey.account_id)
        for membership in await store.memberships(connection, passkey.account_id):
            act = Act(
                user(membership, caller),
                "passkey.copied",
                "passkey",
                str(passkey.id),
                outcome="denied",
                detail={"name": passkey.name},
            )
            await record(connection, membership.organisation_id, act)
