"""What stands around answers in a real browser: what they came to, what was lost, their sources, what one thinks."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, expect

from drawbridge.agents import Finish
from drawbridge.gateway import Citation, Loss, Part, Text
from tests.parts.browsing import Watched, needs_pages, watched
from tests.parts.chat import ending
from tests.parts.chromium import needs_chromium
from tests.parts.talking import Talk
from tests.parts.written_site import WrittenSite, written_site

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium chat_answers")]

_COST = 1_234_000


@pytest.fixture(scope="module")
async def site(shared_database_url: str) -> AsyncIterator[WrittenSite]:
    async with written_site(shared_database_url) as site:
        yield site


@pytest.fixture
async def talk(ana: Watched, site: WrittenSite) -> Talk:
    """A new chat."""
    await ana.open("/chat")
    return Talk(site, ana)


async def _answered(talk: Talk, question: str, *parts: Part, losses: tuple[Loss, ...] = ()) -> None:
    """Ask, and have it answered with these parts."""
    run = await talk.ask(question)
    end = msgspec.structs.replace(ending(_COST), losses=losses)
    await talk.site.writer.finish(str(run), Finish("completed", parts, end.call_id, end, "end"))
    await talk.site.runs.tell(run, ("message.completed", {"stop_reason": "end"}), ("run.completed", {}))
    await talk.ended()


async def test_the_head_tells_what_all_answers_came_to_after_each_of_them(talk: Talk) -> None:
    head = talk.page.locator("header").filter(has=talk.page.get_by_role("heading", level=1))

    await talk.say("One", "1")
    await expect(head).to_contain_text("$0.00123 · 46 tokens")
    await talk.say("Two", "2")

    await expect(head).to_contain_text("$0.00247 · 92 tokens")


async def test_a_stopped_answer_says_what_it_came_to_and_that_this_is_an_estimate(talk: Talk) -> None:
    run = await talk.ask("Write a book.")
    await talk.site.grow(run, "Chapter one")
    await expect(talk.answers).to_contain_text("Chapter one")

    await talk.page.get_by_role("button", name="Stop").click()
    end = msgspec.structs.replace(ending(_COST), outcome="cut_by_caller", estimated=True)
    await talk.site.writer.finish(str(run), Finish("cancelled", [Text(text="Chapter one")], end.call_id, end))
    await talk.site.runs.tell(run, ("run.cancelled", {"cost_nanousd": _COST, "estimated": True}))

    await talk.ended()
    await expect(talk.answers).to_contain_text("Stopped.")
    await expect(talk.answers).to_contain_text("≈ $0.00123 · 12 tokens in, 34 out. Estimated")


async def test_an_answer_of_unknown_cost_does_not_look_free(talk: Talk) -> None:
    run = await talk.ask("What do you cost?")
    end = msgspec.structs.replace(ending(0), cost_nanousd=None)
    await talk.site.writer.finish(str(run), Finish("completed", [Text(text="Who knows.")], end.call_id, end, "end"))
    await talk.site.runs.tell(run, ("message.completed", {"stop_reason": "end"}), ("run.completed", {}))

    await talk.ended()
    await expect(talk.answers).to_contain_text("large · cost unknown · 12 tokens in")
    await expect(talk.page.get_by_text("$0.00 · 46 tokens · plus one answer of unknown cost")).to_be_visible()


_LOSSES = (
    Loss("settings.temperature", "the model takes no settings of sampling"),
    Loss("messages[2].parts[1].kind", "the model sees no images"),
    Loss("messages[2].parts[1].data", "the model sees no images"),
    Loss("messages[4].parts[0].kind", "the model sees no images"),
    Loss("messages[1].cache.ttl_s", "a mark has no lifetime of its own", "none"),
)


async def test_what_does_not_carry_over_to_another_vendor_is_told_in_words_each_thing_once(talk: Talk) -> None:
    await _answered(talk, "Look.", Text(text="I cannot see."), losses=_LOSSES)

    await talk.answers.get_by_text("2 things could not be told to this model").click()

    told = talk.answers.get_by_role("listitem")
    await expect(told).to_have_text(
        [
            "The temperature was left out. It can change the answer. (the model takes no settings of sampling)",
            "2 pictures or files were left out. It can change the answer. (the model sees no images)",
        ]
    )
    await talk.watched.shoot("losses")


async def test_the_sources_of_an_answer_are_links_to_the_web_only(talk: Talk) -> None:
    cited = [
        Citation(kind="url", url="https://sea.example/depth", title="<b>Depth</b>"),
        Citation(kind="url", url="javascript:document.title='hurt'", title="Click"),
        Citation(kind="url", url="https://sea.example/plain"),
    ]
    await _answered(talk, "Where from?", Text(text="From the sea.", citations=cited))

    links = talk.answers.get_by_role("region", name="Sources").get_by_role("link")
    await expect(links).to_have_text(["<b>Depth</b>", "https://sea.example/plain"])
    await expect(links.first).to_have_attribute("rel", re.compile("noreferrer"))


async def test_why_an_answer_is_bad_can_be_said_and_is_kept(talk: Talk) -> None:
    await talk.say("Rate this.", "Please do.")

    await talk.page.get_by_role("button", name="A bad answer").click()
    await talk.page.get_by_role("button", name="Say why").click()
    await talk.page.get_by_role("dialog").get_by_label("Say why").fill("It says nothing.")
    assert await talk.watched.find_barriers() == []
    await talk.page.get_by_role("button", name="Save").click()
    await expect(talk.page.get_by_role("dialog")).to_have_count(0)
    await talk.page.reload()

    await talk.page.get_by_role("button", name="Say why").click()
    await expect(talk.page.get_by_role("dialog").get_by_label("Say why")).to_have_value("It says nothing.")
    await expect(talk.page.get_by_role("button", name="A bad answer")).to_have_attribute("aria-pressed", "true")


async def test_a_model_gives_the_conversation_a_title_which_comes_by_itself(talk: Talk) -> None:
    await talk.say("How deep is the sea near Guam, and why?", "Very.")
    await expect(talk.page.get_by_role("heading", level=1)).to_have_text("How deep is the sea near Guam, and why?")
    run = [run for run, start in talk.site.runs.started.items() if "title_after" in start.input][-1]

    end = ending(1000)
    await talk.site.writer.finish(str(run), Finish("completed", [Text(text="Depth at Guam")], end.call_id, end, "end"))

    await expect(talk.page.get_by_role("heading", level=1)).to_have_text("Depth at Guam")
    await expect(talk.page.get_by_role("link", name="Depth at Guam")).to_be_visible()
    await expect(talk.page).to_have_title("Depth at Guam - Drawbridge")


async def test_a_temporary_chat_says_so_and_is_in_no_list_and_no_search(talk: Talk) -> None:
    await expect(talk.page.get_by_role("heading", level=1)).to_be_visible()
    await talk.page.keyboard.press("Control+k")
    await expect(talk.page.get_by_role("combobox", name="Commands")).to_be_focused()
    await talk.page.keyboard.type("temporary")
    await talk.page.keyboard.press("Enter")
    await expect(talk.page.get_by_role("checkbox", name="Temporary")).to_be_checked()
    await expect(talk.page.get_by_text("deleted 24 hours after its last turn")).to_be_visible()
    await talk.watched.shoot("temporary")

    await talk.say("A secret about herons", "Kept.")

    await expect(talk.page.get_by_text(re.compile("^Temporary: Deleted on"))).to_be_visible()
    await expect(talk.page.get_by_role("link", name="A secret about herons")).to_have_count(0)
    await talk.watched.open("/search?q=herons")
    await expect(talk.page.get_by_role("status").filter(has_text="Found 0 times")).to_be_visible()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def test_a_conversation_is_taken_along_as_markdown_and_as_json(talk: Talk) -> None:
    await talk.say("What is kept?", "All of **it**.")
    files: dict[str, str] = {}

    for link in ("Markdown, to read", "JSON, with everything"):
        await talk.page.get_by_role("button", name="Export").click()
        async with talk.page.expect_download() as begun:
            await talk.page.get_by_role("link", name=link).click()
        download = await begun.value
        files[download.suggested_filename.rpartition(".")[2]] = _text(await download.path())

    assert "## You\n\nWhat is kept?" in files["md"]
    assert "All of **it**." in files["md"]
    assert [each["parts"][0]["text"] for each in json.loads(files["json"])["messages"]] == [
        "What is kept?",
        "All of **it**.",
    ]


_HOSTILE = "<img src=https://evil.example/x onerror=document.title='hurt'>\u202egnp.exe"


async def test_hostile_titles_are_shown_letter_by_letter_wherever_they_stand(talk: Talk) -> None:
    await talk.say(_HOSTILE, "Found **bold** <b>words</b>.")

    await expect(talk.page.get_by_role("heading", level=1)).to_contain_text("<img src=https://evil.example")
    await talk.watched.open("/search?q=words")
    await expect(talk.page.locator("mark")).to_have_text("words")
    await expect(talk.page.get_by_role("main").get_by_role("link").first).to_contain_text("<b>words</b>")
    await talk.page.keyboard.press("Control+k")
    await expect(talk.page.get_by_role("option").filter(has_text="<img src")).to_be_visible()
    assert await talk.page.locator("img[src^='https']").count() == 0


async def _tab_to(talk: Talk, role: str, name: str) -> None:
    """Go to a control by the key that goes on to the next one."""
    wanted = talk.page.get_by_role(role, name=name, exact=True).last  # pyright: ignore[reportArgumentType]  A role.
    for _ in range(80):
        await talk.page.keyboard.press("Tab")
        if await wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{name} cannot be reached by keys")


async def test_everything_about_a_conversation_is_done_by_keys_alone(talk: Talk) -> None:
    keyboard = talk.page.keyboard
    await _tab_to(talk, "textbox", "Write a message")
    await keyboard.type("By keys")
    async with talk.begun() as turn:
        await keyboard.press("Enter")
    run = (await (await turn.value).json())["run_id"]
    await talk.site.writer.answer(run, "Indeed.")
    await talk.ended()

    await _tab_to(talk, "button", "A good answer")
    await keyboard.press("Space")
    await expect(talk.page.get_by_role("button", name="A good answer")).to_have_attribute("aria-pressed", "true")
    await _tab_to(talk, "button", "Rename")
    await keyboard.press("Enter")
    await _tab_to(talk, "textbox", "Title")
    await keyboard.press("Control+a")
    await keyboard.type("Keys")
    await keyboard.press("Enter")
    await expect(talk.page.get_by_role("heading", level=1)).to_have_text("Keys")
    await _tab_to(talk, "button", "Settings of this chat")
    await keyboard.press("Enter")
    await _tab_to(talk, "textbox", "System prompt")
    await keyboard.type("Be brief.")
    await _tab_to(talk, "button", "Save")
    await keyboard.press("Enter")
    await expect(talk.page.get_by_role("button", name="Settings of this chat, changed")).to_be_focused()
    await _tab_to(talk, "button", "Delete")
    await keyboard.press("Enter")
    await _tab_to(talk, "button", "Delete")
    await keyboard.press("Enter")

    await expect(talk.page).to_have_url(re.compile("/chat$"))
    await expect(talk.page.get_by_role("link", name="Keys", exact=True)).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_an_answer_with_everything_around_it_has_no_barriers_and_fits_into_360_pixels(
    talk: Talk, chromium: Browser, site: WrittenSite, session: object, theme: str
) -> None:
    cited = [Citation(kind="url", url="https://sea.example/" + "x" * 120, title="y" * 80)]
    await _answered(talk, "All of it", Text(text="Here.", citations=cited), losses=_LOSSES)
    narrow = {"width": 360, "height": 740}

    async with watched(chromium, site, storage_state=session, viewport=narrow, color_scheme=theme) as reader:
        await reader.page.goto(talk.page.url)
        await reader.page.get_by_text("2 things could not be told").click()
        await reader.page.get_by_role("button", name="A bad answer").click()
        await expect(reader.page.get_by_role("button", name="Say why")).to_be_visible()
        await reader.shoot(f"narrow-answer-{theme}")

        assert await reader.overflow_px() <= 0
        assert await reader.find_barriers() == []
