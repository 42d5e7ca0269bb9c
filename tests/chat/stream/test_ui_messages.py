"""The events of a run in the AI SDK's words: what its reader is strict about, and what it needs to go on anywhere."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from drawbridge.chat.stream.places import Place, parse_place, written_chunks
from drawbridge.chat.stream.ui_messages import UiMessages

# Any: JSON.
Told = tuple[str, dict[str, Any]]
Chunk = dict[str, Any]

_COMPLETED: Told = (
    "message.completed",
    {"parts": [], "stop_reason": "length", "model": "small", "losses": [], "usage": None, "cost_nanousd": None},
)
_END: Told = ("run.completed", {"usage": {"input_tokens": 1, "output_tokens": 2}, "cost_nanousd": 3})


def _grew(kind: str, text: str, part: int) -> Told:
    return ("delta", {"part": part, "kind": kind, "text": text})


def _chunks(*events: Told) -> list[Chunk]:
    messages = UiMessages("answer", {"run_id": "run"})
    return [chunk for kind, data in events for chunk in messages.feed(kind, data)]


def test_reasoning_and_words_are_parts_of_their_own() -> None:
    chunks = _chunks(
        ("run.started", {}),
        ("call.intended", {"call_id": "x"}),
        _grew("reasoning", "Hm", 0),
        _grew("reasoning", ".", 0),
        _grew("text", "Yes", 1),
        _COMPLETED,
        _END,
    )

    assert chunks == [
        {"type": "start", "messageId": "answer", "messageMetadata": {"state": "running", "run_id": "run"}},
        {"type": "start-step"},
        {"type": "reasoning-start", "id": "1"},
        {"type": "reasoning-delta", "id": "1", "delta": "Hm"},
        {"type": "reasoning-delta", "id": "1", "delta": "."},
        {"type": "reasoning-end", "id": "1"},
        {"type": "text-start", "id": "2"},
        {"type": "text-delta", "id": "2", "delta": "Yes"},
        {"type": "text-end", "id": "2"},
        {
            "type": "message-metadata",
            "messageMetadata": {"stop_reason": "length", "answered_by": "small", "losses": []},
        },
        {"type": "finish-step"},
        {
            "type": "finish",
            "finishReason": "length",
            "messageMetadata": {"state": "complete", "cost_nanousd": 3, "input_tokens": 1, "output_tokens": 2},
        },
    ]


def test_a_failure_ends_what_is_open_and_is_told_as_an_error() -> None:
    failed = {"code": "budget_exceeded", "message": "Nothing is left.", "usage": None, "cost_nanousd": None}

    chunks = _chunks(_grew("text", "So", 0), ("run.failed", failed), _END)

    assert chunks[-3:] == [
        {"type": "text-end", "id": "1"},
        {
            "type": "message-metadata",
            "messageMetadata": {
                "state": "failed",
                "failure": {"code": "budget_exceeded", "message": "Nothing is left."},
            },
        },
        {"type": "error", "errorText": "Nothing is left."},
    ]


def test_what_was_stopped_is_told_as_an_abort() -> None:
    chunks = _chunks(("run.started", {}), ("run.cancelled", {"usage": None, "cost_nanousd": 4}))

    assert chunks[-2:] == [
        {"type": "message-metadata", "messageMetadata": {"state": "cancelled", "cost_nanousd": 4}},
        {"type": "abort"},
    ]


_MEMBERS = {
    "start": {"messageId", "messageMetadata"},
    "start-step": set[str](),
    "finish-step": set[str](),
    "text-start": {"id"},
    "text-delta": {"id", "delta"},
    "text-end": {"id"},
    "reasoning-start": {"id"},
    "reasoning-delta": {"id", "delta"},
    "reasoning-end": {"id"},
    "message-metadata": {"messageMetadata"},
    "finish": {"finishReason", "messageMetadata"},
    "error": {"errorText"},
    "abort": set[str](),
}
"""What ai@6 takes of each chunk that we send: all of it, and nothing else."""

_BEGUN: list[Told] = [("run.started", {}), ("call.intended", {})]
_ENDS: list[list[Told]] = [
    [_COMPLETED, _END],
    [("run.failed", {"code": "x", "message": "y"})],
    [("run.cancelled", {})],
]
_WORDS = st.text(min_size=1, max_size=5)
_PARTS = st.integers(min_value=0, max_value=3)


@st.composite
def _runs(draw: st.DrawFn) -> list[Told]:
    deltas = draw(st.lists(st.tuples(st.sampled_from(["text", "reasoning"]), _WORDS, _PARTS), max_size=12))
    return [*_BEGUN, *(_grew(*delta) for delta in deltas), *draw(st.sampled_from(_ENDS))]


@given(_runs())
def test_whatever_a_run_tells_no_chunk_is_out_of_place(events: list[Told]) -> None:
    chunks = _chunks(*events)

    open_parts: list[str] = []
    for chunk in chunks:
        assert chunk.keys() - {"type"} == _MEMBERS[chunk["type"]]
        kind, _, step = chunk["type"].rpartition("-")
        if kind in {"text", "reasoning"}:
            if step == "start":
                assert open_parts == []
                open_parts.append(chunk["id"])
            assert open_parts == [chunk["id"]]
            if step == "end":
                open_parts.clear()
    assert open_parts == []
    said = "".join(data["text"] for kind, data in events if kind == "delta")
    assert "".join(chunk.get("delta", "") for chunk in chunks) == said
    ids = [chunk["id"] for chunk in chunks if chunk["type"].endswith("-start")]
    assert len(ids) == len(set(ids))


def _written(events: list[Told], after: Place) -> bytes:
    messages = UiMessages("answer", {})
    return b"".join(
        written_chunks(number, messages.feed(kind, data), after) for number, (kind, data) in enumerate(events, start=1)
    )


@given(_runs(), st.data())
def test_a_reader_who_was_cut_off_anywhere_gets_just_the_rest(events: list[Told], data: st.DataObject) -> None:
    whole = _written(events, Place())
    frames = whole.split(b"\n\n")[:-1]
    cut = data.draw(st.integers(min_value=1, max_value=len(frames)))
    last_id = frames[cut - 1].partition(b"\n")[0].removeprefix(b"id: ").decode()

    rest = _written(events, parse_place(last_id))

    assert rest.split(b"\n\n")[:-1] == frames[cut:]


def test_the_last_chunk_of_an_event_has_the_events_number() -> None:
    written = _written([("run.started", {}), _grew("text", "a", 0)], Place())

    assert [line for line in written.decode().splitlines() if line.startswith("id:")] == [
        "id: 1.1",
        "id: 1",
        "id: 2.1",
        "id: 2",
    ]
