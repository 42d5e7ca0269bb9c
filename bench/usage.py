"""How long it takes to add usage up by each of its dimensions, over 5,000,000 rows of hours."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg

from bench.figures import Measured
from drawbridge.core.ids import OrganisationId
from drawbridge.db.embedded import EmbeddedDatabase
from drawbridge.db.engine import Database
from drawbridge.db.migrate import driver_url, migrate
from drawbridge.usage.report import DIMENSIONS, SUMS, Dimension, UsageFilter
from drawbridge.usage.reports.store import total_usage

_PEOPLE: Final = 400
_HABITS: Final = 4
"""Each person's models and programs: so many rows an hour."""
_HOURS_A_DAY: Final = 8
_DAYS: Final = 391
_QUICK_DAYS: Final = 30
_ROUNDS: Final = 15
_QUICK_ROUNDS: Final = 3
_FIRST: Final = datetime(2025, 9, 1, tzinfo=UTC)
_ORGANISATION: Final = OrganisationId(UUID(int=1))
_MOST: Final = 100_000

_DIMENSIONS: Final = "principal_id, key_id, project_id, team_id, product, model, deployment, provider, client, outcome"
_FILL: Final = f"""
    create temporary table habit as select
      substr(sha256(convert_to(person || ' ' || habit, 'UTF8')), 1, 16) as dimensions,
      lpad(to_hex(person), 32, '0')::uuid as principal_id, lpad(to_hex(10000 + person), 32, '0')::uuid as key_id,
      lpad(to_hex(20000 + person % 50), 32, '0')::uuid as project_id,
      lpad(to_hex(30000 + person % 20), 32, '0')::uuid as team_id,
      (array['api', 'chat', 'coding'])[1 + habit % 3] as product, 'model-' || (person + habit) % 30 as model,
      'deployment-' || (person + habit) % 60 as deployment, 'provider-' || (person + habit) % 6 as provider,
      (array['codex', 'claude-code', null])[1 + person % 3] as client,
      case when habit = 3 then 'cut_by_caller' else 'ok' end as outcome
    from generate_series(1, {_PEOPLE}) person, generate_series(0, {_HABITS} - 1) habit;
    insert into usage_hour (hour, organisation_id, dimensions, {_DIMENSIONS}, {", ".join(SUMS)})
    select timestamptz '{_FIRST.isoformat()}' + make_interval(days => day, hours => 8 + hour), '{_ORGANISATION}',
      dimensions, {_DIMENSIONS}, {", ".join("1 + (day + hour) % 7" for _ in SUMS)}
    from generate_series(0, __DAYS__ - 1) day, generate_series(0, {_HOURS_A_DAY} - 1) hour, habit;
    insert into usage_day (day, organisation_id, dimensions, {_DIMENSIONS}, {", ".join(SUMS)})
    select date_trunc('day', hour, 'UTC') as day, organisation_id, dimensions, {_DIMENSIONS},
      {", ".join(f"sum({name})" for name in SUMS)}
    from usage_hour group by day, organisation_id, dimensions, {_DIMENSIONS} order by day;
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how the figure is called."""

    figure: str
    by: tuple[Dimension, ...]
    wanted: UsageFilter = UsageFilter()  # noqa: RUF009 - it is frozen


def measure() -> Iterator[Measured]:
    """Yield the figures of this part."""
    return _measure(_DAYS, _ROUNDS)


def measure_quickly() -> Iterator[Measured]:
    """Yield the same figures, of fewer rows and rounds."""
    return _measure(_QUICK_DAYS, _QUICK_ROUNDS)


def _measure(days: int, rounds: int) -> Iterator[Measured]:
    with tempfile.TemporaryDirectory(prefix="drawbridge-bench-") as folder:
        server = EmbeddedDatabase(Path(folder), settings={"fsync": "off"})
        server.start()
        try:
            migrate(server.url)
            _fill(server.superuser_url, days)
            yield from asyncio.run(_gather(server.url, days, rounds))
        finally:
            server.stop()


def _fill(superuser_url: str, days: int) -> None:
    with psycopg.connect(driver_url(superuser_url), autocommit=True) as connection:
        connection.execute(_FILL.replace("__DAYS__", str(days)).encode())
        connection.execute("vacuum analyze usage_hour, usage_day")


async def _gather(url: str, days: int, rounds: int) -> list[Measured]:
    return [measured async for measured in _ask(url, _questions(days), rounds)]


async def _ask(url: str, questions: Sequence[Question], rounds: int) -> AsyncIterator[Measured]:
    """Ask each question once in each round, all others in between."""
    database = Database(url)
    took_s: dict[str, list[float]] = {question.figure: [] for question in questions}
    groups: dict[str, int] = {}
    for _ in range(rounds):
        for question in questions:
            began = time.perf_counter()
            async with database.organisation(_ORGANISATION, steady=True) as connection:
                found = await total_usage(connection, _ORGANISATION, question.wanted, question.by, _MOST)
            took_s[question.figure].append(time.perf_counter() - began)
            groups[question.figure] = len(found.totals)
    await database.close()
    for figure, times in took_s.items():
        p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
        yield Measured(figure, p95, f"p50 {statistics.median(times):.2f}; {groups[figure]} groups")


def _questions(days: int) -> list[Question]:
    # Sessions are not among what is added up beforehand.
    rolled: list[Dimension] = [name for name in DIMENSIONS if name not in ("session", "hour")]
    last = _FIRST + timedelta(days=days)
    return [
        *(Question(f"usage by {name}, p95", (name,)) for name in rolled),
        Question("usage by day and team, p95", ("day", "team")),
        Question(
            "usage by principal, not from midnight to midnight, p95",
            ("principal",),
            UsageFilter(_FIRST + timedelta(hours=10), last - timedelta(hours=10)),
        ),
        Question("usage by hour of the last 31 days, p95", ("hour",), UsageFilter(last - timedelta(days=31))),
        Question("usage by hour of all time, p95", ("hour",)),
    ]
