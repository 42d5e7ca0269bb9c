"""Streams of the record to real receivers, which fail in every way that they know."""

import asyncio
import hashlib
import hmac
import json
import os
import re
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from drawbridge.config.secret_references import SecretReference
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.egress import LineDoor, PoolDoor
from drawbridge.trail.checking import check_lines
from drawbridge.trail.entries import StreamEntry, WebhookEntry
from drawbridge.trail.finding import Receivers
from drawbridge.trail.store import delete_stream, update_stream
from tests.parts.certificates import self_signed
from tests.parts.organisations import make_organisation
from tests.trail.collectors import Collector, Manner, syslog_collector, webhook_collector
from tests.trail.streaming import (
    SECRET,
    act,
    add_stream,
    receivers,
    sending,
    store_secret,
    stream_of,
    to_syslog,
    to_webhook,
    until,
    until_confirmed,
    until_it_failed,
)

pytestmark = pytest.mark.audit


@pytest.fixture
async def door() -> AsyncIterator[PoolDoor]:
    door = PoolDoor()
    yield door
    await door.close()


@pytest.fixture
def find(database: Database, door: PoolDoor) -> Receivers:
    return receivers(database, door, LineDoor())


def numbers(collector: Collector) -> list[int]:
    return [json.loads(line)["number"] for line in collector.lines]


def syslog_numbers(collector: Collector) -> list[int]:
    return [json.loads(body.partition(b"] ")[2])["number"] for body in collector.bodies]


async def test_a_webhook_gets_the_record_in_signed_batches_and_then_what_is_added(
    database: Database, organisation_id: OrganisationId, find: Receivers
) -> None:
    await act(database, organisation_id, 250)
    async with webhook_collector() as collector, sending(database, find):
        await add_stream(database, organisation_id, "siem", to_webhook(collector))
        await until_confirmed(database, organisation_id, 250)
        await act(database, organisation_id, 2)
        await until_confirmed(database, organisation_id, 252)

    assert numbers(collector) == list(range(1, 253))
    assert check_lines(collector.lines).fault is None
    for headers, body in zip(collector.headers, collector.bodies, strict=True):
        signed = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["x-drawbridge-signature"])
        assert signed is not None
        assert signed[2] == hmac.new(SECRET.encode(), signed[1].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert headers["content-type"] == "application/x-ndjson"
        first, last = (json.loads(line)["number"] for line in (body.splitlines()[0], body.splitlines()[-1]))
        assert headers["x-drawbridge-events"] == f"{first}-{last}"


async def test_a_stored_secret_signs_too_and_ocsf_is_sent_where_it_is_wanted(
    database: Database, organisation_id: OrganisationId, find: Receivers
) -> None:
    await store_secret(database, organisation_id, "siem-key")
    await act(database, organisation_id, 1)
    async with webhook_collector() as collector, sending(database, find):
        webhook = WebhookEntry(url=f"http://127.0.0.1:{collector.port}/hook", secret=SecretReference(stored="siem-key"))
        await add_stream(database, organisation_id, "siem", StreamEntry(webhook=webhook, format="ocsf"))
        await until_confirmed(database, organisation_id, 1)

    [line] = collector.lines
    assert json.loads(line)["class_uid"] == 3004


async def test_a_secret_in_a_file_signs_as_it_is_when_a_batch_is_sent(
    database: Database, organisation_id: OrganisationId, find: Receivers, tmp_path: Path
) -> None:
    file = tmp_path / "siem"
    file.write_text("one\n")
    async with webhook_collector() as collector, sending(database, find):
        webhook = WebhookEntry(url=f"http://127.0.0.1:{collector.port}/hook", secret=SecretReference(file=str(file)))
        await add_stream(database, organisation_id, "siem", StreamEntry(webhook=webhook))
        for number, secret in enumerate(("one", "two"), 1):
            file.write_text(f"{secret}\n")
            await act(database, organisation_id, 1)
            await until_confirmed(database, organisation_id, number)

    for headers, body, secret in zip(collector.headers, collector.bodies, ("one", "two"), strict=True):
        time, _, signed = headers["x-drawbridge-signature"].removeprefix("t=").partition(",v1=")
        assert signed == hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("manner", ["fail", "redirect", "drop", "die"])
async def test_what_a_webhook_did_not_confirm_is_sent_again(
    database: Database, organisation_id: OrganisationId, find: Receivers, manner: Manner
) -> None:
    await act(database, organisation_id, 150)
    async with webhook_collector(manner, "take", manner, "take") as collector, sending(database, find):
        await add_stream(database, organisation_id, "siem", to_webhook(collector))
        await until(lambda: collector.tries == 1)
        await until_confirmed(database, organisation_id, 150)

    # What was taken and not confirmed came twice.
    assert sorted(set(numbers(collector))) == list(range(1, 151))
    assert len(numbers(collector)) == (300 if manner == "drop" else 150)


@pytest.mark.parametrize("manner", ["die", "take"])
async def test_syslog_gets_every_message_whole_also_after_a_connection_that_broke(
    database: Database, organisation_id: OrganisationId, find: Receivers, manner: Manner
) -> None:
    await act(database, organisation_id, 150)
    async with syslog_collector(manner, "take") as collector, sending(database, find):
        await add_stream(database, organisation_id, "siem", to_syslog(collector))
        await until_confirmed(database, organisation_id, 150)

    assert syslog_numbers(collector) == list(range(1, 151))
    message = collector.bodies[0].decode()
    written = re.compile(r'<109>1 \d{4}-\d\d-\d\dT[0-9:.]+Z \S+ drawbridge - key\.created \[meta sequenceId="1"\] {.*}')
    assert written.fullmatch(message)


@pytest.mark.parametrize("trusted", [True, False])
async def test_syslog_over_tls_needs_a_certificate_that_is_trusted(
    database: Database, organisation_id: OrganisationId, door: PoolDoor, tmp_path: Path, trusted: bool
) -> None:
    server, client = self_signed(tmp_path)
    find = receivers(database, door, LineDoor(trust=client if trusted else None))
    await act(database, organisation_id, 150)
    async with syslog_collector(tls=server) as collector, sending(database, find):
        await add_stream(database, organisation_id, "siem", to_syslog(collector, host="localhost", tls=True))
        if trusted:
            await until_confirmed(database, organisation_id, 150)
        else:
            await until_it_failed(database, organisation_id)

    assert syslog_numbers(collector) == (list(range(1, 151)) if trusted else [])
    if not trusted:
        assert "certificate is not trusted" in (await stream_of(database, organisation_id)).problem


async def test_receivers_that_fail_hang_and_are_gone_hold_up_no_other(
    database: Database, organisation_id: OrganisationId, find: Receivers
) -> None:
    other = await make_organisation(database, "other")
    await act(database, organisation_id, 3)
    await act(database, other, 3)
    async with (
        webhook_collector("hang") as hanging,
        webhook_collector("fail") as failing,
        syslog_collector("hang") as silent,
        webhook_collector() as good,
        sending(database, find),
    ):
        gone = Collector(port=1)
        for name, entry in (
            ("a", to_webhook(hanging)),
            ("b", to_webhook(failing)),
            ("c", to_syslog(silent)),
            ("d", to_webhook(gone)),
        ):
            await add_stream(database, organisation_id, name, entry)
        await until(lambda: hanging.tries >= 1)
        await add_stream(database, organisation_id, "siem", to_webhook(good))
        await add_stream(database, other, "siem", to_webhook(good))
        await until_confirmed(database, organisation_id, 3)
        await until_confirmed(database, other, 3)
        await until_it_failed(database, organisation_id, "b")
        await until_it_failed(database, organisation_id, "d")

    failed = await stream_of(database, organisation_id, "b")
    assert (failed.confirmed_number, failed.failures > 0, failed.next_try_at is not None) == (0, True, True)
    assert "answered 503" in failed.problem
    assert "No connection to 127.0.0.1:1" in (await stream_of(database, organisation_id, "d")).problem
    assert (await stream_of(database, organisation_id, "siem")).problem == ""


async def test_a_stream_that_fails_is_tried_ever_more_rarely_and_forgets_it_when_it_works(
    database: Database, organisation_id: OrganisationId, find: Receivers
) -> None:
    await act(database, organisation_id, 1)
    async with webhook_collector("fail", "fail", "fail", "take") as collector, sending(database, find):
        await add_stream(database, organisation_id, "siem", to_webhook(collector))
        waits = [await _wait_after(database, organisation_id, tries) for tries in (1, 2, 3)]
        await until_confirmed(database, organisation_id, 1)

    assert [round(wait_s) for wait_s in waits] == [1, 2, 4]
    works = await stream_of(database, organisation_id)
    assert (works.failures, works.problem, works.next_try_at) == (0, "", None)


async def _wait_after(database: Database, organisation_id: OrganisationId, tries: int) -> float:
    """Wait until a stream has failed so often; return how long it would wait now, and let it try at once."""
    await until_it_failed(database, organisation_id, times=tries)
    async with database.organisation(organisation_id) as connection:
        query = text("select extract(epoch from next_try_at - clock_timestamp())::float from audit_stream")
        wait_s: float = (await connection.execute(query)).scalar_one()
        await connection.execute(text("update audit_stream set next_try_at = null"))
        return wait_s


@pytest.mark.parametrize("kind", ["webhook", "syslog"])
async def test_a_private_address_is_refused_unless_the_operator_listed_the_host(
    database: Database, organisation_id: OrganisationId, door: PoolDoor, kind: str
) -> None:
    find = receivers(database, door, LineDoor(), "siem.internal")
    await act(database, organisation_id, 1)
    async with webhook_collector() as collector, sending(database, find):
        entry = to_webhook(collector) if kind == "webhook" else to_syslog(collector)
        await add_stream(database, organisation_id, "siem", entry)
        await until_it_failed(database, organisation_id)

    assert collector.tries == 0
    assert "loopback" in (await stream_of(database, organisation_id)).problem


async def test_a_secret_that_is_not_there_is_named_and_nothing_is_sent(
    database: Database, organisation_id: OrganisationId, find: Receivers
) -> None:
    await act(database, organisation_id, 1)
    async with webhook_collector() as collector, sending(database, find):
        for name, secret in (
            ("siem", SecretReference(env="MISSING")),
            ("other", SecretReference(stored="missing")),
            ("third", SecretReference(file="/no/such/file")),
            ("empty", SecretReference(file=os.devnull)),
        ):
            webhook = WebhookEntry(url=f"http://127.0.0.1:{collector.port}/hook", secret=secret)
            await add_stream(database, organisation_id, name, StreamEntry(webhook=webhook))
            await until_it_failed(database, organisation_id, name)

    assert collector.tries == 0
    assert "MISSING" in (await stream_of(database, organisation_id)).problem
    assert "secrets set missing" in (await stream_of(database, organisation_id, "other")).problem
    third = (await stream_of(database, organisation_id, "third")).problem
    assert "/no/such/file" in third
    assert "No such file" in third
    assert "no regular file" in (await stream_of(database, organisation_id, "empty")).problem


async def test_a_changed_stream_goes_on_where_it_was_and_a_deleted_one_ends(
    database: Database, organisation_id: OrganisationId, find: Receivers
) -> None:
    await act(database, organisation_id, 2)
    async with webhook_collector() as first, webhook_collector() as second, sending(database, find):
        await add_stream(database, organisation_id, "siem", to_webhook(first))
        await until_confirmed(database, organisation_id, 2)
        async with database.organisation(organisation_id) as connection:
            await update_stream(connection, organisation_id, "siem", to_webhook(second), managed_by_file=True)
        await act(database, organisation_id, 2)
        await until_confirmed(database, organisation_id, 4)
        async with database.organisation(organisation_id) as connection:
            await delete_stream(connection, organisation_id, "siem")
        await act(database, organisation_id, 2)
        await asyncio.sleep(0.5)

    assert (numbers(first), numbers(second)) == ([1, 2], [3, 4])


_PROGRAM = """
import asyncio, sys
from drawbridge.db.alone import work_alone
from drawbridge.db.engine import Database
from drawbridge.db.migrate import driver_url
from drawbridge.egress import LineDoor, PoolDoor
from drawbridge.trail.sending import SENDING_LOCK, Sender
from tests.trail.streaming import receivers

async def main(url):
    database = Database(url)
    sender = Sender(database, receivers(database, PoolDoor(), LineDoor()).find, look_every_s=0.05)
    await work_alone(driver_url(url), SENDING_LOCK, sender.run, look_every_s=0.2)

asyncio.run(main(sys.argv[1]))
"""


async def test_one_sender_works_at_a_time_and_when_it_is_killed_the_next_goes_on_without_loss(
    database: Database, database_url: str, organisation_id: OrganisationId, superuser: psycopg.Connection[Any]
) -> None:
    async with webhook_collector() as collector, _senders(database_url) as senders:
        await add_stream(database, organisation_id, "siem", to_webhook(collector))
        for turn in (1, 2):
            await act(database, organisation_id, 1500)
            await until(lambda turn=turn: len(numbers(collector)) >= 1500 * turn - 700)
            await _kill_the_one_that_sends(superuser, senders)
        await act(database, organisation_id, 10)
        await until_confirmed(database, organisation_id, 3010)

    assert sorted(set(numbers(collector))) == list(range(1, 3011))
    # At most the batch under way at each kill came twice.
    assert len(numbers(collector)) <= 3010 + 2 * 100


@asynccontextmanager
async def _senders(database_url: str) -> AsyncGenerator[dict[str, asyncio.subprocess.Process]]:
    """Start three processes that would send; each connection to the database bears its process's name."""
    command = (sys.executable, "-c", _PROGRAM, database_url)
    senders = {
        name: await asyncio.create_subprocess_exec(*command, env={**os.environ, "PGAPPNAME": name})
        for name in ("one", "two", "three")
    }
    try:
        yield senders
    finally:
        for process in senders.values():
            if process.returncode is None:
                process.kill()
            await process.wait()


_WHO_SENDS = """
    select application_name from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and datname = current_database()
"""


async def _kill_the_one_that_sends(
    superuser: psycopg.Connection[Any], senders: dict[str, asyncio.subprocess.Process]
) -> None:
    [(name,)] = superuser.execute(_WHO_SENDS).fetchall()
    senders[name].kill()
    await senders[name].wait()


async def test_a_database_that_is_away_is_a_line_in_the_log_and_no_stack_trace(
    door: PoolDoor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = Database(f"postgresql+psycopg://drawbridge@/drawbridge?host={tmp_path}")

    async with sending(nowhere, receivers(nowhere, door, LineDoor())):
        await until(lambda: bool(caplog.records))
    await nowhere.close()

    assert "cannot be read for now: The database does not answer" in caplog.text
    assert "Traceback" not in caplog.text
