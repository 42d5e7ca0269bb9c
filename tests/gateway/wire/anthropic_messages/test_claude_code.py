"""What Claude Code sends is read with all of its meaning, and goes to Anthropic as it was."""

from typing import Any

from drawbridge.gateway.wire.anthropic_messages import ANTHROPIC_MESSAGES
from drawbridge.gateway.wire.canonical import (
    Function,
    HostedTool,
    Opaque,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from drawbridge.gateway.wire.dialect import Target, WireRequest, Written
from drawbridge.gateway.wire.opaque import hand_out
from drawbridge.gateway.wire.profiles import UNKNOWN

# Any: JSON of any shape.
Json = Any

BETAS = "claude-code-20250219,context-management-2025-06-27,mid-conversation-system-2026-04-07,effort-2025-11-24"
BODY: Json = {
    "model": "claude-x",
    "max_tokens": 32000,
    "stream": True,
    "thinking": {"type": "adaptive", "display": "updates"},
    "output_config": {"effort": "high"},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "metadata": {"user_id": '{"device_id":"d","session_id":"s"}'},
    "system": [
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.330"},
        {"type": "text", "text": "You are Claude Code.", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    ],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "hi"}]},
        {"role": "system", "content": "The date has changed."},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "", "signature": "c2lnbmVk"},
                {"type": "tool_use", "id": "toolu_1", "name": "ToolSearch", "input": {"query": "web"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "content": [{"type": "tool_reference", "tool_name": "WebFetch"}],
                },
            ],
        },
    ],
    "tools": [
        {"name": "ToolSearch", "description": "d", "input_schema": {"type": "object"}, "eager_input_streaming": True},
        {"name": "WebFetch", "description": "d", "input_schema": {"type": "object"}, "defer_loading": True},
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 8},
    ],
    "tool_choice": {"type": "tool", "name": "web_search"},
}


def read(body: Json = BODY) -> Request:
    wire = WireRequest("POST", "/messages", (("beta", "true"),), (("anthropic-beta", BETAS),), body)
    return ANTHROPIC_MESSAGES.read_request(wire)


def written(request: Request) -> Written:
    return ANTHROPIC_MESSAGES.write_request(request, Target("anthropic", "claude-y", UNKNOWN))


def test_it_goes_to_anthropic_as_it_was_but_for_the_model() -> None:
    found = written(read())

    assert found.wire == WireRequest(
        "POST", "/messages", (("beta", "true"),), (("anthropic-beta", BETAS),), {**BODY, "model": "claude-y"}
    )
    assert len(found.losses) == 0


def test_its_conversation_keeps_the_place_of_what_the_system_says() -> None:
    messages = read().messages

    assert [message.role for message in messages] == ["system", "user", "system", "assistant", "tool"]
    assert [message.at for message in messages] == ["system", *(f"messages[{n}]" for n in range(4))]


def test_its_marks_tools_and_wishes_are_understood() -> None:
    request = read()

    (_, prompt) = request.messages[0].parts
    search, fetch, web = request.tools
    assert isinstance(prompt, Text)
    assert prompt.cache is not None
    assert prompt.cache.ttl_s == 3600
    assert isinstance(search, Function)
    assert search.extras == {"eager_input_streaming": True}
    assert isinstance(fetch, Function)
    assert fetch.is_deferred is True
    assert isinstance(web, HostedTool)
    assert (web.kind, web.max_uses) == ("web_search", 8)
    reasoning = request.value("reasoning")
    assert (reasoning.is_adaptive, reasoning.effort) == (True, "high")
    assert reasoning.extras == {"thinking.display": "updates"}
    assert request.extras == {"context_management": BODY["context_management"]}


def test_thinking_without_words_keeps_its_signature() -> None:
    thinking, call = read().messages[3].parts

    assert isinstance(thinking, Thinking)
    assert thinking.seal == Opaque("c2lnbmVk", "anthropic-messages")
    assert isinstance(call, ToolCall)
    assert call.arguments == '{"query":"web"}'


def test_thinking_stays_behind_when_another_provider_is_known_to_have_made_it() -> None:
    request = read()
    request.provider = "elsewhere"

    found = written(request)

    assert [block["type"] for block in found.wire.body["messages"][2]["content"]] == ["tool_use"]
    assert {loss.path for loss in found.losses} >= {"messages[2].content[0].signature"}


def test_results_alone_are_a_message_of_tools() -> None:
    (result,) = read().messages[4].parts

    assert isinstance(result, ToolResult)
    assert result.call_id == "toolu_1"


def test_thinking_of_another_vendor_stays_behind_when_the_model_is_changed() -> None:
    foreign = hand_out(Opaque("sealed", "gemini", "google"), "anthropic-messages")
    messages: Json = [
        {"role": "user", "content": "u"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": foreign},
                {"type": "tool_use", "id": "t", "name": "ToolSearch", "input": {}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t"}]},
    ]
    body: Json = {**BODY, "messages": messages, "thinking": {"type": "enabled", "budget_tokens": 2000}}

    found = written(read(body))

    assert [block["type"] for block in found.wire.body["messages"][1]["content"]] == ["tool_use"]
    assert found.wire.body["thinking"] == {"type": "disabled"}
    assert {loss.path for loss in found.losses} == {
        "messages[1].content[0].type",
        "messages[1].content[0].thinking",
        "messages[1].content[0].signature",
        "thinking.type",
        "thinking.budget_tokens",
    }
