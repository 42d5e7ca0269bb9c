"""What is a problem among what was looked at."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drawbridge.health.judging import find_problems
from drawbridge.health.records import (
    Answered,
    DatabaseHealth,
    Installation,
    Problem,
    ProviderHealth,
    ProviderState,
    QueueHealth,
    UsageHealth,
)

_DATABASE = DatabaseHealth(timedelta(milliseconds=1), "18.4", 1 << 20, 9, 100)
_QUEUE = QueueHealth(0, 0, 0, None, 0, 0, None)
_USAGE = UsageHealth(0, 0, None, 100 << 30)
_WELL = Installation(_DATABASE, (), _QUEUE, _USAGE)


def test_nothing_is_a_problem_where_all_is_well() -> None:
    provider = ProviderHealth(ProviderState("openai", "openai", None), Answered(1000, 10))

    assert find_problems([provider], _WELL) == ()


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (
            replace(_WELL, database=replace(_DATABASE, answered_in=timedelta(seconds=1))),
            Problem("database_slow", "warning"),
        ),
        (replace(_WELL, database=replace(_DATABASE, connections=90)), Problem("connections_short", "warning")),
        (
            replace(_WELL, queue=replace(_QUEUE, waiting=1, oldest_waiting=timedelta(hours=1))),
            Problem("tasks_wait", "broken"),
        ),
        (replace(_WELL, queue=replace(_QUEUE, failed=1)), Problem("tasks_failed", "warning")),
        (
            replace(_WELL, queue=replace(_QUEUE, runs_waiting=1, oldest_run_waiting=timedelta(minutes=1))),
            Problem("runs_wait", "broken"),
        ),
        (replace(_WELL, usage=replace(_USAGE, refusal="full")), Problem("usage_refused", "broken", "full")),
        (replace(_WELL, usage=replace(_USAGE, waiting_bytes=1 << 30)), Problem("usage_waits", "warning")),
        (replace(_WELL, usage=replace(_USAGE, disk_free_bytes=1 << 29)), Problem("disk_nearly_full", "warning")),
        (replace(_WELL, usage=replace(_USAGE, disk_free_bytes=1 << 20)), Problem("disk_nearly_full", "broken")),
    ],
)
def test_each_trouble_of_the_installation_is_a_problem_of_its_own(found: Installation, problem: Problem) -> None:
    assert find_problems([], found) == (problem,)


def test_a_vendor_that_fails_half_of_the_calls_is_a_problem_and_one_that_failed_once_is_none() -> None:
    state = ProviderState("openai", "openai", None)

    failing = find_problems([ProviderHealth(state, Answered(8, 4))], None)

    assert failing == (Problem("vendor_failing", "broken", "openai"),)
    assert find_problems([ProviderHealth(state, Answered(2, 2))], None) == ()
    assert find_problems([ProviderHealth(state, Answered(100, 4))], None) == ()


def test_what_does_not_work_comes_before_what_soon_may_not() -> None:
    provider = ProviderHealth(ProviderState("openai", "openai", "OPENAI_API_KEY is empty."), Answered())
    slow = replace(_WELL, database=replace(_DATABASE, answered_in=timedelta(seconds=1)))

    problems = find_problems([provider], slow)

    assert [problem.code for problem in problems] == ["credential_missing", "database_slow"]
