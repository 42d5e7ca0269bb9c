"""Whatever is killed in the middle of an answer: the page recovers by itself, and tells what is true and billed."""

import asyncio
import json
import os
import random
import re
import signal
import string
import subprocess
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.parts.browsing import Watched, make_account, needs_pages, sign_in, watched
from tests.parts.chromium import needs_chromium
from tests.parts.installation import Event, Installation, free_port
from tests.parts.size import pick
from tests.parts.vendor_process import VendorProcess

pytestmark = [
    pytest.mark.workspace_faults,
    pytest.mark.crash,
    needs_chromium,
    needs_pages,
    pytest.mark.xdist_group("chromium faults"),
]

_TRIALS = pick(1, full=5)
_PAUSE_S = 0.8
"""Behind each of the five words of an answer."""
_PATIENCE_MS = 60_000
"""A lease of ten seconds, and a start of everything on a busy machine."""
_MODEL = """
deployments:
  slow: {provider: vendor, upstream_model: slow-1}
models:
  slow: {route: [slow]}
"""

# Any: JSON of the API.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where pages are, and what opens them."""

    url: str
    set_up_token: str


@dataclass(frozen=True, slots=True)
class Stage:
    """An installation that can be killed, a vendor that cannot, and a browser."""

    installation: Installation
    vendor: VendorProcess
    place: Place
    chromium: Browser
    mine: Watched
    """Somebody's page."""

    async def kill_worker(self) -> None:
        [worker] = self.installation.workers_alive()
        worker.kill()

    async def kill_server(self) -> None:
        """Kill the parent of all, as a power cut would, and start it anew."""
        self.installation.process.send_signal(signal.SIGKILL)
        await self.installation.process.wait()
        await self.installation.start()

    async def kill_database(self) -> None:
        postmaster = self.installation.postmaster()
        assert postmaster is not None
        postmaster.kill()

    async def ready(self) -> None:
        """Wait until it has its database again."""
        async with asyncio.timeout(_PATIENCE_MS / 1e3):
            listed = f"{self.place.url}/api/chat/conversations"
            while (await self.mine.page.request.get(listed)).status != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    async def asked(self) -> int:
        """Return how many answers the vendor was asked for."""
        return sum(logged["method"] == "POST" for logged in await self.vendor.log())

    async def booked(self, conversation_id: str, wanted: int) -> list[Event]:
        """Return what is billed for a conversation, once everything is booked."""
        await self.installation.settle()
        events = (await self.installation.usage_by_session())[conversation_id]
        assert len(events) == wanted
        return events


@asynccontextmanager
async def _stage(folder: Path, chromium: Browser) -> AsyncGenerator[Stage]:
    """Run everything, with somebody in a new chat with a slow model."""
    port = free_port()
    environment = {"DRAWBRIDGE_HOST": "localhost", "DRAWBRIDGE_FIND_PROVIDERS": "no"}
    async with AsyncExitStack() as stack:
        vendor = await stack.enter_async_context(VendorProcess(pause_s=_PAUSE_S))
        installation = Installation(
            folder / "data", port, vendor.url, environment=environment, more_configuration=_MODEL
        )
        await stack.enter_async_context(installation)
        found = re.search(r"/set-up#(\S+)", installation.greeting)
        assert found is not None, installation.greeting
        place = Place(f"http://localhost:{port}", found[1])
        mine = await stack.enter_async_context(watched(chromium, place))
        await make_account(mine)
        await mine.page.evaluate("localStorage.setItem('model', 'slow')")
        await mine.open("/chat")
        yield Stage(installation, vendor, place, chromium, mine)
        # Lost connections are told in the console; a script that failed would be told there too.
        assert [said for said in mine.complaints if "Failed to load resource" not in said] == []
        assert mine.elsewhere == []


async def _ask(page: Page, question: str) -> None:
    await expect(page.get_by_role("button", name="Model:")).to_contain_text("slow")
    await page.get_by_role("textbox", name="Write a message").fill(question)
    await expect(page.get_by_role("button", name="Send")).to_be_enabled()
    await page.keyboard.press("Enter")


def _answers(page: Page) -> Locator:
    return page.get_by_role("article", name=re.compile("Answer of"))


async def _ended(page: Page) -> None:
    again = _answers(page).last.get_by_role("button", name="Answer again")
    await expect(again).to_be_enabled(timeout=_PATIENCE_MS)


async def _conversation(page: Page) -> str:
    await expect(page).to_have_url(re.compile("/chat/[0-9a-f-]{36}$"))
    return page.url.rpartition("/")[2]


async def _messages(page: Page, conversation_id: str) -> list[Json]:
    """Return the messages of the branch that is looked at, the last first, as the API tells them."""
    return json.loads(
        await page.evaluate(
            "async (id) => await (await fetch(`/api/chat/conversations/${id}/messages`)).text()", conversation_id
        )
    )["messages"]


def _text(message: Json) -> str:
    return "".join(part["text"] for part in message["parts"])


_KILLS: dict[str, Callable[[Stage], Coroutine[Any, Any, None]]] = {
    "worker": Stage.kill_worker,
    "server": Stage.kill_server,
}


@pytest.mark.parametrize("trial", range(_TRIALS))
@pytest.mark.parametrize("victim", _KILLS)
async def test_every_page_on_an_answer_that_is_killed_learns_by_itself_how_it_ended_and_it_is_billed_once(
    tmp_path: Path, chromium: Browser, victim: str, trial: int
) -> None:
    async with _stage(tmp_path, chromium) as stage, watched(chromium, stage.place) as device:
        page = stage.mine.page
        await _ask(page, "How far is it?")
        conversation_id = await _conversation(page)
        await device.open(f"/chat/{conversation_id}")
        await sign_in(device.page)
        tab = await page.context.new_page()
        await tab.goto(page.url)
        for each in (page, device.page, tab):
            await expect(_answers(each)).to_contain_text("from")

        await _KILLS[victim](stage)

        for each in (page, device.page, tab):
            await expect(each.get_by_role("alert").first).to_contain_text("broke off", timeout=_PATIENCE_MS)
            await _ended(each)
        answer = (await _messages(page, conversation_id))[0]
        assert (answer["state"], answer["failure"]["code"]) == ("failed", "interrupted")
        assert _text(answer).startswith("Grüße from")
        for each in (page, device.page, tab):
            await expect(_answers(each)).to_contain_text(_text(answer))
        # A worker whose parent was killed ends the call that it makes, and can tell nobody any more.
        [event] = await stage.booked(conversation_id, 1)
        assert event["estimated"] or victim == "server"
        assert await stage.asked() == 1
        await stage.mine.shoot(f"killed-{victim}")
        # And it goes on where it stood.
        await page.get_by_role("button", name="Answer again").click()
        await page.get_by_role("dialog").get_by_role("option", name=re.compile("^slow")).click()
        await expect(page.get_by_role("group", name="Versions")).to_have_text("2/2", timeout=_PATIENCE_MS)
        await expect(_answers(page)).to_contain_text(re.compile(r"Grüße from the script \d+\."), timeout=_PATIENCE_MS)
        await _ended(page)
        assert len(await stage.booked(conversation_id, 2)) == await stage.asked()


@pytest.mark.parametrize("trial", range(_TRIALS))
async def test_an_answer_is_whole_and_billed_once_though_the_database_was_killed_in_its_middle(
    tmp_path: Path, chromium: Browser, trial: int
) -> None:
    async with _stage(tmp_path, chromium) as stage:
        page = stage.mine.page
        await _ask(page, "How far is it?")
        conversation_id = await _conversation(page)
        await expect(_answers(page)).to_contain_text("from")

        await stage.kill_database()

        await expect(_answers(page)).to_contain_text(re.compile(r"Grüße from the script \d+\."), timeout=_PATIENCE_MS)
        await _ended(page)
        answer = (await _messages(page, conversation_id))[0]
        assert (answer["state"], _text(answer)) == ("complete", await _answers(page).locator("p").first.inner_text())
        [event] = await stage.booked(conversation_id, 1)
        assert not event["estimated"]
        assert event["cost_nanousd"] == answer["cost_nanousd"]
        assert await stage.asked() == 1


async def test_what_is_asked_while_the_database_is_away_stays_in_the_field_and_is_answered_once_it_is_back(
    tmp_path: Path, chromium: Browser
) -> None:
    async with _stage(tmp_path, chromium) as stage:
        page = stage.mine.page
        await _ask(page, "First?")
        conversation_id = await _conversation(page)
        await _ended(page)
        field = page.get_by_role("textbox", name="Write a message")
        postmaster = stage.installation.postmaster()
        assert postmaster is not None

        # Stopped, it takes connections and never answers.
        postmaster.suspend()
        children = postmaster.children()
        for child in children:
            child.suspend()
        await field.fill("Second?")
        await page.keyboard.press("Enter")
        await asyncio.sleep(1)
        for child in children:
            child.kill()
        postmaster.kill()

        await expect(page.get_by_role("alert")).to_contain_text("database", timeout=_PATIENCE_MS)
        await expect(field).to_have_value("Second?")
        await stage.ready()
        await field.focus()
        await page.keyboard.press("Enter")
        await expect(_answers(page)).to_have_count(2, timeout=_PATIENCE_MS)
        await _ended(page)
        said = await _messages(page, conversation_id)
        assert [message["state"] for message in said] == ["complete"] * 4
        assert _text(said[1]) == "Second?"
        await stage.booked(conversation_id, 2)
        assert await stage.asked() == 2


async def test_two_devices_that_ask_at_once_are_both_answered_and_neither_question_is_lost(
    tmp_path: Path, chromium: Browser
) -> None:
    async with _stage(tmp_path, chromium) as stage, watched(chromium, stage.place) as device:
        page = stage.mine.page
        await _ask(page, "First?")
        conversation_id = await _conversation(page)
        await _ended(page)
        await device.open(f"/chat/{conversation_id}")
        await sign_in(device.page)
        await _ended(device.page)

        async with asyncio.TaskGroup() as group:
            group.create_task(_ask(page, "Here?"))
            group.create_task(_ask(device.page, "There?"))

        for each in (page, device.page):
            await expect(_answers(each)).to_have_count(2, timeout=_PATIENCE_MS)
            await _ended(each)
        whole = json.loads(
            await page.evaluate(
                "async (id) => await (await fetch(`/api/chat/conversations/${id}/export?format=json`)).text()",
                conversation_id,
            )
        )["messages"]
        assert sorted(_text(each) for each in whole if each["role"] == "user") == ["First?", "Here?", "There?"]
        assert [each["state"] for each in whole if each["role"] == "assistant"] == ["complete"] * 3
        await stage.booked(conversation_id, 3)
        assert await stage.asked() == 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("a disk can only be filled by root, who may mount a small one")
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=320m", "tmpfs", str(mount)]
    mounted = subprocess.run(command, check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no file system may be mounted here, so no disk can be filled: {mounted.stderr.strip()}")
    yield mount
    # Lazily: a test that failed may still hold a file there, and nothing may be left mounted.
    subprocess.run(["umount", "--lazy", str(mount)], check=True)


async def test_a_full_disk_refuses_a_question_in_words_and_loses_neither_it_nor_what_was_said_before(
    small_disk: Path, chromium: Browser
) -> None:
    # What cannot be packed, and needs room that is not there yet.
    long = "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=700_000))
    async with _stage(small_disk, chromium) as stage:
        page = stage.mine.page
        await _ask(page, "First?")
        conversation_id = await _conversation(page)
        await _ended(page)
        filler = small_disk / "filler"
        _fill_disk(filler)

        await _ask(page, long)

        field = page.get_by_role("textbox", name="Write a message")
        await expect(page.get_by_role("alert")).to_contain_text("No space left on device", timeout=_PATIENCE_MS)
        await expect(field).to_have_value(long)
        await stage.mine.shoot("full-disk")
        await page.reload()
        await expect(_answers(page)).to_contain_text("Grüße from the script")
        filler.unlink()
        await stage.ready()
        await _ask(page, long)
        await expect(_answers(page)).to_have_count(2, timeout=_PATIENCE_MS)
        await _ended(page)
        said = await _messages(page, conversation_id)
        assert [message["state"] for message in said] == ["complete"] * 4
        assert _text(said[1]) == long
        await stage.booked(conversation_id, 2)
        assert await stage.asked() == 2


def _fill_disk(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
