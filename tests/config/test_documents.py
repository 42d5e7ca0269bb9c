"""The whole file over the API: planned, applied and exported within the rights of who asks."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from drawbridge.config.apply import apply_document
from drawbridge.config.document import parse_document
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import newest_revision
from drawbridge.policy.first_grants import appoint_administrator
from drawbridge.sections import all_sections
from tests.config.rich import RICH, SECRETS
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation

pytestmark = [pytest.mark.config_code, pytest.mark.security_regressions]

TOWN = """\
version: 1
teams:
  company: {}
  lab: {parent: company}
providers:
  box: {base_url: "http://10.0.0.5:8000/v1", dialects: [openai-chat]}
"""
# Any: JSON.
Json = dict[str, Any]


@pytest.fixture
async def admin(database: Database, organisation_id: OrganisationId) -> AsyncIterator[Asker]:
    clock = HeldClock()
    key = await make_key(database, clock, organisation_id, "ana")
    async with asking(admin_api(database, clock), key.text) as asker:
        yield asker


def stating(text: str, **more: object) -> Json:
    return {"files": [{"name": "town.yaml", "text": text}], **more}


async def done(admin: Asker, path: str, body: Json) -> Json:
    reply = await admin.ask("POST", path, body)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_a_plan_shows_what_an_apply_then_does_and_applied_again_it_does_nothing(
    admin: Asker, database: Database
) -> None:
    planned = await done(admin, "/api/plan", stating(TOWN))
    before = await newest_revision(database)

    applied = await done(admin, "/api/apply", stating(TOWN, plan_id=planned["plan_id"]))
    after = await newest_revision(database)
    again = await done(admin, "/api/apply", stating(TOWN, plan_id=planned["plan_id"]))

    assert [(change["action"], change["section"], change["name"]) for change in planned["changes"]] == [
        ("create", "teams", "company"),
        ("create", "teams", "lab"),
        ("create", "providers", "box"),
    ]
    assert applied == planned
    assert again["changes"] == []
    assert (after, await newest_revision(database)) == (before + 1, after)
    assert (await admin.get("/api/teams/lab"))["managed_by_file"] is True


async def test_what_is_exported_plans_nothing(
    admin: Asker, database: Database, organisation_id: OrganisationId
) -> None:
    for secret in SECRETS:
        await admin.put(f"/api/secrets/{secret}", {"value": "x"}, expect=200)
    sections = all_sections(HeldClock())
    await apply_document(database, organisation_id, sections, parse_document(RICH, "rich.yaml", sections))

    exported = await admin.get("/api/export")
    planned = await done(admin, "/api/plan", exported)

    assert planned["changes"] == []
    assert len(exported["files"][0]["text"]) > 1000


async def test_everything_exported_is_adopted_without_a_difference(admin: Asker) -> None:
    await admin.put("/api/teams/by-hand", {})

    only_managed = await admin.get("/api/export")
    everything = await admin.get("/api/export", all=True)
    planned = await done(admin, "/api/plan", everything)

    assert "by-hand" not in only_managed["files"][0]["text"]
    assert ("adopt", "by-hand") in {(change["action"], change["name"]) for change in planned["changes"]}
    assert [change["differences"] for change in planned["changes"] if change["differences"]] == []


async def test_what_is_wrong_is_named_with_its_file_and_line_and_nothing_is_applied(admin: Asker) -> None:
    wrong = TOWN + "models:\n  m:\n    route: [mian]\n"

    for path in ("/api/plan", "/api/apply"):
        refused = await admin.refused("POST", path, stating(wrong), expect=422)

        assert refused["code"] == "config_document_error"
        assert [(problem["file"], problem["line"], problem["path"]) for problem in refused["problems"]] == [
            ("town.yaml", 9, "models.m.route[0]")
        ]
    assert (await admin.get("/api/teams"))["teams"] == []


async def test_several_files_state_one_document(admin: Asker) -> None:
    files = [
        {"name": "a.yaml", "text": "version: 1\nteams: {lab: {}}"},
        {"name": "b.yaml", "text": "version: 1\nteam: {}"},
    ]

    refused = await admin.refused("POST", "/api/plan", {"files": files}, expect=422)

    assert [(problem["file"], problem["line"]) for problem in refused["problems"]] == [("b.yaml", 2)]
    assert "Did you mean 'teams'?" in refused["message"]


async def test_nothing_is_deleted_unless_the_request_says_so(admin: Asker) -> None:
    await done(admin, "/api/apply", stating(TOWN))
    fewer = stating("version: 1\nteams: {company: {}}\n")

    refused = await admin.refused("POST", "/api/apply", fewer, expect=400)
    assert refused["code"] == "config_not_confirmed"
    assert "teams.lab" in refused["message"]
    assert (await admin.get("/api/teams/lab"))["name"] == "lab"

    await done(admin, "/api/apply", {**fewer, "may_delete": True})
    assert [team["name"] for team in (await admin.get("/api/teams"))["teams"]] == ["company"]


async def test_another_plan_than_the_one_agreed_to_is_refused(admin: Asker) -> None:
    planned = await done(admin, "/api/plan", stating(TOWN))
    await admin.put("/api/teams/company", {})

    refused = await admin.refused("POST", "/api/apply", stating(TOWN, plan_id=planned["plan_id"]), expect=409)

    assert refused["code"] == "config_plan_outdated"
    await admin.refused("GET", "/api/teams/lab", expect=404)


@pytest.mark.parametrize("credential", ["{env: OPERATORS_KEY}", "{file: /etc/hostname}"])
async def test_variables_and_files_of_the_process_are_taken_from_nobody_but_who_runs_it(
    admin: Asker, database: Database, organisation_id: OrganisationId, credential: str
) -> None:
    def box(address: str) -> str:
        lines = ("version: 1", "providers:", "  box:", f"    base_url: {address}", "    dialects: [openai-chat]")
        return "\n".join((*lines, f"    credential: {credential}", ""))

    for path in ("/api/plan", "/api/apply"):
        refused = await admin.refused("POST", path, stating(box("https://evil.example.com/v1")), expect=422)
        assert [problem["line"] for problem in refused["problems"]] == [6]
        assert "PUT /api/secrets/" in refused["message"]
    await admin.refused("GET", "/api/providers/box", expect=404)

    # What the operator gave may stay where it is, and go nowhere else.
    sections = all_sections(HeldClock())
    given = parse_document(box("https://box.example.com/v1"), "town.yaml", sections)
    await apply_document(database, organisation_id, sections, given)
    same = await done(admin, "/api/apply", stating(box("https://box.example.com/v1")))
    assert same["changes"] == []
    await admin.refused("POST", "/api/apply", stating(box("https://evil.example.com/v1")), expect=422)


@pytest.fixture
async def house(database: Database) -> AsyncIterator[tuple[Asker, Asker]]:
    """An administrator, and somebody with no right yet, in an organisation of their own."""
    clock = HeldClock()
    organisation_id = await make_organisation(database, "house", administrators=())
    boss = await make_key(database, clock, organisation_id, "boss")
    bo = await make_key(database, clock, organisation_id, "bo")
    async with database.change(organisation_id) as connection:
        await appoint_administrator(connection, organisation_id, "boss")
    api = admin_api(database, clock)
    async with asking(api, boss.text) as as_boss, asking(api, bo.text) as as_bo:
        yield as_boss, as_bo


@pytest.mark.parametrize(
    ("may", "on", "denied"),
    [
        (["read"], ["*"], None),
        (["manage"], ["*"], None),
        (["read", "manage", "use"], ["team:*", "provider:*"], None),
        (["*"], ["*"], "provider:box"),
    ],
)
async def test_who_may_not_read_and_change_everything_is_refused(
    house: tuple[Asker, Asker], may: list[str], on: list[str], denied: str | None
) -> None:
    boss, bo = house
    to = {"to": ["user:bo"]}
    await boss.put("/api/grants/bo-may", {**to, "may": may, "on": on})
    if denied:
        await boss.put("/api/grants/bo-may-not", {**to, "effect": "deny", "may": ["manage"], "on": [denied]})

    for path in ("/api/plan", "/api/apply"):
        refused = await bo.refused("POST", path, stating(TOWN), expect=403)
        assert refused["code"] == "not_allowed"
        assert denied is None or "bo-may-not" in refused["message"]
    exporting = await bo.ask("GET", "/api/export")

    assert exporting.status_code == (200 if may in (["read"], ["*"]) else 403)


async def test_who_may_change_everything_gives_away_no_more_than_that(house: tuple[Asker, Asker]) -> None:
    boss, bo = house
    await boss.put("/api/grants/bo-may", {"to": ["user:bo"], "may": ["read", "manage", "use"], "on": ["*"]})
    text = 'version: 1\ngrants:\n  up: {to: ["user:bo"], role: administrator}\n'

    await done(bo, "/api/apply", stating("version: 1\nteams: {lab: {}}\n"))
    refused = await bo.refused("POST", "/api/apply", stating(text, may_delete=True), expect=403)

    assert "Ask an administrator" in refused["message"]
    await boss.refused("GET", "/api/grants/up", expect=404)
    assert (await boss.get("/api/teams/lab"))["name"] == "lab"


ROUTED = """\
version: 1
providers: {box: {base_url: "http://10.0.0.5:8000/v1", dialects: [openai-chat]}}
deployments: {%s: {provider: box, upstream_model: big-5}}
models: {%s: {route: [%s]}}
"""


async def test_a_document_makes_no_other_name_for_a_model_that_its_sender_may_not_use(
    house: tuple[Asker, Asker],
) -> None:
    boss, bo = house
    await boss.put("/api/grants/bo-may", {"to": ["user:bo"], "may": ["read", "manage"], "on": ["*"]})
    uses = {"to": ["user:bo"], "may": ["use"], "on": ["secret:*", "model:*-mini"]}
    await boss.put("/api/grants/bo-uses", uses)
    await done(boss, "/api/apply", stating(ROUTED % ("frontier", "gpt-5", "frontier")))
    member = await boss.get("/api/grants/everyone-is-a-member")
    assert member["entry"]["role"] == "member"
    await boss.ask("DELETE", "/api/grants/everyone-is-a-member")

    routed = await bo.refused(
        "POST", "/api/apply", stating(ROUTED % ("frontier", "mine-mini", "frontier"), may_delete=True), expect=403
    )
    again = await bo.refused(
        "POST", "/api/apply", stating(ROUTED % ("again", "mine-mini", "again"), may_delete=True), expect=403
    )

    assert (routed["code"], again["code"]) == ("wider_than_own", "wider_than_own")
    await boss.refused("GET", "/api/models/mine-mini", expect=404)


async def test_a_vendors_usual_credential_is_for_the_first_organisation_alone_in_documents_too(
    admin: Asker, house: tuple[Asker, Asker]
) -> None:
    text = "version: 1\nproviders: {vendor: {preset: openai}}\n"

    own = await admin.ask("POST", "/api/plan", stating(text))
    refused = await house[0].refused("POST", "/api/plan", stating(text), expect=422)

    assert own.status_code == 200, own.text
    assert "for the organisation 'default' only" in refused["message"]
