"""What every such change is made of: the session, the challenge, the record."""

from drawbridge.db.engine import AsyncConnection
from drawbridge.identity.signin import store
from drawbridge.identity.signin.challenges import Challenge, Purpose
from drawbridge.identity.signin.entrance import Parts
from drawbridge.identity.signin.errors import ChallengeExpiredError, NotSignedInError, StepUpRequiredError
from drawbridge.identity.signin.links import store as links
from drawbridge.identity.signin.records import Account, Factors, SessionIdentity
from drawbridge.identity.signin.store import signing_in


class Own:
    """A part of what is one's own."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.database = parts.database
        self.clock = parts.clock

    def require_fresh(self, identity: SessionIdentity) -> None:
        """Check that a password or passkey was shown a short time ago. Raises StepUpRequiredError."""
        if not self.parts.sessions.is_fresh(identity):
            raise StepUpRequiredError

    def issue(self, purpose: Purpose, identity: SessionIdentity) -> Challenge:
        """Make a challenge for this session only."""
        session = identity.session_id
        return self.parts.challenges.issue(purpose, self.clock.now(), subject=identity.account_id, session=session)

    def open(self, purpose: Purpose, identity: SessionIdentity, word: str) -> Challenge:
        """Return the challenge of a word. Raises ChallengeExpiredError."""
        return self.parts.challenges.open(word, purpose, self.clock.now(), session=identity.session_id)

    async def spend(self, connection: AsyncConnection, challenge: Challenge) -> None:
        """Take a challenge, once. Raises ChallengeExpiredError."""
        if not await links.spend_challenge(connection, challenge.hash, challenge.expires_at, self.clock.now()):
            raise ChallengeExpiredError

    async def account(self, connection: AsyncConnection, identity: SessionIdentity) -> Account:
        """Return the account. Raises NotSignedInError where it was deleted at this moment."""
        account, _ = await store.get_account(connection, identity.account_id)
        if account is None:
            raise NotSignedInError
        return account

    async def factors(self, identity: SessionIdentity) -> Factors:
        """Return what the account can sign in with."""
        async with signing_in(self.database) as connection:
            return await store.factors_of(connection, identity.account_id)
