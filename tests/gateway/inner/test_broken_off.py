"""A product's call that ends otherwise: its asker goes away, its vendor fails, or whoever asks may not."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import text

from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from drawbridge.gateway.entries import ProviderEntry, Quirks, provider_in_full
from drawbridge.gateway.inner.asked import Asked, Told
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Holder
from drawbridge.gateway.store import create_provider, delete_provider
from drawbridge.gateway.wire.canonical import Medium, Message, Text
from drawbridge.gateway.wire.events import Failed, Grew
from drawbridge.policy.entries import GrantEntry
from drawbridge.usage.budgets.entries import AtEndEntry, BudgetEntry
from tests.gateway.inner.conftest import budget, until_refused
from tests.parts.asking import Person, new_person, saying
from tests.parts.booked import Booked
from tests.parts.gateway import RunningGateway
from tests.parts.rights import grant, ungrant
from tests.parts.scripts import always, cut_after, pausing_after
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class GoneError(Exception):
    """What an asker fails with in the middle of an answer."""


async def test_leaving_in_mid_answer_ends_the_vendors_stream_and_is_booked_as_cut_by_the_caller(
    somebody: Person, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = pausing_after(3)

    async with somebody.door.ask(somebody.who, saying("to-chat")) as told:
        async for each in told:
            if isinstance(each, Grew):
                break

    await vendor.until(lambda: vendor.log[0].did_peer_leave)
    event = await booked.event()
    assert (event.outcome, event.estimated) == ("cut_by_caller", True)
    assert event.output_tokens > 0
    assert told.ending is not None
    assert (told.ending.outcome, told.ending.cost_nanousd) == ("cut_by_caller", event.cost_nanousd)


async def test_an_asker_who_is_cancelled_ends_the_call_and_stays_cancelled(
    somebody: Person, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = pausing_after(3)
    heard: list[Told] = []
    is_heard = asyncio.Event()

    async def listen() -> None:
        async with somebody.door.ask(somebody.who, saying("to-anthropic")) as told:
            async for each in told:
                heard.append(each)
                is_heard.set()

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        await is_heard.wait()
        listening.cancel()

    assert listening.cancelled()
    assert (await booked.event()).outcome == "cut_by_caller"


async def test_what_an_asker_fails_with_comes_out_as_it_is(somebody: Person, booked: Booked) -> None:
    with pytest.raises(GoneError):
        async with somebody.door.ask(somebody.who, saying("to-chat")) as told:
            async for _ in told:
                raise GoneError

    assert (await booked.event()).outcome in ("cut_by_caller", "ok")


async def test_leaving_at_any_moment_holds_nothing_of_a_budget(gateway: RunningGateway, somebody: Person) -> None:
    asked = saying("to-chat", max_output_tokens=300)
    known = await somebody.door.identify(somebody.who)

    async def look_up(organisation_id: OrganisationId, principal_id: PrincipalId) -> Holder:
        del organisation_id, principal_id
        return known

    # Nothing waits for a database then, and each turn of the event loop is another moment.
    at_once = replace(somebody, door=replace(somebody.door, look_up=look_up))
    async with budget(gateway, BudgetEntry(limit_usd="1")):
        await until_counted(gateway, somebody)
        for steps in range(60):
            await leave_after(steps, at_once, asked)

        await until_nothing_held(gateway)


@pytest.mark.parametrize("to", ["chat", "responses", "anthropic", "gemini"])
async def test_an_answer_that_breaks_off_ends_as_failed_and_says_what_it_cost(
    somebody: Person, vendor: ScriptedVendor, booked: Booked, to: str
) -> None:
    vendor.script = cut_after(3)

    heard = await somebody.ask(saying(f"to-{to}", max_output_tokens=300))

    assert isinstance(heard.said[-1], Failed)
    assert (heard.ended.outcome, heard.ended.estimated) == ("cut_by_provider", True)
    assert (await booked.event()).cost_nanousd == heard.ended.cost_nanousd


@pytest.mark.parametrize("to", ["chat", "responses", "anthropic", "gemini"])
async def test_what_a_vendor_refuses_is_told_in_its_words(somebody: Person, vendor: ScriptedVendor, to: str) -> None:
    error = b'{"type":"error","error":{"message":"Too long.","type":"invalid_request_error","code":400}}'
    vendor.script = always(Answer(status=400, headers=(("content-type", "application/json"),), pieces=((error, 0.0),)))

    heard = await somebody.ask(saying(f"to-{to}", max_output_tokens=300))

    (failed,) = heard.said
    assert isinstance(failed, Failed)
    assert (failed.message, failed.status) == ("Too long.", 400)
    assert (heard.ended.outcome, heard.ended.cost_nanousd) == ("refused_by_provider", 0)


async def test_a_vendor_that_does_not_answer_is_a_refusal(somebody: Person, vendor: ScriptedVendor) -> None:
    vendor.script = always(Answer(reset=True))

    async with somebody.door.ask(somebody.who, saying("to-chat")) as told:
        with pytest.raises(Refusal) as refused:
            await anext(told)

    assert refused.value.reason == "provider_broke_off"
    assert told.ending is not None
    # It was sent: the vendor may charge for it.
    assert (told.ending.outcome, told.ending.estimated) == ("provider_failed", True)


async def test_a_conversation_is_said_anew_to_the_model_that_a_budget_names_instead(
    gateway: RunningGateway, somebody: Person, vendor: ScriptedVendor
) -> None:
    entry = BudgetEntry(limit_usd="0.001", at_end=AtEndEntry(do="downgrade", model="to-gemini"))
    asked = saying("to-chat", max_output_tokens=300)
    async with budget(gateway, entry):
        async with asyncio.timeout(10):
            heard = await somebody.ask(asked)
            while heard.ended.model == "to-chat":
                heard = await somebody.ask(asked)

    assert heard.text.startswith("Grüße")
    assert (heard.ended.model, heard.ended.called_instead, heard.ended.provider) == ("to-gemini", True, "gemini")
    assert vendor.requests[-1].path == "/v1beta/models/upstream-gemini:streamGenerateContent"


async def test_an_answer_is_clamped_to_what_is_left_and_the_asker_is_told(
    gateway: RunningGateway, somebody: Person, vendor: ScriptedVendor
) -> None:
    async with budget(gateway, BudgetEntry(limit_usd="0.02")), asyncio.timeout(10):
        heard = await somebody.ask(saying("to-chat"))
        while heard.ended.clamped_output_tokens is None:
            # On a busy machine the database may lease too late: then a call is refused instead.
            with suppress(Refusal):
                heard = await somebody.ask(saying("to-chat", max_output_tokens=4_000))

    assert 256 <= heard.ended.clamped_output_tokens < 4_000
    assert f"{heard.ended.clamped_output_tokens}".encode() in vendor.requests[-1].body


async def test_a_medium_that_a_model_does_not_take_is_refused_by_its_place(
    somebody: Person, vendor: ScriptedVendor
) -> None:
    image = Medium(kind="image", media_type="image/png", data=PIXEL)
    asked = Asked("to-chat", [Message(role="user", parts=[Text(text="What is it?"), image])])

    with pytest.raises(Refusal) as refused:
        await somebody.ask(asked)

    assert (refused.value.reason, refused.value.param) == ("bad_request", "messages[0].parts[1]")
    assert refused.value.message.startswith("messages[0].parts[1]: upstream-chat takes no image: leave it out,")
    assert vendor.requests == []


async def test_a_strict_call_that_would_lose_something_is_refused(somebody: Person, vendor: ScriptedVendor) -> None:
    asked = replace(saying("to-anthropic"), settings={"seed": 7}, strict=True)

    with pytest.raises(Refusal) as refused:
        await somebody.ask(asked)

    assert refused.value.param == "settings.seed"
    assert vendor.requests == []


async def test_a_conversation_that_is_larger_than_any_body_is_refused(somebody: Person, vendor: ScriptedVendor) -> None:
    pipeline = somebody.door.pipeline
    limits = replace(pipeline.limits, max_body_bytes=1_000)
    door = replace(somebody.door, pipeline=replace(pipeline, limits=limits))

    with pytest.raises(Refusal) as refused:
        await replace(somebody, door=door).ask(saying("to-chat", "word " * 200))

    assert refused.value.reason == "too_large"
    assert vendor.requests == []


async def test_a_models_name_leads_to_no_other_path_at_its_vendor(
    gateway: RunningGateway, somebody: Person, vendor: ScriptedVendor
) -> None:
    entry = ProviderEntry(
        base_url=f"{vendor.url}/v1beta",
        dialects=("gemini",),
        quirks=Quirks(auth="none", model_patterns=("nothing-",)),
        models="any",
    )
    async with gateway.database.change(gateway.organisation_id) as connection:
        await create_provider(
            connection, gateway.organisation_id, "open", provider_in_full(entry), managed_by_file=False
        )

    refusal = await until_refused(somebody, saying("open/../elsewhere"), "No model")

    async with gateway.database.change(gateway.organisation_id) as connection:
        await delete_provider(connection, gateway.organisation_id, "open")
    assert refusal.reason == "unknown_model"
    assert vendor.requests == []


async def test_an_unknown_model_is_refused(somebody: Person) -> None:
    with pytest.raises(Refusal) as refused:
        await somebody.ask(saying("to-nobody"))

    assert refused.value.reason == "unknown_model"


async def test_somebody_who_is_suspended_is_refused_from_the_next_call_on(
    gateway: RunningGateway, vendor: ScriptedVendor
) -> None:
    suspended = await new_person(gateway, "to-be-suspended")
    await suspended.ask(saying("to-chat"))
    async with gateway.database.change(gateway.organisation_id) as connection:
        await connection.execute(text("update principal set suspended_at = now() where name = 'to-be-suspended'"))

    with pytest.raises(Refusal) as refused:
        await suspended.ask(saying("to-chat"))

    assert refused.value.reason == "forbidden"
    assert refused.value.message == "'to-be-suspended' is suspended: ask an administrator."
    assert len(vendor.requests) == 1


async def test_nobody_asks_in_the_name_of_another_organisations_people(somebody: Person) -> None:
    stranger = replace(somebody, who=replace(somebody.who, principal_id=PrincipalId(uuid7())))

    with pytest.raises(Refusal) as refused:
        await stranger.ask(saying("to-chat"))

    assert refused.value.message == "This account does not exist any more."


async def test_a_denial_is_in_the_audit_record_as_of_somebody_who_is_signed_in(
    gateway: RunningGateway, somebody: Person
) -> None:
    deny = GrantEntry(effect="deny", to="everyone", may=("use",), on=("model:to-responses",))
    await grant(gateway, "no-responses", deny)
    await until_refused(somebody, saying("to-responses"))
    await ungrant(gateway, "no-responses")

    query = text(
        "select actor_name, actor_via, actor_via_id, outcome from audit_event"
        " where action = 'model.use_denied' and object_name = 'to-responses'"
    )
    async with asyncio.timeout(10):
        found: list[tuple[object, ...]] = []
        while not found:
            await asyncio.sleep(0.05)
            async with gateway.database.organisation(gateway.organisation_id) as connection:
                found = [tuple(row) for row in await connection.execute(query)]
    assert found == [("signed-in", "session", None, "denied")]


async def leave_after(steps: int, somebody: Person, asked: Asked) -> None:
    """Ask, and leave after so many turns of the event loop."""
    async with somebody.door.ask(somebody.who, asked):
        for _ in range(steps):
            await asyncio.sleep(0)


async def until_counted(gateway: RunningGateway, somebody: Person) -> None:
    """Ask until a call counts against a budget."""
    async with asyncio.timeout(10):
        while not await held(gateway):
            await somebody.ask(saying("to-chat", max_output_tokens=300))
            await asyncio.sleep(0.05)


async def until_nothing_held(gateway: RunningGateway) -> None:
    async with asyncio.timeout(10):
        # Leases are given back by a task that tells nobody.
        while any(held_nanousd for (held_nanousd,) in await held(gateway)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def held(gateway: RunningGateway) -> list[tuple[int]]:
    async with gateway.database.organisation(gateway.organisation_id) as connection:
        rows = await connection.execute(text("select held_nanousd from budget_window"))
        return [(row[0],) for row in rows]
