"""What the rehearsal provider answers, asked in process."""

import base64
import json
import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbridge.gateway.dialects import Operation
from drawbridge.gateway.providers.rehearsal import RehearsedReply, answer
from tests.gateway.providers.asking import TEXT_OPERATIONS, WEATHER, ask, body_of, events, read, sent

CHAT_TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": WEATHER}}
CLOCK_TOOL = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object"}}}
OPERATIONS: tuple[Operation, ...] = (
    *TEXT_OPERATIONS,
    "messages.count_tokens",
    "countTokens",
    "embeddings",
    "embedContent",
    "batchEmbedContents",
    "completions",
    "moderations",
    "rerank",
    "responses.compact",
    "responses.input_tokens",
    "images.generations",
    "audio.speech",
)
# Their replies tell nothing of the text.
DEAF: frozenset[Operation] = frozenset(
    {"messages.count_tokens", "countTokens", "responses.input_tokens", "images.generations", "audio.speech"}
)
REFUSED: list[tuple[Operation, dict[str, object], str]] = [
    ("chat.completions", {"model": "m"}, "Missing required parameter: 'messages'."),
    ("chat.completions", {"model": "m", "messages": []}, "Invalid 'messages': empty array"),
    ("chat.completions", {"model": "m", "messages": [{"role": "model"}]}, "'messages[0].role'"),
    (
        "chat.completions",
        {"model": "m", "messages": [{"role": "tool", "content": ""}]},
        "'messages[0].tool_call_id'",
    ),
    ("responses", {"model": "m"}, "Missing required parameter: 'input'."),
    ("responses", {"model": "m", "input": "Hi", "max_output_tokens": 1}, "'max_output_tokens'"),
    ("responses", {"model": "m", "input": [{"type": "function_call"}]}, "'input[0].call_id'"),
    ("embeddings", {"model": "m", "input": []}, "'input'"),
    ("embeddings", {"model": "m", "input": ["a", 5]}, "'input'"),
    ("completions", {"model": "m", "prompt": []}, "Invalid 'prompt': empty array"),
    ("moderations", {"model": "m"}, "Missing required parameter: 'input'."),
    ("rerank", {"model": "m", "query": "a", "documents": []}, "Invalid 'documents': empty array"),
    ("images.generations", {"model": "m"}, "Missing required parameter: 'prompt'."),
    ("audio.speech", {"model": "m"}, "Missing required parameter: 'input'."),
    ("responses.compact", {"model": "m"}, "Missing required parameter: 'input'."),
    ("messages", {"model": "m", "messages": []}, "max_tokens: Field required"),
    ("messages", {"model": "m", "max_tokens": 5, "messages": [{"role": "user"}]}, "messages.0.content: Field"),
    ("messages.count_tokens", {"model": "m"}, "messages: Field required"),
    ("generateContent", {}, "contents is not specified"),
    ("generateContent", {"contents": [{"parts": []}]}, "contents[0].parts must not be empty"),
    ("countTokens", {}, "contents is not specified"),
    ("batchEmbedContents", {"requests": []}, "'requests'"),
]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_same_request_gets_the_same_bytes(operation: Operation) -> None:
    body = body_of(operation, "Hello")

    first, second, other = ask(operation, body), ask(operation, body), ask(operation, body_of(operation, "Hallo"))

    assert first == second
    assert first.status == 200
    assert operation in DEAF or sent(first) != sent(other)


@pytest.mark.parametrize("operation", TEXT_OPERATIONS)
def test_every_text_says_that_no_real_model_wrote_it(operation: Operation) -> None:
    reply = ask(operation, body_of(operation, "Hello"))

    assert "This is the rehearsal provider, no real model." in _told(operation, reply)


def test_the_answer_names_what_it_saw() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    body = {
        "model": "rehearsal",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [image, {"type": "text", "text": "What is\n this?"}]},
        ],
        "tools": [CHAT_TOOL],
    }

    text = read(ask("chat.completions", body))["choices"][0]["message"]["content"]

    assert "It saw 2 messages with a system prompt." in text
    assert 'The last text of the user: "What is this?".' in text
    assert "Declared tools: get_weather." in text
    assert "It saw 1 image." in text


@pytest.mark.parametrize("text", ["", "help", " Help! "])
@pytest.mark.parametrize("operation", TEXT_OPERATIONS)
def test_nothing_or_help_lists_what_can_be_rehearsed(operation: Operation, text: str) -> None:
    reply = ask(operation, body_of(operation, text))

    told = _told(operation, reply)
    assert all(spell in told for spell in ("[fail 429]", "[cut]", "[slow]", "use a tool"))


def test_a_named_tool_is_called_and_another_is_not() -> None:
    body = body_of("chat.completions", "Please call get_time now", tools=[CHAT_TOOL, CLOCK_TOOL])

    choice = read(ask("chat.completions", body))["choices"][0]

    assert choice["finish_reason"] == "tool_calls"
    assert [call["function"]["name"] for call in choice["message"]["tool_calls"]] == ["get_time"]


def test_all_tools_are_called_at_once_unless_the_caller_wants_one_at_a_time() -> None:
    body = body_of("chat.completions", "Use all tools", tools=[CHAT_TOOL, CLOCK_TOOL])

    together = read(ask("chat.completions", body))["choices"][0]["message"]["tool_calls"]
    alone = read(ask("chat.completions", body | {"parallel_tool_calls": False}))["choices"][0]["message"]["tool_calls"]

    assert [call["function"]["name"] for call in together] == ["get_weather", "get_time"]
    assert together[0]["id"] != together[1]["id"]
    assert len(alone) == 1


def test_a_choice_of_none_keeps_tools_from_being_called() -> None:
    body = body_of("chat.completions", "use a tool", tools=[CHAT_TOOL], tool_choice="none")

    message = read(ask("chat.completions", body))["choices"][0]["message"]

    assert "tool_calls" not in message


def test_after_a_result_the_answer_quotes_it_even_where_the_choice_is_still_forced() -> None:
    body = body_of("chat.completions", "How warm is it?", tools=[CHAT_TOOL], tool_choice="required")
    called = read(ask("chat.completions", body))["choices"][0]["message"]
    result = {"role": "tool", "tool_call_id": called["tool_calls"][0]["id"], "content": "18 degrees"}
    messages = [{"role": "user", "content": "How warm is it?"}, called, result]

    final = read(ask("chat.completions", body | {"messages": messages}))["choices"][0]

    assert final["finish_reason"] == "stop"
    assert 'get_weather gave back: "18 degrees"' in final["message"]["content"]


def test_what_the_user_says_after_a_result_is_answered_afresh() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "use a tool"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "18 degrees"},
        {"role": "user", "content": "Thank you"},
    ]
    body = {"model": "rehearsal", "messages": messages, "tools": [CHAT_TOOL]}

    text = read(ask("chat.completions", body))["choices"][0]["message"]["content"]

    assert 'The last text of the user: "Thank you".' in text
    assert "18 degrees" not in text


def test_a_reminder_beside_a_result_does_not_hide_the_result() -> None:
    tool = {"name": "get_weather", "input_schema": WEATHER}
    body = body_of("messages", "use a tool", tools=[tool])
    called = read(ask("messages", body))
    use = next(block for block in called["content"] if block["type"] == "tool_use")
    result = {"type": "tool_result", "tool_use_id": use["id"], "content": [{"type": "text", "text": "18 degrees"}]}
    messages = [
        {"role": "user", "content": "use a tool"},
        {"role": "assistant", "content": called["content"]},
        {"role": "user", "content": [result, {"type": "text", "text": "<system-reminder>tidy up</system-reminder>"}]},
    ]

    final = read(ask("messages", body | {"messages": messages}))

    assert final["stop_reason"] == "end_turn"
    assert 'get_weather gave back: "18 degrees"' in final["content"][0]["text"]


def test_a_forced_tool_that_is_not_declared_is_refused() -> None:
    choice = {"type": "function", "function": {"name": "get_moon"}}
    body = body_of("chat.completions", "Hello", tools=[CHAT_TOOL], tool_choice=choice)

    reply = ask("chat.completions", body)

    assert reply.status == 400
    assert read(reply)["error"]["param"] == "tool_choice"


def test_a_tool_in_a_group_is_called_by_its_name_and_group() -> None:
    group = {
        "type": "namespace",
        "name": "weather",
        "tools": [{"type": "function", "name": "get_weather", "parameters": WEATHER}],
    }

    output = read(ask("responses", body_of("responses", "use a tool", tools=[group])))["output"]

    assert (output[1]["name"], output[1]["namespace"]) == ("get_weather", "weather")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503, 529])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_failure_that_was_asked_for_has_the_status_and_the_shape_of_the_vendor(
    operation: Operation, status: int
) -> None:
    reply = ask(operation, body_of(operation, f"Hello [fail {status}]"))

    assert reply.status == status
    error = read(reply)[0]["error"] if operation == "streamGenerateContent" else read(reply)["error"]
    assert "no real model" in error["message"]
    assert (dict(reply.headers).get("retry-after") == "1") == (status == 429)


def test_a_rate_limit_carries_each_vendors_own_code() -> None:
    openai = read(ask("chat.completions", body_of("chat.completions", "[fail 429]")))
    anthropic = read(ask("messages", body_of("messages", "[fail 429]")))
    gemini = read(ask("generateContent", body_of("generateContent", "[fail 429]")))

    assert openai["error"]["code"] == "rate_limit_exceeded"
    assert (anthropic["type"], anthropic["error"]["type"]) == ("error", "rate_limit_error")
    assert gemini["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert gemini["error"]["details"][0]["retryDelay"] == "1s"


def test_a_failure_asked_for_earlier_in_the_conversation_is_over() -> None:
    messages = [{"role": "user", "content": "[fail 500]"}, {"role": "user", "content": "Hello"}]

    assert ask("chat.completions", {"model": "m", "messages": messages}).status == 200


@pytest.mark.parametrize("operation", ["chat.completions", "responses", "messages"])
def test_a_cut_stream_ends_inside_of_an_event(operation: Operation) -> None:
    reply = ask(operation, body_of(operation, "Hello [cut]", stream=True))
    whole = ask(operation, body_of(operation, "Hello [out]", stream=True))

    assert reply.cut
    assert not whole.cut
    assert len(reply.pieces) == len(whole.pieces) // 2 + 1
    assert not reply.pieces[-1].data.endswith(b"\n\n")


def test_a_slow_stream_pauses_before_each_piece_but_the_first() -> None:
    unhurried = ask("messages", body_of("messages", "Hello [slow]", stream=True))
    slower = ask("messages", body_of("messages", "Hello [slow 2.5]", stream=True))

    assert [piece.pause_s for piece in unhurried.pieces] == [0.0] + [0.25] * (len(unhurried.pieces) - 1)
    assert {piece.pause_s for piece in slower.pieces[1:]} == {2.5}


def test_output_tokens_are_one_for_each_four_bytes_begun_and_usage_adds_up() -> None:
    reply = read(ask("chat.completions", body_of("chat.completions", "Grüße")))

    text = reply["choices"][0]["message"]["content"]
    usage = reply["usage"]
    assert usage["completion_tokens"] == math.ceil(len(text.encode()) / 4)
    assert usage["prompt_tokens"] == 2
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_counted_tokens_are_those_of_the_reply() -> None:
    tools = [{"name": "get_weather", "description": "Tells the weather", "input_schema": WEATHER}]
    more = {"system": "Be brief.", "tools": tools}

    counted = read(ask("messages.count_tokens", body_of("messages.count_tokens", "Hello", **more)))
    used = read(ask("messages", body_of("messages", "Hello", **more)))
    counted_by_gemini = read(ask("countTokens", body_of("countTokens", "Hello")))
    used_by_gemini = read(ask("generateContent", body_of("generateContent", "Hello")))

    assert counted["input_tokens"] == used["usage"]["input_tokens"] > 40
    assert counted_by_gemini["totalTokens"] == used_by_gemini["usageMetadata"]["promptTokenCount"] == 2


@pytest.mark.parametrize("operation", ["chat.completions", "responses", "messages", "generateContent"])
def test_declared_tools_count_as_input(operation: Operation) -> None:
    declared = {
        "chat.completions": CHAT_TOOL,
        "responses": {"type": "function", "name": "get_weather", "parameters": WEATHER},
        "messages": _anthropic_tool(),
        "generateContent": {"functionDeclarations": [{"name": "get_weather", "parameters": WEATHER}]},
    }

    without = _input_tokens(read(ask(operation, body_of(operation, "Hello"))))
    with_tool = _input_tokens(read(ask(operation, body_of(operation, "Hello", tools=[declared[operation]]))))

    assert with_tool - without > len(json.dumps(WEATHER, separators=(",", ":"))) // 4


def test_usage_of_a_stream_is_that_of_the_whole_reply() -> None:
    whole = read(ask("messages", body_of("messages", "Hello")))["usage"]
    streamed = events(ask("messages", body_of("messages", "Hello", stream=True)))

    assert streamed[0]["message"]["usage"]["input_tokens"] == whole["input_tokens"]
    assert streamed[-2]["usage"]["output_tokens"] == whole["output_tokens"]


def test_a_chat_stream_counts_its_tokens_only_when_asked() -> None:
    silent = events(ask("chat.completions", body_of("chat.completions", "Hi", stream=True)))
    options = {"include_usage": True}
    counting = events(ask("chat.completions", body_of("chat.completions", "Hi", stream=True, stream_options=options)))

    assert all("usage" not in chunk for chunk in silent)
    assert [chunk["usage"] for chunk in counting[:-1]] == [None] * (len(counting) - 1)
    assert counting[-1]["choices"] == []
    assert counting[-1]["usage"]["total_tokens"] > 0


def test_the_wished_length_is_kept_to() -> None:
    chat = read(ask("chat.completions", body_of("chat.completions", "Hello", max_completion_tokens=5)))
    message = read(ask("messages", body_of("messages", "use a tool", max_tokens=7, tools=[_anthropic_tool()])))
    response = read(ask("responses", body_of("responses", "Hello", max_output_tokens=16)))
    gemini = read(ask("generateContent", body_of("generateContent", "Hi", generationConfig={"maxOutputTokens": 3})))

    assert (chat["choices"][0]["finish_reason"], chat["usage"]["completion_tokens"]) == ("length", 5)
    assert (message["stop_reason"], message["usage"]["output_tokens"]) == ("max_tokens", 7)
    assert (response["status"], response["usage"]["output_tokens"]) == ("incomplete", 16)
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert gemini["candidates"][0]["finishReason"] == "MAX_TOKENS"


def test_a_stop_sequence_ends_the_text() -> None:
    message = read(ask("messages", body_of("messages", "Hello", stop_sequences=["real", "zebra"])))

    assert message["content"] == [{"type": "text", "text": "This is the rehearsal provider, no "}]
    assert (message["stop_reason"], message["stop_sequence"]) == ("stop_sequence", "real")


def test_structured_output_is_an_instance_of_the_schema() -> None:
    wished = {"type": "json_schema", "json_schema": {"name": "forecast", "schema": WEATHER}}
    chat = read(ask("chat.completions", body_of("chat.completions", "Hello", response_format=wished)))
    config = {"responseMimeType": "application/json", "responseJsonSchema": WEATHER}
    gemini = read(ask("generateContent", body_of("generateContent", "Hello", generationConfig=config)))

    expected = {"city": "rehearsal", "days": 3}
    assert json.loads(chat["choices"][0]["message"]["content"]) == expected
    assert json.loads(gemini["candidates"][0]["content"]["parts"][0]["text"]) == expected


def test_several_choices_of_a_chat_are_counted_and_told_apart() -> None:
    reply = read(ask("chat.completions", body_of("chat.completions", "use a tool", n=2, tools=[CHAT_TOOL])))
    single = read(ask("chat.completions", body_of("chat.completions", "use a tool", tools=[CHAT_TOOL])))

    ids = {choice["message"]["tool_calls"][0]["id"] for choice in reply["choices"]}
    assert [choice["index"] for choice in reply["choices"]] == [0, 1]
    assert len(ids) == 2
    assert reply["usage"]["completion_tokens"] == 2 * single["usage"]["completion_tokens"]


def test_embeddings_are_unit_vectors_and_both_encodings_agree() -> None:
    floats = read(ask("embeddings", body_of("embeddings", "Hello")))["data"][0]["embedding"]
    written = read(ask("embeddings", body_of("embeddings", "Hello", encoding_format="base64")))["data"][0]["embedding"]

    assert len(floats) == 1536
    assert math.hypot(*floats) == pytest.approx(1.0, abs=1e-6)
    assert list(struct.unpack("<1536f", base64.b64decode(written))) == floats


def test_a_shorter_embedding_points_where_the_longer_one_begins() -> None:
    long = read(ask("embeddings", body_of("embeddings", "Hello")))["data"][0]["embedding"]
    short = read(ask("embeddings", body_of("embeddings", "Hello", dimensions=64)))["data"][0]["embedding"]
    config = {"outputDimensionality": 64}
    gemini = read(ask("embedContent", body_of("embedContent", "Hello", **config)))["embedding"]["values"]

    length = math.hypot(*long[:64])
    assert short == pytest.approx([number / length for number in long[:64]], abs=1e-6)
    assert gemini == short


def test_embeddings_of_token_lists_count_their_tokens() -> None:
    single = read(ask("embeddings", body_of("embeddings", "", input=[5, 6, 7])))
    several = read(ask("embeddings", body_of("embeddings", "", input=[[5, 6], [7]])))

    assert (len(single["data"]), single["usage"]["prompt_tokens"]) == (1, 3)
    assert (len(several["data"]), several["usage"]["prompt_tokens"]) == (2, 3)


@pytest.mark.parametrize(("operation", "body", "told"), REFUSED)
def test_a_missing_or_invalid_field_is_refused_in_the_vendors_words(
    operation: Operation, body: dict[str, object], told: str
) -> None:
    reply = ask(operation, body)

    assert reply.status == 400
    assert told in read(reply)["error"]["message"]


def test_an_earlier_response_cannot_be_continued() -> None:
    reply = ask("responses", body_of("responses", "Hello", previous_response_id="resp_1"))

    assert reply.status == 404
    assert read(reply)["error"]["code"] == "previous_response_not_found"


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"\xff"', b'{"contents":' + b"[" * 900 + b"]" * 900 + b"}"])
def test_what_is_no_request_is_refused(operation: Operation, body: bytes) -> None:
    reply = answer(operation, body, {}, "rehearsal")

    assert reply.status == 400


@settings(deadline=None)
@given(
    st.sampled_from(OPERATIONS), st.dictionaries(st.sampled_from(["tools", "stream", "stop"]), JSON_VALUES), JSON_VALUES
)
def test_any_request_gets_an_answer_or_a_refusal(
    operation: Operation, fields: dict[str, object], content: object
) -> None:
    body = body_of(operation, "use all tools") | fields
    body |= {"messages": [{"role": "user", "content": content}]} if "messages" in body else {}

    reply = ask(operation, body)

    assert reply.status in (200, 400)
    assert sent(reply)


def test_events_of_a_response_are_numbered_without_a_gap() -> None:
    tool = {"type": "function", "name": "get_weather", "parameters": WEATHER}

    streamed = events(ask("responses", body_of("responses", "use a tool", stream=True, tools=[tool])))

    assert [event["sequence_number"] for event in streamed] == list(range(len(streamed)))


def test_the_stream_of_gemini_says_the_same_in_both_forms() -> None:
    body = body_of("streamGenerateContent", "Hello")

    as_array = read(ask("streamGenerateContent", body))
    as_events = events(ask("streamGenerateContent", body, {"alt": "sse"}))

    assert as_array == as_events
    assert len(as_array) > 5
    assert ["finishReason" in it["candidates"][0] for it in as_array] == [False] * (len(as_array) - 1) + [True]


def _anthropic_tool() -> dict[str, object]:
    return {"name": "get_weather", "input_schema": WEATHER}


def _input_tokens(body: dict[str, dict[str, int]]) -> int:
    usage = body.get("usage") or body["usageMetadata"]
    names = ("prompt_tokens", "input_tokens", "promptTokenCount")
    return next(usage[name] for name in names if name in usage)


def _told(operation: Operation, reply: RehearsedReply) -> str:
    body = read(reply)
    match operation:
        case "chat.completions":
            return body["choices"][0]["message"]["content"]
        case "responses":
            return body["output"][0]["content"][0]["text"]
        case "messages":
            return body["content"][0]["text"]
        case "generateContent":
            return body["candidates"][0]["content"]["parts"][0]["text"]
        case _:
            return "".join(it["candidates"][0]["content"]["parts"][0]["text"] for it in body)
