"""Whether a pass over a page by the Tab key finds what it is there to find."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.parts.chromium import needs_chromium, opened
from tests.parts.keyboard import keyboard_faults

pytestmark = [pytest.mark.workspace, needs_chromium, pytest.mark.xdist_group("chromium keyboard")]

_SOUND = """<header><a href="#x">First</a></header><button>Second</button><input aria-label="Third">
<label><input type="radio" name="one">Fourth</label><label><input type="radio" name="one">By an arrow key</label>
<div role="tablist">
<button role="tab" tabindex="0">Fifth</button><button role="tab" tabindex="-1">By another</button>
</div>
<details><summary>Sixth</summary><button>Folded away</button></details><button disabled>Not now</button>"""


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    async with opened(chromium) as (_, page):
        yield page


async def test_nothing_is_found_on_a_sound_page_and_the_focus_stays_where_it_was(page: Page) -> None:
    await page.set_content(_SOUND)
    await page.get_by_label("Third").focus()

    assert await keyboard_faults(page) == []
    assert await page.get_by_label("Third").evaluate("(field) => field === document.activeElement")


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ("<button tabindex=-1>By the mouse alone</button>", "not reached by Tab: <button tabindex"),
        ("<style>a:focus-visible { outline: none }</style>", "no sign of the focus: <a"),
        ("<style>a:focus-visible { outline: 3px solid #0000 }</style>", "no sign of the focus: <a"),
        ("<span role=button>By the mouse alone</span>", "not reached by Tab: <span role"),
        ("<input aria-label=Trap onkeydown='event.preventDefault()'>", "the focus does not leave it: <input"),
        ("<style>header { position: fixed; top: -90px }</style>", "hidden while it has the focus: <a"),
        (
            "<style>p { position: fixed; inset: 0; background: white }</style><p>Over all of it</p>",
            "hidden while it has the focus: <button>Second",
        ),
        (
            "<input aria-label=Trap onkeydown='event.preventDefault()'><button>Behind it</button>",
            "not reached by Tab: <button>Behind it",
        ),
        (
            "<dialog id=d><button tabindex=-1>In it</button></dialog><script>d.showModal()</script>",
            "not reached by Tab",
        ),
    ],
)
async def test_what_is_wrong_for_the_keyboard_is_found(page: Page, broken: str, fault: str) -> None:
    await page.set_content(_SOUND + broken)

    assert [found for found in await keyboard_faults(page) if found.startswith(fault)]
