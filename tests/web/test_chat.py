"""Talking to models in a real browser, over a real server; what the models answer is written by the tests."""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from playwright.async_api import Browser, Route, expect

from tests.parts.browsing import Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.talking import Talk, run_of
from tests.parts.written_site import WrittenSite, written_site

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium chat")]


@pytest.fixture(scope="module")
async def site(shared_database_url: str) -> AsyncIterator[WrittenSite]:
    async with written_site(shared_database_url) as site:
        yield site


@pytest.fixture
async def talk(ana: Watched, site: WrittenSite) -> Talk:
    """A new chat."""
    await ana.open("/chat")
    return Talk(site, ana)


async def test_an_answer_is_seen_while_it_is_written_and_then_what_it_came_to(talk: Talk) -> None:
    run = await talk.ask("How deep is the sea?")
    await talk.site.grow(run, "About ")

    await expect(talk.answers).to_contain_text("About")
    await expect(talk.page).to_have_url(re.compile("/chat/[0-9a-f-]{36}$"))
    await expect(talk.page.get_by_role("button", name="Stop")).to_be_visible()
    await talk.watched.shoot("while-it-is-written")
    await talk.site.finish(run, "About 11 km.")

    await expect(talk.answers).to_contain_text("About 11 km.")
    await expect(talk.answers).to_contain_text("$0.00123 · 12 tokens in, 34 out")
    await expect(talk.page.get_by_role("heading", level=1)).to_have_text("How deep is the sea?")
    await expect(talk.page.get_by_role("link", name="How deep is the sea?")).to_be_visible()
    await talk.ended()
    await talk.watched.shoot("answered")


async def test_an_answer_goes_on_after_the_page_is_loaded_again(talk: Talk) -> None:
    run = await talk.ask("Count to three.")
    await talk.site.grow(run, "one ")
    await expect(talk.answers).to_contain_text("one")

    await talk.page.reload()
    await expect(talk.answers).to_contain_text("one")
    await talk.site.grow(run, "two ")
    await expect(talk.answers).to_contain_text("one two")
    await talk.site.finish(run, "one two three")

    await expect(talk.answers).to_contain_text("one two three")
    await talk.ended()


# The beginning of a stream, cut off in the middle of a line.
_CUT_OFF = """id: 1.1
data: {"type":"start","messageId":"m"}

id: 1
data: {"type":"start-step"}

id: 2.1
data: {"type":"text-start","id":"1"}

id: 2
data: {"type":"text-de"""


async def test_an_answer_goes_on_after_the_network_was_lost_without_a_word_twice(talk: Talk) -> None:
    asked: list[str] = []

    async def lose(route: Route) -> None:
        asked.append(route.request.url.partition("?")[2])
        if len(asked) == 1:
            await route.fulfill(status=200, content_type="text/event-stream", body=_CUT_OFF)
        elif len(asked) < 4:
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await talk.page.route("**/stream*", lose)
    run = await talk.ask("Count to four.")
    await talk.site.grow(run, "one ")
    await expect(talk.page.get_by_text("The connection is lost.")).to_be_visible()
    await expect(talk.answers.get_by_text("one", exact=True)).to_be_visible()
    await talk.site.finish(run, "one")

    await talk.ended()
    assert asked == ["", "after=2.1", "after=2.1", "after=2.1"]
    assert all("ERR_CONNECTION_RESET" in complaint for complaint in talk.watched.complaints)
    talk.watched.complaints.clear()


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_question_whose_reply_was_lost_is_asked_once_though_it_is_sent_again(
    talk: Talk, is_first: bool
) -> None:
    if not is_first:
        await talk.say("Are you there?", "Yes.")
    runs: list[UUID] = []

    async def lose_the_reply(route: Route) -> None:
        turn = await (await route.fetch()).json()
        runs.append(UUID(turn["run_id"]))
        await route.abort("connectionreset")

    await talk.page.route("**/turns", lose_the_reply)
    await talk.page.get_by_role("textbox", name="Write a message").fill("What does it cost twice?")
    await talk.page.get_by_role("button", name="Send").click()
    await expect(talk.page.get_by_role("alert")).to_be_visible()
    await talk.page.get_by_role("button", name="Send").click()
    await expect(talk.page.get_by_role("button", name="Stop")).to_be_visible()
    await talk.site.finish(runs[0], "Nothing.")

    await expect(talk.answers.last).to_contain_text("Nothing.")
    await talk.ended()
    assert len(runs) == 1
    assert await talk.page.get_by_text("What does it cost twice?").count() >= 1
    assert all("ERR_CONNECTION_RESET" in complaint for complaint in talk.watched.complaints)
    talk.watched.complaints.clear()


async def test_two_pages_see_the_same_answer(talk: Talk, chromium: Browser, site: WrittenSite, session: object) -> None:
    run = await talk.ask("What do both see?")
    await talk.site.grow(run, "the same")
    await expect(talk.answers).to_contain_text("the same")

    async with watched(chromium, site, storage_state=session) as other:
        await other.page.goto(talk.page.url)
        there = Talk(site, other)
        await expect(there.answers).to_contain_text("the same")
        await talk.site.finish(run, "the same thing")

        await expect(there.answers).to_contain_text("the same thing")
        await there.ended()
    await talk.ended()


async def test_stopping_tells_the_run_to_stop(talk: Talk) -> None:
    run = await talk.ask("Write a book.")
    await talk.site.grow(run, "Chapter one")
    await expect(talk.answers).to_contain_text("Chapter one")

    async with talk.page.expect_response("**/stop"):
        await talk.page.get_by_role("button", name="Stop").click()
    await talk.site.finish(run, "Chapter one")

    assert run in talk.site.runs.cancelled
    await talk.ended()


async def test_a_refusal_is_said_in_its_own_words(talk: Talk) -> None:
    run = await talk.ask("May I?")

    await talk.site.writer.fail(str(run), "budget_exhausted", "The budget of research is used up until 1 December.")

    await expect(talk.page.get_by_role("alert")).to_have_text("The budget of research is used up until 1 December.")
    await talk.ended()
    await talk.watched.shoot("refused")


async def test_an_edited_question_is_a_branch_beside_the_first(talk: Talk) -> None:
    await talk.say("How high is it?", "Which mountain?")

    await talk.page.get_by_role("button", name="Edit").click()
    await talk.page.get_by_label("The message as it should be").fill("How high is Zugspitze?")
    async with talk.begun() as turn:
        await talk.page.get_by_role("form", name="Edit").get_by_role("button", name="Send").click()
    run = await run_of(turn)
    await talk.site.finish(run, "2,962 metres.")

    await expect(talk.answers).to_contain_text("2,962 metres.")
    await expect(talk.page.get_by_role("group", name="Versions")).to_have_text("2/2")
    await talk.page.get_by_role("button", name="Previous version").click()
    await expect(talk.answers).to_contain_text("Which mountain?")
    await expect(talk.page.get_by_role("group", name="Versions")).to_have_text("1/2")


async def test_another_model_answers_again_chosen_by_keys_with_its_price(talk: Talk) -> None:
    await talk.say("Say something.", "Something small.")

    await talk.page.get_by_role("button", name="Answer again").focus()
    await talk.page.keyboard.press("Enter")
    choices = talk.page.get_by_role("dialog").get_by_role("option")
    await expect(choices.first).to_contain_text("$0.15 in, ? out per million tokens · reads 8.2K tokens")
    await talk.page.keyboard.type("lar")
    async with talk.begun() as turn:
        await talk.page.keyboard.press("Enter")
    run = await run_of(turn)
    await talk.site.finish(run, "Something large.")

    assert talk.site.runs.started[run].model == "large"
    await expect(talk.answers).to_contain_text("Something large.")
    await expect(talk.page.get_by_role("group", name="Versions")).to_have_text("2/2")


async def test_thoughts_are_folded_and_losses_are_told_in_words(talk: Talk) -> None:
    run = await talk.ask("Think first.")

    await talk.site.writer.answer(str(run), "Done.", reasoning="Let me see.")
    await talk.ended()

    await expect(talk.answers.get_by_text("Let me see.")).to_be_hidden()
    await talk.answers.get_by_text("Thoughts").click()
    await expect(talk.answers.get_by_text("Let me see.")).to_be_visible()
    await talk.answers.get_by_text("One thing could not be told to this model").click()
    await expect(talk.answers.get_by_role("listitem")).to_have_text(
        "A setting was left out. It can change the answer. (is not known there)"
    )


async def test_a_rating_is_kept(talk: Talk) -> None:
    await talk.say("Rate this.", "Please do.")

    await talk.page.get_by_role("button", name="A good answer").click()
    await expect(talk.page.get_by_role("button", name="A good answer")).to_have_attribute("aria-pressed", "true")
    await talk.page.reload()

    await expect(talk.page.get_by_role("button", name="A good answer")).to_have_attribute("aria-pressed", "true")


async def test_a_conversation_is_renamed_found_and_deleted(talk: Talk) -> None:
    await talk.say("Where do puffins nest?", "In burrows, on cliffs above the sea.")

    await talk.page.get_by_role("button", name="Rename").click()
    await talk.page.get_by_label("Title").fill("About puffins")
    await talk.page.keyboard.press("Enter")
    await expect(talk.page.get_by_role("heading", level=1)).to_have_text("About puffins")

    await talk.watched.open("/search?q=burrows")
    await expect(talk.page.get_by_role("status").filter(has_text="Found once")).to_be_visible()
    await expect(talk.page.locator("mark")).to_have_text("burrows")
    await talk.watched.shoot("search")
    await talk.page.get_by_role("main").get_by_role("link", name=re.compile("About puffins")).click()
    await expect(talk.answers).to_contain_text("In burrows")

    await talk.page.get_by_role("button", name="Delete").click()
    await talk.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(talk.page).to_have_url(re.compile("/chat$"))
    await expect(talk.page.get_by_role("link", name="About puffins")).to_have_count(0)


async def test_a_conversation_of_nobody_says_that_there_is_none(talk: Talk) -> None:
    await talk.watched.open("/chat/0190b5a0-0000-7000-8000-000000000000")

    await expect(talk.page.get_by_role("heading", name="There is no such page")).to_be_visible()
    talk.watched.complaints.clear()


_RICH = """# Depths

| Sea | Metres |
|---|---|
| Pacific | 10,935 |

```python
def depth(metres: int) -> str:
    return f"{metres} m"
```

Salt &amp; pressure: it is \\(p = \\rho g h\\).
"""


async def test_tables_code_and_mathematics_are_shown_as_such(talk: Talk) -> None:
    await talk.say("Show me everything.", _RICH)

    await expect(talk.answers.get_by_role("cell", name="10,935")).to_be_visible()
    await expect(talk.answers.locator(".katex").first).to_be_visible()
    await expect(talk.answers.locator("pre span[style]").first).to_be_visible()
    await talk.watched.shoot("rich")
    assert await talk.watched.find_barriers() == []


_HOSTILE = """<script>document.title = "hurt"</script>
<img src="https://evil.example/a.png" onerror="document.title='hurt'">
<svg onload="document.title='hurt'"></svg> <style>body{display:none}</style>
<iframe srcdoc="<script>parent.document.title='hurt'</script>"></iframe>

![pixel](https://evil.example/pixel.png?secret) [click](javascript:document.title='hurt')

```html
<img src="https://evil.example/b.png">
```

$$\\href{https://evil.example}{x} \\includegraphics{https://evil.example/c.png}$$
"""


async def test_a_hostile_answer_runs_nothing_and_fetches_nothing(talk: Talk) -> None:
    await talk.say("Be evil.", _HOSTILE)

    await expect(talk.answers.get_by_text("<script>")).to_be_visible()
    await expect(talk.answers.get_by_role("link", name="pixel")).to_have_attribute("rel", re.compile("noreferrer"))
    await talk.page.wait_for_load_state("networkidle")
    await expect(talk.page).to_have_title("Be evil. - Drawbridge")
    assert await talk.answers.locator("img, script, iframe, style, svg[onload]").count() == 0


async def test_a_paste_that_is_too_large_is_refused_before_it_is_sent(talk: Talk) -> None:
    field = talk.page.get_by_role("textbox", name="Write a message")
    await field.evaluate(
        """(field) => {
            const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
            set.call(field, "x".repeat(20 * 1024 * 1024));
            field.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )

    await expect(talk.page.get_by_role("alert")).to_contain_text("too long")
    await expect(talk.page.get_by_role("button", name="Send")).to_be_disabled()


async def test_a_chat_has_no_barriers_and_fits_into_360_pixels_in_both_themes(
    talk: Talk, chromium: Browser, site: WrittenSite, session: object
) -> None:
    await talk.say("Fit " + "x" * 200, _RICH)
    narrow = {"width": 360, "height": 740}

    for theme in ("light", "dark"):
        async with watched(chromium, site, storage_state=session, viewport=narrow, color_scheme=theme) as reader:
            await reader.page.goto(talk.page.url)
            await expect(reader.page.locator(".katex").first).to_be_visible()
            await reader.shoot(f"narrow-chat-{theme}")

            assert await reader.overflow_px() <= 0
            assert await reader.find_barriers() == []


async def test_a_long_conversation_opens_at_its_end_and_loads_what_is_above_while_one_scrolls(talk: Talk) -> None:
    await talk.say("Question 0", "Answer 0")
    conversation = talk.page.url.rpartition("/")[2]
    parent = None
    for number in range(1, 60):
        turn = await talk.page.evaluate(
            """async ([id, parent_id, text]) => {
                const body = { parent_id, parts: [{ type: "text", text }], model: "small" };
                const headers = { "content-type": "application/json" };
                const sent = { method: "POST", headers, body: JSON.stringify(body) };
                return await (await fetch(`/api/chat/conversations/${id}/turns`, sent)).json();
            }""",
            [conversation, parent, f"Question {number}"],
        )
        await talk.site.finish(UUID(turn["run_id"]), f"Answer {number}\n\n" + "More of it. " * 30)
        parent = turn["message_id"]

    await talk.page.reload()

    await expect(talk.answers.get_by_text("Answer 59", exact=True)).to_be_in_viewport()
    assert await talk.page.get_by_role("article").count() < 30, "only what is near is there"
    log = talk.page.get_by_role("log")
    for _ in range(60):
        await log.evaluate("(log) => { log.scrollTop -= 2000; }")
        await talk.page.wait_for_timeout(50)
    await expect(talk.page.get_by_text("Question 1", exact=True)).to_be_in_viewport()
