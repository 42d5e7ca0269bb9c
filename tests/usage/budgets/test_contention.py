"""Eight processes on one budget: it is never overshot, whatever is killed, and nothing of it stays unused."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database
from drawbridge.usage.budgets.store import LeaseStore
from drawbridge.usage.budgets.windows import Window
from drawbridge.usage.delivery import Stores
from drawbridge.usage.recovery import recover
from drawbridge.usage.store import AuditedDenials, UsageStore
from tests.parts.budgets import make_budget, state_of
from tests.parts.organisations import make_organisation
from tests.usage.attempts import TIMES, price

pytestmark = pytest.mark.contention

_PROCESSES = 8
_COST = 1_000_000
_ROOT = Path(__file__).parents[3]
_SCRIPT = Path(__file__).with_name("spender.py")


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are ended whatever happens."""
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        process.kill()
        process.wait()


def _start(url: str, folder: Path, organisation: OrganisationId, window: Window, seed: int, cost: int) -> list[str]:
    options = {
        "url": url,
        "folder": str(folder),
        "organisation": str(organisation),
        "window": msgspec.to_builtins(window),
        "seed": seed,
        "cost": cost,
    }
    return [sys.executable, str(_SCRIPT), json.dumps(options)]


def _run(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(_ROOT)})


async def test_of_exactly_a_thousand_equal_calls_none_is_made_too_many(
    database: Database, database_url: str, tmp_path: Path, processes: list[subprocess.Popen[str]]
) -> None:
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, 1_000 * _COST)

    processes += [_run(_start(database_url, tmp_path, organisation, window, seed, _COST)) for seed in range(_PROCESSES)]
    calls = [line for process in processes for line in process.communicate(timeout=120)[0].splitlines()]

    assert 999 <= len(calls) <= 1_000
    assert [process.returncode for process in processes] == [0] * _PROCESSES
    assert await state_of(database, window) == (len(calls) * _COST, 0, 0, 0)


@pytest.mark.parametrize("is_killed", [False, True], ids=["in peace", "with kill -9"])
async def test_calls_of_random_cost_never_overshoot(
    database: Database,
    database_url: str,
    tmp_path: Path,
    processes: list[subprocess.Popen[str]],
    is_killed: bool,
) -> None:
    limit = 400 * 100 * TIMES
    organisation = await make_organisation(database)
    window = await make_budget(database, organisation, limit)
    chance = random.Random(7)

    processes += [_run(_start(database_url, tmp_path, organisation, window, seed, 0)) for seed in range(_PROCESSES)]
    for victim in processes[: _PROCESSES // 2] if is_killed else ():
        await asyncio.sleep(chance.random())
        victim.send_signal(signal.SIGKILL)
    told = [line.split() for process in processes for line in process.communicate(timeout=120)[0].splitlines()]
    if is_killed:
        stores = Stores(UsageStore(database).book, AuditedDenials(database).book, LeaseStore(database).close)
        await recover(tmp_path, stores, price)

    made = {attempt: int(cost) for _, attempt, cost in told}
    posted, held, overage, leased = await state_of(database, window)
    assert sum(made.values()) <= posted + held <= limit
    assert (held, overage, leased) == (0, 0, 0)
    assert made.keys() >= await _booked(database, organisation)
    if not is_killed:
        assert posted == sum(made.values()) > limit - 150


async def _booked(database: Database, organisation: OrganisationId) -> set[str]:
    async with database.system("snapshot") as connection:
        query = text("select attempt_id from usage_event where organisation_id = :organisation")
        return {str(row[0]) for row in await connection.execute(query, {"organisation": organisation})}
