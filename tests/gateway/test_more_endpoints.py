"""Images, audio, moderations, rankings and legacy completions: through the gateway and back, and what is booked."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from tests.parts.answers import json_bytes
from tests.parts.booked import Booked
from tests.parts.caller import Caller, Json
from tests.parts.scripts import always
from tests.parts.vendor import ScriptedVendor
from tests.parts.wire import Answer

FORM = {"content-type": "multipart/form-data; boundary=X"}
SOUND = bytes(range(256)) * 40
IMAGE_USAGE: Json = {
    "input_tokens": 50,
    "input_tokens_details": {"image_tokens": 40, "text_tokens": 10},
    "output_tokens": 272,
    "total_tokens": 322,
}
AUDIO_USAGE: Json = {
    "type": "tokens",
    "input_tokens": 14,
    "input_token_details": {"audio_tokens": 14, "text_tokens": 0},
    "output_tokens": 45,
    "total_tokens": 59,
}
CHAT_USAGE: Json = {"prompt_tokens": 8, "completion_tokens": 16, "total_tokens": 24}
COMPACT_USAGE: Json = {"input_tokens": 156, "output_tokens": 190, "total_tokens": 346}


def form(model: str, *more: tuple[str, str]) -> bytes:
    fields = [("model", model), *more]
    texts = [f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields]
    file = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + SOUND + b"\r\n"
    return file + "".join(texts).encode() + b"--X--\r\n"


def whole(value: Json) -> Answer:
    return Answer(headers=(("content-type", "application/json"),), pieces=((json_bytes(value), 0.0),))


def events(values: Iterable[Json], end: bytes = b"") -> Answer:
    pieces = tuple((b"data: " + json_bytes(value) + b"\n\n", 0.0) for value in values)
    return Answer(headers=(("content-type", "text/event-stream"),), pieces=(*pieces, (end, 0.0)), framing="chunked")


def passed(answer: Answer) -> bytes:
    return b"".join(piece for piece, _ in answer.pieces)


@dataclass(frozen=True, slots=True)
class Case:
    """One call: what is asked beside the model, what the vendor answers, and the tokens in it."""

    path: str
    body: Json
    answer: Json
    tokens: tuple[int, int]


WHOLE = [
    Case("/v1/completions", {"prompt": "hi"}, {"choices": [], "usage": CHAT_USAGE}, (8, 16)),
    Case("/v1/images/generations", {"prompt": "a house"}, {"data": [], "usage": IMAGE_USAGE}, (50, 272)),
    Case("/v1/images/edits", {"images": [], "prompt": "blue"}, {"data": [], "usage": IMAGE_USAGE}, (50, 272)),
    Case("/v1/moderations", {"input": "hi"}, {"id": "modr-1", "results": []}, (0, 0)),
    Case("/v1/rerank", {"query": "a", "documents": ["b"]}, {"results": [], "usage": {"total_tokens": 12}}, (12, 0)),
    Case("/v2/rerank", {"query": "a", "documents": ["b"]}, {"results": [], "usage": {"total_tokens": 12}}, (12, 0)),
    Case("/v1/responses/compact", {"input": []}, {"object": "response.compaction", "usage": COMPACT_USAGE}, (156, 190)),
    Case("/v1/responses/input_tokens", {"input": "hi"}, {"object": "response.input_tokens", "input_tokens": 9}, (0, 0)),
]
FORMS = [
    Case("/v1/images/edits", {}, {"data": [], "usage": IMAGE_USAGE}, (50, 272)),
    Case("/v1/images/variations", {}, {"data": [], "usage": IMAGE_USAGE}, (50, 272)),
    Case("/v1/audio/transcriptions", {}, {"text": "hi", "usage": AUDIO_USAGE}, (14, 45)),
    Case("/v1/audio/translations", {}, {"text": "hi", "usage": AUDIO_USAGE}, (14, 45)),
]
STREAMS = [
    Case(
        "/v1/images/generations",
        {"prompt": "a house", "partial_images": 1},
        {"type": "image_generation.completed", "b64_json": "AA", "usage": IMAGE_USAGE},
        (50, 272),
    ),
    Case(
        "/v1/images/edits",
        {"prompt": "blue", "images": []},
        {"type": "image_edit.completed", "b64_json": "AA", "usage": IMAGE_USAGE},
        (50, 272),
    ),
    Case(
        "/v1/audio/speech",
        {"input": "hi", "voice": "alloy", "stream_format": "sse"},
        {"type": "speech.audio.done", "usage": {"input_tokens": 14, "output_tokens": 101, "total_tokens": 115}},
        (14, 101),
    ),
]


def by_path(case: object) -> str:
    return case.path if isinstance(case, Case) else ""


@pytest.mark.parametrize("case", WHOLE, ids=by_path)
async def test_a_json_call_passes_with_only_its_model_changed_and_is_booked_with_the_vendors_count(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, case: Case
) -> None:
    vendor.script = always(whole(case.answer))

    reply = await caller.post(case.path, {"model": "vendor/some-model", **case.body})

    event = await booked.event()
    [request] = vendor.requests
    assert (reply.status, reply.body) == (200, json_bytes(case.answer))
    assert request.target == case.path.removeprefix("/v1").removeprefix("/v2")
    assert request.body == json.dumps({"model": "some-model", **case.body}).encode()
    assert (event.input_tokens, event.output_tokens) == case.tokens
    assert (event.outcome, event.estimated, event.upstream_model) == ("ok", False, "some-model")


@pytest.mark.parametrize("case", FORMS, ids=by_path)
async def test_a_form_passes_with_only_its_model_changed_and_is_booked_with_the_vendors_count(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, case: Case
) -> None:
    vendor.script = always(whole(case.answer))

    reply = await caller.post(case.path, form("vendor/some-model", ("prompt", "vendor/some-model")), FORM)

    event = await booked.event()
    [request] = vendor.requests
    assert (reply.status, reply.body) == (200, json_bytes(case.answer))
    assert request.header("content-type") == FORM["content-type"]
    assert request.body == form("some-model", ("prompt", "vendor/some-model"))
    assert (event.input_tokens, event.output_tokens, event.estimated) == (*case.tokens, False)


@pytest.mark.parametrize("case", STREAMS, ids=by_path)
async def test_a_stream_of_media_passes_as_it_is_and_its_last_event_is_booked(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, case: Case
) -> None:
    answer = events([{"type": "image_edit.partial_image", "b64_json": "AA"}, case.answer])
    vendor.script = always(answer)

    reply = await caller.post(case.path, {"model": "m", "stream": True, **case.body})

    event = await booked.event()
    assert reply.body == passed(answer)
    assert (event.input_tokens, event.output_tokens) == case.tokens
    assert (event.outcome, event.estimated, event.streamed) == ("ok", False, True)


async def test_a_streamed_transcript_passes_as_it_is_and_its_last_event_is_booked(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    answer = events(
        [
            {"type": "transcript.text.delta", "delta": "Grüße"},
            {"type": "transcript.text.done", "text": "Grüße", "usage": AUDIO_USAGE},
        ]
    )
    vendor.script = always(answer)

    reply = await caller.post("/v1/audio/transcriptions", form("m", ("stream", "true")), FORM)

    event = await booked.event()
    assert reply.body == passed(answer)
    assert (event.input_tokens, event.output_tokens, event.estimated, event.streamed) == (14, 45, False, True)


async def test_a_streamed_transcript_that_breaks_off_is_booked_as_cut_with_what_was_seen(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(events([{"type": "transcript.text.delta", "delta": "x" * 40}]))

    await caller.post("/v1/audio/transcriptions", form("m", ("stream", "true")), FORM)

    event = await booked.event()
    assert (event.outcome, event.estimated, event.output_tokens) == ("cut_by_provider", True, 10)


@pytest.mark.parametrize("content_type", ["audio/mpeg", "application/octet-stream", "text/event-stream2"])
async def test_speech_comes_down_unharmed_as_it_comes(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, content_type: str
) -> None:
    pieces = tuple((SOUND[at : at + 999], 0.0) for at in range(0, len(SOUND), 999))
    vendor.script = always(Answer(headers=(("content-type", content_type),), pieces=pieces, framing="chunked"))

    reply = await caller.post("/v1/audio/speech", {"model": "tts-1", "input": "hi", "voice": "alloy"})

    event = await booked.event()
    assert (reply.body, reply.headers["content-type"]) == (SOUND, content_type)
    assert (event.outcome, event.estimated, event.streamed) == ("ok", True, False)
    assert event.output_tokens == 1_000


async def test_speech_is_heard_before_its_end(caller: Caller, vendor: ScriptedVendor) -> None:
    answer = Answer(headers=(("content-type", "audio/mpeg"),), pieces=((SOUND, 600.0), (SOUND, 0.0)), framing="chunked")
    vendor.script = always(answer)
    body: Json = {"model": "tts-1", "input": "hi", "voice": "alloy"}

    async with caller.stream("POST", "/v1/audio/speech", body=body) as reply:
        heard = await reply.content.readexactly(len(SOUND))

    assert heard == SOUND


@pytest.mark.parametrize("streamed", ["false", "true"])
async def test_subtitles_come_down_as_they_are(
    caller: Caller, vendor: ScriptedVendor, booked: Booked, streamed: str
) -> None:
    subtitles = b"1\n00:00:00,000 --> 00:00:01,000\nGr\xc3\xbc\xc3\x9fe\n\n"
    vendor.script = always(Answer(headers=(("content-type", "text/plain"),), pieces=((subtitles, 0.0),)))

    reply = await caller.post("/v1/audio/transcriptions", form("whisper-1", ("stream", streamed)), FORM)

    event = await booked.event()
    assert reply.body == subtitles
    assert (event.outcome, event.estimated) == ("ok", True)
    assert 1_000 <= event.input_tokens < 1_010


async def test_a_completions_stream_is_asked_for_its_usage_and_relayed_without_it(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    said: Json = {"choices": [{"text": " hi", "index": 0, "finish_reason": "length"}]}
    count: Json = {"choices": [], "usage": CHAT_USAGE}
    vendor.script = always(events([{**said, "usage": None}, count], b"data: [DONE]\n\n"))

    reply = await caller.post("/v1/completions", {"model": "m", "prompt": "hi", "stream": True})

    event = await booked.event()
    [request] = vendor.requests
    assert json.loads(request.body)["stream_options"] == {"include_usage": True}
    assert reply.body == b"data: " + json_bytes(said) + b"\n\ndata: [DONE]\n\n"
    assert (event.input_tokens, event.output_tokens, event.estimated) == (8, 16, False)


async def test_a_moderation_without_a_model_means_openais_default(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(whole({"id": "modr-1", "results": []}))

    await caller.post("/v1/moderations", {"input": "hi"})

    event = await booked.event()
    assert vendor.requests[0].body == b'{"input": "hi"}'
    assert event.model == "omni-moderation-latest"


async def test_a_moderation_that_breaks_off_costs_nothing(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(Answer(reset=True))

    reply = await caller.post("/v1/moderations", {"input": "hi"})

    event = await booked.event()
    assert reply.status == 502
    assert (event.input_tokens, event.output_tokens, event.cost_nanousd) == (0, 0, 0)


async def test_searches_are_no_tokens_and_are_booked_by_the_request(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(whole({"results": [], "meta": {"billed_units": {"search_units": 1}}}))

    await caller.post("/v2/rerank", {"model": "rerank-v3.5", "query": "x" * 4_000, "documents": []})

    event = await booked.event()
    assert (event.outcome, event.estimated, event.output_tokens) == ("ok", True, 0)
    assert event.input_tokens >= 1_000


async def test_pictures_of_which_nothing_is_counted_are_not_counted_by_their_bytes(
    caller: Caller, vendor: ScriptedVendor, booked: Booked
) -> None:
    vendor.script = always(whole({"data": [{"b64_json": "A" * 400_000}]}))
    reference = "data:image/png;base64," + "A" * 400_000

    await caller.post("/v1/images/generations", {"model": "m", "prompt": "a house", "image": reference})

    event = await booked.event()
    assert event.estimated
    assert event.output_tokens == 1_000
    assert 1_000 <= event.input_tokens < 1_050


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        ({"content-type": "multipart/form-data"}, form("m"), "names no boundary"),
        (FORM, form("m", ("model", "n")), "'model' is in the form twice"),
        (FORM, form("m")[:-9], "no valid multipart/form-data"),
        (FORM, form(""), "names no model"),
        ({"content-type": "application/json"}, form("m"), "not valid UTF-8"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_before_anything_is_sent(
    caller: Caller, vendor: ScriptedVendor, headers: dict[str, str], body: bytes, message: str
) -> None:
    reply = await caller.post("/v1/audio/transcriptions", body, headers)

    assert reply.status == 400
    assert message in reply.json()["error"]["message"]
    assert not vendor.requests


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "batchEmbedContents",
            '{ "requests" : [ {"model": "models/NAME", "content": {"text": "models/NAME"}} ,\n {"model":"NAME"}, 3 ] }',
        ),
        ("countTokens", '{"generateContentRequest": {"model": "models/NAME", "contents": []}}'),
        ("embedContent", '{"model": "models/NAME", "content": {"parts": []}}'),
    ],
)
async def test_the_model_inside_of_a_gemini_body_is_the_one_in_its_path(
    caller: Caller, vendor: ScriptedVendor, path: str, body: str
) -> None:
    sent = body.replace("NAME", "vendor/gemini-embedding-001")

    reply = await caller.post(f"/v1beta/models/vendor/gemini-embedding-001:{path}", sent.encode())

    [request] = vendor.requests
    assert reply.status == 200
    unchanged = '"text": "models/vendor/gemini-embedding-001"'
    wanted = body.replace('"text": "models/NAME"', unchanged).replace("NAME", "gemini-embedding-001")
    assert request.body.decode() == wanted


async def test_the_rehearsal_answers_every_endpoint(caller: Caller, booked: Booked) -> None:
    calls: list[tuple[str, bytes | Json, dict[str, str]]] = [
        (case.path, {"model": "rehearsal", **case.body}, {}) for case in WHOLE if "edits" not in case.path
    ]
    calls += [(case.path, form("rehearsal"), FORM) for case in FORMS]
    calls.append(("/v1/audio/speech", {"model": "rehearsal", "input": "hi", "voice": "alloy"}, {}))
    calls.append(("/v1/completions", {"model": "rehearsal", "prompt": "hi", "stream": True}, {}))

    replies = [await caller.post(path, body, headers) for path, body, headers in calls]

    assert [reply.status for reply in replies] == [200] * len(calls), [reply.body[:200] for reply in replies]
    events_booked = await booked.events(len(calls))
    assert {event.outcome for event in events_booked} == {"ok"}
    assert {event.operation for event in events_booked if event.estimated} == {"audio.speech"}
    assert {event.cost_nanousd for event in events_booked} == {0}
