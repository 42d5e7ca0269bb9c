"""What the pages weigh, how soon a long conversation is there, and how soon a key is seen in it."""

import asyncio
import json
import re
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from playwright.async_api import Browser, Page, expect

from bench.figures import Measured
from bench.workspace.conversations import LAST_WORDS, write_conversation
from bench.workspace.site import MODEL, Site
from drawbridge.identity.first_administrator import NAME
from tests.parts.browsing import make_account, watched
from tests.parts.chromium import note_wire_bytes, running_chromium

_LONG: Final = 1_000
_LESS_LONG: Final = 400
"""As long as the one that Open WebUI was measured with."""
_ROUNDS: Final = 9
_QUICK_ROUNDS: Final = 3
_KEYS: Final = 200
_QUICK_KEYS: Final = 60
_KEY_EVERY_MS: Final = 60
_LEAST_MS: Final = 16.0
"""The browser does not tell of what is seen sooner (Event Timing, W3C, 2026-11-23)."""
_KB: Final = 1_000
_SENTENCE: Final = "the quick brown fox jumps over the lazy dog "

_NOTE_KEYS: Final = """() => {
    window.keysSeen = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (entry.name === "keydown") window.keysSeen.push(entry.duration);
        }
    }).observe({ type: "event", durationThreshold: 16 });
}"""


def measure_pages(site: Site) -> Iterator[Measured]:
    """Yield the figures."""
    yield from asyncio.run(_gather(site, _ROUNDS, _KEYS))


def measure_pages_quickly(site: Site) -> Iterator[Measured]:
    """Yield the same figures, of fewer rounds."""
    yield from asyncio.run(_gather(site, _QUICK_ROUNDS, _QUICK_KEYS))


async def _gather(site: Site, rounds: int, keys: int) -> list[Measured]:
    return [measured async for measured in _measure(site, rounds, keys)]


async def _measure(site: Site, rounds: int, keys: int) -> AsyncIterator[Measured]:
    async with running_chromium() as browser:
        async with watched(browser, site) as first:
            await make_account(first)
            # Any: what playwright keeps of a profile.
            session: Any = await first.page.context.storage_state()
        yield await _weigh_first_page(browser, site, session)
        owner = site.owner(NAME)
        long, less_long = [await write_conversation(site.installation.data, owner, n) for n in (_LONG, _LESS_LONG)]
        yield await _time_opening(browser, site, session, (long, _LONG), rounds)
        yield await _time_opening(browser, site, session, (less_long, _LESS_LONG), rounds)
        yield await _time_keys(browser, site, session, long, keys)
        yield await _time_keys_while_answered(browser, site, session, long, keys)


async def _weigh_first_page(browser: Browser, site: Site, session: object) -> Measured:
    """Add up all replies to the first page that somebody who has never been there opens."""
    async with watched(browser, site, storage_state=session) as visit:
        sizes = await note_wire_bytes(visit.page)
        await visit.open("/chat")
        await expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
        await visit.page.wait_for_load_state("networkidle")
    return Measured("first page on the wire", sum(sizes) / _KB, f"{len(sizes)} replies, with their headers")


async def _time_opening(
    browser: Browser, site: Site, session: object, conversation: tuple[UUID, int], rounds: int
) -> Measured:
    """From the address to the last words of the last answer, in a browser that has nothing of the site."""
    conversation_id, length = conversation
    took_s: list[float] = []
    nodes = 0
    for _ in range(rounds):
        async with watched(browser, site, storage_state=session) as visit:
            began = time.perf_counter()
            await visit.open(f"/chat/{conversation_id}")
            await _see_end(visit.page)
            took_s.append(time.perf_counter() - began)
            nodes = await visit.page.evaluate("document.querySelectorAll('*').length")
    detail = f"median of {', '.join(f'{each:.2f}' for each in took_s)}; {nodes} elements"
    return Measured(f"opening a conversation of {length:,} messages", statistics.median(took_s), detail)


async def _see_end(page: Page) -> None:
    await expect(page.get_by_text(LAST_WORDS)).to_be_in_viewport()


async def _time_keys(browser: Browser, site: Site, session: object, conversation: UUID, keys: int) -> Measured:
    async with watched(browser, site, storage_state=session) as visit:
        await visit.open(f"/chat/{conversation}")
        await _see_end(visit.page)
        seen_ms = await _type(visit.page, keys)
    return Measured("key to paint, p95", _p95(seen_ms), _about(seen_ms))


async def _time_keys_while_answered(
    browser: Browser, site: Site, session: object, conversation: UUID, keys: int
) -> Measured:
    """The same, while an answer to a question in that conversation comes in, a word in 50 ms."""
    async with watched(browser, site, storage_state=session) as visit:
        await visit.open(f"/chat/{conversation}")
        await _see_end(visit.page)
        words = keys * _KEY_EVERY_MS // 50 + 100
        await _ask(visit.page, conversation, f"Say chunks={min(words, 900)} every_ms=50")
        await visit.page.reload()
        await expect(visit.page.get_by_role("button", name="Stop")).to_be_visible()
        await expect(visit.page.get_by_text(re.compile(r"word\d+ word"))).to_be_visible()
        seen_ms = await _type(visit.page, keys)
        await expect(visit.page.get_by_role("button", name="Stop")).to_be_visible()
    return Measured("key to paint while an answer is written, p95", _p95(seen_ms), _about(seen_ms))


async def _ask(page: Page, conversation: UUID, question: str) -> None:
    """Put a question as the page does, by the model that paces its words."""
    await page.evaluate(
        """async ([id, text, model]) => {
            const listed = await (await fetch(`/api/chat/conversations/${id}`)).json();
            const body = { parent_id: listed.current_message_id, parts: [{ type: "text", text }], model };
            const headers = { "content-type": "application/json" };
            const sent = { method: "POST", headers, body: JSON.stringify(body) };
            const reply = await fetch(`/api/chat/conversations/${id}/turns`, sent);
            if (!reply.ok) throw new Error(await reply.text());
        }""",
        [str(conversation), question, MODEL],
    )


async def _type(page: Page, keys: int) -> list[float]:
    """Type into the field below the messages; return after how many milliseconds each key was seen."""
    await page.get_by_role("textbox", name="Write a message").focus()
    await page.evaluate(_NOTE_KEYS)
    text = (_SENTENCE * (keys // len(_SENTENCE) + 1))[:keys]
    await page.keyboard.type(text, delay=_KEY_EVERY_MS)
    await expect(page.get_by_role("textbox", name="Write a message")).to_have_value(text)
    await page.wait_for_timeout(500)
    told: list[float] = json.loads(await page.evaluate("JSON.stringify(window.keysSeen)"))
    return [*told, *[_LEAST_MS] * (keys - len(told))]


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def _about(seen_ms: Sequence[float]) -> str:
    return f"p50 {statistics.median(seen_ms):.0f}, longest {max(seen_ms):.0f}, of {len(seen_ms)} keys; steps of 8 ms"
