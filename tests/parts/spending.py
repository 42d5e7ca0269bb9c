"""A vendor with prices and honest usage, and budgets that last as long as a test, at a running gateway."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import text

from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.budgets.store import create_budget, delete_budget
from drawbridge.usage.pricing.entries import BandEntry, PriceEntry, PricesEntry, TokenPrices
from drawbridge.usage.pricing.store import SECTION, write_prices
from tests.parts.caller import Json
from tests.parts.gateway import RunningGateway
from tests.parts.wire import Answer, Request

CHAT: Final = "/v1/chat/completions"
TOKEN: Final = 1_000_000
"""What a token costs, in nano-dollars."""

COST: Final = 30 * TOKEN
"""What a call of `honest` costs."""

_NOTICED_S: Final = 1.2
"""Within this, every worker has seen a change."""


async def set_prices(gateway: RunningGateway) -> None:
    """Give `dear` a price, `long` one that doubles above 100 tokens of input, and `free` one of nothing."""
    plain = TokenPrices(input="1000", output="1000")
    band = BandEntry(above=100, per_million=TokenPrices(input="2000", output="2000"))
    own = {
        "dear": PriceEntry(provider="vendor", model="dear", per_million=plain),
        "long": PriceEntry(provider="vendor", model="long", per_million=plain, bands=(band,)),
        "free": PriceEntry(provider="vendor", model="free", per_million=TokenPrices(input="0", output="0")),
    }
    async with gateway.database.change(gateway.organisation_id) as connection:
        await write_prices(connection, gateway.organisation_id, SECTION, PricesEntry(own=own), managed_by_file=False)


@asynccontextmanager
async def budget(gateway: RunningGateway, entry: BudgetEntry, name: str = "all") -> AsyncGenerator[None]:
    """Let a budget hold while the context lasts."""
    async with gateway.database.change(gateway.organisation_id) as connection:
        await create_budget(connection, gateway.organisation_id, name, entry, managed_by_file=False)
    await asyncio.sleep(_NOTICED_S)
    try:
        yield
    finally:
        async with gateway.database.change(gateway.organisation_id) as connection:
            await delete_budget(connection, gateway.organisation_id, name)
        await asyncio.sleep(_NOTICED_S)


async def settled(gateway: RunningGateway, *, timeout_s: float = 15.0) -> tuple[int, int]:
    """Return what is posted and overage, in all windows, once nothing is held."""
    query = text("select sum(posted_nanousd)::bigint, sum(held_nanousd), sum(overage_nanousd) from budget_window")
    async with asyncio.timeout(timeout_s):
        while True:
            async with gateway.database.organisation(gateway.organisation_id) as connection:
                posted, held, overage = (await connection.execute(query)).one()
            if held == 0:
                return int(posted), int(overage)
            await asyncio.sleep(0.05)


async def first_posted(gateway: RunningGateway, *, timeout_s: float = 15.0) -> int:
    """Return what is posted, in all windows, once something is and nothing is held."""
    async with asyncio.timeout(timeout_s):
        while not (amount := (await settled(gateway))[0]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return amount


def said(model: str = "dear", *, max_tokens: int = 40, words: int = 1) -> Json:
    """Make a request."""
    return {"model": model, "messages": [{"role": "user", "content": "Hi" * words}], "max_tokens": max_tokens}


def honest(_: Request) -> Answer:
    """Answer with less usage than any request allows."""
    return answering(10, 20)


def answering(input_tokens: int, output_tokens: int) -> Answer:
    """Make an answer with this usage."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "dear",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": input_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": input_tokens + output_tokens,
        },
    }
    return Answer(headers=(("content-type", "application/json"),), pieces=((json.dumps(body).encode(), 0.0),))
