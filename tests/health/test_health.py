"""The health of a whole worker with its database, as the API tells it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drawbridge import __version__
from drawbridge.core.clock import SystemClock
from drawbridge.db.engine import Database
from drawbridge.health.looking import HealthPlugs, Looking
from drawbridge.work import enqueue
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.gateway import RunningGateway
from tests.parts.idle import IdleRecord, KnownProviders
from tests.parts.organisations import make_organisation
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

_HELLO = {"role": "user", "content": "Hello"}


async def test_a_new_installation_is_well(caller: Caller) -> None:
    health = await _health(caller)

    assert health["problems"] == []
    installation = health["installation"]
    assert installation["versions"]["drawbridge"] == __version__
    assert installation["database"]["version"].partition(".")[0].isdecimal()
    assert 1 <= installation["database"]["connections"] <= installation["database"]["most_connections"]
    assert installation["queue"] == {
        "waiting": 0,
        "doing": 0,
        "failed": 0,
        "oldest_waiting_s": None,
        "runs_waiting": 0,
        "runs_running": 0,
        "oldest_run_waiting_s": None,
    }
    [worker] = installation["workers"]
    assert datetime.fromisoformat(worker["started_at"]) <= datetime.fromisoformat(worker["seen_at"])


async def test_a_vendor_that_fails_is_named_with_what_became_of_its_calls(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(Answer(status=500))
    for _ in range(4):
        await caller.post("/v1/chat/completions", {"model": "any", "messages": [_HELLO], "max_tokens": 1})
    await booked.events(4)

    health = await _health(caller)

    assert health["problems"] == [{"code": "vendor_failing", "severity": "broken", "about": "vendor"}]
    [failing] = [provider for provider in health["providers"] if provider["name"] == "vendor"]
    assert (failing["attempts"], failing["failed"]) == (4, 4)


async def test_a_provider_without_its_credential_is_named_before_it_is_called(caller: Caller) -> None:
    headers = {**caller.bearer, "content-type": "application/json"}
    entry = {"preset": "mistral"}
    put = await caller.ask("PUT", "/api/providers/keyless", body=entry, headers=headers)
    assert put.status == 201, put.body
    about = await _keyless(caller)

    await caller.ask("DELETE", "/api/providers/keyless", headers=caller.bearer)
    assert "MISTRAL_API_KEY" in about


async def test_another_organisation_sees_its_own_providers_and_nothing_of_the_installation(
    gateway: RunningGateway,
) -> None:
    other = await make_organisation(gateway.database, "other-health")
    looking = _looking(gateway.database)

    own, whole = await looking.look(other, is_whole=False), await looking.look(gateway.organisation_id, is_whole=True)

    assert own.installation is None
    assert whole.installation is not None
    assert own.at <= datetime.now(UTC)


async def test_a_task_that_nobody_does_is_seen_to_wait(database: Database) -> None:
    organisation_id = await make_organisation(database)
    async with database.organisation(organisation_id) as connection:
        await enqueue(connection, "sweep", {"number": "1"})

    found = await _looking(database).look(organisation_id, is_whole=True)

    assert found.installation is not None
    queue = found.installation.queue
    assert (queue.waiting, queue.doing, queue.failed) == (1, 0, 0)
    assert queue.oldest_waiting is not None
    assert queue.oldest_waiting > timedelta(0)


async def _keyless(caller: Caller) -> str:
    """Return what is told of the provider without a credential, once it is."""
    async with asyncio.timeout(10):
        while True:
            problems = (await _health(caller))["problems"]
            about = [problem["about"] for problem in problems if problem["code"] == "credential_missing"]
            if about:
                return about[0]
            await asyncio.sleep(0.02)


def _looking(database: Database) -> Looking:
    return Looking(database, SystemClock(), HealthPlugs(IdleRecord(), Path(), KnownProviders()))


async def _health(caller: Caller) -> Json:
    reply = await caller.get("/api/health")
    assert reply.status == 200, reply.body
    return reply.json()
