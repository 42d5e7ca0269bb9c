"""Each refusal of a strict vendor is produced by the one fault that it is for, and by nothing in a valid request."""

import copy
import json
from typing import Any

import pytest

from tests.parts.strict.checks import ISSUED, Body
from tests.parts.strict.judge import refuse
from tests.parts.wire import Request

SCHEMA: Body = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
CHAT: Body = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "s"},
        {"role": "user", "content": [{"type": "text", "text": "u"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "bash", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "r"},
    ],
    "tools": [{"type": "function", "function": {"name": "bash", "parameters": SCHEMA}}],
}
RESPONSES: Body = {
    "model": "m",
    "store": False,
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "u"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": ISSUED},
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "bash", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "r"},
    ],
    "tools": [{"type": "function", "name": "bash", "parameters": SCHEMA}],
}
MESSAGES: Body = {
    "model": "m",
    "max_tokens": 2000,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "u"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "t", "signature": ISSUED},
                {"type": "tool_use", "id": "toolu_1", "name": "bash", "input": {}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "r"}]},
    ],
    "tools": [{"name": "bash", "input_schema": SCHEMA}],
}
GEMINI: Body = {
    "contents": [
        {"role": "user", "parts": [{"text": "u"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "bash", "args": {}}, "thoughtSignature": ISSUED}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "bash", "response": {"output": "r"}}}]},
    ],
    "tools": [{"functionDeclarations": [{"name": "bash", "parameters": SCHEMA}]}],
    "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}},
}
VALID = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": RESPONSES,
    "/v1/messages": MESSAGES,
    "/v1beta/models/gemini-3-x:generateContent": GEMINI,
}
_GONE = object()
_FIVE_MARKS = [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}] * 5
_COMMAND = "tools.0.functionDeclarations.0.parameters.properties.command"

CHAT_FAULTS: list[tuple[str, object, str]] = [
    ("user", "x" * 150, "Invalid 'user': string too long. Expected a string with maximum length 64"),
    ("web_search_options", {}, "Unknown parameter: 'web_search_options'."),
    ("thinking", {}, "Unknown parameter: 'thinking'."),
    ("messages", [], "Invalid 'messages': empty array."),
    ("messages.3.tool_call_id", "call_2", "Invalid parameter: 'tool_call_id' of 'call_2' is missing"),
    ("messages.3", _GONE, "An assistant message with 'tool_calls' must be followed by tool messages"),
    ("messages.2", _GONE, "Invalid parameter: messages with role 'tool' must be a response"),
    ("messages.2.tool_calls.0.function.arguments", {}, "Invalid type for 'messages[2].tool_calls[0].function.arg"),
    ("messages.2.tool_calls.0.id", "x" * 41, "Invalid 'messages[2].tool_calls[0].id': string too long."),
    ("messages.1.content.0.type", "tool_result", "Invalid value: 'tool_result'."),
    ("messages.1.content", None, "Invalid value for 'content': expected a string, got null. (messages[1])"),
    ("tools.0.function.parameters", {}, "Invalid schema for function 'bash': schema must be a JSON Schema"),
    ("tools.0.function.strict", True, "Invalid schema for function 'bash': In context=(), 'additionalProperties'"),
    ("tools.0.function.name", "a.b", "Invalid 'tools[0].function.name': string does not match pattern"),
    ("tools.0.type", "web_search", "Invalid value: 'web_search'. Supported values are: 'function' and 'custom'."),
    ("tools", [], "Invalid 'tools': empty array."),
    ("stream_options", {"include_usage": True}, "The 'stream_options' parameter is only allowed when"),
    ("messages.0.role", "model", "Invalid value: 'model'. Supported values are: 'system', 'assistant', 'user'"),
    ("metadata", {"k": "v"}, "The 'metadata' parameter is only allowed when 'store' is enabled."),
    ("response_format", {"type": "json_object"}, "'messages' must contain the word 'json' in some form"),
    (
        "response_format",
        {"type": "json_schema", "json_schema": {"name": "a b", "schema": SCHEMA}},
        "Invalid 'response_format.json_schema.name'",
    ),
    (
        "response_format",
        {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA, "strict": True}},
        "Invalid schema for response_format 'a'",
    ),
    ("messages.3.content", [{"type": "image_url"}], "Invalid value: 'image_url'. Supported values are: 'text'."),
    ("stop", ["a", "b", "c", "d", "e"], "Invalid 'stop': array too long."),
]
RESPONSES_FAULTS: list[tuple[str, object, str]] = [
    ("user", "x" * 150, "Invalid 'user': string too long."),
    ("messages", [], "Unknown parameter: 'messages'."),
    ("input.3.call_id", "call_2", "No tool call found for function call output with call_id call_2."),
    ("input.3", _GONE, "No tool output found for function call call_1."),
    ("input.2.id", "call_1", "Invalid 'input[2].id': 'call_1'. Expected an ID that begins with 'fc'."),
    ("tools.0", {"type": "function", "function": {"name": "bash"}}, "Missing required parameter: 'tools[0].name'."),
    ("input.0.content.0.type", "text", "Invalid value: 'text'. Supported values are: ('input_text', 'input_image'"),
    ("input.1.encrypted_content", "forged", "The encrypted content for item rs_1 could not be verified."),
    ("input.1.encrypted_content", _GONE, "Item with id 'rs_1' not found. Items are not persisted"),
    ("input.1.summary", _GONE, "Missing required parameter: 'input[1].summary'."),
    ("max_output_tokens", 1, "Invalid 'max_output_tokens': integer below minimum value."),
    ("stream_options", {"include_usage": True}, "Unknown parameter: 'stream_options.include_usage'."),
    ("previous_response_id", "resp_x", "Previous response with id 'resp_x' not found."),
    ("input.2.arguments", {}, "Invalid type for 'input[2].arguments': expected a string."),
    ("input.3.output", {}, "Invalid type for 'input[3].output'."),
    ("input.0.type", "tool_result", "Invalid value: 'tool_result'. (input[0].type)"),
]
_UNANSWERED = "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1."
MESSAGES_FAULTS: list[tuple[str, object, str]] = [
    ("max_tokens", _GONE, "max_tokens: Field required"),
    ("stream_options", {}, "stream_options: Extra inputs are not permitted"),
    ("messages.2.content.0.tool_use_id", "toolu_2", _UNANSWERED),
    ("messages.2.content", "never mind", _UNANSWERED),
    ("messages.1.content.1.id", "a b", "messages.1.content.1.tool_use.id: String should match pattern"),
    ("messages.0", _GONE, 'messages: first message must use the "user" role'),
    ("messages.0.content.0.text", "", "messages: text content blocks must be non-empty"),
    ("messages.0.content.0.text", " ", "messages.0.content.0: text content blocks must contain non-whitespace text"),
    ("temperature", 1.5, "temperature: range: 0..1"),
    ("thinking.budget_tokens", 500, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"),
    ("thinking.budget_tokens", 2000, "`max_tokens` must be greater than `thinking.budget_tokens`."),
    ("tool_choice", {"type": "any"}, "Thinking may not be enabled when tool_choice forces tool use."),
    ("messages.1.content.0", _GONE, "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`"),
    ("messages.1.content.0.signature", "forged", "messages.1.content.0: Invalid `signature` in `thinking` block"),
    ("messages.0.role", "system", 'messages: Unexpected role "system".'),
    ("tools", _GONE, "Requests which include `tool_use` or `tool_result` blocks must define tools"),
    ("tools.0.input_schema.type", _GONE, "tools.0.custom.input_schema.type: Field required"),
    ("tools.0.input_schema.anyOf", [], "tools.0.custom.input_schema: input_schema does not support oneOf"),
    ("messages.1.content.1.input", "{}", "messages.1.content.1.tool_use.input: Input should be a valid dictionary"),
    ("messages.2", _GONE, "This model does not support assistant message prefill."),
    ("tool_choice", "auto", "tool_choice: Input tag does not match any of the expected tags: auto"),
    ("tools.0.type", "function", "tools.0: Input tag 'function' found using 'type' does not match"),
    ("context_management", {}, "context_management: Extra inputs are not permitted"),
    (
        "messages.2.content",
        [{"type": "text", "text": "t"}, {"type": "tool_result", "tool_use_id": "toolu_1", "content": "r"}],
        "messages.2: `tool_use` ids were found without `tool_result` blocks immediately after (tool_result blocks",
    ),
    ("system", _FIVE_MARKS, "A maximum of 4 blocks with cache_control may be provided. Found 5."),
    ("temperature", 0.5, "`temperature` may only be set to 1 when thinking is enabled."),
]
_PLACE = "tools[0].function_declarations[0]"
_COUNT = "Please ensure that the number of function response parts is equal"
GEMINI_FAULTS: list[tuple[str, object, str]] = [
    (
        "tools.0.functionDeclarations.0.parameters.$schema",
        "x",
        f"Invalid JSON payload received. Unknown name \"$schema\" at '{_PLACE}.parameters': Cannot find field.",
    ),
    (
        "tools.0.functionDeclarations.0.parameters.additionalProperties",
        False,
        'Invalid JSON payload received. Unknown name "additionalProperties"',
    ),
    (f"{_COMMAND}.exclusiveMinimum", 0, 'Invalid JSON payload received. Unknown name "exclusiveMinimum"'),
    (f"{_COMMAND}.type", ["string"], "Invalid JSON payload received. Proto field is not repeating"),
    (f"{_COMMAND}.enum", [1], f"Invalid value at '{_PLACE}.parameters.properties[command].enum[0]' (TYPE_STRING)"),
    (f"{_COMMAND}.type", "array", f"GenerateContentRequest.{_PLACE}.parameters.properties[command].items: missing"),
    (f"{_COMMAND}.format", "uri", f"GenerateContentRequest.{_PLACE}.parameters.properties[command].format: only"),
    (
        "tools.0.functionDeclarations.0.parameters.required",
        ["x"],
        f"GenerateContentRequest.{_PLACE}.parameters.required[0]: property is not defined",
    ),
    ("tools.0.functionDeclarations.0.name", "1 x", f"GenerateContentRequest.{_PLACE}.name: Invalid function name."),
    (
        "contents.2.parts.0.functionResponse.response",
        "r",
        "Invalid value at 'contents[2].parts[0].function_response.response'",
    ),
    (
        "contents.2.parts",
        [{"functionResponse": {"name": "bash", "response": {}}}] * 2,
        _COUNT,
    ),
    ("contents.2.parts", [{"text": "never mind"}], _COUNT),
    ("contents.1", _GONE, "Please ensure that function response turn comes immediately after a function call turn."),
    ("contents.0", _GONE, "Please ensure that function call turn comes immediately after a user turn"),
    ("contents.0.role", "assistant", "Please use a valid role: user, model."),
    ("contents.0.parts", [], "GenerateContentRequest.contents[0].parts: contents.parts must not be empty."),
    ("messages", [], "Invalid JSON payload received. Unknown name \"messages\" at 'root': Cannot find field."),
    ("generationConfig", {"maxTokens": 1}, 'Invalid JSON payload received. Unknown name "maxTokens"'),
    ("labels", {}, "Invalid JSON payload received. Unknown name \"labels\" at 'root': Cannot find field."),
    ("contents.1.parts.0.thoughtSignature", _GONE, "Function call is missing a thought_signature"),
    ("contents.1.parts.0.thoughtSignature", "forged", "Thought signature is not valid"),
    ("generationConfig", {"stopSequences": list("abcdef")}, "Invalid value at 'generation_config.stop_sequences'"),
    (
        "generationConfig",
        {"thinkingConfig": {"thinkingBudget": 1, "thinking_level": "LOW"}},
        "You can only set only one of thinking budget and thinking level.",
    ),
    ("contents.0.parts", [{"inline_data": {"data": "x"}}], "Unable to submit request because contents[0].parts[0]"),
    ("tools", [], "Function calling config is set without function_declarations."),
    (
        "tools.0.functionDeclarations.0.parametersJsonSchema",
        SCHEMA,
        f"{_PLACE}: parameters and parameters_json_schema are mutually exclusive",
    ),
]
FAULTS = [
    (path, *fault)
    for path, faults in zip(VALID, (CHAT_FAULTS, RESPONSES_FAULTS, MESSAGES_FAULTS, GEMINI_FAULTS), strict=True)
    for fault in faults
]


@pytest.mark.parametrize("path", VALID)
def test_a_valid_request_is_taken(path: str) -> None:
    assert refuse(_request(path, VALID[path])) is None


@pytest.mark.parametrize(
    ("path", "place", "value", "message"),
    FAULTS,
    ids=[f"{path.rpartition('/')[2]} {place}" for path, place, *_ in FAULTS],
)
def test_a_fault_is_refused_in_the_vendors_words(path: str, place: str, value: object, message: str) -> None:
    refusal = refuse(_request(path, _with(VALID[path], place, value)))

    assert refusal is not None
    assert refusal.status == (404 if "not found" in message else 400)
    assert json.loads(refusal.pieces[0][0])["error"]["message"].startswith(message)


OLD_MODELS_FAULTS: list[tuple[Body, str]] = [
    ({"generationConfig": {"responseMimeType": "application/json"}}, "Function calling with a response mime type"),
    ({"tools": [{**GEMINI["tools"][0], "googleSearch": {}}]}, "Tool use with function calling is unsupported"),
]


@pytest.mark.parametrize(("changed", "message"), OLD_MODELS_FAULTS)
def test_only_older_models_of_gemini_refuse_functions_beside_other_things(changed: Body, message: str) -> None:
    body: Body = {**GEMINI, **changed}

    old, new = (
        refuse(_request(f"/v1beta/models/{name}:generateContent", body)) for name in ("gemini-2.5-x", "gemini-3-x")
    )

    assert new is None
    assert old is not None
    assert json.loads(old.pieces[0][0])["error"]["message"].startswith(message)


def test_the_documented_dummy_stands_for_a_signature() -> None:
    body = _with(GEMINI, "contents.1.parts.0.thoughtSignature", "skip_thought_signature_validator")

    assert refuse(_request("/v1beta/models/gemini-3-x:generateContent", body)) is None


@pytest.mark.parametrize("member", ["tool_choice", "parallel_tool_calls"])
def test_a_choice_among_tools_needs_tools(member: str) -> None:
    chat = VALID["/v1/chat/completions"]
    body: Body = {"model": "m", "messages": chat["messages"][:2], member: "auto"}

    refusal = refuse(_request("/v1/chat/completions", body))

    assert refusal is not None
    assert "only allowed when 'tools' are specified" in refusal.pieces[0][0].decode()


def test_a_beta_allows_what_is_refused_without_it() -> None:
    body: Body = {**MESSAGES, "context_management": {}}
    body["messages"] = [*MESSAGES["messages"], {"role": "system", "content": "s"}]

    assert refuse(_request("/v1/messages", body, "context-management-2025-06-27")) is not None
    betas = "context-management-2025-06-27, mid-conversation-system-2026-04-07"
    assert refuse(_request("/v1/messages", body, betas)) is None


def _request(path: str, body: Body, betas: str = "") -> Request:
    headers = (("anthropic-beta", betas),)
    return Request(0, "POST", path, headers, json.dumps(body).encode(), 0.0, 1)


def _with(body: Body, place: str, value: object) -> Body:
    """Return a copy in which something stands at a place, or stands there no more."""
    changed = copy.deepcopy(body)
    *way, last = [int(step) if step.isdecimal() else step for step in place.split(".")]
    # Any: what JSON can hold.
    inner: Any = changed
    for step in way:
        inner = inner[step]
    if value is _GONE:
        del inner[last]
    else:
        inner[last] = value
    return changed
