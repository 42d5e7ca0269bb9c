"""Requests of other dialects, written for a Responses vendor."""

from typing import Any

import pytest

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.canonical import (
    CacheMark,
    CustomTool,
    Function,
    HostedTool,
    Medium,
    Opaque,
    OutputFormat,
    Reasoning,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from drawbridge.gateway.wire.opaque import hand_out
from drawbridge.gateway.wire.profiles import Profile
from tests.gateway.wire.openai_responses.asking import PROVIDER, Body, asked, lost, message, read, write
from tests.parts.strict.checks import ISSUED

_HELLO = message("user", Text(text="hello"))


def test_a_tool_without_strict_is_not_made_strict() -> None:
    schema: Body = {"properties": {}, "additionalProperties": False}
    request = asked(_HELLO, tools=(Function(name="look", parameters=schema),))

    body = write(request).wire.body

    parameters = {"type": "object", **schema}
    assert body["tools"] == [{"type": "function", "name": "look", "parameters": parameters, "strict": False}]


def test_two_identical_parallel_calls_stay_two_with_a_result_each() -> None:
    calls = [ToolCall(id="look", name="look", arguments="{}") for _ in range(2)]
    results = [ToolResult(call_id="look", parts=[Text(text=text)]) for text in ("one", "two")]
    request = asked(_HELLO, message("assistant", *calls), message("user", *results))

    items = write(request).wire.body["input"][1:]

    assert [item["type"] for item in items] == ["function_call"] * 2 + ["function_call_output"] * 2
    assert [item["call_id"] for item in items[:2]] == [item["call_id"] for item in items[2:]]
    assert len({item["call_id"] for item in items}) == 2
    assert [item["output"] for item in items[2:]] == ["one", "two"]


def test_an_image_and_a_pdf_of_a_tool_arrive_as_such() -> None:
    image = Medium(kind="image", media_type="image/png", data="iVBO")
    pdf = Medium(kind="document", media_type="application/pdf", data="JVBE")
    result = ToolResult(call_id="a", parts=[Text(text="see"), image, pdf])
    request = asked(
        _HELLO, message("assistant", ToolCall(id="a", name="look", arguments="{}")), message("user", result)
    )

    output = write(request).wire.body["input"][2]["output"]

    assert output == [
        {"type": "input_text", "text": "see"},
        {"type": "input_image", "image_url": "data:image/png;base64,iVBO", "detail": "auto"},
        {"type": "input_file", "file_data": "data:application/pdf;base64,JVBE", "filename": "document.pdf"},
    ]


def test_an_error_of_a_tool_is_reported() -> None:
    result = ToolResult(at="messages[2]", raw={"is_error": True}, call_id="a", parts=[Text(text="no")], is_error=True)
    request = asked(
        _HELLO, message("assistant", ToolCall(id="a", name="look", arguments="{}")), message("user", result)
    )

    written = write(request)

    assert lost(written) == ["messages[2].is_error"]


def test_a_result_without_its_call_and_a_call_without_its_result_are_made_sound() -> None:
    call = ToolCall(id="a", name="look", arguments="{}")
    result = ToolResult(at="messages[2]", raw={"tool_call_id": "b"}, names={"call_id": "tool_call_id"}, call_id="b")
    result.parts = [Text(text="found")]
    request = asked(_HELLO, message("assistant", call), message("tool", result))

    written = write(request)

    items = written.wire.body["input"]
    assert items[2]["type"] == "function_call_output"
    assert items[3] == {"type": "message", "role": "user", "content": "found"}
    assert lost(written) == ["messages[2].tool_call_id"]


def test_reasoning_of_another_provider_is_reported_and_never_said() -> None:
    thinking = Thinking(at="messages[1].content[0]", raw={"type": "thinking", "thinking": "hm", "signature": "abc"})
    thinking.paragraphs, thinking.seal = ["hm"], Opaque("abc", "anthropic-messages")
    request = asked(_HELLO, message("assistant", thinking, Text(text="yes")))

    written = write(request)

    assert "hm" not in str(written.wire.body)
    assert "messages[1].content[0].signature" in lost(written)


def test_reasoning_that_the_provider_has_sealed_comes_home_from_another_dialect() -> None:
    thinking = Thinking(paragraphs=["hm"], is_summary=True, seal=Opaque(ISSUED, "openai-responses", PROVIDER, "rs_1"))
    request = asked(_HELLO, message("assistant", thinking, Text(text="yes")))

    item = write(request, Profile(thinking="effort")).wire.body["input"][1]

    assert item["summary"] == [{"type": "summary_text", "text": "hm"}]
    assert item["encrypted_content"] == ISSUED


def test_a_budget_of_thinking_is_told_as_an_effort_and_reported() -> None:
    reasoning = Reasoning(at="thinking", raw={"type": "enabled", "budget_tokens": 4000}, is_on=True, budget_tokens=4000)

    written = write(asked(_HELLO, reasoning=reasoning))

    assert written.wire.body["reasoning"] == {"effort": "medium"}
    assert written.wire.body["include"] == ["reasoning.encrypted_content"]
    assert lost(written) == ["thinking.budget_tokens"]


@pytest.mark.parametrize("profile", [Profile(thinking="none"), Profile()])
def test_a_model_that_does_not_reason_is_not_asked_for_encrypted_reasoning(profile: Profile) -> None:
    assert "include" not in write(asked(_HELLO), profile).wire.body


def test_limits_of_the_vendor_are_kept() -> None:
    written = write(asked(_HELLO, max_output_tokens=1, user="u" * 150, candidates=1, top_k=5))

    assert written.wire.body["max_output_tokens"] == 16
    assert "user" not in written.wire.body
    assert lost(written) == ["max_output_tokens", "user", "candidates", "top_k"]


def test_temperature_and_top_p_are_not_both_sent_where_the_model_takes_one() -> None:
    written = write(asked(_HELLO, temperature=0.5, top_p=0.9), Profile(takes_temperature_with_top_p=False))

    assert written.wire.body["temperature"] == 0.5
    assert lost(written) == ["top_p"]


def test_nothing_is_stored_at_the_vendor() -> None:
    assert write(asked(_HELLO)).wire.body["store"] is False


def test_only_this_tool_stays_only_this_tool() -> None:
    tools = (Function(name="look.up"), CustomTool(name="run"))
    choice = ToolChoice(mode="one", tools=["look.up"])

    body = write(asked(_HELLO, tools=tools, tool_choice=choice)).wire.body

    assert body["tool_choice"] == {"type": "function", "name": body["tools"][0]["name"]}


def test_some_tools_are_told_with_their_kinds() -> None:
    tools = (Function(name="look"), CustomTool(name="run"), Function(name="other"))
    choice = ToolChoice(mode="some", tools=["look", "run"], must_call=False)

    body = write(asked(_HELLO, tools=tools, tool_choice=choice)).wire.body

    named = [{"type": "function", "name": "look"}, {"type": "custom", "name": "run"}]
    assert body["tool_choice"] == {"type": "allowed_tools", "mode": "auto", "tools": named}


def test_a_search_of_the_vendor_is_passed_with_what_can_be_said_of_it() -> None:
    raw = {"type": "web_search_20250305", "max_uses": 3, "allowed_domains": ["a.org"]}
    tool = HostedTool(at="tools[0]", raw=raw, kind="web_search", max_uses=3, domains_allowed=["a.org"])

    written = write(asked(_HELLO, tools=(tool,)))

    assert written.wire.body["tools"] == [{"type": "web_search", "filters": {"allowed_domains": ["a.org"]}}]
    assert lost(written) == ["tools[0].max_uses"]


def test_a_tool_of_a_vendor_that_is_not_there_is_reported_whole() -> None:
    tool = HostedTool(at="tools[0]", raw={"type": "memory_20250818", "name": "memory"}, kind="memory")

    written = write(asked(_HELLO, tools=(tool,)))

    assert "tools" not in written.wire.body
    assert lost(written) == ["tools[0].type", "tools[0].name"]


def test_a_text_document_arrives_as_text() -> None:
    document = Medium(at="d", raw={"title": "T", "data": "words"}, kind="document", text="words", title="T")

    written = write(asked(message("user", document)))

    assert written.wire.body["input"][0]["content"] == "words"
    assert lost(written) == ["d.title"]


def test_what_the_assistant_has_refused_stays_a_refusal() -> None:
    request = asked(_HELLO, message("assistant", Text(text="no"), Refusal(text="never")))

    items = write(request).wire.body["input"]

    assert items[1] == {"type": "message", "role": "assistant", "content": "no"}
    assert items[2]["content"] == [{"type": "refusal", "refusal": "never"}]


def test_a_cache_mark_is_reported_as_a_matter_of_price() -> None:
    mark = CacheMark(at="messages[0].content[0].cache_control", raw={"type": "ephemeral"})

    written = write(asked(message("user", Text(text="long", cache=mark))))

    assert [(loss.path, loss.effect) for loss in written.losses] == [
        ("messages[0].content[0].cache_control.type", "price")
    ]


def test_a_schema_for_the_answer_has_a_name() -> None:
    form = OutputFormat(kind="schema", schema={"type": "object"})

    body = write(asked(_HELLO, output_format=form)).wire.body

    assert body["text"]["format"] == {"type": "json_schema", "name": "answer", "schema": {"type": "object"}}


def test_a_sound_for_a_model_that_hears_nothing_is_refused() -> None:
    sound = Medium(at="messages[0].content[1]", raw={}, kind="audio", media_type="audio/wav", data="UklG")

    with pytest.raises(ImpossibleRequest) as refused:
        write(asked(message("user", sound)), Profile(audio=False))

    assert refused.value.param == "messages[0].content[1]"


def test_reasoning_of_an_anthropic_model_does_not_go_to_a_vendor_of_the_callers_own_dialect() -> None:
    sealed = hand_out(Opaque("sig", "anthropic-messages", "anthropic"), "openai-responses")
    item: Body = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": sealed}
    request = read({"input": [item, {"role": "user", "content": "on"}], "store": False})

    written = write(request)

    assert [item.get("role") for item in written.wire.body["input"]] == ["user"]
    assert "input[0].encrypted_content" in lost(written)


def test_an_open_schema_is_not_called_strict() -> None:
    raw = {"name": "look", "strict": True}
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    tool = Function(at="tools[0]", raw=raw, name="look", parameters=schema, strict=True)

    written = write(asked(_HELLO, tools=(tool,)))

    assert written.wire.body["tools"][0]["strict"] is False
    assert lost(written) == ["tools[0].strict"]


def test_a_closed_schema_stays_strict() -> None:
    inner: Body = {"type": "object", "properties": {}, "additionalProperties": False}
    schema: Body = {"type": "object", "properties": {"a": inner}, "required": ["a"], "additionalProperties": False}

    body = write(asked(_HELLO, tools=(Function(name="look", parameters=schema, strict=True),))).wire.body

    assert body["tools"][0]["strict"] is True


def test_an_answer_in_json_is_asked_for_in_words_too() -> None:
    items = write(asked(_HELLO, output_format=OutputFormat(kind="json"))).wire.body["input"]

    assert [item["content"] for item in items] == ["Answer in JSON.", "hello"]


def test_parallel_calls_are_no_matter_without_tools() -> None:
    written = write(asked(_HELLO, parallel_tool_calls=True))

    assert "parallel_tool_calls" not in written.wire.body
    assert [(loss.path, loss.effect) for loss in written.losses] == [("parallel_tool_calls", "none")]


def test_what_no_field_holds_is_reported_of_every_node() -> None:
    def odd(at: str) -> dict[str, Any]:
        return {"at": at, "raw": {"odd": 1}, "extras": {"odd": 1}}

    parts = (Text(text="a", **odd("text")), Medium(kind="image", url="https://a.org/a.png", **odd("image")))
    call = ToolCall(id="a", name="look", arguments="{}", **odd("call"))
    result = ToolResult(call_id="a", parts=[Text(text="b")], **odd("result"))
    tools = (Function(name="look", **odd("function")), CustomTool(name="run", **odd("custom")))
    search = HostedTool(kind="web_search", **odd("search"))
    request = asked(
        message("user", *parts),
        message("assistant", Refusal(text="no", **odd("refusal")), call),
        message("tool", result),
        tools=(*tools, search),
        tool_choice=ToolChoice(mode="auto", **odd("choice")),
        output_format=OutputFormat(kind="text", **odd("format")),
        reasoning=Reasoning(effort="low", **odd("reasoning")),
    )
    request.at, request.extras = "request", {"odd": 1}
    request.messages[0].extras = {"odd": 1}

    content = ["text", "image", "messages[0]", "refusal", "call", "result"]
    rest = ["function", "custom", "search", "choice", "format", "reasoning", "request"]
    assert sorted(lost(write(request))) == sorted(f"{name}.odd" for name in content + rest)
