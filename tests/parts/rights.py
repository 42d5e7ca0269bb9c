"""Grants of a test's own at a running gateway."""

import asyncio

from drawbridge.policy.entries import GrantEntry, grant_in_full
from drawbridge.policy.store import create_grant, delete_grant, update_grant
from tests.parts.caller import Caller, Json
from tests.parts.gateway import RunningGateway


async def grant(gateway: RunningGateway, name: str, entry: GrantEntry) -> None:
    """Make a grant."""
    async with gateway.database.change(gateway.organisation_id) as connection:
        await create_grant(connection, gateway.organisation_id, name, grant_in_full(entry), managed_by_file=False)


async def regrant(gateway: RunningGateway, name: str, entry: GrantEntry) -> None:
    """Change a grant."""
    async with gateway.database.change(gateway.organisation_id) as connection:
        await update_grant(connection, gateway.organisation_id, name, grant_in_full(entry), managed_by_file=False)


async def ungrant(gateway: RunningGateway, name: str) -> None:
    """Take a grant away."""
    async with gateway.database.change(gateway.organisation_id) as connection:
        await delete_grant(connection, gateway.organisation_id, name)


async def only_grant(gateway: RunningGateway, name: str, entry: GrantEntry) -> None:
    """Make a grant, and let nobody do anything by being there."""
    await grant(gateway, name, entry)
    await ungrant(gateway, "everyone-is-a-member")


async def until_answered(caller: Caller, path: str, body: Json | None, status: int) -> None:
    """Call until an answer has this status: a change of grants is in force then."""
    async with asyncio.timeout(10):
        # Nobody outside is told when a change is in force.
        while (await _ask(caller, path, body)) != status:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _ask(caller: Caller, path: str, body: Json | None) -> int:
    reply = await (caller.get(path) if body is None else caller.post(path, body))
    return reply.status
