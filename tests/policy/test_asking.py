"""What people are told of rights, by the command line and by the API."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import typer
from anyio import to_thread
from typer.testing import CliRunner

from drawbridge.config.apply import apply_document
from drawbridge.config.document import parse_document
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.gateway.known_models import StoredModels
from drawbridge.gateway.section import GATEWAY_SECTIONS
from drawbridge.policy.commands import add_explain_command
from drawbridge.policy.entries import ConditionsEntry, GrantEntry
from drawbridge.policy.errors import NotationError
from drawbridge.policy.store import create_grant
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.clock import HeldClock
from tests.parts.installations import opening
from tests.parts.organisations import make_organisation

MODELS = """\
version: 1
providers:
  east: {base_url: "http://east.example/v1", dialects: [openai-chat]}
  west: {base_url: "http://west.example/v1", dialects: [openai-chat]}
deployments:
  east-main: {provider: east, upstream_model: gpt}
  west-main: {provider: west, upstream_model: gpt}
models:
  both: {route: [east-main, west-main]}
  eastern: {route: [east-main]}
  western: {route: [west-main]}
"""


@dataclass(frozen=True, slots=True)
class Town:
    """An organisation whose member Ana may use what is in the west alone, and whose boss may do everything."""

    organisation_id: OrganisationId
    boss: Asker
    ana: Asker


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    clock = HeldClock()
    organisation_id = await make_organisation(database, administrators=())
    document = parse_document(MODELS, "drawbridge.yaml", GATEWAY_SECTIONS)
    await apply_document(database, organisation_id, GATEWAY_SECTIONS, document)
    boss_key = (await make_key(database, clock, organisation_id, "boss")).text
    ana_key = (await make_key(database, clock, organisation_id, "ana")).text
    api = admin_api(database, clock)
    await _grant(database, organisation_id)
    async with asking(api, boss_key) as boss, asking(api, ana_key) as ana:
        yield Town(organisation_id, boss, ana)


async def _grant(database: Database, organisation_id: OrganisationId) -> None:
    east = ConditionsEntry(where={"provider": ("east",)})
    deny = GrantEntry(effect="deny", to="user:ana", may=("use",), on=("model:*",), when=east, reason="Ask the boss.")
    async with database.change(organisation_id) as connection:
        boss = GrantEntry(to="user:boss", role="administrator")
        await create_grant(connection, organisation_id, "bosses", boss, managed_by_file=False)
        await create_grant(connection, organisation_id, "not-east", deny, managed_by_file=False)


async def test_a_model_may_be_used_by_those_of_its_deployments_that_are_allowed(town: Town) -> None:
    both = await town.boss.get("/api/explain", who="ana", may="use", on="model:both")
    eastern = await town.boss.get("/api/explain", who="user:ana", on="model:eastern")

    assert both["allowed"]
    assert both["deployments"] == [{"name": "east-main", "allowed": False}, {"name": "west-main", "allowed": True}]
    assert (eastern["allowed"], eastern["verdict"]) == (False, "denied_by_rule")
    assert eastern["change"] == {"delete": ["not-east"], "yaml": ""}
    assert [(rule["grant"], rule["applies"], rule["reason"]) for rule in eastern["rules"]] == [
        ("not-east", True, "Ask the boss."),
        ("everyone-is-a-member", True, ""),
    ]


async def test_the_models_that_somebody_may_use_are_one_question(town: Town) -> None:
    assert await town.boss.get("/api/explain/models", who="ana") == {"models": ["both", "western"]}
    assert await town.boss.get("/api/explain/models") == {"models": ["both", "eastern", "western"]}


async def test_ones_own_rights_need_no_right_and_those_of_others_do(town: Town) -> None:
    own = await town.ana.get("/api/explain", on="model:eastern")
    named = await town.ana.get("/api/explain/models", who="user:ana")
    other = await town.ana.refused("GET", "/api/explain?who=boss&on=model:eastern", expect=404)
    nobody = await town.ana.refused("GET", "/api/explain?who=nobody&on=model:eastern", expect=404)
    chain = await town.ana.refused("GET", "/api/explain/models?who=ana&who=boss", expect=404)

    assert not own["allowed"]
    assert named == {"models": ["both", "western"]}
    assert other == nobody == chain


async def test_what_is_supposed_counts(town: Town) -> None:
    in_west = await town.boss.get("/api/explain", who="ana", on="model:eastern", where="provider=west")

    assert in_west["allowed"]
    assert [rule["fails"] for rule in in_west["rules"] if rule["grant"] == "not-east"] == [["provider is east"]]


async def test_a_chain_may_do_what_each_of_it_may(town: Town) -> None:
    reply = await town.boss.ask("GET", "/api/explain?who=boss&who=ana&on=model:eastern")

    assert [rule["who"] for rule in reply.json()["rules"]] == ["user:boss", "user:boss", "user:ana", "user:ana"]
    assert not reply.json()["allowed"]


@pytest.mark.parametrize(
    "query",
    [
        "on=model:*",
        "on=thing:x",
        "on=*",
        "on=model:x&where=region",
        "on=model:x&cost_usd=-1",
        "on=model:x&may=fly",
        "on=model:x&at=0001-01-01T00:00:00%2B01:00",
        "on=model:x&at=9999-12-31T23:59:59-01:00",
        "on=model:x&at=9999-12-31T23:59:59Z",
    ],
)
async def test_what_cannot_be_asked_is_refused(town: Town, query: str) -> None:
    reply = await town.boss.ask("GET", f"/api/explain?{query}")

    assert reply.status_code in (400, 422)


async def test_somebody_unknown_is_unknown(town: Town) -> None:
    await town.boss.refused("GET", "/api/explain?who=nobody&on=model:both", expect=404)
    await town.boss.refused("GET", "/api/explain?who=agent:ana&on=model:both", expect=404)
    await town.boss.refused("GET", "/api/explain?who=ana&project=none&on=model:both", expect=400)


def explain_app(database_url: str, organisation_id: OrganisationId) -> typer.Typer:
    app = typer.Typer()
    add_explain_command(app, opening(database_url, organisation_id), HeldClock(), StoredModels())
    return app


async def test_the_command_tells_the_rules_and_what_to_paste(database_url: str, town: Town) -> None:
    app = explain_app(database_url, town.organisation_id)

    denied = await run(app, "--who", "ana", "--model", "eastern")
    nothing = await run(app, "--who", "ana", "--may", "read", "--on", "usage:*")
    models = await run(app, "--who", "ana")
    as_json = json.loads(await run(app, "--who", "ana", "--model", "western", "--json"))

    assert denied.splitlines() == [
        "Denied: use model eastern, by not-east.",
        "grant\teffect\tfor\ton\tapplies\tbecause",
        "not-east\tdeny\tuser:ana\tmodel:*\tyes\t",
        "everyone-is-a-member\tallow\teveryone\tmodel:*\tyes\t",
        "may not be used: deployment east-main",
        "To turn the answer: delete the grant not-east",
    ]
    assert nothing.endswith(
        "add this grant:\ngrants:\n  ana-may-read-usage:\n    to: user:ana\n    may: [read]\n    'on': ['usage:*']\n"
    )
    assert models.splitlines() == ["model", "both", "western"]
    assert as_json["allowed"]


async def run(app: typer.Typer, *arguments: str) -> str:
    # A command has an event loop of its own.
    result = await to_thread.run_sync(lambda: CliRunner().invoke(app, arguments))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("arguments", [["--model", "x", "--key", "y"], ["--may", "*", "--model", "x"], ["--on", "x"]])
async def test_the_command_asks_one_question_at_a_time(
    database_url: str, organisation_id: OrganisationId, arguments: list[str]
) -> None:
    result = CliRunner().invoke(explain_app(database_url, organisation_id), ["--who", "ana", *arguments])

    assert isinstance(result.exception, NotationError)


async def test_abilities_are_the_kinds_with_some_of_which_something_may_be_done(town: Town) -> None:
    boss, ana = await town.boss.get("/api/me/abilities"), await town.ana.get("/api/me/abilities")

    assert {"user", "audit", "secret"} <= set(boss["read"])
    assert boss["read"] == boss["manage"]
    assert ana["use"] == ["model", "provider"]
    assert ana["read"] == ana["manage"] == ana["approve"] == []
    # Which is no right to any other key.
    assert (boss["own_keys"], ana["own_keys"]) == (True, True)
