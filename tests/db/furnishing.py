"""Organisations with a row in every table, made by the products' own stores."""

from datetime import UTC, date, datetime, timedelta

import msgspec
from sqlalchemy import insert, select

from drawbridge.agents.records import RunRef, Start, new_event
from drawbridge.agents.store import Addition, RunStore, start
from drawbridge.api.store import claim
from drawbridge.audit.acts import SYSTEM, Act
from drawbridge.audit.record import record
from drawbridge.chat.conversations import Conversations, NewConversation
from drawbridge.chat.files.files import Files
from drawbridge.chat.files.reading.reader import FileReader
from drawbridge.chat.records import Owner
from drawbridge.chat.turns import Question, Turns
from drawbridge.config.secrets import master_key, seal
from drawbridge.config.store import put_secret
from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.db.engine import Database
from drawbridge.gateway.entries import Credential, DeploymentEntry, ModelEntry, ProviderEntry, provider_in_full
from drawbridge.gateway.objects.kinds import VendorObject
from drawbridge.gateway.objects.store import VendorObjectStore
from drawbridge.gateway.store import create_deployment, create_model, create_provider
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.signin.tables import invitations
from drawbridge.identity.store import create_principal
from drawbridge.identity.tables import group_members, groups, principals, projects, team_members, teams
from drawbridge.policy.rules import EVERYONE
from drawbridge.trail.signing import Signer
from drawbridge.trail.tables import streams
from drawbridge.usage.budgets.leases import Need
from drawbridge.usage.budgets.store import LeaseStore
from drawbridge.usage.budgets.tables import alerts, requests
from drawbridge.usage.ledger.bills import Bill, BillLine
from drawbridge.usage.ledger.corrections import Corrections
from drawbridge.usage.ledger.tables import periods
from drawbridge.usage.limits.buckets import Need as LimitNeed
from drawbridge.usage.limits.entries import LimitEntry, RateEntry
from drawbridge.usage.limits.store import BucketStore, create_limit, load_limits
from drawbridge.usage.pricing.entries import PriceEntry, PricesEntry
from drawbridge.usage.pricing.store import SECTION, write_prices
from drawbridge.usage.rows import copy_line
from drawbridge.usage.store import UsageStore
from tests.parts.budgets import event, make_budget
from tests.parts.chat import HandWrittenRuns
from tests.parts.clock import HeldClock
from tests.parts.master_keys import held_keys
from tests.parts.organisations import make_organisation
from tests.usage.attempts import make_intent, make_settlement

_MASTER_KEY = master_key(bytes(32))


async def furnish(database: Database, name: str) -> OrganisationId:
    """Make an organisation in which everything is there once."""
    organisation_id = await make_organisation(database, name)
    await _configure(database, organisation_id)
    await _people(database, organisation_id)
    clock = HeldClock(datetime.now(UTC))
    await Keyring(database, clock).create(organisation_id, KeyRequest("ana", admin=True))
    await _invite(database, organisation_id)
    await _book(database, organisation_id)
    await _keep(database, organisation_id)
    await _trail(database, organisation_id)
    await _run(database, organisation_id)
    await _budget(database, organisation_id)
    await _limit(database, organisation_id)
    await _talk(database, organisation_id)
    return organisation_id


async def _configure(database: Database, organisation_id: OrganisationId) -> None:
    provider = ProviderEntry(preset="openai", credential=Credential(stored="vendor-key"))
    async with database.change(organisation_id) as connection:
        await create_principal(connection, organisation_id, "user", "ana")
        sealed = seal(_MASTER_KEY, organisation_id, "vendor-key", "a credential")
        await put_secret(connection, organisation_id, "vendor-key", sealed)
        await create_provider(connection, organisation_id, "vendor", provider_in_full(provider), managed_by_file=False)
        deployment = DeploymentEntry(provider="vendor", upstream_model="gpt-5")
        await create_deployment(connection, organisation_id, "main", deployment, managed_by_file=False)
        price = PriceEntry(provider="vendor", per_request="0.01")
        await write_prices(
            connection, organisation_id, SECTION, PricesEntry(own={"flat": price}), managed_by_file=False
        )
        await create_model(connection, organisation_id, "fast", ModelEntry(route=("main",)), managed_by_file=False)


async def _people(database: Database, organisation_id: OrganisationId) -> None:
    async with database.change(organisation_id) as connection:
        ana = (await connection.execute(select(principals.c.id).where(principals.c.name == "ana"))).scalar_one()
        for whole, members in ((teams, team_members), (groups, group_members)):
            row_id = uuid7()
            row = {"id": row_id, "organisation_id": organisation_id, "name": "research"}
            await connection.execute(insert(whole).values(row))
            member = {"organisation_id": organisation_id, f"{whole.name}_id": row_id, "principal_id": ana}
            await connection.execute(insert(members).values(member))
        await record(connection, organisation_id, Act(SYSTEM, "project.created", "project", "search"))
        await connection.execute(insert(projects).values(id=uuid7(), organisation_id=organisation_id, name="search"))


async def _budget(database: Database, organisation_id: OrganisationId) -> None:
    window = await make_budget(database, organisation_id, 1_000)
    need = Need(window, 10)
    await LeaseStore(database).exchange(str(organisation_id), 1, {}, [[need]])
    spent = event(organisation_id, window, 10, 9)
    await UsageStore(database).book([spent], str(organisation_id))
    bill = Bill("openai", "october", [BillLine(Nanousd(7), request_id="req_unknown")])
    await Corrections(database).enter(organisation_id, SYSTEM, bill)
    async with database.system("drain") as connection:
        row = {"window_id": window.id, "organisation_id": organisation_id, "percent": 80}
        await connection.execute(insert(alerts).values(row))
    async with database.organisation(organisation_id) as connection:
        month = date(2026, 10, 1)
        request = {"id": uuid7(), "budget_id": window.budget_id, "principal_id": uuid7(), "asked_by": "user:ana"}
        more = {"organisation_id": organisation_id, "amount_nanousd": 1, "reason": ""}
        await connection.execute(insert(requests).values(request | more))
        await connection.execute(insert(periods).values(organisation_id=organisation_id, month=month, state="closed"))


async def _limit(database: Database, organisation_id: OrganisationId) -> None:
    async with database.change(organisation_id) as connection:
        entry = LimitEntry(requests=RateEntry(most=10))
        await create_limit(connection, organisation_id, "all", entry, managed_by_file=False)
        bucket = next(iter((await load_limits(connection, organisation_id)).by_subject[EVERYONE][0].buckets(None)))
    lessee = f"limits of {organisation_id}"
    await BucketStore(database).exchange(lessee, 1, (), [[LimitNeed(bucket, 1)]])


async def _talk(database: Database, organisation_id: OrganisationId) -> None:
    async with database.organisation(organisation_id) as connection:
        ana = (await connection.execute(select(principals.c.id).where(principals.c.name == "ana"))).scalar_one()
    owner, runs = Owner(organisation_id, PrincipalId(ana)), HandWrittenRuns()
    clock = HeldClock(datetime.now(UTC))
    conversation = await Conversations(database, clock, runs).begin(owner, NewConversation())
    brought = Files(database, clock, FileReader())
    file = await brought.begin(owner, "sea.txt", "text/plain", 4)
    await brought.take(owner, file.id, 0, b"deep")
    await brought.finish(owner, file.id)
    parts = [{"type": "file", "id": str(file.id)}, {"type": "text", "text": "How deep is the sea?"}]
    await Turns(database, clock, runs).ask(owner, conversation.id, Question(None, parts, "fast", {}))


async def _keep(database: Database, organisation_id: OrganisationId) -> None:
    owned = VendorObject(organisation_id, PrincipalId(uuid7()), "vendor", "response", "resp_1")
    await VendorObjectStore(database).record([owned])
    async with database.organisation(organisation_id) as connection:
        ana = (await connection.execute(select(principals.c.id).where(principals.c.name == "ana"))).scalar_one()
        await claim(connection, organisation_id, PrincipalId(ana), "once", b"fingerprint")


async def _invite(database: Database, organisation_id: OrganisationId) -> None:
    async with database.organisation(organisation_id) as connection:
        ana = (await connection.execute(select(principals.c.id).where(principals.c.name == "ana"))).scalar_one()
        row = {"id": uuid7(), "organisation_id": organisation_id, "principal_id": ana, "email": "ana@example.com"}
        ends = {"hash": uuid7().bytes, "invited_by": "ana", "expires_at": datetime.now(UTC) + timedelta(days=1)}
        await connection.execute(insert(invitations).values(row | ends))


async def _book(database: Database, organisation_id: OrganisationId) -> None:
    intent = msgspec.structs.replace(make_intent(), organisation_id=organisation_id)
    await UsageStore(database).book([copy_line(intent, make_settlement(intent.attempt_id))], "nobody")


async def _run(database: Database, organisation_id: OrganisationId) -> None:
    async with database.organisation(organisation_id) as connection:
        ana = (await connection.execute(select(principals.c.id).where(principals.c.name == "ana"))).scalar_one()
        run_id = await start(connection, Start(organisation_id, PrincipalId(ana), "chat", "small", None, {}), 10)
    taken = await RunStore(database).take(RunRef(organisation_id, run_id), uuid7(), 10)
    assert taken is not None
    begun = Addition(run_id, taken.lease, 0, [new_event("run.started", {})])
    assert await RunStore(database).append([begun], "nobody", datetime.now(UTC)) == {run_id: "appended"}


async def _trail(database: Database, organisation_id: OrganisationId) -> None:
    assert await Signer(database, held_keys(_MASTER_KEY), every=timedelta(0)).sign_due() >= 1
    async with database.organisation(organisation_id) as connection:
        stream = insert(streams).values(id=uuid7(), organisation_id=organisation_id, name="siem", settings=[])
        await connection.execute(stream)
