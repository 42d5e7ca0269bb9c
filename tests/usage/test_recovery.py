"""What dead owners leave is booked: by law over any course of events, and for the cases that have a name."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drawbridge.core.ids import AttemptId
from drawbridge.usage.drain import Drain
from drawbridge.usage.recovery import Recovered, recover
from drawbridge.usage.write_ahead import WriteAhead
from tests.usage.attempts import (
    TIMES,
    Ledger,
    columns_of,
    make_intent,
    make_settlement,
    names_in,
    open_write_ahead,
    price,
    settled_event,
)

_Answers = st.lists(st.sampled_from(["ok", "away", "unsure"]), max_size=4)
_Operation = st.one_of(
    st.just("intent"),
    st.integers(0, 20),  # settle this one of those in flight
    _Answers.map(tuple),  # drain while the store answers so
    st.sampled_from(["crash", "crash in an intent", "crash in a settlement"]),
)


@dataclass
class _Course:
    """A process that lives, drains, dies and is followed by another, and what must come of it."""

    folder: Path
    ledger: Ledger = field(default_factory=Ledger)
    in_flight: list[AttemptId] = field(default_factory=list[AttemptId])
    settled: set[AttemptId] = field(default_factory=set[AttemptId])
    lost: set[AttemptId] = field(default_factory=set[AttemptId])

    def __post_init__(self) -> None:
        self.write_ahead = open_write_ahead(self.folder)

    def intent(self) -> AttemptId:
        intent = make_intent()
        self.write_ahead.append_intent(intent)
        self.in_flight.append(intent.attempt_id)
        return intent.attempt_id

    def settle(self, number: int) -> AttemptId:
        attempt_id = self.in_flight.pop(number % len(self.in_flight))
        self.write_ahead.append_settlement(make_settlement(attempt_id))
        self.settled.add(attempt_id)
        return attempt_id

    def drain(self, answers: Sequence[str]) -> None:
        self.ledger.answer(answers)
        with suppress(ConnectionError):
            asyncio.run(self.write_ahead.drain_once(self.ledger.store))

    def crash(self) -> None:
        self.write_ahead.close()
        self.lost |= set(self.in_flight)
        self.in_flight.clear()
        self.write_ahead = open_write_ahead(self.folder)

    def crash_within(self, write: Callable[[], AttemptId], kept_share: float) -> None:
        """Die in the middle of a write: the file keeps the first part of what it would have written."""
        before = {path: path.read_bytes() for path in self.folder.glob("*.wal")}
        attempt_id = write()
        for path in self.folder.glob("*.wal"):
            _keep_part(path, before.get(path, b""), kept_share)
        if attempt_id in self.settled:
            self.settled.discard(attempt_id)
            self.in_flight.append(attempt_id)
        else:
            self.in_flight.remove(attempt_id)
        self.crash()


def _keep_part(path: Path, before: bytes, share: float) -> None:
    after = path.read_bytes()
    before = before.ljust(len(after), b"\0")
    changed = [at for at in range(len(after)) if before[at] != after[at]]
    if changed:
        first, last = changed[0], changed[-1]
        cut = first + int((last - first) * share)
        path.write_bytes(after[:cut] + before[cut:])


@contextmanager
def _temporary_folder() -> Generator[Path]:
    folder = Path(tempfile.mkdtemp(dir=_memory_folder()))
    try:
        yield folder / "usage"
    finally:
        shutil.rmtree(folder)


def _memory_folder() -> Path | None:
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and os.access(memory, os.W_OK) else None


def _recover_with(folder: Path, ledger: Ledger, answers: Sequence[str] = ()) -> None:
    ledger.answer(answers)
    for _ in range(len(answers) + 1):
        with suppress(ConnectionError):
            asyncio.run(recover(folder, ledger.store, price))


@given(operations=st.lists(_Operation, max_size=60), answers=_Answers, kept_share=st.floats(0, 1, exclude_max=True))
@example(operations=["intent", "crash in a settlement", "intent", "crash"], answers=["unsure"], kept_share=0.99)
@settings(max_examples=150 * TIMES, deadline=None)
def test_any_course_of_events_gives_exactly_one_event_for_each_intent(
    operations: list[str | int | tuple[str, ...]], answers: list[str], kept_share: float
) -> None:
    with _temporary_folder() as folder:
        course = _Course(folder)

        for operation in operations:
            _carry_out(course, operation, kept_share)
        course.crash()
        _recover_with(folder, course.ledger, answers)
        course.write_ahead.close()

        expected = dict.fromkeys(course.settled, "ok") | dict.fromkeys(course.lost, "lost")
        assert course.ledger.outcomes() == expected
        assert all(course.ledger.events[attempt_id] == settled_event(attempt_id) for attempt_id in course.settled)
        assert list(folder.iterdir()) == []


def _carry_out(course: _Course, operation: str | int | tuple[str, ...], kept_share: float) -> None:
    match operation:
        case "intent":
            course.intent()
        case int() if course.in_flight:
            course.settle(operation)
        case tuple():
            course.drain(operation)
        case "crash":
            course.crash()
        case "crash in an intent":
            course.crash_within(course.intent, kept_share)
        case "crash in a settlement" if course.in_flight:
            course.crash_within(lambda: course.settle(0), kept_share)
        case _:
            pass


@given(
    settled=st.lists(st.booleans(), min_size=1, max_size=30),
    drained=st.booleans(),
    place=st.floats(0, 1, exclude_max=True),
    flip=st.integers(1, 255),
    in_data=st.booleans(),
    live=st.booleans(),
)
@settings(max_examples=300 * TIMES, deadline=None)
def test_a_damaged_byte_costs_at_most_the_attempt_that_it_belongs_to(
    settled: list[bool], drained: bool, place: float, flip: int, in_data: bool, live: bool
) -> None:
    with _temporary_folder() as folder:
        write_ahead = open_write_ahead(folder)
        # Where a settlement is damaged after it was stored, its attempt comes again as lost, and is not booked again.
        ledger = Ledger(is_strict=False)
        expected = {_attempt(write_ahead, is_settled): is_settled for is_settled in settled}
        if drained:
            asyncio.run(write_ahead.drain_once(ledger.store))
        _damage(folder, place, flip, in_data=in_data)
        if live:
            asyncio.run(write_ahead.drain_once(ledger.store))
        write_ahead.close()

        _recover_with(folder, ledger)

        exact = {attempt_id: "ok" if is_settled else "lost" for attempt_id, is_settled in expected.items()}
        outcomes = ledger.outcomes()
        assert outcomes.keys() <= exact.keys()
        wrong = {attempt_id for attempt_id in exact if outcomes.get(attempt_id) != exact[attempt_id]}
        assert len(wrong) <= 1
        assert all(outcomes.get(attempt_id, "lost") == "lost" for attempt_id in wrong)
        assert not list(folder.glob("*.wal"))
        if wrong and not _is_last(wrong, expected):
            assert len(list(folder.glob("*.damaged"))) == 1


def _attempt(write_ahead: WriteAhead, is_settled: bool) -> AttemptId:
    intent = make_intent()
    write_ahead.append_intent(intent)
    if is_settled:
        write_ahead.append_settlement(make_settlement(intent.attempt_id))
    return intent.attempt_id


def _is_last(wrong: set[AttemptId], expected: dict[AttemptId, bool]) -> bool:
    return wrong == {list(expected)[-1]}


def _damage(folder: Path, place: float, flip: int, *, in_data: bool) -> None:
    paths = sorted(folder.glob("*.wal"))
    path = paths[int(place * len(paths))]
    content = bytearray(path.read_bytes())
    within = len(content.rstrip(b"\0")) if in_data else len(content)
    at = int(place * len(paths) % 1 * within)
    content[at] ^= flip
    # In place: the owner may still hold the file.
    with path.open("r+b") as file:
        file.write(content)


async def test_an_intent_is_not_lost_while_its_owner_lives(tmp_path: Path) -> None:
    write_ahead = open_write_ahead(tmp_path)
    write_ahead.append_intent(make_intent())
    ledger = Ledger()

    recovered = await recover(tmp_path, ledger.store, price)

    assert recovered == Recovered()
    assert ledger.events == {}
    write_ahead.close()


async def test_an_owner_whose_lock_file_was_cleaned_away_still_counts_as_alive(tmp_path: Path) -> None:
    write_ahead = open_write_ahead(tmp_path)
    write_ahead.append_intent(make_intent())
    _remove_locks(tmp_path)
    ledger = Ledger()

    await recover(tmp_path, ledger.store, price)

    assert ledger.events == {}
    write_ahead.close()


async def test_a_lost_attempt_is_booked_with_its_estimate_at_its_price(tmp_path: Path) -> None:
    write_ahead = open_write_ahead(tmp_path)
    intent = make_intent()
    write_ahead.append_intent(intent)
    write_ahead.close()
    ledger = Ledger()

    recovered = await recover(tmp_path, ledger.store, price)

    booked = columns_of(ledger.events[intent.attempt_id])
    cost, price_id = price(intent, intent.estimate)
    assert recovered == Recovered(settled=0, lost=1, damaged=0)
    assert (booked["outcome"], booked["input_tokens"]) == ("lost", str(intent.estimate.input))
    assert (booked["cost_nanousd"], booked["price_id"]) == (str(cost), price_id)


async def test_a_stream_that_was_carried_on_and_settled_never_comes_back_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_ahead = open_write_ahead(tmp_path)
    attempt_id = _attempt(write_ahead, is_settled=False)
    old_segment = _only_segment(tmp_path)
    as_it_was = old_segment.read_bytes()
    ledger = Ledger()
    while old_segment.exists():
        _attempt(write_ahead, is_settled=True)
        await write_ahead.drain_once(ledger.store)
    write_ahead.append_settlement(make_settlement(attempt_id))
    write_ahead.close()
    # As if the process had been killed before it removed the old segment, and the recovery after its first removal.
    old_segment.write_bytes(as_it_was)
    _fail_second_removal(monkeypatch)

    with pytest.raises(PermissionError):
        await recover(tmp_path, ledger.store, price)
    monkeypatch.undo()
    await recover(tmp_path, ledger.store, price)

    assert ledger.events[attempt_id] == settled_event(attempt_id)
    assert names_in(tmp_path) == []


def _fail_second_removal(monkeypatch: pytest.MonkeyPatch) -> None:
    remove = Path.unlink
    removed: list[Path] = []

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if removed:
            raise PermissionError
        removed.append(path)
        remove(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)


async def test_files_without_a_lock_file_are_recovered(tmp_path: Path) -> None:
    write_ahead = open_write_ahead(tmp_path)
    _attempt(write_ahead, is_settled=True)
    write_ahead.close()
    _remove_locks(tmp_path)

    recovered = await recover(tmp_path, Ledger().store, price)

    assert recovered.settled == 1


async def test_two_recoveries_at_once_book_each_attempt_once(tmp_path: Path) -> None:
    for _ in range(6):
        write_ahead = open_write_ahead(tmp_path)
        for is_settled in (True, False, True):
            _attempt(write_ahead, is_settled)
        write_ahead.close()
    ledger = Ledger()

    both = await asyncio.gather(recover(tmp_path, ledger.store, price), recover(tmp_path, ledger.store, price))

    assert both[0] + both[1] == Recovered(settled=12, lost=6, damaged=0)
    assert len(ledger.events) == 18


async def test_a_recovery_that_is_cancelled_leaves_its_files_to_the_next(tmp_path: Path) -> None:
    write_ahead = open_write_ahead(tmp_path)
    attempt_id = _attempt(write_ahead, is_settled=True)
    write_ahead.close()
    ledger = Ledger(answers=["hang"])

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await recover(tmp_path, ledger.store, price)
    await recover(tmp_path, ledger.store, price)

    assert ledger.events == {attempt_id: settled_event(attempt_id)}


async def test_a_file_that_holds_damage_is_kept_and_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_ahead = open_write_ahead(tmp_path)
    attempts = [_attempt(write_ahead, is_settled=True) for _ in range(3)]
    write_ahead.close()
    _damage(tmp_path, 0.5, 1, in_data=True)
    ledger = Ledger()

    recovered = await recover(tmp_path, ledger.store, price)

    (kept,) = names_in(tmp_path)
    assert kept.endswith(".damaged")
    assert kept in caplog.text
    assert recovered.damaged == 1
    assert set(ledger.events) == set(attempts)


async def test_damage_that_the_living_owner_finds_is_kept_for_recovery(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_ahead = open_write_ahead(tmp_path)
    attempts = [_attempt(write_ahead, is_settled=True) for _ in range(120)]  # So many that some are in the file only.
    _damage(tmp_path, 0.1, 1, in_data=True)
    ledger = Ledger()

    await write_ahead.drain_once(ledger.store)
    found = "is damaged" in caplog.text
    await write_ahead.drain_once(ledger.store)
    write_ahead.close()
    recovered = await recover(tmp_path, ledger.store, price)

    assert found
    assert recovered.damaged == 1
    assert set(ledger.events) == set(attempts)


async def test_a_lock_on_a_file_that_was_just_removed_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_ahead = open_write_ahead(tmp_path)
    _attempt(write_ahead, is_settled=False)
    write_ahead.close()
    lock = fcntl.flock

    def lock_after_removal(descriptor: int, operation: int) -> None:
        _remove_locks(tmp_path)
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", lock_after_removal)
    ledger = Ledger()

    recovered = await recover(tmp_path, ledger.store, price)

    assert recovered == Recovered()
    assert ledger.events == {}


async def test_a_record_cut_short_by_a_kill_is_no_damage(tmp_path: Path) -> None:
    course = _Course(tmp_path)
    course.intent()
    course.crash_within(lambda: course.settle(0), 0.7)

    recovered = await recover(tmp_path, course.ledger.store, price)

    assert recovered == Recovered(settled=0, lost=1, damaged=0)
    course.write_ahead.close()


async def test_a_record_of_another_file_is_damage_and_not_an_event(tmp_path: Path) -> None:
    write_ahead = open_write_ahead(tmp_path)
    _attempt(write_ahead, is_settled=False)
    write_ahead.close()
    path = _only_segment(tmp_path)
    path.rename(tmp_path / f"{'0' * 32}-00000001.wal")
    ledger = Ledger()

    recovered = await recover(tmp_path, ledger.store, price)

    assert ledger.events == {}
    assert recovered.damaged == 1


async def test_the_same_record_at_another_place_is_damage_and_not_an_event(tmp_path: Path) -> None:
    write_ahead = open_write_ahead(tmp_path)
    attempt_id = _attempt(write_ahead, is_settled=False)
    write_ahead.close()
    _copy_within(_only_segment(tmp_path))
    ledger = Ledger()

    recovered = await recover(tmp_path, ledger.store, price)

    assert list(ledger.events) == [attempt_id]
    assert recovered.damaged == 1


async def test_an_empty_or_foreign_file_is_left_alone(tmp_path: Path) -> None:
    foreign = tmp_path / "notes.wal"
    foreign.write_text("not ours")

    assert await recover(tmp_path, Ledger().store, price) == Recovered()
    assert foreign.exists()


async def test_a_folder_that_does_not_exist_holds_nothing_to_recover(tmp_path: Path) -> None:
    assert await recover(tmp_path / "none", Ledger().store, price) == Recovered()


async def test_the_drain_books_own_and_left_events_once_the_store_is_back(tmp_path: Path) -> None:
    left = open_write_ahead(tmp_path)
    _attempt(left, is_settled=False)
    left.close()
    write_ahead = open_write_ahead(tmp_path)
    _attempt(write_ahead, is_settled=True)
    ledger = Ledger(answers=["away", "unsure", "away"])
    drain = Drain(write_ahead, tmp_path, ledger.store, price)

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(drain.run())
        await ledger.wait_for(2)
        running.cancel()
    finished = await drain.finish(within_s=5)

    assert sorted(ledger.outcomes().values()) == ["lost", "ok"]
    assert finished
    write_ahead.close()


async def test_the_end_of_the_process_does_not_wait_for_a_store_that_is_away(tmp_path: Path) -> None:
    write_ahead = open_write_ahead(tmp_path)
    attempt_id = _attempt(write_ahead, is_settled=True)
    ledger = Ledger(answers=["away"])

    finished = await Drain(write_ahead, tmp_path, ledger.store, price).finish(within_s=5)
    write_ahead.close()
    await recover(tmp_path, ledger.store, price)

    assert not finished
    assert list(ledger.events) == [attempt_id]


def _remove_locks(folder: Path) -> None:
    for path in folder.glob("*.lock"):
        path.unlink()


def _only_segment(folder: Path) -> Path:
    return next(folder.glob("*.wal"))


def _copy_within(path: Path) -> None:
    content = path.read_bytes()
    records = content[64:].rstrip(b"\0")
    path.write_bytes((content[: 64 + len(records)] + records).ljust(len(content), b"\0"))
