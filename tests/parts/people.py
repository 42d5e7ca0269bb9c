"""Callers of one gateway: two principals of one organisation, and one of another, on one vendor's credential."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import OrganisationId
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.store import create_principal
from tests.parts.caller import Caller, calling
from tests.parts.gateway import RunningGateway, add_vendor
from tests.parts.organisations import make_organisation


@dataclass(frozen=True, slots=True)
class People:
    """Who calls. `alice_again` is Alice by another key of hers."""

    alice: Caller
    alice_again: Caller
    bob: Caller
    stranger: Caller
    """Of another organisation."""


@asynccontextmanager
async def people_at(gateway: RunningGateway, vendor_url: str, *, name: str = "") -> AsyncGenerator[People]:
    """Make the callers; `name` tells several such groups apart."""
    other = await make_organisation(gateway.database, f"other{name}")
    await add_vendor(gateway.database, other, vendor_url)
    keys = [
        await new_key(gateway, gateway.organisation_id, f"alice{name}"),
        await new_key(gateway, gateway.organisation_id, f"alice{name}", is_known=True),
        await new_key(gateway, gateway.organisation_id, f"bob{name}"),
        await new_key(gateway, other, "stranger"),
    ]
    async with AsyncExitStack() as stack:
        callers = [await stack.enter_async_context(calling(gateway.url, key)) for key in keys]
        for caller in callers:
            await _ready(caller)
        yield People(*callers)


async def new_key(
    gateway: RunningGateway, organisation_id: OrganisationId, owner: str, *, is_known: bool = False
) -> str:
    """Make a key, and its owner unless that one is there already."""
    if not is_known:
        async with gateway.database.change(organisation_id) as connection:
            await create_principal(connection, organisation_id, "user", owner)
    issued = await Keyring(gateway.database, SystemClock()).create(organisation_id, KeyRequest(owner))
    return issued.text


async def _ready(caller: Caller) -> None:
    async with asyncio.timeout(10):
        # Its organisation is loaded by another task, which tells nobody outside when.
        while (await caller.get("/v1/models")).status != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
