"""What is read of a request for a response."""

import pytest

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.canonical import (
    CustomTool,
    Function,
    Hosted,
    Medium,
    Opaque,
    Reasoning,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from drawbridge.gateway.wire.openai_responses.carried import carry
from tests.gateway.wire.openai_responses.asking import Body, again, read

_GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"}


def test_tools_that_come_as_an_item_are_the_requests_tools() -> None:
    tool = {"type": "custom", "name": "exec", "description": "Run", "format": _GRAMMAR}
    namespace = {"type": "namespace", "name": "functions", "description": "All", "tools": [tool]}
    body: Body = {"input": [{"type": "additional_tools", "role": "developer", "tools": [namespace]}]}

    request = read(body)

    [found] = request.tools
    assert isinstance(found, CustomTool)
    assert (found.name, found.namespace, found.format) == ("exec", "functions", _GRAMMAR)
    assert found.at == "input[0].tools[0].tools[0]"
    assert request.messages[0].parts == []
    assert again(body) == {"model": "m", **body}


def test_tools_that_the_client_has_found_are_the_requests_tools() -> None:
    found = {"type": "function", "name": "rate", "parameters": {"type": "object"}, "strict": False}
    output = {"type": "tool_search_output", "call_id": "c", "execution": "client", "status": "completed"}
    body: Body = {"input": [{**output, "tools": [found]}]}

    request = read(body)

    assert isinstance(request.tools[0], Function)
    assert request.messages[0].parts[0].raw == output
    assert again(body) == {"model": "m", **body}


def test_the_output_of_a_custom_tool_may_be_a_list_of_parts() -> None:
    item = {"type": "custom_tool_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "done"}]}

    part = read({"input": [item]}).messages[0].parts[0]

    assert isinstance(part, ToolResult)
    assert part.is_custom
    assert [text.text for text in part.parts if isinstance(text, Text)] == ["done"]


def test_a_call_keeps_its_namespace_and_the_id_of_its_item() -> None:
    item = {"type": "function_call", "id": "fc_1", "call_id": "c", "namespace": "n", "name": "f", "arguments": "{ }"}

    part = read({"input": [item]}).messages[0].parts[0]

    assert isinstance(part, ToolCall)
    assert (part.id, part.namespace, part.name, part.arguments) == ("c", "n", "f", "{ }")
    assert part.item_id == Opaque("fc_1", "openai-responses")


def test_a_signature_that_went_out_before_a_call_is_the_calls_again() -> None:
    seal = Opaque("sig", "gemini", "google")
    carried: Body = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": carry(seal)}
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}

    [message] = read({"input": [carried, call]}).messages

    assert isinstance(message.parts[0], ToolCall)
    assert message.parts[0].seal == seal


def test_reasoning_with_both_a_summary_and_its_words_is_two_parts_of_one_item() -> None:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "short"}],
        "content": [{"type": "reasoning_text", "text": "long"}],
        "encrypted_content": "abc",
    }

    parts = read({"input": [item]}).messages[0].parts

    thoughts = [part for part in parts if isinstance(part, Thinking)]
    assert [(part.paragraphs, part.is_summary) for part in thoughts] == [(["short"], True), (["long"], False)]
    assert [part.seal is None for part in thoughts] == [False, True]
    assert again({"input": [item]})["input"] == [item]


def test_a_run_of_the_vendors_own_tool_is_no_call_of_the_clients() -> None:
    item = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}}

    part = read({"input": [item]}).messages[0].parts[0]

    assert isinstance(part, Hosted)
    assert (part.tool, part.text) == ("web_search", "q")


def test_a_data_url_is_data() -> None:
    image = {"type": "input_image", "image_url": "data:image/png;base64,iVBO", "detail": "low"}

    part = read({"input": [{"role": "user", "content": [image]}]}).messages[0].parts[0]

    assert isinstance(part, Medium)
    assert (part.media_type, part.data, part.url, part.detail) == ("image/png", "iVBO", None, "low")


def test_that_reasoning_is_kept_and_how_much_is_one_setting_of_two_places() -> None:
    body: Body = {"input": "x", "reasoning": {"effort": "low", "context": "all_turns"}}
    body["include"] = ["reasoning.encrypted_content", "web_search_call.action.sources"]

    request = read(body)

    reasoning = request.value("reasoning")
    assert isinstance(reasoning, Reasoning)
    assert (reasoning.effort, reasoning.keeps_sealed) == ("low", True)
    assert reasoning.extras == {"reasoning.context": "all_turns"}
    assert request.extras == {"include[1]": "web_search_call.action.sources"}
    assert again(body) == {"model": "m", **body}


_BROKEN: list[tuple[Body, str]] = [
    ({"model": 1}, "model"),
    ({"input": ["x"]}, "input[0]"),
    ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role"),
    ({"input": [{"role": "user", "content": 1}]}, "input[0].content"),
    ({"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}, "input[0].call_id"),
    ({"input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": {}}]}, "input[0].arguments"),
    ({"input": [{"type": "function_call_output", "call_id": "c", "output": {}}]}, "input[0].output"),
]


@pytest.mark.parametrize(("body", "param"), _BROKEN)
def test_what_is_no_request_of_this_dialect_is_refused_with_its_place(body: Body, param: str) -> None:
    with pytest.raises(MalformedRequest) as refused:
        read(body)

    assert refused.value.param == param
