"""Two organisations with everything in them, and one of each kind of principal who should not get at it."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from drawbridge.config.apply import apply_document
from drawbridge.config.document import parse_document
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.identity.keyring import IssuedKey, KeyRequest, Keyring
from drawbridge.policy.denials import DenialLog
from drawbridge.sections import all_sections
from tests.parts.admin import Asker, admin_api, asking, make_key
from tests.parts.organisations import make_organisation

Who = Literal["stranger", "lead", "revoked", "suspended", "plain", "nobody"]
EVERY_WHO: tuple[Who, ...] = get_args(Who)
"""An administrator of another organisation, the lead of another team, a revoked key, a suspended person, a key that is
no admin key, and no credential."""

MARK = "zq7"
"""Stands in every name of the sales team, so that nobody else's answer may hold it."""

_TOWN = """
version: 1
teams: {company: {}, research: {parent: company}, sales-zq7: {parent: company}}
groups: {group-zq7: {}}
projects: {project-zq7: {team: sales-zq7}, own-project: {team: research}}
users:
  boss: {}
  lea: {teams: [research]}
  user-zq7: {teams: [sales-zq7], groups: [group-zq7]}
service_accounts: {program-zq7: {team: sales-zq7}, own-program: {team: research}}
agents: {agent-zq7: {team: sales-zq7}}
providers: {provider-zq7: {preset: rehearsal}}
deployments: {deployment-zq7: {provider: provider-zq7, upstream_model: echo}}
models: {model-zq7: {route: [deployment-zq7]}}
budgets: {budget-zq7: {of: "team:sales-zq7", limit_usd: "5"}}
limits: {limit-zq7: {of: "team:sales-zq7", requests: {most: 1000000}}}
audit_streams: {stream-zq7: {syslog: {host: logs.example.com}}}
roles:
  role-zq7: {permissions: [{may: [read], on: ["model:*"]}]}
  lead:
    permissions:
      - may: [read, manage]
        on: ["user:*", "service_account:*", "agent:*", "key:*", "project:*", "team:*"]
grants:
  boss-administers: {to: ["user:boss"], role: administrator}
  lea-leads: {to: ["user:lea"], role: lead, within: "team:research"}
  grant-zq7: {to: ["user:user-zq7"], may: [use], on: ["model:model-zq7"]}
"""


@dataclass(frozen=True, slots=True)
class Town:
    """Who lives in the two organisations."""

    database: Database
    organisation_id: OrganisationId
    boss: Asker
    """Administers the organisation."""
    strangers: Mapping[Who, Asker]
    theirs: IssuedKey
    """A key of the sales team."""
    invitation_id: str
    """Of an invitation into the sales team."""
    request_id: str
    """Of a request for more of its budget."""
    work: Mapping[str, str]
    """Ids of a conversation of theirs, of an answer in it and of its run: by the names that they have in paths."""


@asynccontextmanager
async def building(database: Database, clock: Clock, denials: DenialLog | None = None) -> AsyncGenerator[Town]:
    """Build a town, in whose organisation only `boss` administers."""
    ours = await make_organisation(database, administrators=())
    other = await make_organisation(database, "other")
    sections = all_sections(clock)
    # Made by hand, since what a file manages is refused before anything else is looked at.
    await apply_document(database, ours, sections, parse_document(_TOWN, "town.yaml", sections))
    await _forget_the_file(database, ours)
    keyring = Keyring(database, clock)
    boss = await make_key(database, clock, ours, "boss")
    theirs = await keyring.create(ours, KeyRequest("user-zq7", admin=True))
    revoked = await make_key(database, clock, ours, "gone")
    await keyring.revoke(ours, revoked.record.id)
    suspended = await make_key(database, clock, ours, "suspended")
    await _suspend(database, ours, "suspended")
    keys: dict[Who, str | None] = {
        "stranger": (await make_key(database, clock, other, "stranger")).text,
        "lead": (await keyring.create(ours, KeyRequest("lea", admin=True))).text,
        "revoked": revoked.text,
        "suspended": suspended.text,
        "plain": (await keyring.create(ours, KeyRequest("boss"))).text,
        "nobody": None,
    }
    api = admin_api(database, clock, denials)
    async with AsyncExitStack() as stack:
        asks_as_boss = await stack.enter_async_context(asking(api, boss.text))
        strangers: dict[Who, Asker] = {
            who: await stack.enter_async_context(asking(api, key)) for who, key in keys.items()
        }
        invited = await asks_as_boss.ask(
            "POST", "/api/invitations", {"email": "zq7@example.org", "teams": ["sales-zq7"]}
        )
        asks_as_theirs = await stack.enter_async_context(asking(api, theirs.text))
        more = {"budget": "budget-zq7", "usd": "1"}
        requested = await asks_as_theirs.ask("POST", "/api/me/budget-requests", more)
        request_id = requested.json()["id"]
        work = await _work(asks_as_theirs)
        yield Town(database, ours, asks_as_boss, strangers, theirs, invited.json()["id"], request_id, work)


async def _work(theirs: Asker) -> Mapping[str, str]:
    begun = await theirs.ask("POST", "/api/chat/conversations", {"title": f"Deep {MARK}"})
    conversation_id = begun.json()["id"]
    question = {"parent_id": None, "parts": [{"type": "text", "text": f"How deep is {MARK}?"}], "model": "model-zq7"}
    turn = (await theirs.ask("POST", f"/api/chat/conversations/{conversation_id}/turns", question)).json()
    file = (await theirs.ask("POST", "/api/chat/files", {"name": f"{MARK}.txt", "size": 1})).json()
    ids = {"conversation_id": conversation_id, "message_id": turn["message_id"], "run_id": turn["run_id"]}
    return {**ids, "file_id": file["id"]}


async def _forget_the_file(database: Database, organisation_id: OrganisationId) -> None:
    async with database.change(organisation_id) as connection:
        for table in _TABLES:
            await connection.exec_driver_sql(f"update {table} set managed_by_file = false")


async def _suspend(database: Database, organisation_id: OrganisationId, name: str) -> None:
    async with database.change(organisation_id) as connection:
        await connection.exec_driver_sql("update principal set suspended_at = now() where name = %s", (name,))


_TABLES = (
    "team",
    "principal_group",
    "project",
    "principal",
    "provider",
    "deployment",
    "model",
    "role",
    "policy_grant",
    "budget",
)
