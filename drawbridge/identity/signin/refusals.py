"""What was shown in vain by whoever wanted to sign in, in the audit record."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record_platform
from drawbridge.db.engine import Database
from drawbridge.identity.signin.errors import LinkInvalidError, SignInRefusedError, TooManyAttemptsError
from drawbridge.identity.signin.limits.limits import Limits, of_refusals
from drawbridge.identity.signin.records import Caller
from drawbridge.identity.signin.site import source_of
from drawbridge.identity.signin.store import signing_in

Shown = Literal["password", "code", "passkey", "link", "set_up", "invitation"]


class Refusals:
    """Records refusals of people who are nobody yet: in the platform's chain."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits

    async def record(self, shown: Shown, caller: Caller, account: str = "") -> None:
        """Record that somebody was refused, with the id of the account that was meant, if there is one."""
        actor = Actor("nobody", "none", address=caller.address)
        act = Act(actor, "session.refused", "account", account, outcome="denied", detail={"method": shown})
        async with signing_in(self._database) as connection:
            await record_platform(connection, act)

    @asynccontextmanager
    async def recorded(self, shown: Shown, caller: Caller) -> AsyncGenerator[None]:
        """Record a refusal within the context, of which whoever is refused may make as many as he likes.

        From one source some are recorded, then ever fewer, as if they had to wait, though nobody does.
        """
        try:
            yield
        except (SignInRefusedError, LinkInvalidError):
            if await self._is_one_of_few(caller):
                await self.record(shown, caller)
            raise

    async def _is_one_of_few(self, caller: Caller) -> bool:
        try:
            await self._limits.count(of_refusals(source_of(caller.address)))
        except TooManyAttemptsError:
            return False
        return True
