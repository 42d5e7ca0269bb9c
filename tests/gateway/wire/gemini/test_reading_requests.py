"""What a Gemini client's request says in everybody's words."""

from typing import Any

import pytest

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.canonical import Function, Medium, Opaque, Request, ToolCall, ToolResult
from drawbridge.gateway.wire.gemini import GEMINI
from drawbridge.gateway.wire.gemini.schemas import to_json_schema
from drawbridge.gateway.wire.opaque import hand_out
from tests.gateway.wire.gemini.examples import losses_of, target, wire

# Any: JSON.
Json = Any

FOREIGN = hand_out(Opaque("sig", "anthropic-messages", "claude"), "gemini")


def read(*contents: Json, **about: Json) -> Request:
    return GEMINI.read_request(wire({"contents": [*contents], **about}))


def content(role: str, *parts: Json) -> Json:
    return {"role": role, "parts": [*parts]}


def call(name: str, **about: Json) -> Json:
    return {"functionCall": {"name": name, "args": {}}, **about}


def response(name: str, **about: Json) -> Json:
    return {"functionResponse": {"name": name, "response": {"output": "r"}, **about}}


def test_results_without_ids_belong_to_the_first_open_call_of_their_name() -> None:
    request = read(
        content("user", {"text": "u"}),
        content("model", call("f"), call("g"), call("f")),
        content("user", response("g"), response("f"), response("f")),
    )

    calls = [part.id for part in request.messages[1].parts if isinstance(part, ToolCall)]
    results = [part.call_id for part in request.messages[2].parts if isinstance(part, ToolResult)]
    assert len(set(calls)) == 3
    assert results == [calls[1], calls[0], calls[2]]
    assert request.messages[2].role == "tool"


def test_ids_that_are_made_up_are_the_same_in_the_next_turn() -> None:
    turns = [content("user", {"text": "u"}), content("model", call("f")), content("user", response("f"))]

    one, other = read(*turns), read(*turns, content("model", {"text": "m"}), content("user", {"text": "v"}))

    first, again = one.messages[1].parts[0], other.messages[1].parts[0]
    assert isinstance(first, ToolCall)
    assert isinstance(again, ToolCall)
    assert first.id == again.id


def test_media_are_told_by_their_type_and_googles_own_files_from_others() -> None:
    request = read(
        content(
            "user",
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0="}},
            {"fileData": {"fileUri": "gs://b/a.png", "mimeType": "image/png"}},
            {"file_data": {"file_uri": "https://a.b/c.mp3", "mime_type": "audio/mpeg"}},
        )
    )

    document, stored, sound = request.messages[0].parts
    assert isinstance(document, Medium)
    assert (document.kind, document.data) == ("document", "JVBERi0=")
    assert isinstance(stored, Medium)
    assert (stored.kind, stored.url, stored.file) == ("image", None, Opaque("gs://b/a.png", "gemini", None))
    assert isinstance(sound, Medium)
    assert (sound.kind, sound.url, sound.names["url"]) == ("audio", "https://a.b/c.mp3", "file_data.file_uri")


def test_googles_own_schemas_become_json_schemas() -> None:
    schema = {
        "type": "OBJECT",
        "nullable": True,
        "propertyOrdering": ["b", "a"],
        "properties": {
            "a": {"type": "ARRAY", "minItems": "1", "items": {"type": 1, "format": "enum", "enum": ["x"]}},
            "b": {"any_of": [{"type": "INTEGER"}, {"type": "STRING", "nullable": True}]},
        },
    }

    written = to_json_schema(schema)

    assert written == {
        "type": ["object", "null"],
        "propertyOrdering": ["b", "a"],
        "properties": {
            "b": {"anyOf": [{"type": "integer"}, {"type": ["string", "null"]}]},
            "a": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ["x"]}},
        },
    }
    assert [*written["properties"]] == ["b", "a"]


def test_a_function_reads_the_same_from_either_schema() -> None:
    plain: Json = {"type": "object", "properties": {"a": {"type": "string"}}}
    own: Json = {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}
    declared = [{"name": "f", "parametersJsonSchema": plain}, {"name": "g", "parameters": own}]

    request = read(content("user", {"text": "u"}), tools=[{"functionDeclarations": declared}])

    assert [tool.parameters for tool in request.tools if isinstance(tool, Function)] == [plain, plain]


@pytest.mark.parametrize("upstream", ["gemini-2.5-pro", "gemini-3-pro"])
def test_a_call_of_another_vendor_gets_the_dummy_in_the_current_turn_only(upstream: str) -> None:
    body = {
        "contents": [
            content("user", {"text": "u"}),
            content("model", call("f", thoughtSignature=FOREIGN)),
            content("user", response("f")),
            content("model", {"text": "m"}),
            content("user", {"text": "v"}),
            content("model", call("f", thoughtSignature=FOREIGN), call("f")),
            content("user", response("f"), response("f")),
        ]
    }
    request = GEMINI.read_request(wire(body))

    contents = GEMINI.write_request(request, target(upstream)).wire.body["contents"]

    dummy = {"thoughtSignature": "skip_thought_signature_validator"} if upstream == "gemini-3-pro" else {}
    assert contents[1]["parts"] == [call("f")]
    assert contents[5]["parts"] == [call("f", **dummy), call("f")]
    assert [*losses_of(request, upstream)] == [f"contents[{n}].parts[0].thoughtSignature" for n in (1, 5)]


MALFORMED: list[tuple[Json, str]] = [
    ({"contents": []}, "contents"),
    ({"contents": ["x"]}, "contents[0]"),
    ({"contents": [{"role": "alien", "parts": [{"text": "x"}]}]}, "contents[0].role"),
    ({"contents": [{"parts": ["x"]}]}, "contents[0].parts[0]"),
    ({"contents": [{"parts": [{"text": "x"}]}], "tools": ["x"]}, "tools[0]"),
    (
        {"contents": [{"parts": [{"text": "x"}]}], "tools": [{"functionDeclarations": [{}]}]},
        "tools[0].functionDeclarations[0]",
    ),
]


@pytest.mark.parametrize(("body", "place"), MALFORMED)
def test_what_is_no_request_is_refused_by_its_place(body: Json, place: str) -> None:
    with pytest.raises(MalformedRequest) as refused:
        GEMINI.read_request(wire(body))

    assert refused.value.param == place
