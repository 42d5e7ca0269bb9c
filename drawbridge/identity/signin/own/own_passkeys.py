"""One's own passkeys."""

from typing import Final
from uuid import UUID

from drawbridge.core.text import require_printable
from drawbridge.identity.signin import passkeys, store
from drawbridge.identity.signin.acts import record_of
from drawbridge.identity.signin.challenges import Challenge
from drawbridge.identity.signin.errors import LastFactorError, PasskeyRefusedError, UnknownFactorError
from drawbridge.identity.signin.own.own import Own
from drawbridge.identity.signin.records import Passkey, PasskeyId, SessionIdentity
from drawbridge.identity.signin.site import Place
from drawbridge.identity.signin.store import signing_in

_LONGEST_NAME: Final = 100
_MOST: Final = 20


class OwnPasskeys(Own):
    """Adds and removes them."""

    async def all(self, identity: SessionIdentity) -> list[Passkey]:
        """Return the account's passkeys, the oldest first."""
        async with signing_in(self.database) as connection:
            return await store.passkeys_of(connection, identity.account_id)

    async def options(self, identity: SessionIdentity, place: Place) -> tuple[Challenge, passkeys.Json]:
        """Return a challenge, and what a browser needs to register a passkey. Raises StepUpRequiredError."""
        self.require_fresh(identity)
        challenge = self.issue("new_passkey", identity)
        async with signing_in(self.database) as connection:
            account = await self.account(connection, identity)
            present = await store.passkeys_of(connection, identity.account_id)
        return challenge, passkeys.registration_options(place, account, present, challenge)

    async def add(
        self, identity: SessionIdentity, place: Place, answer: passkeys.Answer, name: str
    ) -> tuple[Passkey, list[str]]:
        """Register a passkey. Return it, and recovery codes where the account had none.

        Raises StepUpRequiredError, ChallengeExpiredError, PasskeyRefusedError, UnprintableTextError.
        """
        self.require_fresh(identity)
        require_printable(name, "The passkey's name", longest=_LONGEST_NAME)
        challenge = self.open("new_passkey", identity, answer.challenge)
        async with signing_in(self.database) as connection:
            account = await self.account(connection, identity)
            registered = passkeys.register(place, account, challenge, answer.credential)
            passkey = passkeys.named(registered, name, self.clock.now())
            await self.spend(connection, challenge)
            if len(await store.passkeys_of(connection, identity.account_id)) >= _MOST:
                raise PasskeyRefusedError(f"An account has at most {_MOST} passkeys: remove one first.")
            if not await store.insert_passkey(connection, passkey):
                raise PasskeyRefusedError("This passkey is registered already.")
            codes = await self.parts.codes.first_recovery_codes(connection, identity.account_id)
            await record_of(connection, identity, "passkey.added", passkey.id, name=name)
        return passkey, codes

    async def remove(self, identity: SessionIdentity, passkey_id: UUID) -> None:
        """Remove a passkey. Raises StepUpRequiredError, UnknownFactorError, LastFactorError."""
        self.require_fresh(identity)
        async with signing_in(self.database) as connection:
            name = await store.delete_passkey(connection, identity.account_id, PasskeyId(passkey_id))
            if name is None:
                raise UnknownFactorError("There is no such passkey: see GET /api/me/passkeys.")
            left = await store.factors_of(connection, identity.account_id)
            if not left.password and not left.passkeys:
                raise LastFactorError("This is the only way into the account: set a password first.")
            await record_of(connection, identity, "passkey.removed", passkey_id, name=name)
