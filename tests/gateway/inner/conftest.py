"""Somebody who is signed in to a gateway with a vendor of each dialect behind it, whose models have prices."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import pytest

from drawbridge.gateway.inner.asked import Asked
from drawbridge.gateway.refusals import Refusal
from drawbridge.usage.budgets.entries import BudgetEntry
from drawbridge.usage.budgets.store import create_budget, delete_budget
from drawbridge.usage.limits.entries import LimitEntry
from drawbridge.usage.limits.store import create_limit, delete_limit
from drawbridge.usage.pricing.entries import PriceEntry, PricesEntry, TokenPrices
from drawbridge.usage.pricing.store import SECTION, write_prices
from tests.gateway.conftest import booked, caller, claims, settings, shared_gateway, shared_vendor, vendor
from tests.parts.asking import Person, new_person
from tests.parts.configured import configure
from tests.parts.gateway import RunningGateway
from tests.parts.vendor import ScriptedVendor

__all__ = ["booked", "caller", "claims", "settings", "shared_gateway", "shared_vendor", "vendor"]

CONFIGURATION = """\
version: 1
providers:
  chat: {base_url: VENDOR/chat, dialects: [openai-chat], credential: {env: VENDOR_KEY}}
  responses: {base_url: VENDOR/responses, dialects: [openai-responses], credential: {env: VENDOR_KEY}}
  anthropic: {base_url: VENDOR/anthropic, dialects: [anthropic-messages], credential: {env: VENDOR_KEY}}
  gemini: {base_url: VENDOR/v1beta, dialects: [gemini], credential: {env: VENDOR_KEY}}
deployments:
  chat: {provider: chat, upstream_model: upstream-chat, profile: {images: false, context_tokens: 9000}}
  responses: {provider: responses, upstream_model: upstream-responses}
  anthropic: {provider: anthropic, upstream_model: upstream-anthropic}
  gemini: {provider: gemini, upstream_model: upstream-gemini, profile: {images: true, tools: true}}
models:
  to-chat: {route: [chat]}
  to-responses: {route: [responses]}
  to-anthropic: {route: [anthropic]}
  to-gemini: {route: [gemini]}
  to-any: {route: [chat, responses, anthropic, gemini]}
"""
PRICES: Mapping[str, tuple[str, str]] = {
    "chat": ("2", "8"),
    "responses": ("1", "4"),
    "anthropic": ("3", "15"),
    "gemini": ("0.001", "0.002"),
}
"""Dollars for a million tokens of input and of output, by provider."""


@pytest.fixture(scope="module")
async def configured(shared_gateway: RunningGateway, shared_vendor: ScriptedVendor) -> RunningGateway:
    prices = {
        name: PriceEntry(provider=name, model="*", per_million=TokenPrices(input=input_usd, output=output_usd))
        for name, (input_usd, output_usd) in PRICES.items()
    }
    async with shared_gateway.database.change(shared_gateway.organisation_id) as connection:
        await write_prices(
            connection, shared_gateway.organisation_id, SECTION, PricesEntry(own=prices), managed_by_file=False
        )
    await configure(shared_gateway, CONFIGURATION.replace("VENDOR/", shared_vendor.url + "/"), "to-any")
    return shared_gateway


@pytest.fixture
def gateway(configured: RunningGateway, vendor: ScriptedVendor) -> RunningGateway:
    """Give the gateway; its vendor begins anew."""
    del vendor
    return configured


@pytest.fixture(scope="module")
async def shared_person(configured: RunningGateway) -> Person:
    return await new_person(configured, "signed-in")


@pytest.fixture
def somebody(shared_person: Person, vendor: ScriptedVendor) -> Person:
    """Give somebody who is signed in; the vendor begins anew."""
    del vendor
    return shared_person


async def until_refused(somebody: Person, asked: Asked, words: str = "") -> Refusal:
    """Ask until it is refused with these words at the beginning: what forbids it is in force then."""
    async with asyncio.timeout(10):
        # Nobody outside is told when that is.
        while (refusal := await refused(somebody, asked)) is None or not refusal.message.startswith(words):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return refusal


async def refused(somebody: Person, asked: Asked) -> Refusal | None:
    """Ask, and return why there was no answer; None where there was one."""
    try:
        await somebody.ask(asked)
    except Refusal as refusal:
        return refusal
    return None


@asynccontextmanager
async def budget(gateway: RunningGateway, entry: BudgetEntry) -> AsyncGenerator[None]:
    """Have a budget named `all` for a while."""
    async with gateway.database.change(gateway.organisation_id) as connection:
        await create_budget(connection, gateway.organisation_id, "all", entry, managed_by_file=False)
    try:
        yield
    finally:
        async with gateway.database.change(gateway.organisation_id) as connection:
            await delete_budget(connection, gateway.organisation_id, "all")


@asynccontextmanager
async def limit(gateway: RunningGateway, entry: LimitEntry) -> AsyncGenerator[None]:
    """Have a limit named `all` for a while."""
    async with gateway.database.change(gateway.organisation_id) as connection:
        await create_limit(connection, gateway.organisation_id, "all", entry, managed_by_file=False)
    try:
        yield
    finally:
        async with gateway.database.change(gateway.organisation_id) as connection:
            await delete_limit(connection, gateway.organisation_id, "all")
