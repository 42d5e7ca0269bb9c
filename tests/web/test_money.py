"""What is spent and what is left, in a real browser: every figure is that of the API, to the last digit."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from drawbridge.core.ids import AttemptId
from tests.parts.administering import programs_of
from tests.parts.browsing import Watched, needs_pages, watched
from tests.parts.chromium import needs_chromium
from tests.parts.running_site import RunningSite
from tests.parts.spent import Spent, book, first_person

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium money")]

# One more than what a number of JavaScript can hold, in nano-dollars.
_LARGE: Final = 2**53 + 1
_CALLS: Final = [
    Spent("deep-thought", _LARGE, days_ago=3, input_tokens=1_000, output_tokens=2_000),
    Spent("deep-thought", 1_234_567, days_ago=1),
    Spent("quick", 1, input_tokens=7, output_tokens=9),
    Spent("quick", 50_000_000, days_ago=1, outcome="cut_by_caller", estimated=True),
    Spent("quick", 2_500_000_000, days_ago=40),
    Spent("unheard-of", None, days_ago=2),
]
_PAGES: Final = ["/usage", "/admin/usage", "/admin/budgets", "/admin/budget-requests", "/admin/limits", "/admin/ledger"]


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """A page of many figures comes late on a machine that does much else."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
async def attempts(site: RunningSite, session: object) -> list[AttemptId]:
    """What Ana has spent."""
    del session  # She must be there first.
    return await book(site.database, await first_person(site.database), _CALLS)


@pytest.fixture
def page(ana: Watched, attempts: list[AttemptId]) -> Page:
    del attempts
    return ana.page


async def _said(page: Page, path: str) -> Any:
    """Ask the API as the page's own session; numbers come with all of their digits."""
    text = await page.evaluate("path => fetch(path).then(reply => reply.text())", path)
    return json.loads(text)


async def _usd(cell: Locator) -> Decimal:
    """Read an amount as the page shows it."""
    return Decimal((await cell.inner_text()).replace("$", "").replace(",", "").strip().splitlines()[0])


async def test_every_figure_of_usage_is_that_of_the_api(ana: Watched, page: Page) -> None:
    await ana.open("/admin/usage")
    rows = page.get_by_role("region", name="Usage by group").locator("tbody tr")
    await expect(rows).to_have_count(3)

    said = (await _said(page, "/api/usage/totals?by=model&since=2020-01-01T00:00:00Z"))["totals"]
    await page.get_by_label("Period").select_option("ninety")

    await expect(rows.nth(0)).to_contain_text("deep-thought")
    for at, total in enumerate(said):
        row = rows.nth(at)
        await expect(row.get_by_role("rowheader")).to_have_text(total["group"]["model"])
        cost = await _usd(row.locator("td").nth(0))
        assert cost.scaleb(9) == total["cost_nanousd"]
        await expect(row.locator("td").nth(1)).to_have_text(str(total["attempts"]))
        await expect(row.locator("td").nth(2)).to_have_text(f"{total['input_tokens']:,}")
    whole = sum(total["cost_nanousd"] for total in said)
    tile = page.locator("dl > div").filter(has_text="Cost").locator("dd").first
    assert (await _usd(tile)).scaleb(9) == whole > 2**53
    await expect(page.get_by_text("One call has no known price")).to_be_visible()
    await expect(page.get_by_text("One of them is estimated")).to_be_visible()
    await ana.shoot("usage")


async def test_the_bars_can_be_read_as_a_table_that_says_the_same_as_the_api(ana: Watched, page: Page) -> None:
    await ana.open("/admin/usage?period=week")
    await expect(page.locator(".recharts-bar-rectangle").first).to_be_visible()

    await page.get_by_text("These bars as a table").press("Enter")

    rows = page.get_by_role("region", name="These bars as a table").locator("tbody tr")
    said = (await _said(page, f"/api/usage/totals?by=day&since={await _since(page)}"))["totals"]
    costly = [total for total in said if total["cost_nanousd"]]
    await expect(rows).to_have_count(len(costly))
    for at, total in enumerate(costly):
        assert (await _usd(rows.nth(at).locator("td").last)).scaleb(9) == total["cost_nanousd"]


async def _since(page: Page) -> str:
    href = await page.get_by_role("link", name="Table as JSON").get_attribute("href")
    assert href is not None
    found = re.search(r"since=([^&]+)", href)
    assert found is not None
    return found[1]


async def test_usage_is_narrowed_and_widened_by_keys_alone_and_the_address_keeps_it(ana: Watched, page: Page) -> None:
    await ana.open("/admin/usage?period=ninety")
    await page.get_by_role("button", name="Filter", exact=True).press("Enter")
    await page.keyboard.type("mod")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("combobox", name="Model")).to_be_focused()
    await expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(3)
    await page.keyboard.type("qui")
    await page.keyboard.press("Enter")

    rows = page.get_by_role("region", name="Usage by group").locator("tbody tr")
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(re.compile("model=quick"))
    await page.reload()
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Remove the filter Model: quick").press("Enter")

    await expect(rows).to_have_count(3)


async def test_a_row_leads_to_itself_alone_and_single_calls_tell_everything(ana: Watched, page: Page) -> None:
    await ana.open("/admin/usage?period=ninety")
    await page.get_by_role("button", name="quick", exact=True).click()
    await page.get_by_label("Divided by").select_option("calls")

    calls = page.get_by_role("region", name="Single calls").locator("tbody tr")
    await expect(calls).to_have_count(3)
    await expect(calls.last).to_contain_text("admin")
    await expect(calls.last).to_contain_text("$0.000000001")
    await ana.shoot("usage-calls")
    await calls.last.get_by_role("button").press("Enter")

    dialog = page.get_by_role("dialog", name="One call")
    await expect(dialog).to_contain_text("fast-eu · openai")
    await ana.shoot("usage-call")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_columns_are_sorted_by_their_heads(ana: Watched, page: Page) -> None:
    await ana.open("/admin/usage?period=ninety")
    names = page.get_by_role("region", name="Usage by group").locator("tbody th")
    await expect(names).to_have_text(["deep-thought", "quick", "unheard-of"])

    await page.get_by_role("columnheader", name="Calls").get_by_role("button").press("Enter")

    await expect(page.get_by_role("columnheader", name="Calls")).to_have_attribute("aria-sort", "descending")
    await expect(names).to_have_text(["quick", "deep-thought", "unheard-of"])


async def test_an_export_is_what_the_api_answers(ana: Watched, page: Page, tmp_path: Path) -> None:
    await ana.open("/admin/usage?period=ninety")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Table as CSV").click()
    kept = tmp_path / "usage.csv"
    await (await download.value).save_as(kept)

    lines = kept.read_text(encoding="utf-8").splitlines()
    assert (await download.value).suggested_filename.startswith("usage-by-model-")
    assert lines[1].startswith("deep-thought,2,")
    assert f"{_LARGE + 1_234_567}" in lines[1]


async def test_ones_own_usage_is_for_everybody_and_of_nobody_else(ana: Watched, page: Page) -> None:
    await ana.open("/chat")
    await page.get_by_role("link", name="My usage").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("My usage")
    await expect(page.get_by_role("region", name="Usage by group").locator("tbody tr")).to_have_count(3)
    options = await page.get_by_label("Divided by").locator("option").all_inner_texts()
    assert "Person or account" not in options
    await ana.shoot("my-usage")


async def test_more_of_a_budget_is_asked_for_and_approved(ana: Watched, page: Page) -> None:
    await _make_budget(ana, "research", "100")
    await ana.open("/usage")
    card = page.get_by_role("article", name="research")
    await expect(card).to_contain_text("$100.00")

    await card.get_by_role("button", name="Ask for more").press("Enter")
    dialog = page.get_by_role("dialog", name="Ask for more of research")
    await dialog.get_by_role("button", name="Ask", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("above zero")
    await dialog.get_by_label("How much more").fill("12,50")
    await dialog.get_by_label("What it is for").fill("The report is due.")
    await ana.shoot("budget-ask")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Not decided yet")).to_be_visible()

    await ana.open("/admin/budget-requests")
    asked = page.get_by_role("listitem").filter(has_text="The report is due.")
    await expect(asked).to_contain_text("$12.50")
    await ana.shoot("budget-requests")
    await asked.get_by_role("button", name="Approve").press("Enter")
    await page.get_by_label("What to say with it").fill("Once.")
    await ana.shoot("budget-approve")
    await page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    await expect(asked).to_have_count(0)

    await ana.open("/usage")
    await expect(card).to_contain_text("$112.50")
    await expect(page.get_by_text("Once.")).to_be_visible()
    await ana.shoot("my-budgets")


async def test_the_owner_of_a_budget_decides_without_administering_anything(
    ana: Watched, page: Page, chromium: Browser, site: RunningSite
) -> None:
    async with programs_of(site) as programs:
        dora = await programs.join(chromium, "dora@example.com", "Dora Dale")
        await programs.put("budgets/field-work", {"limit_usd": "40", "owner": "user:dora"})
    await ana.open("/usage")
    await page.get_by_role("article", name="field-work").get_by_role("button", name="Ask for more").click()
    await page.get_by_label("How much more").fill("2.25")
    await page.get_by_label("What it is for").fill("One more day.")
    await page.get_by_role("dialog").get_by_role("button", name="Ask", exact=True).click()
    await expect(page.get_by_text("Not decided yet")).to_be_visible()

    async with watched(chromium, site, storage_state=dora) as owner:
        await owner.open("/usage")
        asked = owner.page.get_by_role("listitem").filter(has_text="One more day.")
        await expect(asked).to_contain_text("$2.25")
        await expect(owner.page.get_by_role("link", name="Administration")).to_have_count(0)
        await owner.shoot("budget-owner")
        await asked.get_by_role("button", name="Refuse").click()
        await owner.page.get_by_label("What to say with it").fill("Next month.")
        await owner.page.get_by_role("dialog").get_by_role("button", name="Refuse").click()

        await expect(asked).to_have_count(0)
        assert owner.complaints == []

    await ana.open("/usage")
    await expect(page.get_by_text("Next month.")).to_be_visible()
    await expect(page.get_by_role("article", name="field-work")).to_contain_text("$40.00")


async def _make_budget(ana: Watched, name: str, usd: str) -> None:
    page = ana.page
    await ana.open("/admin/budgets")
    await page.get_by_role("link", name="New budget").press("Enter")
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_label("Limit, in US dollars").fill(usd)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(name)


async def test_a_budget_is_made_by_keys_alone_changed_and_deleted(ana: Watched, page: Page) -> None:
    await _make_budget(ana, "daily", "2.50")
    await expect(page.get_by_role("article", name="Shared with others")).to_contain_text("$2.50")
    await page.get_by_label("Begins anew").select_option("day")
    await page.get_by_label("A call without room").select_option("wait")
    await page.get_by_label("Seconds, at most").fill("20")
    await page.get_by_role("button", name="Add an alert").click()
    await page.get_by_label("E-mail address").fill("ops@example.com")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    await ana.shoot("budget")
    entry = (await _said(page, "/api/budgets/daily"))["entry"]
    assert entry["period"] == {"every": "day"}
    assert entry["at_end"] == {"do": "wait", "seconds": 20}
    assert entry["alerts"] == [{"at_percent": 80, "mail": "ops@example.com"}]

    await ana.open("/admin/budgets")
    await expect(page.get_by_role("row", name=re.compile("daily"))).to_contain_text("Every day")
    await expect(page.get_by_role("meter", name="daily")).to_be_visible()
    await ana.shoot("budgets")
    await page.get_by_role("link", name="daily").click()
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("link", name="daily")).to_have_count(0)


async def test_a_budget_that_is_wrong_says_what_is_wrong_beside_the_field(ana: Watched, page: Page) -> None:
    await ana.open("/admin/budgets/~new")
    await page.get_by_label("Name", exact=True).fill("wrong")
    await page.get_by_label("Limit, in US dollars").fill("much")
    await page.get_by_role("button", name="Create").or_(page.get_by_role("button", name="Make")).first.click()

    await expect(page.get_by_role("alert")).to_contain_text("limit_usd")
    await expect(page.get_by_label("Limit, in US dollars")).to_have_attribute("aria-invalid", "true")
    # The browser itself notes what the API refused.
    [noted] = ana.complaints
    assert "422" in noted
    ana.complaints.clear()


async def test_a_rate_limit_is_made_and_listed(ana: Watched, page: Page) -> None:
    await ana.open("/admin/limits")
    await page.get_by_role("link", name="New limit").click()
    await page.get_by_label("Name", exact=True).fill("everybody")
    await page.get_by_label("Who has it").select_option("principal")
    await page.get_by_label("Calls: at most").fill("60")
    await page.get_by_label("Tokens: at most").fill("1000000")
    await page.get_by_label("Tokens: in which time").select_option("day")
    await page.get_by_label("Calls at the same time").fill("8")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("everybody")
    await ana.shoot("limit")

    await ana.open("/admin/limits")

    row = page.get_by_role("row", name=re.compile("everybody"))
    await expect(row).to_contain_text("60 per minute")
    await expect(row).to_contain_text("1,000,000 per day")
    await ana.shoot("limits")


async def test_the_ledger_balances_and_a_bill_corrects_it(
    ana: Watched, page: Page, attempts: list[AttemptId], tmp_path: Path
) -> None:
    await ana.open("/admin/ledger")
    accounts = page.get_by_role("region", name="What stands on each account")
    await expect(accounts).to_contain_text("Together: it balances.")
    await ana.shoot("ledger")

    bill = tmp_path / "bill.csv"
    bill.write_text(f"attempt_id,cost_usd\n{attempts[2]},0.000000003\n", encoding="utf-8")
    await page.get_by_role("button", name="Enter a bill").press("Enter")
    await page.get_by_label("File of the bill").set_input_files(bill)
    await expect(page.get_by_text("One line, which comes to")).to_be_visible()
    await page.get_by_role("combobox", name="Provider").fill("openai")
    await page.get_by_label("Source").fill("openai 2026-11")
    await page.get_by_role("button", name="Enter", exact=True).click()

    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Entered.")
    await expect(dialog).to_contain_text("$0.000000002")
    await ana.shoot("ledger-bill")
    said = await _said(page, "/api/ledger")
    assert sum(balance["amount_nanousd"] for balance in said["balances"]) == 0
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect(accounts).to_contain_text("Together: it balances.")


async def test_a_call_is_corrected_and_a_month_that_has_ended_is_closed(
    ana: Watched, page: Page, attempts: list[AttemptId]
) -> None:
    await ana.open("/admin/ledger")
    await page.get_by_role("button", name="Correct one call").click()
    await page.get_by_label("Id of the attempt").fill(str(attempts[4]))
    await page.get_by_label("What it cost").fill("3")
    await page.get_by_label("Source").fill("support case 7")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_contain_text("$0.50")
    await page.get_by_role("button", name="Close", exact=True).click()

    await page.get_by_role("button", name="Begin to close").last.click()
    await page.get_by_role("dialog").get_by_role("button", name="Begin to close").click()
    await expect(page.get_by_text("Closing", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Close for good").click()
    await ana.shoot("ledger-close")
    await page.get_by_role("dialog").get_by_role("button", name="Close for good").click()

    await expect(page.get_by_text("Closed for good", exact=True)).to_be_visible()


@pytest.mark.parametrize("path", [*_PAGES, "/admin/usage?view=calls", "/admin/budgets/~new", "/admin/limits/~new"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.usefixtures("attempts")
async def test_no_page_of_money_has_barriers(
    chromium: Browser, site: RunningSite, session: Any, path: str, theme: Any
) -> None:
    async with watched(chromium, site, storage_state=session, color_scheme=theme) as reader:
        await reader.open(path)
        await _settled(reader.page)

        assert await reader.find_barriers() == []
        assert reader.complaints == []


@pytest.mark.parametrize("path", [*_PAGES, "/admin/usage?view=calls", "/admin/budgets/~new"])
@pytest.mark.usefixtures("attempts")
async def test_every_page_of_money_fits_into_360_pixels_in_german(
    chromium: Browser, site: RunningSite, session: Any, path: str
) -> None:
    narrow = {"width": 360, "height": 740}
    async with watched(chromium, site, storage_state=session, viewport=narrow, locale="de-DE") as reader:
        await reader.open(path)
        await _settled(reader.page)

        assert await reader.overflow_px() <= 0
        assert await reader.page.evaluate(_WIDER_THAN_ITS_PLACE) <= 0
        await reader.shoot(f"narrow-{re.sub('[^a-z]+', '-', path[1:])}")


_WIDER_THAN_ITS_PLACE: Final = """() => Math.max(...[...document.querySelectorAll("main, main *")]
    .filter((each) => getComputedStyle(each).overflowY === "auto")
    .filter((each) => !each.matches("[role=region], [role=region] *, pre"))
    .map((each) => each.scrollWidth - each.clientWidth), 0)"""


async def _settled(page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.wait_for_load_state("networkidle")
