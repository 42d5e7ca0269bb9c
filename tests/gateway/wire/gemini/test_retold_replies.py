"""Recorded replies told again as if another vendor had made them: by Google's SDK the content is the same."""

# The types of google-genai name those of Pillow, which is not among our libraries.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator
from typing import Any, cast

import pytest
from google.genai import types

from drawbridge.gateway.wire.events import Frame
from drawbridge.gateway.wire.gemini import GEMINI
from tests.gateway.wire.gemini.examples import asked, request_of
from tests.parts.same_wire import FOLDER, Record, payloads, read_events, records

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the recorded traffic is not beside the project")

# Any: JSON.
Json = Any


def test_recorded_replies_have_the_same_content_when_they_are_told_anew() -> None:
    answers = [record for record in records("gemini", "generateContent", "streamGenerateContent") if _is_answer(record)]

    for record in answers:
        events = read_events(GEMINI, record, request_of(record), [record.reply])
        for streamed in (False, True):
            writer = GEMINI.write_reply(asked(streamed=streamed))
            written = writer.feed([event for event in events if not isinstance(event, Frame)]) + writer.close()
            anew, recorded = _content(payloads(written)), _content(payloads(record.reply))
            # A total that the vendor leaves out is added up.
            recorded["total"] = recorded["total"] or anew["total"]
            assert anew == recorded, record.id
    assert len(answers) > 350


def _is_answer(record: Record) -> bool:
    # Calls in pieces are whole when they are told anew, runs of other tools than code are reported as lost, and
    # the SDK's types take no numbers for reasons.
    otherwise = (b"partialArgs", b'"toolCall"', b'"finishReason": 1')
    return record.head.status == 200 and not any(mark in record.reply for mark in otherwise)


def _content(reply: Json) -> Json:
    pieces = [_parsed(one) for one in cast("list[Json]", reply if isinstance(reply, list) else [reply])]
    parts = [part for piece in pieces for part in _parts(piece)]
    counts = [piece.usage_metadata.total_token_count for piece in pieces if piece.usage_metadata is not None]
    return {
        "words": "".join(part.text or "" for part in parts if not part.thought),
        "thoughts": "".join(part.text or "" for part in parts if part.thought),
        "calls": [(part.function_call.name, part.function_call.args or {}) for part in parts if part.function_call],
        "seals": [part.thought_signature for part in parts if part.thought_signature],
        "code": [part.executable_code.code for part in parts if part.executable_code],
        "images": [part.inline_data.data for part in parts if part.inline_data],
        "total": counts[-1] if counts else None,
    }


def _parsed(piece: Json) -> types.GenerateContentResponse:
    about = ("candidates", "usageMetadata", "modelVersion", "responseId")
    known = {name: value for name, value in piece.items() if name in about}
    known.get("usageMetadata", {}).pop("serviceTier", None)
    known.get("usageMetadata", {}).pop("pydantic_ai_gateway", None)
    return types.GenerateContentResponse.model_validate(known)


def _parts(piece: types.GenerateContentResponse) -> Iterator[types.Part]:
    for candidate in piece.candidates or []:
        if candidate.content is not None:
            yield from candidate.content.parts or []
