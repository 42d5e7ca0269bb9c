"""Looking after people and their rights, in a real browser over a real server."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.parts.administering import Programs, programs_of
from tests.parts.browsing import PASSWORD, Watched, needs_pages, sign_in, watched
from tests.parts.chromium import add_authenticator, needs_chromium
from tests.parts.running_site import RunningSite
from tests.parts.size import shared_out

pytestmark = [pytest.mark.workspace, needs_chromium, needs_pages, pytest.mark.xdist_group("chromium admin_access")]

_PAGES = {
    "organisation": "Organisation",
    "members": "Members",
    "invitations": "Invitations",
    "teams": "Teams",
    "groups": "Groups",
    "projects": "Projects",
    "service-accounts": "Service accounts",
    "agents": "Agents",
    "roles": "Roles",
    "grants": "Grants",
    "explain": "May they, and why?",
    "audit": "Audit record",
}
_OBJECTS = ["members/ana-b", "teams/lab", "groups/interns", "projects/paper", "roles/member", "grants/lab-uses-models"]
_NEW = [f"{page}/~new" for page in _PAGES if page not in ("organisation", "explain", "audit")]


@pytest.fixture(scope="module")
async def programs(site: RunningSite) -> AsyncIterator[Programs]:
    async with programs_of(site) as programs:
        await programs.put("teams/lab", {"display_name": "Laboratory"})
        await programs.put("teams/lab-north", {"parent": "lab"})
        await programs.put("groups/interns", {})
        await programs.put("projects/paper", {"team": "lab", "data_class": "confidential"})
        user = {"display_name": "Ana Berg", "email": "berg@example.com", "teams": ["lab"], "groups": ["interns"]}
        await programs.put("users/ana-b", user)
        await programs.put("service_accounts/builder", {"team": "lab"})
        await programs.put("agents/librarian", {"team": "lab"})
        grant = {"to": "team:lab", "may": ["use"], "on": ["model:gpt-*"], "when": {"products": ["chat"]}}
        await programs.put("grants/lab-uses-models", grant)
        yield programs


async def _open(ana: Watched, path: str, heading: str | re.Pattern[str] = re.compile(".")) -> Page:
    await ana.open(f"/admin/{path}")
    await expect(ana.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    await expect(ana.page).to_have_url(re.compile("/admin"))
    return ana.page


async def _tab_to(page: Page, wanted: Locator) -> None:
    """Go on by the Tab key until something has the focus."""
    for _ in range(80):
        if await wanted.evaluate("each => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"no way by keys to {wanted}")


def _forgive_refusals(watched: Watched) -> None:
    """Forget what the browser itself notes of requests that were refused as they should be."""
    watched.complaints[:] = [said for said in watched.complaints if "Failed to load resource" not in said]


async def test_an_administrator_is_led_to_every_page_by_navigation_and_commands(ana: Watched) -> None:
    await ana.open("/chat")

    await ana.page.get_by_role("link", name="Administration").click()

    await expect(ana.page.get_by_role("heading", level=1, name="Administration")).to_be_visible()
    area = ana.page.get_by_role("navigation", name="Administration")
    for title in _PAGES.values():
        await area.get_by_role("link", name=title, exact=True).click()
        await expect(ana.page.get_by_role("heading", level=1, name=title)).to_be_visible()
    await ana.page.keyboard.press("Control+k")
    await ana.page.keyboard.type("audit rec")
    await expect(ana.page.get_by_role("dialog").get_by_role("option")).to_have_count(1)


async def test_a_team_is_made_changed_and_deleted_by_keys_alone(ana: Watched, programs: Programs) -> None:
    page = await _open(ana, "teams", "Teams")
    keyboard = page.keyboard

    await _tab_to(page, page.get_by_role("link", name="New team"))
    await keyboard.press("Enter")
    await _tab_to(page, page.get_by_label("Name", exact=True))
    await keyboard.type("by-keys")
    await keyboard.press("Tab")
    await keyboard.type("By keys")
    await keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/admin/teams/by-keys$"))
    assert (await programs.get("teams/by-keys"))["entry"] == {"display_name": "By keys"}
    await _tab_to(page, page.get_by_label("Part of"))
    await keyboard.type("Lab")
    await _tab_to(page, page.get_by_role("button", name="Save"))
    await keyboard.press("Enter")
    await expect(page.get_by_text("Saved.")).to_be_visible()
    assert (await programs.get("teams/by-keys"))["entry"]["parent"] == "lab"
    await page.get_by_role("button", name="Delete").focus()
    await keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await _tab_to(page, dialog.get_by_role("button", name="Delete"))
    await keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1, name="Teams")).to_be_visible()
    assert await programs.status("teams/by-keys") == 404


async def test_whom_to_ask_is_changed_for_the_whole_organisation(ana: Watched, programs: Programs) -> None:
    page = await _open(ana, "organisation", "Organisation")

    await page.get_by_label("Whom to ask").fill("Ask the desk at desk@example.com.")
    await page.get_by_role("button", name="Save").click()

    await expect(page.get_by_text("Saved.")).to_be_visible()
    assert (await programs.get("organisation"))["entry"]["whom_to_ask"] == "Ask the desk at desk@example.com."


async def test_what_the_api_finds_wrong_stands_beside_the_field(ana: Watched, programs: Programs) -> None:
    page = await _open(ana, "members/ana-b", "Ana Berg")
    name = page.get_by_label("Display name")

    await name.fill("x" * 201)
    await page.get_by_role("button", name="Save").click()

    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(name).to_have_accessible_description(re.compile("at most 200 printable characters"))
    await ana.shoot("admin-problem")
    await page.get_by_role("button", name="Undo changes").click()
    await expect(name).to_have_value("Ana Berg")
    await expect(name).not_to_have_attribute("aria-invalid", "true")
    _forgive_refusals(ana)


async def test_a_change_over_somebody_elses_is_refused_and_can_be_read_again(ana: Watched, programs: Programs) -> None:
    await programs.put("groups/both", {"display_name": "First"})
    page = await _open(ana, "groups/both", "First")
    await programs.put("groups/both", {"display_name": "Second"})

    await page.get_by_label("Display name").fill("Third")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("The object is not as If-Match says")).to_be_visible()
    assert (await programs.get("groups/both"))["entry"]["display_name"] == "Second"
    await page.get_by_role("button", name="Read it as it is now").click()

    await expect(page.get_by_label("Display name")).to_have_value("Second")
    await page.get_by_label("Display name").fill("Third")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    assert (await programs.get("groups/both"))["entry"]["display_name"] == "Third"
    _forgive_refusals(ana)


async def test_what_is_used_is_not_deleted_and_the_page_says_by_what(ana: Watched, programs: Programs) -> None:
    page = await _open(ana, "teams/lab", "Laboratory")

    await page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete lab?")
    await dialog.get_by_role("button", name="Delete").click()

    await expect(dialog.get_by_role("alert")).to_contain_text("users.ana-b")
    assert await programs.status("teams/lab") == 200
    _forgive_refusals(ana)


async def test_what_a_file_manages_is_shown_and_not_changed(ana: Watched, programs: Programs) -> None:
    await programs.apply("version: 1\ngroups: {filed: {display_name: Filed}}\n")

    page = await _open(ana, "groups/filed", "Filed")

    await expect(page.get_by_text("This is managed by drawbridge.yaml")).to_be_visible()
    await expect(page.get_by_label("Display name")).to_be_disabled()
    await expect(page.get_by_role("button", name="Save")).to_have_count(0)
    await expect(page.get_by_role("button", name="Delete")).to_have_count(0)


async def test_a_page_shows_its_part_of_the_file(ana: Watched, programs: Programs) -> None:
    page = await _open(ana, "projects/paper", "paper")

    await page.get_by_text("As in drawbridge.yaml").click()

    shown = page.locator("pre")
    await expect(shown).to_contain_text("projects:")
    await expect(shown).to_contain_text("data_class: confidential")
    await expect(shown).not_to_contain_text("teams:")


@pytest.mark.usefixtures("session")
async def test_a_dangerous_act_asks_for_the_password_and_goes_on(
    programs: Programs, chromium: Browser, site: RunningSite
) -> None:
    # A browser of its own: what is shown once more gives its session another token.
    async with watched(chromium, site) as own:
        await own.open("/admin/teams/~new")
        await sign_in(own.page)
        await expect(own.page.get_by_role("heading", name="New team")).to_be_visible()
        await programs.age_newest_session()
        page = await _open(own, "teams/~new", "New team")
        await page.get_by_label("Name", exact=True).fill("careful")
        await page.get_by_role("button", name="Make it").click()
        dialog = page.get_by_role("dialog", name="Is it you?")
        await expect(dialog).to_be_visible()
        await own.shoot("admin-step-up")

        await dialog.get_by_label("Password").fill("not this one at all")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_role("alert")).to_be_visible()
        assert await programs.status("teams/careful") == 404
        await dialog.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")

        await expect(page).to_have_url(re.compile("/admin/teams/careful$"))
        assert await programs.status("teams/careful") == 200
        _forgive_refusals(own)
        assert own.complaints == []


@pytest.mark.usefixtures("session")
async def test_a_dangerous_act_asks_for_a_passkey_and_goes_on(
    programs: Programs, chromium: Browser, site: RunningSite
) -> None:
    async with watched(chromium, site) as own:
        page = own.page
        device = await add_authenticator(page)
        await own.open("/account")
        await sign_in(page)
        await page.get_by_label("Name of a new passkey").fill("This laptop")
        await page.get_by_role("button", name="Add a passkey").click()
        await expect(page.locator("#passkeys li")).to_have_count(1)
        await programs.age_newest_session()
        await _open(own, "teams/~new", "New team")
        await page.get_by_label("Name", exact=True).fill("guarded")
        await page.get_by_role("button", name="Make it").click()
        dialog = page.get_by_role("dialog", name="Is it you?")
        await own.shoot("admin-step-up-passkey")

        [passkey] = await device.credentials()
        await device.lose(passkey)
        await dialog.get_by_role("button", name="With a passkey").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("passkey")
        assert await programs.status("teams/guarded") == 404
        await device.put(passkey)
        await dialog.get_by_role("button", name="With a passkey").click()

        await expect(page).to_have_url(re.compile("/admin/teams/guarded$"))
        assert await programs.status("teams/guarded") == 200
        _forgive_refusals(own)
        assert own.complaints == []


async def test_leaving_with_unsaved_changes_asks_first(ana: Watched, programs: Programs) -> None:
    page = await _open(ana, "members/ana-b", "Ana Berg")
    await page.get_by_label("Display name").fill("Somebody else")

    await page.get_by_role("navigation", name="Administration").get_by_role("link", name="Roles").click()
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    await dialog.get_by_role("button", name="Stay").click()
    await expect(page.get_by_label("Display name")).to_have_value("Somebody else")
    await page.get_by_role("navigation", name="Administration").get_by_role("link", name="Roles").click()
    await dialog.get_by_role("button", name="Leave").click()

    await expect(page.get_by_role("heading", level=1, name="Roles")).to_be_visible()


async def test_a_table_is_searched_and_sorted(ana: Watched, programs: Programs) -> None:
    page = await _open(ana, "members", "Members")
    rows = page.get_by_role("rowheader")

    await page.get_by_label("Search this table").fill("berg@example")
    await expect(rows).to_have_count(1)
    await page.get_by_label("Search this table").fill("")
    await page.get_by_role("button", name="Name", exact=True).click()
    await expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    ascending = await rows.all_inner_texts()
    await page.get_by_role("button", name="Name", exact=True).click()

    await expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "descending")
    assert await rows.all_inner_texts() == ascending[::-1]
    assert len(ascending) > 1
    await ana.shoot("admin-members")


async def test_a_member_is_suspended_and_let_in_again(ana: Watched, programs: Programs) -> None:
    page = await _open(ana, "members/ana-b", "Ana Berg")

    await page.get_by_role("button", name="Suspend").click()
    await page.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    await expect(page.get_by_text("Suspended", exact=True)).to_be_visible()
    assert (await programs.get("users/ana-b"))["entry"]["suspended"] is True
    await page.get_by_role("button", name="Let in again").click()
    await page.get_by_role("dialog").get_by_role("button", name="Let in again").click()

    await expect(page.get_by_text("Active", exact=True)).to_be_visible()
    await page.get_by_label("Display name").fill("Ana Berg-Ost")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await programs.put("users/ana-b", {**(await programs.get("users/ana-b"))["entry"], "display_name": "Ana Berg"})


async def test_somebody_invited_joins_and_sees_no_administration(
    ana: Watched, programs: Programs, chromium: Browser, site: RunningSite
) -> None:
    page = await _open(ana, "invitations/~new", "Invite somebody")
    await page.get_by_label("E-mail").fill("bob@example.com")
    await page.get_by_label("Display name").fill("Bob Stone")
    await page.get_by_role("button", name="Add a team").click()
    await page.keyboard.type("Labora")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Invite somebody").click()
    await expect(page.get_by_role("heading", level=1, name="The invitation is ready")).to_be_visible()
    await ana.shoot("admin-invited")
    link = await page.locator("code").inner_text()

    async with watched(chromium, site) as bob:
        await bob.page.goto(link)
        await bob.page.get_by_label("Password").fill(PASSWORD + " too")
        await bob.page.get_by_role("button", name="Make an account and join").click()
        await expect(bob.page).to_have_url(re.compile("/(account|chat)"))
        await expect(bob.page.get_by_role("heading", name="Bob Stone")).to_be_visible()
        await bob.open("/chat")
        await expect(bob.page.get_by_role("link", name="New chat")).to_be_visible()
        await bob.page.wait_for_load_state("networkidle")
        await expect(bob.page.get_by_role("link", name="Administration")).to_have_count(0)
        await bob.open("/admin/members")

        await expect(bob.page.get_by_role("alert")).to_contain_text("You may not read user:*")
    assert (await programs.get("users/bob"))["entry"]["teams"] == ["lab"]
    await _open(ana, "invitations", "Invitations")
    await expect(ana.page.get_by_role("row", name=re.compile("bob@example.com.*Used"))).to_be_visible()


async def test_an_invitation_is_taken_back(ana: Watched, programs: Programs) -> None:
    reply = await programs.client.post("/api/invitations", json={"email": "carl@example.com"})
    assert reply.status_code == 201
    page = await _open(ana, "invitations", "Invitations")

    await page.get_by_role("button", name="Take back the invitation of carl@example.com").click()
    await page.get_by_role("dialog").get_by_role("button", name="Take back").click()

    await expect(page.get_by_role("row", name=re.compile("carl@example.com.*Taken back"))).to_be_visible()
    states = {each["email"]: each["state"] for each in (await programs.get("invitations"))["invitations"]}
    assert states["carl@example.com"] == "revoked"


async def test_a_role_is_made_granted_and_explained(ana: Watched, programs: Programs) -> None:
    page = await _open(ana, "roles/~new", "New role")
    await page.get_by_label("Name", exact=True).fill("key-reader")
    await page.get_by_label("What it is for").fill("Sees keys.")
    await page.get_by_label("read", exact=True).check()
    await page.get_by_role("combobox", name="With").fill("key:*")
    await page.get_by_role("button", name="Make it").click()
    await expect(page).to_have_url(re.compile("/admin/roles/key-reader$"))
    entry = {"description": "Sees keys.", "permissions": [{"may": ["read"], "on": ["key:*"]}]}
    assert (await programs.get("roles/key-reader"))["entry"] == entry

    await _open(ana, "grants/~new", "New grant")
    await page.get_by_label("Name", exact=True).fill("interns-see-keys")
    await page.get_by_role("button", name="Add somebody").click()
    await page.keyboard.type("interns")
    await page.keyboard.press("Enter")
    await page.get_by_label("Role", exact=True).last.select_option("key-reader")
    await page.get_by_role("button", name="Make it").click()
    await expect(page).to_have_url(re.compile("/admin/grants/interns-see-keys$"))
    granted = (await programs.get("grants/interns-see-keys"))["entry"]
    assert granted == {"effect": "allow", "to": "group:interns", "role": "key-reader"}
    await ana.shoot("admin-grant")

    await ana.open("/admin/explain?who=user:ana-b&may=read&on=key:some")
    await expect(page.get_by_text("Allowed: read key some, by interns-see-keys.")).to_be_visible()
    rule = page.get_by_role("row", name=re.compile("interns-see-keys.*key-reader.*group:interns"))
    await expect(rule).to_be_visible()
    await ana.shoot("admin-explain")


async def test_a_question_about_rights_is_asked_by_keys_and_stands_in_the_address(
    ana: Watched, programs: Programs
) -> None:
    page = await _open(ana, "explain")
    keyboard = page.keyboard

    await _tab_to(page, page.get_by_role("button", name="Choose somebody"))
    await keyboard.press("Enter")
    await keyboard.type("Ana Berg")
    await keyboard.press("Enter")
    await _tab_to(page, page.get_by_role("combobox", name="With", exact=True))
    await keyboard.type("model:gpt-5")
    await keyboard.press("Enter")

    await expect(page).to_have_url(re.compile("who=user%3Aana-b"))
    await expect(page.get_by_role("region", name="Rules about this")).to_contain_text("lab-uses-models")
    await page.reload()
    await expect(page.get_by_role("region", name="Rules about this")).to_contain_text("lab-uses-models")


async def test_conditions_of_a_grant_are_shown_and_written(ana: Watched, programs: Programs) -> None:
    page = await _open(ana, "grants/lab-uses-models")
    await expect(page.get_by_label("Chat", exact=True)).to_be_checked()

    await page.get_by_role("button", name="Add hours").click()
    await page.get_by_label("Time zone").fill("Europe/Berlin")
    await page.get_by_label("Costs at most (USD)").fill("0.50")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()

    when = (await programs.get("grants/lab-uses-models"))["entry"]["when"]
    assert when["products"] == ["chat"]
    assert when["cost_at_most_usd"] == "0.50"
    days = ["mon", "tue", "wed", "thu", "fri"]
    assert when["hours"] == [{"days": days, "begins": "08:00", "ends": "18:00", "zone": "Europe/Berlin"}]
    await ana.shoot("admin-conditions")


async def test_the_record_is_filtered_shown_exported_and_verified(ana: Watched, programs: Programs) -> None:
    await programs.put("teams/recorded", {})
    page = await _open(ana, "audit", "Audit record")

    await page.get_by_label("Action", exact=True).fill("team.*")
    await page.get_by_label("Name of the object").fill("recorded")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("action=team"))
    await expect(page.get_by_role("rowheader")).to_have_count(1)
    await page.get_by_role("button", name=re.compile("^Show event ")).click()
    await expect(page.get_by_role("dialog")).to_contain_text("team.created")
    await ana.shoot("admin-event")
    await page.keyboard.press("Escape")
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Export", exact=True).click()
    exported = (await (await waiting.value).path()).read_text(encoding="utf-8")
    await page.get_by_role("button", name="Verify").click()

    assert exported.count("\n") == 1
    assert '"name":"recorded"' in exported
    await expect(page.get_by_text("As it was recorded")).to_be_visible()
    await page.get_by_role("button", name="Show all").click()
    await expect(page.get_by_role("rowheader").nth(3)).to_be_visible()
    await ana.shoot("admin-audit")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.usefixtures("programs")
async def test_no_page_of_people_and_access_has_barriers(
    chromium: Browser, site: RunningSite, session: Any, theme: Any
) -> None:
    found: dict[str, list[str]] = {}
    async with watched(chromium, site, storage_state=session, color_scheme=theme) as reader:
        for path in shared_out(["", *_PAGES, *_OBJECTS, *_NEW], theme, "light", "dark"):
            await _open(reader, path)
            await reader.page.wait_for_load_state("networkidle")
            if barriers := await reader.find_barriers():
                found[path] = barriers
            await reader.shoot(f"admin-{theme}-{path.replace('/', '-') or 'overview'}")

    assert found == {}


@pytest.mark.usefixtures("programs")
async def test_every_page_of_people_and_access_fits_into_360_pixels(
    chromium: Browser, site: RunningSite, session: Any
) -> None:
    wider: dict[str, int] = {}
    narrow = {"width": 360, "height": 640}
    async with watched(chromium, site, storage_state=session, viewport=narrow, locale="de-DE") as reader:
        for path in ("", *_PAGES, *_OBJECTS, *_NEW):
            await _open(reader, path)
            await reader.page.wait_for_load_state("networkidle")
            if (overflow := await reader.overflow_px()) > 0:
                wider[path] = overflow
            await reader.shoot(f"admin-narrow-{path.replace('/', '-') or 'overview'}")
        await reader.page.get_by_role("button", name="Menü").click()
        await expect(reader.page.get_by_role("navigation", name="Administration")).to_be_visible()

    assert wider == {}
    assert reader.complaints == []
    assert reader.elsewhere == []
