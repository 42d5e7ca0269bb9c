"""Streams to collectors, with a sender that looks often."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from drawbridge.audit.acts import COMMAND_LINE, Act
from drawbridge.audit.record import record
from drawbridge.config.secret_references import SecretReference
from drawbridge.config.secrets import master_key, seal
from drawbridge.config.store import put_secret
from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.egress import LineDoor, ListedHosts, PoolDoor
from drawbridge.trail.entries import StreamEntry, SyslogEntry, WebhookEntry
from drawbridge.trail.finding import Receivers
from drawbridge.trail.sending import Sender
from drawbridge.trail.store import Stream, create_stream, list_streams
from tests.parts.master_keys import held_keys
from tests.trail.collectors import Collector

MASTER_KEY = master_key(bytes(32))
SECRET = "a secret for streams"


def to_webhook(collector: Collector) -> StreamEntry:
    url = f"http://127.0.0.1:{collector.port}/hook"
    return StreamEntry(webhook=WebhookEntry(url=url, secret=SecretReference(env="STREAM_SECRET")))


def to_syslog(collector: Collector, *, host: str = "127.0.0.1", tls: bool = False) -> StreamEntry:
    return StreamEntry(syslog=SyslogEntry(host=host, port=collector.port, tls=tls))


async def add_stream(database: Database, organisation_id: OrganisationId, name: str, entry: StreamEntry) -> None:
    async with database.organisation(organisation_id) as connection:
        await create_stream(connection, organisation_id, name, entry, managed_by_file=True)


async def store_secret(database: Database, organisation_id: OrganisationId, name: str) -> None:
    async with database.change(organisation_id) as connection:
        await put_secret(connection, organisation_id, name, seal(MASTER_KEY, organisation_id, name, SECRET))


async def act(database: Database, organisation_id: OrganisationId, count: int) -> None:
    async with database.organisation(organisation_id) as connection:
        for number in range(count):
            await record(connection, organisation_id, Act(COMMAND_LINE, "key.created", "key", f"bot-{number}"))


async def stream_of(database: Database, organisation_id: OrganisationId, name: str = "siem") -> Stream:
    async with database.organisation(organisation_id) as connection:
        [found] = [each for each in await list_streams(connection, organisation_id) if each.name == name]
        return found


def receivers(database: Database, door: PoolDoor, line_door: LineDoor, *private_hosts: str) -> Receivers:
    return Receivers(
        database,
        (door, line_door),
        SystemClock(),
        held_keys(MASTER_KEY),
        environment={"STREAM_SECRET": SECRET},
        private_hosts=ListedHosts.of(private_hosts or ("127.0.0.1", "localhost")),
    )


@asynccontextmanager
async def sending(database: Database, find: Receivers) -> AsyncGenerator[None]:
    """Let a sender work while the context lasts."""
    async with asyncio.TaskGroup() as group:
        working = group.create_task(Sender(database, find.find, look_every_s=0.05).run())
        yield
        working.cancel()


async def until(is_so: Callable[[], bool], within_s: float = 30.0) -> None:
    async with asyncio.timeout(within_s):
        while True:
            if is_so():
                return
            await asyncio.sleep(0.02)


async def until_stream(
    database: Database, organisation_id: OrganisationId, is_so: Callable[[Stream], bool], name: str = "siem"
) -> Stream:
    """Wait until something is so of a stream, and return it."""
    async with asyncio.timeout(30):
        while True:
            stream = await stream_of(database, organisation_id, name)
            if is_so(stream):
                return stream
            await asyncio.sleep(0.02)


async def until_confirmed(database: Database, organisation_id: OrganisationId, number: int, name: str = "siem") -> None:
    await until_stream(database, organisation_id, lambda stream: stream.confirmed_number >= number, name)


async def until_it_failed(
    database: Database, organisation_id: OrganisationId, name: str = "siem", times: int = 1
) -> Stream:
    return await until_stream(database, organisation_id, lambda stream: stream.failures >= times, name)
