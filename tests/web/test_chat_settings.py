"""The system prompt and the parameters of a conversation, in a real browser: set, kept, and only what a model takes."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.parts.browsing import Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.talking import Talk
from tests.parts.written_site import WrittenSite, written_site

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium chat_settings")]


@pytest.fixture(scope="module")
async def site(shared_database_url: str) -> AsyncIterator[WrittenSite]:
    async with written_site(shared_database_url) as site:
        yield site


@pytest.fixture
async def talk(ana: Watched, site: WrittenSite) -> Talk:
    """A new chat."""
    await ana.open("/chat")
    return Talk(site, ana)


async def _open(talk: Talk) -> Locator:
    await talk.page.get_by_role("button", name="Settings of this chat").click()
    return talk.page.get_by_role("dialog")


async def _choose(talk: Talk, model: str) -> None:
    await talk.page.get_by_role("button", name="Model:").click()
    await talk.page.get_by_role("option", name=re.compile(f"^{model}")).click()


async def _conversation(talk: Talk) -> dict[str, Any]:  # Any: JSON.
    """Return the conversation that is open, as the API has it."""
    conversation_id = talk.page.url.rpartition("/")[2]
    return await talk.page.evaluate(
        "async (id) => (await fetch(`/api/chat/conversations/${id}`)).json()", conversation_id
    )


async def test_what_is_set_before_the_first_question_holds_for_the_conversation(talk: Talk) -> None:
    await _choose(talk, "small")
    dialog = await _open(talk)
    await dialog.get_by_label("System prompt").fill("Answer in verse.")
    await dialog.get_by_label("Temperature").fill("0.4")
    await dialog.get_by_label("Longest answer").fill("300")
    await talk.watched.shoot("settings")
    assert await talk.watched.find_barriers() == []
    await dialog.get_by_role("button", name="Save").click()

    await talk.say("Sing.", "La la.")

    kept = await _conversation(talk)
    assert kept["system_prompt"] == "Answer in verse."
    assert {name: value for name, value in kept["parameters"].items() if value is not None} == {
        "temperature": 0.4,
        "max_output_tokens": 300,
    }
    await expect(talk.page.get_by_role("button", name="Settings of this chat, changed")).to_be_visible()


async def test_what_is_changed_or_emptied_later_is_kept_and_nothing_else_is_touched(talk: Talk) -> None:
    await _choose(talk, "small")
    dialog = await _open(talk)
    await dialog.get_by_label("Temperature").fill("0.4")
    await dialog.get_by_role("button", name="Save").click()
    await talk.say("Sing.", "La la.")

    dialog = await _open(talk)
    await dialog.get_by_label("Temperature").fill("")
    await dialog.get_by_label("System prompt").fill("Be brief.")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await talk.page.reload()
    dialog = await _open(talk)

    await expect(dialog.get_by_label("System prompt")).to_have_value("Be brief.")
    await expect(dialog.get_by_label("Temperature")).to_have_value("")


async def test_only_what_the_chosen_model_takes_is_offered(talk: Talk) -> None:
    await _choose(talk, "large")
    dialog = await _open(talk)

    await expect(dialog.get_by_label("Temperature")).to_have_count(0)
    await expect(dialog.get_by_label("Thinking").get_by_role("option")).to_have_text(
        ["As the model likes", "A little", "Much"]
    )
    await dialog.get_by_role("button", name="Cancel").click()
    await _choose(talk, "small")
    dialog = await _open(talk)
    await expect(dialog.get_by_label("Temperature")).to_be_visible()
    await expect(dialog.get_by_label("Thinking")).to_have_count(0)


async def test_what_another_model_will_not_be_told_is_said_before_it_is_asked(talk: Talk) -> None:
    await _choose(talk, "small")
    dialog = await _open(talk)
    await dialog.get_by_label("Temperature").fill("1.5")
    await dialog.get_by_role("button", name="Save").click()
    await talk.say("Sing.", "La la.")
    note = talk.page.get_by_text("large takes no temperature: the one that is set is left out.")
    await expect(note).to_have_count(0)

    await _choose(talk, "large")

    await expect(note).to_be_visible()
    await talk.watched.shoot("unheeded")
    assert await talk.watched.find_barriers() == []


async def test_an_answer_that_is_made_again_has_the_settings_of_now(talk: Talk) -> None:
    await _choose(talk, "small")
    await talk.say("Sing.", "La la.")
    dialog = await _open(talk)
    await dialog.get_by_label("Longest answer").fill("7")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)

    await talk.page.get_by_role("button", name="Answer again").click()
    async with talk.begun() as turn:
        await talk.page.get_by_role("option", name=re.compile("^small")).click()
    run = (await (await turn.value).json())["run_id"]
    await talk.site.writer.answer(run, "La.")
    await talk.ended()

    conversation = talk.page.url.rpartition("/")[2]
    found = await talk.page.request.get(f"{talk.site.url}/api/chat/conversations/{conversation}/messages")
    [again] = [message for message in (await found.json())["messages"] if message["run_id"] == run]
    assert again["parameters"]["max_output_tokens"] == 7


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_settings_fit_into_360_pixels_and_have_no_barriers(
    chromium: Browser, site: WrittenSite, session: object, theme: str
) -> None:
    narrow = {"width": 360, "height": 640}

    async with watched(chromium, site, storage_state=session, viewport=narrow, color_scheme=theme) as reader:
        await reader.open("/chat")
        await reader.page.get_by_role("button", name="Settings of this chat").click()
        await expect(reader.page.get_by_label("System prompt")).to_be_visible()
        await reader.shoot(f"narrow-settings-{theme}")

        assert await reader.overflow_px() <= 0
        assert await reader.find_barriers() == []
