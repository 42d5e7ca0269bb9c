"""What calls cost an organisation: by its own prices, at the ceiling, or not at all because they are refused."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import httpx2
import msgspec
import pytest
import typer
from typer.testing import CliRunner

from drawbridge.core.clock import SystemClock
from drawbridge.gateway.attempt import price_lost
from drawbridge.gateway.entries import DeploymentEntry, ModelEntry, ProviderEntry, Quirks, provider_in_full
from drawbridge.gateway.price_commands import add_prices_command
from drawbridge.gateway.snapshot import OrganisationSnapshot, Snapshots
from drawbridge.gateway.store import create_deployment, create_model, create_provider
from drawbridge.usage.estimates import ASSUMED_DURATION_MS
from drawbridge.usage.events import Tokens
from drawbridge.usage.pricing.compile import compile_prices
from drawbridge.usage.pricing.entries import (
    CeilingEntry,
    HourEntry,
    PriceEntry,
    PricesEntry,
    TokenPrices,
    UnknownEntry,
)
from drawbridge.usage.pricing.store import SECTION, clear_prices, write_prices
from drawbridge.usage.report import UsageRow
from tests.gateway.examples import CHAT, MESSAGE
from tests.parts.booked import Booked
from tests.parts.caller import Caller
from tests.parts.gateway import RunningGateway
from tests.parts.installations import new_installation
from tests.parts.rights import until_answered
from tests.parts.vendor import ScriptedVendor
from tests.usage.attempts import make_intent

OWN = PricesEntry(own={"flat": PriceEntry(provider="vendor", per_request="0.25", source="order 7")})
BY_THE_HOUR = PricesEntry(own={"box": PriceEntry(provider="vendor", per_hour=HourEntry(amount="3600"))})
CEILING = PricesEntry(unknown=UnknownEntry(ceiling=CeilingEntry(per_million=TokenPrices(input="1", output="1"))))
REFUSE = PricesEntry(unknown="refuse")


@pytest.fixture
async def paying(gateway: RunningGateway) -> AsyncIterator[RunningGateway]:
    """The gateway, whose organisation pays list prices again afterwards."""
    yield gateway
    async with gateway.database.change(gateway.organisation_id) as connection:
        await clear_prices(connection, gateway.organisation_id, SECTION)


async def pay(gateway: RunningGateway, entry: PricesEntry) -> None:
    async with gateway.database.change(gateway.organisation_id) as connection:
        await write_prices(connection, gateway.organisation_id, SECTION, entry, managed_by_file=False)


async def until_priced(caller: Caller, booked: Booked, price_id: str) -> UsageRow:
    """Call until a call is booked at a price whose id begins so: a change of prices is in force then."""
    answered = 0
    async with asyncio.timeout(10):
        while True:
            reply = await caller.post("/v1/chat/completions", CHAT)
            answered += reply.status == 200
            event = (await booked.events(answered))[-1] if answered else None
            if event is not None and (event.price_id or "").startswith(price_id):
                return event


async def test_a_call_is_booked_at_the_price_of_ones_own(
    paying: RunningGateway, caller: Caller, booked: Booked
) -> None:
    await pay(paying, OWN)

    event = await until_priced(caller, booked, "own/flat@")

    assert event.cost_nanousd == 250_000_000


async def test_an_attempt_bears_its_share_of_hardware_for_as_long_as_it_took(
    paying: RunningGateway, caller: Caller, booked: Booked
) -> None:
    await pay(paying, BY_THE_HOUR)

    event = await until_priced(caller, booked, "own/box@")

    # A dollar a second is a million nano-dollars for each of its milliseconds.
    assert event.cost_nanousd == event.duration_ms * 1_000_000


async def test_a_call_without_a_known_price_is_booked_at_the_ceiling(
    paying: RunningGateway, caller: Caller, booked: Booked
) -> None:
    await pay(paying, CEILING)

    event = await until_priced(caller, booked, "ceiling@")

    assert event.cost_nanousd == 1_000 * (event.input_tokens + event.output_tokens) > 0


async def test_a_call_without_a_known_price_is_refused_where_that_is_wanted_and_never_leaves(
    paying: RunningGateway, caller: Caller, vendor: ScriptedVendor
) -> None:
    await pay(paying, REFUSE)
    await until_answered(caller, "/v1/chat/completions", CHAT, 400)
    vendor.log.clear()

    chat = await caller.post("/v1/chat/completions", CHAT)
    counted = await caller.post("/v1/messages/count_tokens", {"model": "m", "messages": MESSAGE["messages"]})
    batch = await caller.post("/v1/messages/batches", {"requests": [{"custom_id": "a", "params": MESSAGE}]})

    assert chat.status == 400
    assert b"has no price, and this organisation makes no calls without one" in chat.body
    assert counted.status == 200
    assert batch.status == 400
    assert b"is not known before it is done" in batch.body
    assert [request.path for request in vendor.requests] == ["/messages/count_tokens"]


def test_an_attempt_whose_process_died_is_priced_by_what_its_organisation_pays() -> None:
    intent = msgspec.structs.replace(make_intent(), provider="vendor", pricing_id=None)
    snapshots, tokens = Snapshots(), Tokens(input=1_000)
    lost = partial(price_lost, snapshots, intent, tokens)

    def pays(entry: PricesEntry) -> None:
        snapshot = OrganisationSnapshot(intent.organisation_id, 1, {}, {}, prices=compile_prices(entry, {}))
        snapshots.swap(1, {intent.organisation_id: snapshot})

    before = lost()
    pays(OWN)
    own = lost()
    pays(BY_THE_HOUR)
    by_the_hour = lost()

    assert before == (None, None)
    assert own[0] == 250_000_000
    assert by_the_hour[0] == ASSUMED_DURATION_MS * 1_000_000


async def offer_models(gateway: RunningGateway) -> None:
    """Put a model of a vendor's and one that nobody knows on the list."""
    organisation_id = gateway.organisation_id
    entry = ProviderEntry(base_url="http://x/v1", dialects=("openai-chat",), quirks=Quirks(pricing_id="anthropic"))
    async with gateway.database.change(organisation_id) as connection:
        await create_provider(connection, organisation_id, "priced", provider_in_full(entry), managed_by_file=False)
        for name, provider, upstream in (("sonnet", "priced", "claude-sonnet-4-5"), ("riddle", "vendor", "riddle-1")):
            deployment = DeploymentEntry(provider=provider, upstream_model=upstream)
            await create_deployment(connection, organisation_id, name, deployment, managed_by_file=False)
            await create_model(connection, organisation_id, name, ModelEntry(route=(name,)), managed_by_file=False)


async def test_the_api_tells_what_models_cost_at_a_time_and_where_that_is_from(paying: RunningGateway) -> None:
    await offer_models(paying)
    await pay(paying, CEILING)
    headers = {"authorization": f"Bearer {paying.key}"}

    async with httpx2.AsyncClient(base_url=paying.url, headers=headers) as client:
        told = (await client.get("/api/prices/models", params={"at": "2026-11-01T00:00:00Z"})).json()
        one = (await client.get("/api/prices/models", params={"model": "riddle"})).json()

    [plain, long] = [price for price in told["prices"] if price["model"] == "sonnet" and price["tier"] == "standard"]
    assert told["at"] == "2026-11-01T00:00:00Z"
    assert plain["per_million"] == {
        "input": "3",
        "output": "15",
        "cached_read": "0.3",
        "cache_write_5m": "3.75",
        "cache_write_1h": "6",
    }
    assert plain["per_unit"] == {"web_search": "0.01"}
    assert plain["origin"] == "list"
    assert plain["price_id"].endswith("/anthropic/claude-sonnet-4-5")
    assert (long["above_input_tokens"], long["per_million"]["input"]) == (200_000, "6")
    [riddle] = one["prices"]
    assert (riddle["origin"], riddle["unknown"]) == ("unknown", "ceiling")
    assert riddle["per_million"] == {"input": "1", "output": "1"}


def test_the_command_shows_prices_and_what_an_unknown_one_means(database_url: str) -> None:
    app = typer.Typer()
    open_installation, _ = new_installation(database_url)
    add_prices_command(app, open_installation, SystemClock())

    result = CliRunner().invoke(app, ["--json", "--at", "2026-11-01T00:00:00Z"])

    assert result.exit_code == 0
    assert isinstance(msgspec.json.decode(result.stdout), list)
