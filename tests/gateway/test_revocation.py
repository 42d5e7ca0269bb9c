"""A right that is taken away is gone within a second: a key, a grant, a membership, a person, by notification and
without, and on every worker.
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import psycopg
import pytest
from sqlalchemy import delete, insert, select, update

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import KeyId, OrganisationId, uuid7
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import find_organisation
from drawbridge.gateway.entries import Credential, ProviderEntry, provider_in_full
from drawbridge.gateway.store import create_provider
from drawbridge.identity.keyring import KeyRequest, Keyring
from drawbridge.identity.store import create_principal
from drawbridge.identity.tables import group_members, groups, principals
from drawbridge.policy.entries import GrantEntry, grant_in_full
from drawbridge.policy.store import create_grant, delete_grant, update_grant
from drawbridge.preparation import ORGANISATION
from tests.parts.caller import Caller, calling
from tests.parts.gateway import running_gateway
from tests.parts.installation import Installation, free_port
from tests.parts.load import Load
from tests.parts.vendor_process import VendorProcess

pytestmark = pytest.mark.revocation

NOBODY_THERE = "postgresql://nobody@127.0.0.1:1/nothing"
UNUSED_VENDOR = "http://127.0.0.1:1"
MODEL: Final = "rehearsal"
WITHIN_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a key, who may use models only as the member of a group that a grant is made to."""

    database: Database
    organisation_id: OrganisationId
    name: str
    key: str
    key_id: KeyId


async def hire(database: Database, organisation_id: OrganisationId, name: str) -> Person:
    """Make a person with a right that is theirs alone."""
    async with database.change(organisation_id) as connection:
        await create_principal(connection, organisation_id, "user", name)
        query = select(principals.c.id).where(principals.c.name == name)
        principal_id = (await connection.execute(query)).scalar_one()
        group_id = uuid7()
        group = {"id": group_id, "organisation_id": organisation_id, "name": name}
        await connection.execute(insert(groups).values(group))
        member = {"organisation_id": organisation_id, "principal_group_id": group_id, "principal_id": principal_id}
        await connection.execute(insert(group_members).values(member))
        grant = grant_in_full(GrantEntry(to=f"group:{name}", may=("use",), on=(f"model:{MODEL}",)))
        await create_grant(connection, organisation_id, f"for-{name}", grant, managed_by_file=False)
    issued = await Keyring(database, SystemClock()).create(organisation_id, KeyRequest(name))
    return Person(database, organisation_id, name, issued.text, issued.record.id)


async def let_nobody_in_by_default(database: Database, organisation_id: OrganisationId) -> None:
    async with database.change(organisation_id) as connection:
        await delete_grant(connection, organisation_id, "everyone-is-a-member")


async def revoke_key(person: Person) -> None:
    await Keyring(person.database, SystemClock()).revoke(person.organisation_id, person.key_id)


async def delete_the_grant(person: Person) -> None:
    async with person.database.change(person.organisation_id) as connection:
        await delete_grant(connection, person.organisation_id, f"for-{person.name}")


async def turn_the_grant(person: Person) -> None:
    denied = grant_in_full(GrantEntry(effect="deny", to=f"user:{person.name}", may=("use",), on=(f"model:{MODEL}",)))
    async with person.database.change(person.organisation_id) as connection:
        await update_grant(connection, person.organisation_id, f"for-{person.name}", denied, managed_by_file=False)


async def remove_from_group(person: Person) -> None:
    async with person.database.change(person.organisation_id) as connection:
        of_person = select(principals.c.id).where(principals.c.name == person.name)
        await connection.execute(
            delete(group_members).where(group_members.c.principal_id.in_(of_person.scalar_subquery()))
        )


async def suspend(person: Person) -> None:
    async with person.database.change(person.organisation_id) as connection:
        suspended = update(principals).where(principals.c.name == person.name)
        await connection.execute(suspended.values(suspended_at=datetime.now(UTC)))


CHANGES: Final[Mapping[str, Callable[[Person], Awaitable[None]]]] = {
    "key": revoke_key,
    "grant-deleted": delete_the_grant,
    "grant-turned": turn_the_grant,
    "group": remove_from_group,
    "suspended": suspend,
}
"""What takes a person's right away, and every one of them alone."""


async def refused_after_s(callers: list[Caller], person: Person, change: Callable[[Person], Awaitable[None]]) -> float:
    """Take a right away, and return how long somebody was still let in."""
    async with asyncio.timeout(20):
        for caller in callers:
            await until(caller, 200)
        await change(person)
        changed_at = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for caller in callers:
                group.create_task(until(caller, 401, 403))
        return time.monotonic() - changed_at


async def until(caller: Caller, *statuses: int) -> None:
    """Call until the answer has one of these statuses."""
    while (await caller.get(f"/v1/models/{MODEL}")).status not in statuses:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    ("settings", "direct_url"),
    [
        pytest.param({}, None, id="as it comes"),
        pytest.param({}, NOBODY_THERE, id="notifications cut off"),
        pytest.param({"DRAWBRIDGE_REVISION_POLL_S": "3600"}, None, id="notifications only"),
    ],
)
async def test_a_right_that_is_taken_away_is_gone_within_a_second(
    tmp_path: Path, database_url: str, settings: Mapping[str, str], direct_url: str | None, change: str
) -> None:
    async with running_gateway(
        tmp_path / "data", database_url, UNUSED_VENDOR, settings=settings, direct_url=direct_url
    ) as gateway:
        person = await hire(gateway.database, gateway.organisation_id, "ana")
        await let_nobody_in_by_default(gateway.database, gateway.organisation_id)
        async with calling(gateway.url, person.key) as caller:
            seconds = await refused_after_s([caller], person, CHANGES[change])

    assert seconds < WITHIN_S


@pytest.mark.xdist_group("installation")
@pytest.mark.parametrize("notified", [True, False], ids=["as it comes", "notifications cut off"])
async def test_a_right_that_is_taken_away_is_gone_on_every_worker_within_a_second_under_load(
    tmp_path: Path, database_url: str, superuser: psycopg.Connection[Any], notified: bool
) -> None:
    async with (
        VendorProcess() as vendor,
        Installation(
            tmp_path / "data", free_port(), vendor.url, workers=2, environment={"DRAWBRIDGE_DATABASE_URL": database_url}
        ) as installation,
        at_work(database_url) as (database, organisation_id),
        Load(installation.url, installation.key, callers=8) as load,
    ):
        if not notified:
            silence(superuser)
        people = [await hire(database, organisation_id, f"p-{name}") for name in CHANGES]
        await let_nobody_in_by_default(database, organisation_id)
        await load.until_more_complete(20)
        took: dict[str, float] = {}
        for person, (name, change) in zip(people, CHANGES.items(), strict=True):
            async with a_caller_at_each_worker(installation, person.key) as callers:
                took[name] = await refused_after_s(callers, person, change)
        await load.until_more_complete(20)

    assert max(took.values()) < WITHIN_S, took
    assert not load.broken


async def test_a_credential_that_never_answers_keeps_no_right_alive(tmp_path: Path, database_url: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    entry = ProviderEntry(preset="openai", credential=Credential(file=str(tmp_path / "pipe")))
    async with running_gateway(tmp_path / "data", database_url, UNUSED_VENDOR) as gateway:
        async with gateway.database.change(gateway.organisation_id) as connection:
            await create_provider(
                connection, gateway.organisation_id, "stuck", provider_in_full(entry), managed_by_file=False
            )

        took: dict[str, float] = {}
        for name, change in CHANGES.items():
            person = await hire(gateway.database, gateway.organisation_id, f"p-{name}")
            if not took:
                await let_nobody_in_by_default(gateway.database, gateway.organisation_id)
            async with calling(gateway.url, person.key) as caller:
                took[name] = await refused_after_s([caller], person, change)

    assert max(took.values()) < WITHIN_S, took


@asynccontextmanager
async def at_work(database_url: str) -> AsyncGenerator[tuple[Database, OrganisationId]]:
    """Give the database of an installation, and its organisation."""
    database = Database(database_url)
    organisation_id = await find_organisation(database, ORGANISATION)
    assert organisation_id is not None
    yield database, organisation_id
    await database.close()


@asynccontextmanager
async def a_caller_at_each_worker(installation: Installation, key: str) -> AsyncGenerator[list[Caller]]:
    """Give callers whose connections stay with one worker each: they make one call after the other."""
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        found: dict[int, Caller] = {}
        while len(found) < installation.workers:
            port = free_port()
            connector = aiohttp.TCPConnector(local_addr=("127.0.0.1", port), limit=1)
            session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
            caller = Caller(installation.url, key, session)
            await caller.get("/v1/models")
            found.setdefault(worker_of(installation, port), caller)
        yield list(found.values())


def worker_of(installation: Installation, port: int) -> int:
    """Return the pid of the worker that has a caller's connection."""
    [pid] = {
        worker.pid
        for worker in installation.workers_alive()
        for one in worker.net_connections("tcp")
        if one.raddr and one.raddr.port == port and one.status == "ESTABLISHED"
    }
    return pid


def silence(superuser: psycopg.Connection[Any]) -> None:
    """Let changes tell nobody: a poll must find them."""
    [(definition,)] = superuser.execute("select pg_get_functiondef('platform.next_revision()'::regprocedure)")
    silent = re.sub(r"perform pg_notify\(.*\);", "", definition)
    assert silent != definition
    superuser.execute(silent.encode())
