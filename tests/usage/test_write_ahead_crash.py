"""Real processes that are killed: what they acknowledged is booked exactly once."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from drawbridge.usage.recovery import recover
from tests.usage.attempts import TIMES, Ledger, price

_ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.crash


def _start(job: str, folder: Path, report: Path) -> subprocess.Popen[bytes]:
    with report.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.usage.writer", job, str(folder)], cwd=_ROOT, stdout=output
        )


def _kill(process: subprocess.Popen[bytes], after_s: float) -> None:
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _wait_for_report(report: Path) -> None:
    deadline = time.monotonic() + 20
    while report.stat().st_size == 0:
        assert time.monotonic() < deadline, "the process did not start"
        time.sleep(0.005)


class _Report:
    """What killed processes acknowledged and booked; a line that was cut by the kill does not count."""

    def __init__(self, *paths: Path) -> None:
        lines = [line.split() for path in paths for line in path.read_text().splitlines(keepends=True) if "\n" in line]
        self.begun = {line[1] for line in lines if line[0] == "i"}
        self.settled = {line[1] for line in lines if line[0] == "s"}
        self.booked: dict[str, set[str]] = {}
        for line in lines:
            if line[0] == "b":
                self.booked.setdefault(line[1], set()).add(line[2])

    def add(self, ledger: Ledger) -> None:
        for attempt_id, outcome in ledger.outcomes().items():
            self.booked.setdefault(str(attempt_id), set()).add(outcome)

    def check(self, kills: int) -> None:
        assert self.begun <= self.booked.keys(), "an attempt is missing"
        assert max(map(len, self.booked.values())) == 1, "an attempt was booked in two ways"
        assert all(self.booked[attempt_id] == {"ok"} for attempt_id in self.settled)
        # A kill may fall between a write and its acknowledgement: then one attempt more is known to the file.
        unknown = self.booked.keys() - self.begun
        assert len(unknown) <= kills
        outcomes = Counter(next(iter(booked)) for booked in self.booked.values())
        assert len(self.settled) <= outcomes["ok"] <= len(self.settled) + kills


async def test_workers_killed_under_load_lose_and_double_nothing(tmp_path: Path) -> None:
    rounds = 8 * TIMES
    chance = random.Random(20250301)
    report = tmp_path / "report"
    ledger = Ledger()
    for _ in range(rounds):
        report_of_round = tmp_path / "round"
        process = _start("load", tmp_path / "usage", report_of_round)
        _wait_for_report(report_of_round)
        _kill(process, chance.uniform(0, 0.4))
        _move_lines(report_of_round, report)

    await recover(tmp_path / "usage", ledger.store, price)

    result = _Report(report)
    result.add(ledger)
    result.check(kills=rounds)
    assert len(result.begun) > 100
    assert "lost" in ledger.outcomes().values()
    assert _names(tmp_path / "usage") == []


async def test_a_recovery_killed_at_any_moment_doubles_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    report = tmp_path / "report"
    process = _start("load", tmp_path / "usage", report)
    _wait_for_report(report)
    _kill(process, 0.5)
    ledger = Ledger()
    for number in range(6 * TIMES):
        recovering = tmp_path / f"recovery-{number}"
        process = _start("recover", tmp_path / "usage", recovering)
        _kill(process, chance.uniform(0.15, 0.5))
        _move_lines(recovering, report)

    await recover(tmp_path / "usage", ledger.store, price)

    result = _Report(report)
    result.add(ledger)
    result.check(kills=1)


async def test_processes_that_recover_at_once_and_beside_living_ones_book_each_attempt_once(tmp_path: Path) -> None:
    reports = [tmp_path / f"report-{number}" for number in range(5)]
    dead = _start("load", tmp_path / "usage", reports[0])
    _wait_for_report(reports[0])
    _kill(dead, 0.3)
    living = _start("load", tmp_path / "usage", reports[1])
    _wait_for_report(reports[1])

    recoveries = [_start("recover", tmp_path / "usage", report) for report in reports[2:]]
    for recovery in recoveries:
        assert recovery.wait(timeout=30) == 0
    _kill(living, 0)
    ledger = Ledger()
    await recover(tmp_path / "usage", ledger.store, price)

    result = _Report(*reports)
    result.add(ledger)
    result.check(kills=2)
    lines = [line for report in reports[2:] for line in report.read_text().splitlines()]
    assert len(lines) == len(set(lines)), "two recoveries booked the same attempt"


def _move_lines(source: Path, target: Path) -> None:
    with target.open("ab") as file:
        file.write(source.read_bytes())
    source.unlink()


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
