"""Denials: a flood makes few records, none is lost but those of the last window, and none is recorded twice."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from drawbridge.core.ids import KeyId, OrganisationId, PrincipalId, uuid7
from drawbridge.db.engine import Database
from drawbridge.usage.denials import Denial, DenialCount, DenialCounts
from drawbridge.usage.errors import EventsRefused, WriteAheadError
from drawbridge.usage.recovery import recover
from drawbridge.usage.store import AuditedDenials
from tests.parts.clock import HeldClock
from tests.parts.organisations import make_organisation
from tests.usage.attempts import Ledger, make_intent, make_settlement, open_write_ahead, price

ORGANISATION = OrganisationId(UUID(int=1))
MINUTE = timedelta(seconds=60)


def denial(
    name: str = "gpt-5",
    *,
    key: int = 3,
    rules: tuple[str, ...] = ("no",),
    organisation_id: OrganisationId = ORGANISATION,
) -> Denial:
    return Denial(
        organisation_id, PrincipalId(UUID(int=2)), "user", "ana", KeyId(UUID(int=key)), "use", "model", name, rules
    )


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


class Kept:
    """What is kept, in memory. Is full as long as it is told so."""

    def __init__(self) -> None:
        self.counts: list[DenialCount] = []
        self.is_full = False

    def append_denials(self, counted: DenialCount) -> None:
        if self.is_full:
            raise WriteAheadError("the disk is full")
        self.counts.append(counted)


def test_a_flood_of_denials_makes_a_record_at_its_begin_and_one_a_minute() -> None:
    kept, clock = Kept(), HeldClock(datetime(2026, 11, 23, tzinfo=UTC))
    denials = DenialCounts(kept, clock)

    for _ in range(100_000):
        denials.note(denial())
        clock.advance(timedelta(milliseconds=1))
    denials.finish()

    assert len(kept.counts) == 3
    assert kept.counts[0].count == 1
    assert sum(counted.count for counted in kept.counts) == 100_000
    assert kept.counts[1].first_at < kept.counts[1].last_at
    assert len({counted.id for counted in kept.counts}) == 3


def test_different_denials_are_counted_apart() -> None:
    kept = Kept()
    denials = DenialCounts(kept, HeldClock())

    for one in (denial("a"), denial("b"), denial("a", key=4), denial("a", rules=("other",)), denial("a")):
        denials.note(one)
    denials.finish()

    assert [(counted.name, counted.count) for counted in kept.counts] == [
        ("a", 1),
        ("b", 1),
        ("a", 1),
        ("a", 1),
        ("a", 1),
    ]


def test_names_without_end_are_counted_together_and_leave_the_denials_of_others_apart() -> None:
    kept = Kept()
    denials = DenialCounts(kept, HeldClock())

    for number in range(100_000):
        denials.note(denial(f"model-{number}"))
    denials.note(denial("gpt-5", key=9))
    denials.finish()

    assert len(kept.counts) < 30
    assert sum(counted.count for counted in kept.counts) == 100_001
    assert kept.counts[-1].name == "*"
    assert any(counted.name == "gpt-5" and counted.key_id == UUID(int=9) for counted in kept.counts)


def test_keys_without_end_are_counted_together_too() -> None:
    kept = Kept()
    denials = DenialCounts(kept, HeldClock())

    for number in range(5_000):
        denials.note(denial(key=number + 1))
    denials.finish()

    assert len(kept.counts) < 2_010
    assert sum(counted.count for counted in kept.counts) == 5_000
    assert kept.counts[-1].principal_id is None


def test_what_was_denied_no_more_for_a_minute_is_forgotten() -> None:
    kept, clock = Kept(), HeldClock()
    denials = DenialCounts(kept, clock)
    for number in range(30):
        denials.note(denial(f"model-{number}"))

    clock.advance(MINUTE)
    denials.flush()
    clock.advance(MINUTE)
    denials.flush()
    denials.note(denial("model-99"))

    assert kept.counts[-1].name == "model-99"


def test_a_count_that_cannot_be_kept_goes_on_and_is_kept_later() -> None:
    kept, clock = Kept(), HeldClock()
    denials = DenialCounts(kept, clock)
    kept.is_full = True
    denials.note(denial())
    denials.note(denial())
    kept.is_full = False

    denials.flush()

    assert [counted.count for counted in kept.counts] == [2]


def test_what_callers_write_is_bounded_and_can_be_stored() -> None:
    kept = Kept()
    denials = DenialCounts(kept, HeldClock())

    denials.note(denial("\0\ud800" + "x" * 1_000_000, rules=tuple("abcdefghijklmnop")))

    assert len(kept.counts[0].name) < 200
    assert kept.counts[0].name.isprintable()
    assert len(kept.counts[0].rules) == 8


async def test_denials_are_drained_once_beside_usage_in_their_order(tmp_path: Path) -> None:
    write_ahead = open_write_ahead(tmp_path)
    denials, ledger = DenialCounts(write_ahead, HeldClock()), Ledger()
    first, second = make_intent(), make_intent()
    write_ahead.append_intent(first)
    denials.note(denial("a"))
    write_ahead.append_settlement(make_settlement(first.attempt_id))
    denials.note(denial("b"))
    write_ahead.append_intent(second)
    write_ahead.append_settlement(make_settlement(second.attempt_id))

    await write_ahead.drain_once(ledger.store)
    await write_ahead.drain_once(ledger.store)
    write_ahead.close()

    assert sorted(counted.name for counted in ledger.denials.values()) == ["a", "b"]
    assert len(ledger.events) == 2
    assert files_in(tmp_path) == []


async def test_denials_that_can_never_be_recorded_are_set_aside_and_hold_up_nothing(tmp_path: Path) -> None:
    write_ahead = open_write_ahead(tmp_path)
    denials, ledger = DenialCounts(write_ahead, HeldClock()), Ledger(unwanted=frozenset({"b"}))
    for name in ("a", "b", "c"):
        denials.note(denial(name))

    await write_ahead.drain_once(ledger.store)
    write_ahead.close()

    assert sorted(counted.name for counted in ledger.denials.values()) == ["a", "c"]
    [kept] = files_in(tmp_path)
    assert kept.name.endswith(".rejected-denials")
    assert '"b"' in kept.read_text()


_WRITER = """
import os, sys
from pathlib import Path
from tests.parts.clock import HeldClock
from tests.usage.attempts import open_write_ahead
from tests.usage.test_denials import denial
from drawbridge.usage.denials import DenialCounts
denials = DenialCounts(open_write_ahead(Path(sys.argv[1])), HeldClock())
for _ in range(1000):
    denials.note(denial())
print("noted", flush=True)
os.read(0, 1)
"""


async def test_a_killed_process_loses_no_more_than_the_count_of_its_last_window(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"noted\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    ledger = Ledger(answers=["unsure"])

    with pytest.raises(ConnectionError):
        await recover(tmp_path, ledger.store, price)
    await recover(tmp_path, ledger.store, price)

    [counted] = ledger.denials.values()
    assert (counted.name, counted.count) == ("gpt-5", 1)
    assert files_in(tmp_path) == []


async def test_counts_are_in_the_audit_record_once_however_often_they_come(database: Database) -> None:
    organisation_id = await make_organisation(database)
    kept = Kept()
    denials = DenialCounts(kept, HeldClock())
    for name in ("a", "b"):
        denials.note(denial(name, organisation_id=organisation_id))
    book = AuditedDenials(database).book

    await book(kept.counts[:1])
    await book(kept.counts)
    await book(kept.counts)

    async with database.organisation(organisation_id) as connection:
        found = await connection.exec_driver_sql(
            "select actor_name, action, object_name, outcome from audit_event where outcome = 'denied' order by number"
        )
        assert [tuple(row) for row in found] == [
            ("ana", "model.use_denied", "a", "denied"),
            ("ana", "model.use_denied", "b", "denied"),
        ]


async def test_denials_of_an_organisation_that_is_gone_can_never_be_recorded(database: Database) -> None:
    kept = Kept()
    DenialCounts(kept, HeldClock()).note(denial(organisation_id=OrganisationId(uuid7())))

    with pytest.raises(EventsRefused):
        await AuditedDenials(database).book(kept.counts)
