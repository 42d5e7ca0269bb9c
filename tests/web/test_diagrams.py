"""Diagrams in answers: drawn in a frame that has no origin and no network, whatever a model writes into one."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, Error, Frame, expect

from tests.parts.browsing import Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.talking import Talk
from tests.parts.written_site import WrittenSite, written_site

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium diagrams")]

_DRAWN_MS = 20_000
"""What draws is large, and first loaded with the first diagram."""
_FLOW = """```mermaid
flowchart LR
  ask[Ask] --> policy{May they?}
  policy -->|yes| hold[Hold money]
  policy -->|no| refuse[Refuse]
```
"""
_KINDS = {
    "sequence": "sequenceDiagram\n  Ana->>Bridge: open\n  Bridge-->>Ana: done",
    "pie": 'pie title Pets\n  "Dogs" : 3\n  "Cats" : 2',
    "state": "stateDiagram-v2\n  [*] --> Open\n  Open --> [*]",
    "class": "classDiagram\n  Bridge <|-- Drawbridge\n  Bridge : +span()",
    "gantt": "gantt\n  dateFormat YYYY-MM-DD\n  section A\n  Build :a1, 2026-01-01, 30d",
}


@pytest.fixture(scope="module")
async def site(shared_database_url: str) -> AsyncIterator[WrittenSite]:
    async with written_site(shared_database_url) as site:
        yield site


@pytest.fixture
async def talk(ana: Watched, site: WrittenSite) -> Talk:
    """A new chat."""
    await ana.open("/chat")
    return Talk(site, ana)


def _fenced(text: str) -> str:
    return f"```mermaid\n{text}\n```"


@dataclass
class Evil:
    """Somebody elsewhere who hears whatever a diagram gets through."""

    port: int = 0
    heard: list[bytes] = field(default_factory=list[bytes])

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await reader.readline())
        writer.close()


async def _settled(talk: Talk) -> Frame | None:
    """Return the frame once there is a drawing in it; None where it could not be drawn."""
    async with asyncio.timeout(_DRAWN_MS / 1000):
        while await talk.answers.get_by_text("This diagram could not be drawn.").count() == 0:
            drawn = [frame for frame in talk.page.frames[1:] if await _has_drawing(frame)]
            if drawn:
                return drawn[0]
    return None


async def _has_drawing(frame: Frame) -> bool:
    with suppress(Error):  # It goes where it fails.
        return await frame.locator("svg[role]").count() > 0
    return False


async def test_a_diagram_is_drawn_when_all_of_it_is_there(talk: Talk) -> None:
    run = await talk.ask("Draw it.")
    await talk.site.grow(run, _FLOW[:60])
    await expect(talk.answers.get_by_text("flowchart LR")).to_be_visible()
    assert await talk.page.locator("iframe").count() == 0
    await talk.site.finish(run, _FLOW)
    await talk.ended()

    diagram = talk.page.frame_locator("iframe[title='Diagram']")
    await expect(diagram.get_by_text("Hold money")).to_be_visible(timeout=_DRAWN_MS)
    box = await talk.page.locator("iframe").bounding_box()
    assert box is not None
    assert 60 < box["height"] < 700
    await talk.watched.shoot("diagram")
    assert await talk.watched.find_barriers() == []


@pytest.mark.parametrize("kind", _KINDS)
async def test_diagrams_of_many_kinds_are_drawn(talk: Talk, kind: str) -> None:
    await talk.say(f"Draw a {kind}.", _fenced(_KINDS[kind]))

    await expect(talk.page.frame_locator("iframe[title='Diagram']").locator("svg").first).to_be_visible(
        timeout=_DRAWN_MS
    )
    await talk.watched.shoot(f"diagram-{kind}")


async def test_the_text_of_a_diagram_is_shown_and_drawn_again_by_keys(talk: Talk) -> None:
    await talk.say("Draw it.", _FLOW)
    await expect(talk.page.frame_locator("iframe").get_by_text("Refuse")).to_be_visible(timeout=_DRAWN_MS)

    await talk.page.get_by_role("button", name="Show the text").focus()
    await talk.page.keyboard.press("Enter")
    await expect(talk.answers.get_by_text("flowchart LR")).to_be_visible()
    await expect(talk.page.locator("iframe")).to_have_count(0)
    await talk.page.keyboard.press("Enter")

    await expect(talk.page.frame_locator("iframe").get_by_text("Refuse")).to_be_visible(timeout=_DRAWN_MS)


async def test_what_is_no_diagram_is_shown_as_text_with_the_reason(talk: Talk) -> None:
    await talk.say("Draw nonsense.", _fenced("flowchart LR\n  a --> --> b"))

    await expect(talk.answers.get_by_text("This diagram could not be drawn.")).to_be_visible(timeout=_DRAWN_MS)
    await expect(talk.answers.locator("pre")).to_contain_text("a --> --> b")
    await expect(talk.page.locator("iframe")).to_have_count(0)
    await talk.watched.shoot("diagram-failed")


async def test_a_diagram_that_is_too_large_is_shown_as_text(talk: Talk) -> None:
    edges = "\n".join(f"  n{number} --> n{number + 1}" for number in range(2000))

    await talk.say("Draw much.", _fenced(f"flowchart LR\n{edges}"))

    await expect(talk.answers.get_by_text("This diagram is too large to be drawn here.")).to_be_visible()
    assert await talk.page.locator("iframe").count() == 0


_HOSTILE = {
    "a script in a label": 'flowchart LR\n  a["<script>top.document.title=1</script>'
    '<img src=EVIL/x onerror=top.document.title=1>"] --> b',
    "calls and links": "flowchart LR\n  a --> b\n"
    '  click a call alert("hurt")\n  click b href "javascript:top.document.title=1" "tip" _top',
    "a link elsewhere": 'flowchart LR\n  a[Leave] --> b\n  click a href "EVIL/" _self',
    "a picture elsewhere": 'flowchart LR\n  a@{ img: "EVIL/a.png", w: 60, h: 60 } --> b',
    "settings of its own": '%%{init: {"securityLevel": "loose", "htmlLabels": true, '
    '"themeCSS": "@import url(EVIL/c.css); * {background: url(EVIL/d)}"}}%%\n'
    'flowchart LR\n  a["<iframe src=EVIL/f></iframe>"] --> b',
    "settings in front": "---\nconfig:\n  securityLevel: loose\n"
    '  fontFamily: "x; } body { background: url(EVIL/e) } y {"\n---\nflowchart LR\n  a --> b',
    "a style": "flowchart LR\n  a --> b\n  style a fill:#ffffff,background:url(EVIL/g)",
    "a class": "flowchart LR\n  a --> b\n  classDef c fill:#fff,cursor:url(EVIL/h)\n  class a c",
    "HTML in a sequence": "sequenceDiagram\n  Ana->>Bo: <img src=EVIL/i onerror=top.document.title=1>\n"
    '  link Ana: Leave @ EVIL/j\n  links Bo: {"Leave": "javascript:top.document.title=1"}',
}


@pytest.fixture
async def evil() -> AsyncIterator[Evil]:
    evil = Evil()
    server = await asyncio.start_server(evil.hear, "127.0.0.1", 0)
    async with server:
        evil.port = server.sockets[0].getsockname()[1]
        yield evil


@pytest.mark.parametrize("kind", _HOSTILE)
async def test_a_hostile_diagram_runs_nothing_fetches_nothing_and_leads_nowhere(
    talk: Talk, evil: Evil, kind: str
) -> None:
    await talk.say("Be evil.", _fenced(_HOSTILE[kind].replace("EVIL", evil.url)))

    frame = await _settled(talk)
    if frame is not None:
        assert await frame.locator("script:not([src]), iframe, img, a, [onclick], [onerror]").count() == 0
        for label in await frame.locator("text, rect, g.node").all():
            await label.dispatch_event("click")
    await talk.page.wait_for_timeout(500)
    await expect(talk.page).to_have_title("Be evil. - Drawbridge")
    assert [each.url.rpartition("/")[2] for each in talk.page.frames[1:]] == ([] if frame is None else ["diagram.html"])
    # Some of it is tried, and stopped by the frame's policy before anything leaves.
    assert evil.heard == []
    assert all("Content Security Policy" in complaint for complaint in talk.watched.complaints), talk.watched.complaints
    talk.watched.complaints.clear()
    talk.watched.elsewhere.clear()


async def test_a_script_in_the_frame_could_reach_neither_the_page_nor_the_network(talk: Talk) -> None:
    await talk.say("Draw it.", _FLOW)
    await expect(talk.page.frame_locator("iframe").get_by_text("Refuse")).to_be_visible(timeout=_DRAWN_MS)

    reached = await talk.page.frames[1].evaluate(
        """async () => {
            const tried = { origin: String(self.origin) };
            const attempts = {
                page: () => top.document.title,
                cookie: () => document.cookie,
                storage: () => localStorage.length,
                api: () => fetch("/api/me"),
                elsewhere: () => fetch("https://evil.example/"),
                code: () => new Promise((ran, stopped) => {
                    setTimeout("self.evaluated = true");
                    setTimeout(() => (self.evaluated ? ran() : stopped()), 200);
                }),
                inline: () => {
                    const script = document.createElement("script");
                    script.textContent = "self.ran = true";
                    document.body.append(script);
                    if (!self.ran) throw new Error("stopped");
                },
            };
            for (const [name, attempt] of Object.entries(attempts)) {
                try { await attempt(); tried[name] = "reached"; } catch { tried[name] = "stopped"; }
            }
            return tried;
        }"""
    )

    assert reached.pop("origin") == "null"
    assert set(reached.values()) == {"stopped"}, reached
    # Playwright tells of requests that the policy stopped, too.
    talk.watched.elsewhere.clear()
    talk.watched.complaints.clear()


async def test_a_diagram_follows_the_theme_and_fits_into_360_pixels(
    talk: Talk, chromium: Browser, site: WrittenSite, session: object
) -> None:
    await talk.say("Draw it.", _FLOW)
    narrow = {"width": 360, "height": 740}

    for theme in ("light", "dark"):
        async with watched(chromium, site, storage_state=session, viewport=narrow, color_scheme=theme) as reader:
            await reader.page.goto(talk.page.url)
            await expect(reader.page.frame_locator("iframe").get_by_text("Hold money")).to_be_visible(timeout=_DRAWN_MS)
            await reader.shoot(f"narrow-diagram-{theme}")

            assert await reader.overflow_px() <= 0
            assert await reader.find_barriers() == []
            assert reader.complaints == []


async def test_nothing_of_what_draws_is_loaded_before_there_is_a_diagram(talk: Talk) -> None:
    loaded: list[str] = []
    talk.page.on("request", lambda request: loaded.append(request.url))

    await talk.say("Just words.", "Here they are, **all** of them.")
    assert not any(re.search("mermaid|diagram|/frames/", url) for url in loaded)
