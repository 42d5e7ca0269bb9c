"""The models that somebody may ask, with what they cost and what they can do."""

import asyncio
import json

import pytest

from drawbridge.gateway.inner.asked import Offer
from drawbridge.gateway.inner.offers import parameters_taken
from drawbridge.gateway.store import delete_provider
from drawbridge.gateway.wire.profiles import Profile
from drawbridge.policy.entries import ConditionsEntry, GrantEntry
from tests.parts.asking import Person
from tests.parts.gateway import VENDOR_KEY, RunningGateway, add_vendor
from tests.parts.rights import grant, ungrant
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

_WORDLESS = [
    f"open-{name}"
    for name in (
        "embed",
        "bge-m3",
        "rerank-v3",
        "whisper-1",
        "tts-1",
        "gpt-audio",
        "gpt-image-1",
        "flash-image-preview",
        "dall-e-3",
        "sora-2",
        "veo-3.1",
        "imagen-4.0",
        "flash-live",
        "llama-guard-4",
        "gpt-oss-safeguard-20b",
        "omni-moderation-latest",
        "mistral-ocr-latest",
        "computer-use",
        "gpt-3.5-turbo-instruct",
    )
]
ALL = ["rehearsal", "to-anthropic", "to-any", "to-chat", "to-gemini", "to-responses"]


async def test_models_are_offered_with_their_prices_and_what_is_known_of_them(somebody: Person) -> None:
    offers = {offer.model: offer for offer in await somebody.door.models_for(somebody.who)}

    assert sorted(offers) == ALL
    chat = offers["to-chat"]
    assert (chat.input_usd_per_million, chat.output_usd_per_million) == ("2", "8")
    assert (chat.images, chat.tools, chat.context_tokens) == (False, None, 9_000)
    assert (chat.takes_temperature, chat.efforts) == (None, None)
    assert (offers["to-gemini"].images, offers["to-gemini"].tools) == (True, True)


async def test_a_model_of_several_deployments_is_offered_at_the_dearest_price_and_with_what_all_of_them_can_do(
    somebody: Person,
) -> None:
    offers = {offer.model: offer for offer in await somebody.door.models_for(somebody.who)}

    several = offers["to-any"]
    assert (several.input_usd_per_million, several.output_usd_per_million) == ("3", "15")
    assert (several.images, several.tools, several.context_tokens) == (False, None, 9_000)
    assert several.vendors == ("chat", "responses", "anthropic", "gemini")


async def test_a_model_that_policy_keeps_from_the_chat_is_not_offered_there(
    gateway: RunningGateway, somebody: Person
) -> None:
    when = ConditionsEntry(products=("chat",))
    await grant(
        gateway,
        "no-gemini",
        GrantEntry(effect="deny", to="everyone", may=("use",), on=("model:to-gemini",), when=when),
    )

    offers = await until_fewer(somebody)

    await ungrant(gateway, "no-gemini")
    assert [offer.model for offer in offers] == [name for name in ALL if name != "to-gemini"]


async def until_fewer(somebody: Person) -> list[Offer]:
    async with asyncio.timeout(10):
        # Nobody outside is told when a change is in force.
        while len(offers := await somebody.door.models_for(somebody.who)) == len(ALL):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return offers


async def test_what_an_open_provider_says_that_it_serves_is_offered_but_for_what_makes_no_words(
    gateway: RunningGateway, somebody: Person, vendor: ScriptedVendor
) -> None:
    names = ["open-large", *_WORDLESS, "other-large"]
    vendor.script = always(Answer(pieces=((json.dumps({"data": [{"id": name} for name in names]}).encode(), 0.0),)))
    await add_vendor(gateway.database, gateway.organisation_id, f"{vendor.url}/open", name="open", claims=("open-",))

    offers = await until_more(somebody)

    again = await somebody.door.models_for(somebody.who)
    async with gateway.database.change(gateway.organisation_id) as connection:
        await delete_provider(connection, gateway.organisation_id, "open")
    assert [offer.model for offer in offers] == [*ALL, "open/open-large"]
    assert again == offers
    assert [request.target for request in vendor.requests] == ["/open/models"]
    assert vendor.requests[0].header("authorization") == f"Bearer {VENDOR_KEY}"


async def test_models_are_offered_although_a_vendor_cannot_say_what_it_serves(
    gateway: RunningGateway, somebody: Person, vendor: ScriptedVendor
) -> None:
    vendor.script = always(Answer(status=500))
    await add_vendor(gateway.database, gateway.organisation_id, f"{vendor.url}/broken", name="broken", claims=("x-",))
    offers: list[Offer] = []
    async with asyncio.timeout(10):
        while not vendor.requests:
            offers = await somebody.door.models_for(somebody.who)

    async with gateway.database.change(gateway.organisation_id) as connection:
        await delete_provider(connection, gateway.organisation_id, "broken")
    assert [offer.model for offer in offers] == ALL


async def until_more(somebody: Person) -> list[Offer]:
    async with asyncio.timeout(10):
        # Nobody outside is told when a change is in force.
        while len(offers := await somebody.door.models_for(somebody.who)) <= len(ALL):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return offers


@pytest.mark.parametrize(
    ("profiles", "takes_temperature", "efforts"),
    [
        ([Profile()], None, None),
        ([Profile(thinking="none", takes_sampling=True)], True, ()),
        ([Profile(thinking="effort", takes_sampling=False)], False, ("low", "medium", "high")),
        ([Profile(thinking="adaptive")], None, ("none", "low", "medium", "high", "max")),
        ([Profile(thinking="budget"), Profile(thinking="effort")], None, ("low", "medium", "high")),
        ([Profile(thinking="budget"), Profile()], None, None),
        ([Profile(thinking="none"), Profile()], None, ()),
        ([Profile(refuses=frozenset({"temperature", "reasoning_effort"}))], False, ()),
    ],
)
def test_a_model_is_offered_with_the_parameters_that_reach_it_whoever_answers(
    profiles: list[Profile], takes_temperature: bool | None, efforts: tuple[str, ...] | None
) -> None:
    assert parameters_taken(profiles) == (takes_temperature, efforts)
