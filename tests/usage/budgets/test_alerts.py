"""Alerts to real receivers on the loopback: each is told once, whoever fails meanwhile."""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from drawbridge.config.secret_references import SecretReference
from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.egress import LineDoor, MailDoor, PoolDoor, mail_server
from drawbridge.usage.budgets.alerts.receivers import Messenger
from drawbridge.usage.budgets.alerts.store import AlertStore
from drawbridge.usage.budgets.alerts.telling import Teller
from drawbridge.usage.budgets.entries import AlertEntry, BudgetEntry
from drawbridge.usage.budgets.leases import Need
from drawbridge.usage.budgets.store import LeaseStore, create_budget, load_budgets
from drawbridge.usage.store import UsageStore
from tests.parts.budgets import event
from tests.parts.organisations import make_organisation
from tests.trail.collectors import Collector, webhook_collector
from tests.trail.streaming import SECRET, receivers
from tests.usage.budgets.mailbox import Mailbox, mailbox

_SIGNED = SecretReference(env="STREAM_SECRET")


@pytest.fixture
async def door() -> AsyncIterator[PoolDoor]:
    door = PoolDoor()
    yield door
    await door.close()


@asynccontextmanager
async def _telling(
    database: Database, door: PoolDoor, box: Mailbox | None, private_host: str = "127.0.0.1"
) -> AsyncGenerator[None]:
    find = receivers(database, door, LineDoor(), private_host)
    mail = None if box is None else MailDoor(mail_server(f"smtp://127.0.0.1:{box.port}"), "drawbridge@example.com")
    messenger = Messenger(door, mail, SystemClock(), find.secret, find.may_be_private)
    async with asyncio.TaskGroup() as group:
        working = group.create_task(Teller(AlertStore(database), messenger, look_every_s=0.05).run())
        yield
        working.cancel()


async def _spend(database: Database, organisation: OrganisationId, spent: int, *alerts: AlertEntry) -> None:
    """Make a budget of 1,000 nano-dollars, and spend so much of it."""
    entry = BudgetEntry(limit_usd="0.000001", alerts=alerts)
    async with database.change(organisation) as connection:
        await create_budget(connection, organisation, "all", entry, managed_by_file=False)
        [budget] = (await load_budgets(connection, organisation)).by_id.values()
    window = budget.window(None, datetime.now(UTC))
    await LeaseStore(database).exchange("worker", 1, {}, [[Need(window, spent)]])
    await UsageStore(database).book([event(organisation, window, spent, spent)], "worker")


def _webhook(collector: Collector, at_percent: int = 80) -> AlertEntry:
    return AlertEntry(at_percent=at_percent, webhook=f"http://127.0.0.1:{collector.port}/hook", secret=_SIGNED)


async def _until(database: Database, condition: str) -> None:
    """Wait until an alert meets a condition."""
    for _ in range(1500):
        if await _count(database, condition):
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(condition)


async def _count(database: Database, condition: str) -> int:
    async with database.system("sweeper") as connection:
        query = text(f"select count(*) from budget_alert where {condition}")
        return (await connection.execute(query)).scalar_one()


async def test_a_webhook_and_a_person_are_told_once_that_a_threshold_is_passed(
    database: Database, door: PoolDoor
) -> None:
    organisation = await make_organisation(database)
    async with webhook_collector() as collector, mailbox() as box, _telling(database, door, box):
        person = AlertEntry(at_percent=80, mail="ana@example.com")
        await _spend(database, organisation, 800, _webhook(collector), person, _webhook(collector, 90))
        await _until(database, "told_at is not null")
        await asyncio.sleep(0.3)

    [body] = collector.bodies
    said = json.loads(body)
    assert (said["budget"], said["percent"], said["spent_usd"], said["limit_usd"], said["holder"]) == (
        "all",
        80,
        "0.0000008",
        "0.000001",
        None,
    )
    signed = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", collector.headers[0]["x-drawbridge-signature"])
    assert signed is not None
    assert signed[2] == hmac.new(SECRET.encode(), signed[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    [mail] = box.mails
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "ana@example.com",
        "drawbridge@example.com",
        "Budget all: 80 % spent",
    )
    assert "80 % are spent: $0.0000008 of $0.000001" in mail.get_content()


async def test_who_failed_is_told_again_and_who_confirmed_is_not(database: Database, door: PoolDoor) -> None:
    organisation = await make_organisation(database)
    async with webhook_collector("fail", "take") as collector, mailbox(2) as box, _telling(database, door, box):
        person = AlertEntry(at_percent=50, mail="ana@example.com")
        await _spend(database, organisation, 600, _webhook(collector, 50), person)
        await _until(database, "told_at is not null")

    assert (len(collector.bodies), collector.tries) == (1, 2)
    assert (len(box.mails), box.tries) == (1, 3)


async def test_without_a_mail_server_the_alert_waits_and_says_why(database: Database, door: PoolDoor) -> None:
    organisation = await make_organisation(database)
    async with _telling(database, door, None):
        await _spend(database, organisation, 600, AlertEntry(at_percent=50, mail="ana@example.com"))
        await _until(database, "problem like 'mail ana@example.com: There is no mail server%'")

    assert await _count(database, "told_at is null and next_try_at > now()") == 1


async def test_a_webhook_in_a_private_network_is_told_only_where_an_operator_listed_it(
    database: Database, door: PoolDoor
) -> None:
    organisation = await make_organisation(database)
    async with webhook_collector() as collector, _telling(database, door, None, "elsewhere.example.com"):
        await _spend(database, organisation, 600, _webhook(collector, 50))
        await _until(database, "problem like '%a loopback address%'")

    assert collector.tries == 0


async def test_a_threshold_is_told_again_in_no_later_call_of_its_window(database: Database, door: PoolDoor) -> None:
    organisation = await make_organisation(database)
    async with webhook_collector() as collector, _telling(database, door, None):
        await _spend(database, organisation, 500, _webhook(collector, 50))
        await _until(database, "told_at is not null")
        async with database.organisation(organisation) as connection:
            [budget] = (await load_budgets(connection, organisation)).by_id.values()
        window = budget.window(None, datetime.now(UTC))
        await LeaseStore(database).exchange("worker", 2, {}, [[Need(window, 100)]])
        await UsageStore(database).book([event(organisation, window, 100, 100)], "worker")
        await asyncio.sleep(0.3)

    assert len(collector.bodies) == 1
