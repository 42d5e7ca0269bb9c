"""What is lost in translation is kept in the call's record: within its room, and as it was."""

import json
from pathlib import Path
from typing import Literal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.core.ids import AttemptId, uuid7
from drawbridge.usage.events import Intent, Settlement
from drawbridge.usage.lost import REPLY_LOST_BYTES, REQUEST_LOST_BYTES, Lost, keep_lost, lost_json
from drawbridge.usage.records import MAX_INTENT_BYTES, MAX_LINE_BYTES, line_bound, pack_intent, settled_line
from drawbridge.usage.recovery import recover
from tests.usage.attempts import Ledger, columns_of, make_intent, make_settlement, open_write_ahead, price


class Leaf(msgspec.Struct, frozen=True):
    path: str
    reason: str = "the target has no word for it"
    effect: Literal["none", "answer", "price"] = "answer"


_ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=300) | st.sampled_from(
    ['"' * 300, "\\" * 300, "\0" * 300, "\x01" * 300, "\ud800" * 300, "\N{GRINNING FACE}" * 300]
)
_LEAVES = st.lists(st.builds(Leaf, _ANY_TEXT, _ANY_TEXT, st.sampled_from(["none", "answer", "price"])), max_size=80)


def translated(request: Lost, session_id: str | None = "session-1") -> Intent:
    return msgspec.structs.replace(make_intent(session_id=session_id), lost=request)


def settled(intent: Intent, reply: Lost) -> Settlement:
    return msgspec.structs.replace(make_settlement(intent.attempt_id), lost=reply)


@given(request=_LEAVES, reply=_LEAVES, session_id=_ANY_TEXT, repeat=st.integers(1, 40))
def test_whatever_is_lost_fits_into_the_room_kept_for_it_and_is_json(
    request: list[Leaf], reply: list[Leaf], session_id: str, repeat: int
) -> None:
    intent = translated(keep_lost(request, REQUEST_LOST_BYTES), session_id * repeat)
    settlement = settled(intent, keep_lost(reply, REPLY_LOST_BYTES))

    intent, packed = pack_intent(intent)
    line = settled_line(intent, settlement, line_bound(intent, packed))

    assert len(packed) <= MAX_INTENT_BYTES
    assert len(line) <= line_bound(intent, packed) <= MAX_LINE_BYTES
    lost = json.loads(columns_of(line)["lost"])
    assert len(lost["request"]) + len(lost["reply"]) + lost["unlisted"] == len(request) + len(reply)
    assert len(lost["request"]) + len(lost["reply"]) <= 100


def test_what_can_change_something_is_kept_before_what_cannot() -> None:
    idle = [Leaf(f"metadata.m{number}", effect="none") for number in range(100)]

    kept = keep_lost([*idle, Leaf("temperature")], REQUEST_LOST_BYTES)

    lost = json.loads(f"[{kept.listed}]")
    assert lost[0] == {"path": "temperature", "reason": "the target has no word for it", "effect": "answer"}
    assert [leaf["path"] for leaf in lost[1:]] == [leaf.path for leaf in idle[: len(lost) - 1]]
    assert len(lost) + kept.unlisted == 101
    assert kept.unlisted > 0


def test_a_path_without_end_is_cut_and_marked() -> None:
    kept = keep_lost([Leaf("x" * 5000)], REQUEST_LOST_BYTES)

    [leaf] = json.loads(f"[{kept.listed}]")
    assert leaf["path"].startswith("xxx")
    assert leaf["path"].endswith("\N{HORIZONTAL ELLIPSIS}")
    assert len(leaf["path"]) < 300


def test_nothing_lost_is_told_from_nothing_translated() -> None:
    def lost_of(intent: Intent) -> str:
        packed_intent, packed = pack_intent(intent)
        settlement = make_settlement(intent.attempt_id)
        return columns_of(settled_line(packed_intent, settlement, line_bound(packed_intent, packed)))["lost"]

    nothing = keep_lost([], REQUEST_LOST_BYTES)

    assert lost_of(make_intent()) == "null"
    assert json.loads(lost_of(translated(nothing))) == {"request": [], "reply": [], "unlisted": 0}


async def test_the_losses_of_both_ways_are_drained_with_their_event(tmp_path: Path) -> None:
    write_ahead, ledger = open_write_ahead(tmp_path), Ledger()
    intent = translated(keep_lost([Leaf("top_k")], REQUEST_LOST_BYTES))
    settlement = settled(intent, keep_lost([Leaf("choices[0].logprobs")], REPLY_LOST_BYTES))
    write_ahead.append_intent(intent)
    write_ahead.append_settlement(settlement)

    await write_ahead.drain_once(ledger.store)

    lost = json.loads(columns_of(ledger.events[intent.attempt_id])["lost"])
    assert [leaf["path"] for leaf in lost["request"]] == ["top_k"]
    assert [leaf["path"] for leaf in lost["reply"]] == ["choices[0].logprobs"]
    write_ahead.close()


async def test_a_call_of_a_process_that_died_keeps_what_its_request_lost(tmp_path: Path) -> None:
    write_ahead, ledger = open_write_ahead(tmp_path), Ledger()
    request = keep_lost([Leaf("top_k")], REQUEST_LOST_BYTES)
    intent = translated(request)
    write_ahead.append_intent(intent)
    write_ahead.close()

    await recover(tmp_path, ledger.store, price)

    booked = columns_of(ledger.events[intent.attempt_id])
    assert (booked["outcome"], booked["lost"]) == ("lost", lost_json(request, Lost("", 0)))


def test_an_intent_without_losses_takes_no_room_for_them() -> None:
    plain = make_intent(AttemptId(uuid7()))
    lossless = msgspec.structs.replace(plain, lost=keep_lost([], REQUEST_LOST_BYTES))

    room, more_room = (line_bound(*pack_intent(intent)) for intent in (plain, lossless))

    assert more_room - room > REPLY_LOST_BYTES
