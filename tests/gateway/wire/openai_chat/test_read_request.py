"""Chat completions requests as canonical ones: every member is a field, or an extra where it stood."""

import pytest

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.canonical import (
    CustomTool,
    Function,
    HostedTool,
    Medium,
    OutputFormat,
    Reasoning,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolChoice,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.dialect import WireRequest
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.openai_chat import OPENAI_CHAT
from tests.gateway.wire.openai_chat.examples import Json, read, written

CHOICES: Json = [
    ("required", ("required", [], True)),
    ("any", ("required", [], True)),
    ({"type": "function", "function": {"name": "look"}}, ("one", ["look"], True)),
    (
        {
            "type": "allowed_tools",
            "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "look"}}]},
        },
        ("some", ["look"], False),
    ),
]
BROKEN: Json = [
    ({"messages": "Hi"}, "messages"),
    ({"messages": ["Hi"]}, "messages[0]"),
    ({"messages": [{"role": "model", "content": "Hi"}]}, "messages[0].role"),
    ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
    ({"messages": [{"role": "tool", "content": "r"}]}, "messages[0].tool_call_id"),
    ({"messages": [{"role": "assistant", "tool_calls": [{}]}]}, "messages[0].tool_calls[0].function.name"),
    ({"tools": ["look"]}, "tools[0]"),
    ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
    ({"functions": [{}]}, "functions[0]"),
]
CALL: Json = {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{}"}}


def test_a_conversation_keeps_its_order_and_its_places() -> None:
    request = read(
        messages=[
            {"role": "developer", "content": "Be kind"},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}], "name": "ada"},
            {"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "a", "content": "20 °C"},
            {"role": "assistant", "refusal": "No"},
        ]
    )

    developer, user, assistant, tool, refused = request.messages
    thought, call = assistant.parts
    result = tool.parts[0]
    assert [message.at for message in request.messages] == [f"messages[{index}]" for index in range(5)]
    assert developer.role == "developer"
    assert user.name == "ada"
    assert isinstance(user.parts[0], Text)
    assert user.parts[0].at == "messages[1].content[0]"
    assert isinstance(thought, Thinking)
    assert thought.paragraphs == ["hm"]
    assert isinstance(call, ToolCall)
    assert (call.id, call.name, call.arguments) == ("a", "look", "{}")
    assert isinstance(result, ToolResult)
    assert result.call_id == "a"
    assert isinstance(refused.parts[0], Refusal)


def test_media_of_all_vendors_are_read() -> None:
    request = read(
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
                    {"type": "image_url", "image_url": "https://example.com/a.png"},
                    {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "mp3"}},
                    {"type": "file", "file": {"file_data": "data:application/pdf;base64,CCCC", "filename": "a.pdf"}},
                    {"type": "file", "file": {"file_id": "file-1"}},
                    {"type": "document_url", "document_url": "https://example.com/a.pdf", "document_name": "a"},
                    {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
                    {"type": "hologram", "hologram": 1},
                ],
            }
        ]
    )

    *media, unknown = request.messages[0].parts
    found = [(part.kind, part.media_type, part.data, part.url, part.name) for part in media if isinstance(part, Medium)]
    assert found == [
        ("image", "image/png", "AAAA", None, None),
        ("image", None, None, "https://example.com/a.png", None),
        ("audio", "audio/mpeg", "BBBB", None, None),
        ("document", "application/pdf", "CCCC", None, "a.pdf"),
        ("document", None, None, None, None),
        ("document", None, None, "https://example.com/a.pdf", "a"),
        ("video", None, None, "https://example.com/a.mp4", None),
    ]
    assert isinstance(unknown, Unknown)
    assert unknown.kind == "hologram"


def test_tools_of_all_kinds_are_read() -> None:
    grammar = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: WORD"}}
    request = read(
        tools=[
            {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}, "strict": True}},
            {"type": "custom", "custom": {"name": "patch", "format": grammar}},
            {"type": "openrouter:web_search", "parameters": {"max_results": 3}},
        ],
        functions=[{"name": "old"}],
        web_search_options={"user_location": {"type": "approximate", "approximate": {"city": "Köln"}}},
    )

    look, patch, hosted, old, search = request.tools
    assert isinstance(look, Function)
    assert look.strict is True
    assert isinstance(patch, CustomTool)
    assert patch.format == {"type": "grammar", "syntax": "lark", "definition": "start: WORD"}
    assert isinstance(hosted, HostedTool)
    assert (hosted.kind, hosted.extras) == ("web_search", {"parameters": {"max_results": 3}})
    assert isinstance(old, Function)
    assert isinstance(search, HostedTool)
    assert search.location == {"city": "Köln"}


def test_results_of_the_older_functions_find_their_call_by_name() -> None:
    request = read(
        messages=[
            {"role": "assistant", "content": None, "function_call": {"name": "look", "arguments": "{}"}},
            {"role": "function", "name": "look", "content": "20 °C"},
        ]
    )

    call, result = request.messages[0].parts[0], request.messages[1].parts[0]
    assert isinstance(call, ToolCall)
    assert isinstance(result, ToolResult)
    assert result.call_id == call.id


@pytest.mark.parametrize(("asked", "expected"), CHOICES)
def test_a_choice_among_tools_is_read(asked: Json, expected: Json) -> None:
    choice = read(tool_choice=asked).value("tool_choice")

    assert isinstance(choice, ToolChoice)
    assert (choice.mode, choice.tools, choice.must_call) == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"reasoning_effort": "low"}, Reasoning(effort="low")),
        ({"reasoning": {"max_tokens": 9, "exclude": True}}, Reasoning(budget_tokens=9, shows=False)),
        ({"thinking": {"type": "disabled"}}, Reasoning(is_on=False)),
        ({"enable_thinking": True}, Reasoning(is_on=True)),
    ],
)
def test_reasoning_is_read_by_all_its_names(members: Json, expected: Reasoning) -> None:
    found = read(**members).value("reasoning")

    assert isinstance(found, Reasoning)
    assert (found.is_on, found.effort, found.budget_tokens, found.shows) == (
        expected.is_on,
        expected.effort,
        expected.budget_tokens,
        expected.shows,
    )


def test_settings_are_read_with_their_places() -> None:
    request = read(
        max_completion_tokens=5,
        max_tokens=6,
        stop="x",
        user="ada",
        prompt_cache_options={"mode": "explicit", "ttl": "30m"},
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": {}, "strict": True}},
    )

    form = request.value("output_format")
    assert request.value("max_output_tokens") == 5
    assert request.value("stop") == ["x"]
    assert request.value("prompt_cache_lifetime") == 1800
    assert isinstance(form, OutputFormat)
    assert (form.kind, form.name, form.strict) == ("schema", "a", True)
    assert request.extras == {"max_tokens": 6, "prompt_cache_options.mode": "explicit"}


def test_what_no_field_holds_is_reported_leaf_by_leaf_by_another_dialect() -> None:
    request = read(provider={"order": ["a", "b"]}, temperature=None)
    losses = Losses()

    losses.lose_extras(request, "not there")

    assert [loss.path for loss in losses] == ["provider.order[0]", "provider.order[1]", "temperature"]


def test_a_request_that_was_read_is_written_for_another_model_as_it_was() -> None:
    body, lost = written(read(provider={"order": ["a"]}, stream=False, tools=[], n=2))

    assert body == {
        "model": "upstream",
        "messages": [{"role": "user", "content": "Hello"}],
        "provider": {"order": ["a"]},
        "stream": False,
        "tools": [],
        "n": 2,
    }
    assert lost == {}


def test_a_request_without_a_model_is_refused() -> None:
    with pytest.raises(MalformedRequest) as refused:
        OPENAI_CHAT.read_request(WireRequest("POST", "/chat/completions", body={"messages": []}))

    assert refused.value.param == "model"


@pytest.mark.parametrize(("members", "param"), BROKEN)
def test_what_is_no_chat_completion_is_refused_naming_the_place(members: Json, param: str) -> None:
    with pytest.raises(MalformedRequest) as refused:
        read(**members)

    assert refused.value.param == param
