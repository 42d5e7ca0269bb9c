"""Prices for a running gateway whose vendor is in no list of prices."""

import asyncio

from drawbridge.usage.pricing.entries import PriceEntry, PricesEntry
from drawbridge.usage.pricing.store import SECTION, write_prices
from tests.parts.caller import calling
from tests.parts.gateway import RunningGateway

_CALL = {"model": "rehearsal", "messages": [{"role": "user", "content": "Hi"}]}


async def charge(gateway: RunningGateway, per_request_usd: str) -> None:
    """Let each call cost this much; return once it does. The scripted vendor is not asked for that."""
    prices = {name: PriceEntry(provider=name, per_request=per_request_usd) for name in ("vendor", "rehearsal")}
    async with gateway.database.change(gateway.organisation_id) as connection:
        await write_prices(connection, gateway.organisation_id, SECTION, PricesEntry(own=prices), managed_by_file=False)
    async with asyncio.timeout(20), calling(gateway.url, gateway.key) as caller:
        while True:
            reply = await caller.post("/v1/chat/completions", _CALL)
            if reply.headers.get("x-drawbridge-cost") == per_request_usd:
                return
