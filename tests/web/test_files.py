"""Files in a real browser: added by button, drop and paste, seen in the question, and refused in words."""

import base64
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Page, Route, expect

from tests.parts.browsing import Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.documents import image_bomb, pdf, picture
from tests.parts.written_site import WrittenSite, written_site

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium files")]

_DROP = """async ([target, name, type, data]) => {
    const bytes = Uint8Array.from(atob(data), (mark) => mark.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name, { type }));
    for (const kind of ["dragover", "drop"]) {
        const event = new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true });
        document.querySelector(target).dispatchEvent(event);
    }
}"""
_PASTE = """(field, [text, name, data]) => {
    const clipboardData = new DataTransfer();
    if (text) clipboardData.setData("text/plain", text);
    if (name) {
        const bytes = Uint8Array.from(atob(data), (mark) => mark.charCodeAt(0));
        clipboardData.items.add(new File([bytes], name, { type: "image/png" }));
    }
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
async def site(shared_database_url: str) -> AsyncIterator[WrittenSite]:
    async with written_site(shared_database_url) as site:
        yield site


@dataclass(frozen=True, slots=True)
class Desk:
    """A new chat, to which files are added."""

    site: WrittenSite
    watched: Watched

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name="Write a message")

    @property
    def files(self) -> Locator:
        return self.page.get_by_role("list", name="Files").get_by_role("listitem")

    @property
    def send(self) -> Locator:
        return self.page.get_by_role("button", name="Send")

    async def choose(self, *files: FilePayload) -> None:
        """Choose files by the button."""
        async with self.page.expect_file_chooser() as chooser:
            await self.page.get_by_role("button", name="Add files").click()
        await (await chooser.value).set_files(list(files))

    async def paste(self, text: str = "", name: str = "", data: bytes = b"") -> None:
        """Paste a text, or a file."""
        await self.field.evaluate(_PASTE, [text, name, base64.b64encode(data).decode()])

    async def ask(self, question: str) -> UUID:
        """Ask, and return the run that is to answer."""
        await self.field.fill(question)
        async with self.page.expect_response(re.compile("/turns$")) as turn:
            await self.send.click()
        return UUID((await (await turn.value).json())["run_id"])

    async def asked(self, question: str, answer: str = "I see.") -> Locator:
        """Ask, have it answered, and return the question."""
        run = await self.ask(question)
        await self.site.finish(run, answer)
        await expect(self.page.get_by_role("article", name=re.compile("Answer of"))).to_contain_text(answer)
        return self.page.get_by_role("article", name="You")


@pytest.fixture
async def desk(ana: Watched, site: WrittenSite) -> Desk:
    await ana.open("/chat")
    desk = Desk(site, ana)
    await expect(desk.field).to_be_visible()
    return desk


def _file(name: str, data: bytes, media_type: str = "") -> FilePayload:
    return {"name": name, "mimeType": media_type, "buffer": data}


async def test_files_that_are_chosen_are_read_and_stand_in_the_question(desk: Desk) -> None:
    book = pdf(f"Page {number} of the book." for number in range(1, 201))
    await desk.choose(_file("photo.png", picture((600, 300))), _file("book.pdf", book, "application/pdf"))

    await expect(desk.files.nth(0)).to_contain_text("600 × 300")
    await expect(desk.files.nth(1)).to_contain_text("200 pages")
    await desk.watched.shoot("files-added")
    question = await desk.asked("What are these?")

    await expect(question.get_by_role("img", name="photo.png")).to_be_visible()
    assert await question.get_by_role("img", name="photo.png").evaluate("(image) => image.naturalWidth") == 600
    await expect(desk.files).to_have_count(2)
    await desk.watched.shoot("files-asked")
    async with desk.page.expect_download() as download:
        await question.get_by_role("link", name="book.pdf").click()
    taken = await download.value
    assert taken.suggested_filename == "book.pdf"
    assert (await taken.path()).read_bytes() == book


async def test_a_file_that_is_dropped_anywhere_is_added_and_the_page_stays(desk: Desk) -> None:
    await desk.field.fill("typed before")

    data = base64.b64encode(b"deep").decode()
    await desk.page.evaluate(_DROP, ["nav", "sea.txt", "text/plain", data])

    await expect(desk.files).to_contain_text("sea.txt")
    await expect(desk.field).to_have_value("typed before")
    await expect(desk.send).to_be_enabled()


async def test_a_picture_that_is_pasted_is_added(desk: Desk) -> None:
    await desk.paste(name="image.png", data=picture())

    await expect(desk.files).to_contain_text("40 × 20")
    await expect(desk.field).to_have_value("")


async def test_that_a_model_sees_no_images_is_said_before_it_is_asked(desk: Desk) -> None:
    note = desk.page.get_by_text("small sees no images: it is told of them in words.")
    await desk.paste(name="image.png", data=picture())
    await expect(desk.files).to_contain_text("40 × 20")
    await expect(note).to_have_count(0)
    await _choose(desk, "small")
    await expect(note).to_be_visible()
    await _choose(desk, "large")
    await expect(note).to_have_count(0)

    await desk.asked("What is this?")
    await expect(note).to_have_count(0)
    await _choose(desk, "small")

    await expect(note).to_be_visible()
    await desk.watched.shoot("files-unseen")


async def _choose(desk: Desk, model: str) -> None:
    await desk.page.get_by_role("button", name="Model:").click()
    await desk.page.get_by_role("dialog").get_by_role("option", name=re.compile(f"^{model}")).click()


async def test_a_paste_of_20_mb_becomes_a_file_whose_end_is_said_to_be_left_out(desk: Desk) -> None:
    await desk.field.evaluate(_PASTE.replace("text)", '"sea ".repeat(5 << 20))'), ["x", "", ""])

    await expect(desk.files).to_contain_text("only the first 1.5M characters are read", timeout=60_000)
    question = await desk.asked("Sum it up.")
    await expect(question.get_by_role("link", name="pasted.txt")).to_be_visible()


async def test_what_cannot_be_read_is_said_beside_the_file_and_loses_nothing(desk: Desk) -> None:
    await desk.field.fill("What is in these?")
    await desk.choose(
        _file("bomb.png", image_bomb()), _file("locked.pdf", pdf(["x"], locked=True)), _file("sea.txt", b"deep")
    )

    await expect(desk.files.nth(0)).to_contain_text("bomb.png has too many pixels: an image has at most 64 million.")
    await expect(desk.files.nth(1)).to_contain_text("locked.pdf is protected by a password: save it without.")
    await expect(desk.files.nth(2)).to_contain_text("byte")
    await expect(desk.send).to_be_disabled()
    await desk.watched.shoot("files-refused")
    desk.watched.complaints.clear()  # The browser notes each status of 4xx.
    for name in ("bomb.png", "locked.pdf"):
        await desk.page.get_by_role("button", name=f"Remove {name}").click()
    await expect(desk.field).to_have_value("What is in these?")
    await expect(desk.send).to_be_enabled()


async def test_a_file_that_is_too_large_is_refused_before_it_is_sent(desk: Desk) -> None:
    await desk.page.evaluate(_DROP.replace("[bytes]", "[new Uint8Array(33 << 20)]"), ["nav", "film.bin", "", ""])

    await expect(desk.files).to_contain_text("film.bin has 33.0 MB, and a file has at most 32.0 MB.")
    desk.watched.complaints.clear()


async def test_a_file_goes_on_where_it_was_when_the_network_comes_back(desk: Desk) -> None:
    lost = 0

    async def lose(route: Route) -> None:
        nonlocal lost
        lost += 1
        if lost <= 2:
            await route.abort()
        else:
            await route.fallback()

    await desk.page.route("**/pieces/1", lose)
    await desk.choose(_file("sea.txt", b"deep " * 250_000))

    await expect(desk.files).to_contain_text("1.2 MB", timeout=60_000)
    assert lost == 3
    desk.watched.complaints.clear()


async def test_files_that_are_ready_stay_when_the_page_is_loaded_again_and_can_be_removed(desk: Desk) -> None:
    await desk.choose(_file("sea.txt", b"deep"))
    await expect(desk.files).to_contain_text("byte")

    await desk.page.reload()
    await expect(desk.files).to_contain_text("sea.txt")
    async with desk.page.expect_response(lambda reply: reply.request.method == "DELETE") as removed:
        await desk.page.get_by_role("button", name="Remove sea.txt").click()

    assert (await removed.value).status == 204
    await expect(desk.files).to_have_count(0)


async def test_a_question_that_is_edited_keeps_its_files(desk: Desk) -> None:
    await desk.choose(_file("sea.txt", b"deep"))
    await expect(desk.files).to_contain_text("byte")
    question = await desk.asked("How deep?")

    await question.get_by_role("button", name="Edit").click()
    await desk.page.get_by_label("The message as it should be").fill("How deep, in metres?")
    async with desk.page.expect_response(re.compile("/turns$")) as turn:
        await desk.page.get_by_role("form", name="Edit").get_by_role("button", name="Send").click()
    await desk.site.finish(UUID((await (await turn.value).json())["run_id"]), "11,000.")

    await expect(question).to_contain_text("How deep, in metres?")
    await expect(question.get_by_role("link", name="sea.txt")).to_be_visible()


async def test_a_file_is_found_by_what_it_says(desk: Desk) -> None:
    await desk.choose(_file("puffins.txt", b"They nest in burrows."))
    await expect(desk.files).to_contain_text("byte")
    await desk.asked("Sum this up.")

    await desk.watched.open("/search?q=burrows")

    found = desk.page.get_by_role("main").get_by_role("link")
    await expect(found).to_contain_text("in puffins.txt")
    await expect(desk.page.locator("mark")).to_have_text("burrows")


async def test_a_hostile_file_runs_nothing_wherever_it_is_opened(desk: Desk) -> None:
    evil = b"<svg xmlns='http://www.w3.org/2000/svg' onload='document.title=\"hurt\"'><script>alert(1)</script></svg>"
    await desk.choose(_file("<img src=x onerror=alert(1)>.svg", evil, "image/svg+xml"))
    await expect(desk.files).to_contain_text("byte")
    question = await desk.asked("What is this?")

    link = question.get_by_role("link")
    await expect(link).to_have_text("<img src=x onerror=alert(1)>.svg")
    reply = await desk.page.request.get(desk.site.url + (await link.get_attribute("href") or ""))
    assert reply.headers["content-disposition"].startswith("attachment")
    assert reply.headers["content-type"] == "application/octet-stream"
    assert "hurt" not in await desk.page.title()


async def test_files_can_be_added_and_removed_by_keys_alone_without_barriers_in_360_pixels(
    desk: Desk, chromium: Browser, site: WrittenSite, session: object
) -> None:
    narrow = {"width": 360, "height": 740}
    for theme in ("light", "dark"):
        async with watched(chromium, site, storage_state=session, viewport=narrow, color_scheme=theme) as reader:
            await reader.open("/chat")
            small = Desk(site, reader)
            async with small.page.expect_file_chooser() as chooser:
                await small.page.get_by_role("button", name="Add files").press("Enter")
            await (await chooser.value).set_files(
                [_file("photo.png", picture((800, 600))), _file("a-very-long-name-" + "x" * 60 + ".bin", bytes(99))]
            )
            await expect(small.files.nth(0)).to_contain_text("800 × 600")
            await expect(small.files.nth(1)).to_contain_text("none of the kinds")
            await reader.shoot(f"narrow-files-{theme}")
            reader.complaints.clear()
            assert await reader.overflow_px() <= 0
            assert await reader.find_barriers() == []

            await small.files.nth(1).get_by_role("button").press("Enter")
            await expect(small.files).to_have_count(1)
            await small.asked("What is this?")
            assert await reader.overflow_px() <= 0
            assert await reader.find_barriers() == []
            await reader.shoot(f"narrow-files-asked-{theme}")
