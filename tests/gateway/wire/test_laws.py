"""Laws of all dialects together: cuts, noise and interleaved calls change nothing of what is told across dialects."""

import json
import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.wire.canonical import Request, ToolCall
from drawbridge.gateway.wire.events import Began, Closed, Ended, Event, Grew, PartBegan, PartEnded
from drawbridge.gateway.wire.known import DIALECTS
from tests.parts.across import FAMILIES, PAIRS
from tests.parts.across_replies import caller_request, dated, recorded_replies, write
from tests.parts.oracle.replies import reply_facts
from tests.parts.same_wire import FOLDER, Record, payloads, read_events
from tests.parts.size import pick

SAMPLED = pick(6, full=60)
EXAMPLES = pick(25, full=500)

pytestmark = pytest.mark.wire_laws
recorded = pytest.mark.skipif(
    not FOLDER.exists(), reason="There is no ../shared/traffic: recorded streams are missing."
)


@recorded
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_any_cut_of_a_stream_gives_the_same_events_and_the_same_bytes(source: Dialect, target: Dialect) -> None:
    chance = random.Random(f"{source} {target}")

    for record in streams(source):
        asked = caller_request(source, target, record)
        one_piece = told(source, target, asked, record, [record.reply])
        pieces = cut(record.reply, sorted(chance.sample(range(len(record.reply)), min(40, len(record.reply)))))
        assert told(source, target, asked, record, pieces) == one_piece, record.id


@recorded
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_noise_in_a_stream_never_raises_and_the_caller_is_told_an_end(source: Dialect, target: Dialect) -> None:
    chance = random.Random(f"{source} {target}")

    for record in streams(source):
        asked = caller_request(source, target, record)
        for _ in range(4):
            _, reply = told(source, target, asked, record, [noisy(record.reply, chance)])
            assert is_ended(target, reply), record.id


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("target", FAMILIES)
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_interleaved_parallel_calls_stay_what_they_are(target: Dialect, streamed: bool, data: st.DataObject) -> None:
    calls = data.draw(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3), max_size=4))
    events = interleaved(calls, data)
    asked = Request(dialect=target, model="m", messages=[], streamed=streamed)

    reply, _ = write(target, asked, events)

    facts = reply_facts(target, payloads(reply))
    assert facts.calls == [(f"tool_{number}", arguments) for number, arguments in enumerate(calls)]
    assert facts.stop == ("tool_calls" if calls else "end")
    assert is_ended(target, reply) or not streamed


@cache
def streams(source: Dialect) -> list[Record]:
    """Return some of the recorded streams of a dialect, spread over all of them, the very long ones left out."""
    found = [record for record in recorded_replies(source) if record.head.streamed and len(record.reply) < 60_000]
    return found[:: max(1, len(found) // SAMPLED)][:SAMPLED]


def told(
    source: Dialect, target: Dialect, asked: Request, record: Record, pieces: list[bytes]
) -> tuple[list[Event], bytes]:
    """Return what a vendor's bytes tell: as events, and in another dialect."""
    events = dated(read_events(DIALECTS[source], record, asked, pieces))
    return events, write(target, asked, dated(read_events(DIALECTS[source], record, asked, pieces)))[0]


def cut(reply: bytes, places: list[int]) -> list[bytes]:
    """Cut a reply at these places."""
    return [reply[start:end] for start, end in zip([0, *places], [*places, len(reply)], strict=True)]


def noisy(reply: bytes, chance: random.Random) -> bytes:
    """Return a reply with some of its bytes gone, doubled or changed."""
    noisy = bytearray(reply)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(noisy))
        kind = chance.randrange(3)
        if kind == 0:
            noisy[place] = chance.randrange(256)
        elif kind == 1:
            del noisy[place : place + chance.randint(1, 200)]
        else:
            noisy[place:place] = noisy[place : place + chance.randint(1, 200)]
        noisy = noisy or bytearray(b"x")
    return bytes(noisy)


def is_ended(target: Dialect, reply: bytes) -> bool:
    """Tell whether a stream has the end that a caller of the dialect waits for, or tells an error."""
    text = reply.decode()
    ends = {
        "openai-chat": ("data: [DONE]", '"error"'),
        "openai-responses": ('"response.completed"', '"response.incomplete"', '"response.failed"', '"error"'),
        "anthropic-messages": ('"message_stop"', '"error"'),
        "gemini": ('"finishReason"', '"error"', '"promptFeedback"'),
    }
    return any(end in text for end in ends[target])


def interleaved(calls: list[dict[str, str]], data: st.DataObject) -> list[Event]:
    """Return the events of parallel calls whose arguments come piece by piece, in any order."""
    texts = [json.dumps(arguments, ensure_ascii=False) for arguments in calls]
    waiting: list[list[Event]] = [
        [
            *[Grew(index=number, text=text[at : at + 4]) for at in range(0, len(text), 4)],
            PartEnded(index=number),
        ]
        for number, text in enumerate(texts)
    ]
    begun: list[Event] = [
        PartBegan(index=number, part=ToolCall(id=f"call_{number}", name=f"tool_{number}", arguments=""))
        for number in range(len(calls))
    ]
    events: list[Event] = [Began(id="a", model="m", created_at=1), *begun]
    while left := [queue for queue in waiting if queue]:
        events.append(data.draw(st.sampled_from(left)).pop(0))
    return [*events, Ended(reason="tool_calls" if calls else "end"), Closed()]
