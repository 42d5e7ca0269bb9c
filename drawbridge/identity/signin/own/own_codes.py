"""One's own one-time codes and recovery codes."""

from dataclasses import dataclass, field

from drawbridge.identity.signin import store
from drawbridge.identity.signin.acts import record_of
from drawbridge.identity.signin.challenges import Challenge
from drawbridge.identity.signin.codes import matching_step, secret_address, secret_of
from drawbridge.identity.signin.errors import UnknownFactorError, WrongCodeError
from drawbridge.identity.signin.own.own import Own
from drawbridge.identity.signin.records import SessionIdentity
from drawbridge.identity.signin.store import signing_in


@dataclass(frozen=True, slots=True)
class NewTotp:
    """A secret that is not in use yet: a code has to be shown first."""

    challenge: Challenge
    secret: str = field(repr=False)
    address: str = field(repr=False)
    """For an authenticator app."""


class OwnCodes(Own):
    """Changes them."""

    def new_totp(self, identity: SessionIdentity) -> NewTotp:
        """Return a new secret. It is in its challenge, so nothing of it is kept. Raises StepUpRequiredError."""
        self.require_fresh(identity)
        challenge = self.issue("new_totp", identity)
        secret = secret_of(challenge)
        return NewTotp(challenge, secret, secret_address(identity.email, secret))

    async def confirm_totp(self, identity: SessionIdentity, word: str, code: str) -> list[str]:
        """Take the new secret into use, of which a code is shown. Return recovery codes where the account had none.

        Raises StepUpRequiredError, ChallengeExpiredError, WrongCodeError.
        """
        self.require_fresh(identity)
        challenge = self.open("new_totp", identity, word)
        secret = secret_of(challenge)
        step = matching_step(secret, code, self.clock.now())
        if step is None:
            raise WrongCodeError
        async with signing_in(self.database) as connection:
            await self.spend(connection, challenge)
            await self.parts.codes.keep_secret(connection, identity.account_id, secret, step)
            codes = await self.parts.codes.first_recovery_codes(connection, identity.account_id)
            await record_of(connection, identity, "totp.added", identity.account_id)
        return codes

    async def remove_totp(self, identity: SessionIdentity) -> None:
        """End one-time codes. Raises StepUpRequiredError, UnknownFactorError."""
        self.require_fresh(identity)
        async with signing_in(self.database) as connection:
            if not await store.delete_totp(connection, identity.account_id):
                raise UnknownFactorError("The account has no authenticator app.")
            await record_of(connection, identity, "totp.removed", identity.account_id)

    async def renew_recovery_codes(self, identity: SessionIdentity) -> list[str]:
        """Return new recovery codes; all others are void. Raises StepUpRequiredError."""
        self.require_fresh(identity)
        async with signing_in(self.database) as connection:
            codes = await self.parts.codes.renew_recovery_codes(connection, identity.account_id)
            await record_of(connection, identity, "recovery_codes.renewed", identity.account_id)
        return codes
