"""One's own account."""

from drawbridge.identity.signin.acts import actor_of
from drawbridge.identity.signin.entrance import Parts
from drawbridge.identity.signin.lifecycle.accounts import Accounts
from drawbridge.identity.signin.own.own import Own
from drawbridge.identity.signin.records import SessionIdentity


class OwnAccount(Own):
    """Deletes it."""

    def __init__(self, parts: Parts, accounts: Accounts) -> None:
        super().__init__(parts)
        self._accounts = accounts

    async def delete(self, identity: SessionIdentity) -> None:
        """Delete the account. Its users stay in their organisations, suspended and without an account.

        Raises StepUpRequiredError, LastPlatformAdministratorError, SoleAdministratorError.
        """
        self.require_fresh(identity)
        await self._accounts.delete(identity.account_id, actor_of(identity))
