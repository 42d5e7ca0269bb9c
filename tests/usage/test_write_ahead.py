"""The write-ahead file as its owner sees it: appending, room, draining, closing."""

import asyncio
import os
import stat
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.core.ids import AttemptId, uuid7
from drawbridge.core.money import Nanousd
from drawbridge.usage import segments
from drawbridge.usage.delivery import BATCH_EVENTS
from drawbridge.usage.errors import UnknownAttempt, WriteAheadError
from drawbridge.usage.events import Tokens
from drawbridge.usage.records import MAX_INTENT_BYTES, MAX_LINE_BYTES, line_bound, pack_intent, settled_line
from drawbridge.usage.recovery import recover
from drawbridge.usage.write_ahead import WriteAhead
from tests.usage.attempts import (
    SMALL_SEGMENT,
    HeldClock,
    Ledger,
    columns_of,
    make_intent,
    make_settlement,
    only_usage,
    open_write_ahead,
    price,
    settled_event,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "usage"


@pytest.fixture
def write_ahead(folder: Path) -> Iterator[WriteAhead]:
    opened = open_write_ahead(folder)
    yield opened
    opened.close()


def _record(write_ahead: WriteAhead, count: int) -> list[AttemptId]:
    intents = [make_intent() for _ in range(count)]
    for intent in intents:
        write_ahead.append_intent(intent)
        write_ahead.append_settlement(make_settlement(intent.attempt_id))
    return [intent.attempt_id for intent in intents]


def _segment_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.wal"))


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _rejected(folder: Path) -> bytes:
    (path,) = folder.glob("*.rejected")
    return path.read_bytes()


async def test_an_attempt_is_stored_with_everything_its_intent_and_settlement_said(write_ahead: WriteAhead) -> None:
    (attempt_id,) = _record(write_ahead, 1)
    ledger = Ledger()

    drained = await write_ahead.drain_once(ledger.store)

    assert drained == 1
    assert ledger.events == {attempt_id: settled_event(attempt_id)}


async def test_an_attempt_in_flight_is_not_stored(write_ahead: WriteAhead) -> None:
    write_ahead.append_intent(make_intent())
    ledger = Ledger()

    await write_ahead.drain_once(ledger.store)

    assert ledger.events == {}
    assert write_ahead.in_flight == 1


async def test_what_was_stored_is_not_handed_over_again(write_ahead: WriteAhead) -> None:
    _record(write_ahead, 3)
    await write_ahead.drain_once(Ledger().store)

    assert await write_ahead.drain_once(Ledger().store) == 0


async def test_a_second_settlement_is_refused_and_the_first_kept(write_ahead: WriteAhead) -> None:
    intent = make_intent()
    write_ahead.append_intent(intent)
    second = msgspec.structs.replace(make_settlement(intent.attempt_id), outcome="cut_by_caller")
    ledger = Ledger()

    taken = [write_ahead.append_settlement(make_settlement(intent.attempt_id)), write_ahead.append_settlement(second)]
    await write_ahead.drain_once(ledger.store)

    assert taken == [True, False]
    assert ledger.outcomes() == {intent.attempt_id: "ok"}


def test_a_settlement_without_intent_is_an_error(write_ahead: WriteAhead) -> None:
    with pytest.raises(UnknownAttempt, match="append its intent first"):
        write_ahead.append_settlement(make_settlement(AttemptId(uuid7())))


def test_a_second_intent_for_one_attempt_is_an_error(write_ahead: WriteAhead) -> None:
    intent = make_intent()
    write_ahead.append_intent(intent)

    with pytest.raises(ValueError, match="already"):
        write_ahead.append_intent(intent)


async def test_an_hour_without_a_database_is_drained_in_bounded_batches(folder: Path) -> None:
    write_ahead = open_write_ahead(folder, segment_bytes=1 << 20)
    attempts = _record(write_ahead, 3000)
    ledger = Ledger(answers=["away"])
    with pytest.raises(ConnectionError):
        await write_ahead.drain_once(ledger.store)

    drained = await write_ahead.drain_once(ledger.store)

    assert drained == 3000
    assert list(ledger.events) == attempts
    assert ledger.largest_batch <= BATCH_EVENTS
    write_ahead.close()


async def test_the_event_loop_goes_on_while_a_backlog_is_drained(folder: Path) -> None:
    write_ahead = open_write_ahead(folder, segment_bytes=8 << 20)
    _record(write_ahead, 4000)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with asyncio.TaskGroup() as tasks:
        counting = tasks.create_task(count_turns())
        await write_ahead.drain_once(Ledger().store)
        counting.cancel()

    assert turns > 4000 / 500
    write_ahead.close()


async def test_drained_segments_are_removed(write_ahead: WriteAhead, folder: Path) -> None:
    _record(write_ahead, 250)
    before = len(_segment_files(folder))

    await write_ahead.drain_once(Ledger().store)

    assert before > 5
    assert len(_segment_files(folder)) == 1


async def test_an_hours_long_stream_does_not_keep_the_segments_of_others(folder: Path) -> None:
    write_ahead = open_write_ahead(folder, segment_bytes=64 << 10)
    long_ones = [make_intent() for _ in range(10)]
    ledger = Ledger()
    most_segments = 0
    for round_number in range(30):
        if round_number % 3 == 0:
            write_ahead.append_intent(long_ones[round_number // 3])
        _record(write_ahead, 30)
        await write_ahead.drain_once(ledger.store)
        most_segments = max(most_segments, len(_segment_files(folder)))

    for intent in long_ones:
        write_ahead.append_settlement(make_settlement(intent.attempt_id))
    await write_ahead.drain_once(ledger.store)

    assert most_segments <= 4
    assert len(ledger.events) == 910
    assert all(ledger.events[intent.attempt_id] == settled_event(intent.attempt_id) for intent in long_ones)
    write_ahead.close()


async def test_a_stream_that_was_carried_on_is_lost_only_once(folder: Path) -> None:
    write_ahead = open_write_ahead(folder, segment_bytes=64 << 10)
    long_one = make_intent()
    write_ahead.append_intent(long_one)
    ledger = Ledger()
    for _ in range(10):
        _record(write_ahead, 30)
        await write_ahead.drain_once(ledger.store)
    write_ahead.close()

    recovered = await recover(folder, ledger.store, price)

    assert recovered.lost == 1
    assert columns_of(ledger.events[long_one.attempt_id])["outcome"] == "lost"
    assert len(ledger.events) == 301


async def test_a_poison_event_is_set_aside_and_the_others_are_stored(write_ahead: WriteAhead, folder: Path) -> None:
    attempts = _record(write_ahead, 40)
    poison = frozenset({attempts[0], attempts[17]})
    ledger = Ledger(poison=poison)

    await write_ahead.drain_once(ledger.store)

    assert set(ledger.events) == set(attempts) - poison
    assert _rejected(folder) == settled_event(attempts[0]) + settled_event(attempts[17])


async def test_a_store_that_leaves_while_poison_is_looked_for_stores_the_rest_later(
    write_ahead: WriteAhead, folder: Path
) -> None:
    attempts = _record(write_ahead, 8)
    poison = frozenset({attempts[2]})
    ledger = Ledger(answers=["ok", "ok", "ok", "ok", "ok", "away"], poison=poison)
    with pytest.raises(ConnectionError):
        await write_ahead.drain_once(ledger.store)

    await write_ahead.drain_once(ledger.store)

    assert set(ledger.events) == set(attempts) - poison
    assert _rejected(folder) == settled_event(attempts[2])


def test_only_the_owner_may_read_the_files(write_ahead: WriteAhead, folder: Path) -> None:
    _record(write_ahead, 1)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_nothing_is_left_behind_when_all_was_stored(folder: Path) -> None:
    write_ahead = open_write_ahead(folder)
    _record(write_ahead, 20)
    await write_ahead.drain_once(Ledger().store)

    write_ahead.close()

    assert _names(folder) == []


async def test_what_was_not_stored_at_the_end_is_left_to_the_siblings(folder: Path) -> None:
    write_ahead = open_write_ahead(folder)
    attempts = _record(write_ahead, 20)
    write_ahead.close()
    ledger = Ledger()

    await recover(folder, ledger.store, price)

    assert ledger.events == {attempt_id: settled_event(attempt_id) for attempt_id in attempts}
    assert _names(folder) == []


def test_a_closed_file_refuses_new_attempts(folder: Path) -> None:
    write_ahead = open_write_ahead(folder)
    write_ahead.close()

    with pytest.raises(WriteAheadError, match="stopping"):
        write_ahead.append_intent(make_intent())


def test_writes_are_brought_to_the_disk_soon_and_many_at_a_time(folder: Path) -> None:
    synced: list[tuple[float, Path]] = []
    lock = threading.Lock()

    def sync_file(path: Path) -> None:
        with lock:
            synced.append((time.monotonic(), path))

    write_ahead = WriteAhead(folder, clock=SystemClock(), sync_file=sync_file)
    _record(write_ahead, 200)
    written = time.monotonic()
    time.sleep(0.5)
    with lock:
        times = [at for at, path in synced if path.suffix == ".wal"]
    write_ahead.close()

    assert 1 <= len(times) <= 10
    # 50 ms is the promise; a loaded machine may be late to wake the thread.
    assert times[-1] >= written - 0.05
    assert times[-1] - written < 0.25


def test_a_disk_that_cannot_sync_does_not_stop_the_calls(folder: Path) -> None:
    def sync_file(path: Path) -> None:
        raise OSError(5, "input/output error", str(path))

    write_ahead = WriteAhead(folder, clock=SystemClock(), sync_after_s=0.001, sync_file=sync_file)
    for _ in range(5):
        _record(write_ahead, 1)
        time.sleep(0.01)

    assert write_ahead.in_flight == 0
    write_ahead.close()


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("r" * 9000, "r" * 200),
        ("\0" + "ß" * 5000, "\N{REPLACEMENT CHARACTER}" + "ß" * 98),
        ("\ud800 alone", "? alone"),
    ],
)
async def test_text_that_is_too_long_or_unstorable_is_cut_and_the_event_kept(
    write_ahead: WriteAhead, text: str, stored: str
) -> None:
    intent = make_intent(session_id=text)
    write_ahead.append_intent(intent)
    write_ahead.append_settlement(make_settlement(intent.attempt_id, provider_request_id=text))
    ledger = Ledger()

    await write_ahead.drain_once(ledger.store)

    booked = columns_of(ledger.events[intent.attempt_id])
    assert (booked["session_id"], booked["provider_request_id"]) == (stored, stored)


@pytest.mark.parametrize("text", ["\N{GRINNING FACE}" * 5000, "\t\\" * 5000, "\t" * 260, "\0" * 5000])
def test_the_largest_intent_and_settlement_stay_within_the_room_kept_for_them(text: str) -> None:
    number = 1 << 70
    tokens = Tokens(**dict.fromkeys(Tokens.__struct_fields__, number))
    intent = msgspec.structs.replace(
        make_intent(session_id=text),
        estimate=tokens,
        **dict.fromkeys(
            ("product", "operation", "dialect", "model", "deployment", "provider", "upstream_model", "client"), text
        ),
    )
    settlement = msgspec.structs.replace(
        make_settlement(intent.attempt_id, provider_request_id=text),
        outcome="refused_by_provider",
        status=number,
        tokens=tokens,
        cost_nanousd=Nanousd(-number),
        price_id=text,
        time_to_first_byte_ms=number,
        duration_ms=number,
    )

    fitting, packed = pack_intent(intent)
    line = settled_line(fitting, settlement, line_bound(fitting, packed))

    assert len(packed) <= MAX_INTENT_BYTES
    assert len(line) <= line_bound(intent, packed) <= MAX_LINE_BYTES


@pytest.mark.parametrize("count", [600, 1250])
async def test_a_model_named_by_nuls_stays_within_the_room_kept_for_it(
    write_ahead: WriteAhead, folder: Path, count: int
) -> None:
    intent = msgspec.structs.replace(make_intent(), model="p/" + "\0" * count, upstream_model="\0" * count)
    write_ahead.append_intent(intent)
    write_ahead.append_settlement(make_settlement(intent.attempt_id))
    ledger = Ledger()

    await write_ahead.drain_once(ledger.store)

    assert ledger.outcomes() == {intent.attempt_id: "ok"}
    _, packed = pack_intent(intent)
    assert len(ledger.events[intent.attempt_id]) <= line_bound(intent, packed)


def test_a_segment_too_small_for_a_record_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="too small"):
        open_write_ahead(folder, segment_bytes=4096)


def test_a_folder_that_cannot_be_used_is_refused_with_what_to_do(tmp_path: Path) -> None:
    in_the_way = tmp_path / "usage"
    in_the_way.write_text("")

    with pytest.raises(WriteAheadError, match="make the folder writable") as raised:
        open_write_ahead(in_the_way)

    assert (raised.value.status, raised.value.code) == (503, "usage_record_unavailable")


def test_room_is_taken_with_zeros_where_the_file_system_cannot_reserve_it(tmp_path: Path) -> None:
    path = tmp_path / "segment"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)

    segments.write_zeros(descriptor, 200_001)

    os.close(descriptor)
    assert path.stat().st_size == 200_001
    assert path.stat().st_blocks * 512 >= 200_001


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("a disk can only be filled by root, who may mount one of 256 KiB")
    mount = tmp_path / "disk"
    mount.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(mount)], check=False, capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system may be mounted here, so no disk can be filled: {mounted.stderr.strip()}")
    yield mount
    # Lazily: a test that failed may still hold a file there, and nothing may be left mounted.
    subprocess.run(["umount", "--lazy", str(mount)], check=True)


def _fill(write_ahead: WriteAhead) -> tuple[list[AttemptId], WriteAheadError]:
    accepted: list[AttemptId] = []
    while True:
        intent = make_intent()
        try:
            write_ahead.append_intent(intent)
        except WriteAheadError as error:
            return accepted, error
        accepted.append(intent.attempt_id)


def _fill_disk(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


async def test_a_full_disk_refuses_new_attempts_and_settles_all_that_it_accepted(small_disk: Path) -> None:
    write_ahead = open_write_ahead(small_disk / "usage", segment_bytes=64 << 10)
    accepted, error = _fill(write_ahead)
    _fill_disk(small_disk / "filler")
    longest = "r" * 5000
    ledger = Ledger()

    settled = [write_ahead.append_settlement(make_settlement(attempt_id, longest)) for attempt_id in accepted]
    await write_ahead.drain_once(ledger.store)

    assert len(accepted) > 50
    assert all(settled)
    assert set(ledger.events) == set(accepted)
    assert (error.status, error.code, error.fault) == (503, "usage_record_unavailable", "us")
    assert error.retry_after_s
    assert "free at least 65536 bytes" in error.message
    assert str(small_disk) in error.message
    write_ahead.close()


async def test_a_disk_with_room_again_takes_attempts_again(small_disk: Path) -> None:
    clock = HeldClock()
    write_ahead = WriteAhead(small_disk / "usage", clock=clock, segment_bytes=64 << 10)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(160 << 10))
    accepted, _ = _fill(write_ahead)
    filler.unlink()
    with pytest.raises(WriteAheadError):
        write_ahead.append_intent(make_intent())
    clock.seconds += 1.0
    later = make_intent()
    ledger = Ledger()

    write_ahead.append_intent(later)
    for attempt_id in [*accepted, later.attempt_id]:
        write_ahead.append_settlement(make_settlement(attempt_id))
    await write_ahead.drain_once(ledger.store)

    assert set(ledger.events) == {*accepted, later.attempt_id}
    write_ahead.close()


async def test_a_store_that_hangs_is_left_after_a_deadline(
    write_ahead: WriteAhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drawbridge.usage.delivery._STORE_TIMEOUT_S", 0.05)
    _record(write_ahead, 2)
    ledger = Ledger()

    async def hang(_events: Sequence[bytes], _owner: str) -> None:
        await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        await write_ahead.drain_once(only_usage(hang))
    await write_ahead.drain_once(ledger.store)

    assert len(ledger.events) == 2


def test_a_segment_is_of_the_size_that_was_asked_for(write_ahead: WriteAhead, folder: Path) -> None:
    _record(write_ahead, 1)

    assert [path.stat().st_size for path in _segment_files(folder)] == [SMALL_SEGMENT]
