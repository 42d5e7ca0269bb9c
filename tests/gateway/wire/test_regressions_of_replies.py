"""What other gateways lose of replies between dialects, a test each: none of it may happen here.

The lines are those of a comparison of LiteLLM 1.106.2 and Portkey 1.15.2 on recorded traffic (2026-11-22). The
reports that a test names are where users met the same.
"""

import json

import pytest
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.wire.canonical import Text
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.events import Failed, Grew, PartBegan
from drawbridge.gateway.wire.known import DIALECTS as BY_NAME
from drawbridge.gateway.wire.losses import leaves
from tests.gateway.wire.retelling import (
    CHAT,
    GEMINI,
    MESSAGES,
    RESPONSES,
    Json,
    candidate,
    chunks,
    events,
    message,
    read,
    response,
    told,
)
from tests.parts.strict.checks import ISSUED

SCHEMA: Json = {"type": "object", "properties": {"city": {"type": "string"}}}
ASKED: dict[Dialect, Json] = {
    CHAT: {
        "messages": [{"role": "user", "content": "Look."}],
        "tools": [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}],
        "stream_options": {"include_usage": True},
    },
    RESPONSES: {
        "input": "Look.",
        "tools": [{"type": "function", "name": "weather", "parameters": SCHEMA}],
        "include": ["reasoning.encrypted_content"],
    },
    MESSAGES: {
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": "Look."}],
        "tools": [{"name": "weather", "input_schema": SCHEMA}],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    },
    GEMINI: {
        "contents": [{"role": "user", "parts": [{"text": "Look."}]}],
        "tools": [{"functionDeclarations": [{"name": "weather", "parameters": SCHEMA}]}],
        "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
    },
}
ANTHROPIC_START: Json = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": 40,
            "cache_creation_input_tokens": 100,
            "cache_read_input_tokens": 0,
            "output_tokens": 1,
        },
    },
}


def apart_from(dialect: Dialect) -> list[Dialect]:
    return [other for other in ASKED if other != dialect]


def anthropic_stream(*blocks: tuple[Json, Json], stop: str = "end_turn", usage: Json = None) -> bytes:
    """Return a stream of blocks, each with what it begins as and its one delta."""
    said: list[Json] = [ANTHROPIC_START]
    for index, (block, delta) in enumerate(blocks):
        said += [
            {"type": "content_block_start", "index": index, "content_block": block},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    end = {"stop_reason": stop, "stop_sequence": None}
    counts = usage or {"output_tokens": 8}
    return events(*said, {"type": "message_delta", "delta": end, "usage": counts}, {"type": "message_stop"})


TEXT: Json = {"type": "text", "text": ""}


def text_delta(text: str) -> Json:
    return {"type": "text_delta", "text": text}


def use(number: int) -> Json:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": "weather", "input": {}}


def input_delta(text: str) -> Json:
    return {"type": "input_json_delta", "partial_json": text}


@pytest.mark.parametrize("dialect", apart_from(MESSAGES))
def test_cited_text_is_part_of_the_answer(dialect: Dialect) -> None:
    """Line 5: what stood inside of citations was cut out of the answer."""
    citation = {
        "type": "web_search_result_location",
        "url": "https://a.example/",
        "title": "A",
        "cited_text": "It is so.",
    }
    cited = {"type": "text", "text": "the moon is rock", "citations": [citation | {"encrypted_index": "x"}]}

    reply = told(dialect, ASKED[dialect], MESSAGES, message({"type": "text", "text": "They say "}, cited))

    assert reply.facts.answer == "They say the moon is rock"


@pytest.mark.parametrize("dialect", apart_from(MESSAGES))
def test_the_answer_after_a_tool_of_the_vendors_arrives_and_its_run_is_nothing_to_execute(dialect: Dialect) -> None:
    """Line 6: the answer was lost, and the run reached the client as a call."""
    run = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "moon"}}
    result = {"type": "web_search_result", "url": "https://a.example/", "title": "A", "encrypted_content": ISSUED}
    results = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [result]}

    reply = told(dialect, ASKED[dialect], MESSAGES, message(run, results, {"type": "text", "text": "It is rock."}))

    assert (reply.facts.answer, reply.facts.calls, reply.facts.stop) == ("It is rock.", [], "end")


@pytest.mark.parametrize("dialect", apart_from(RESPONSES))
def test_a_search_of_a_response_is_nothing_to_execute(dialect: Dialect) -> None:
    """Line 6: a server-side tool's own run reached the client as a call to execute."""
    search = {
        "type": "web_search_call",
        "id": "ws_1",
        "status": "completed",
        "action": {"type": "search", "query": "m"},
    }
    part: Json = {"type": "output_text", "text": "It is rock.", "annotations": []}
    said: Json = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part]}

    reply = told(dialect, ASKED[dialect], RESPONSES, response(search, said))

    assert (reply.facts.answer, reply.facts.calls, reply.facts.stop) == ("It is rock.", [], "end")


def response_call(number: int, arguments: str = "") -> Json:
    ids = {"id": f"fc_{number}", "call_id": f"call_{number}", "status": "completed"}
    return {"type": "function_call", "name": "weather", "arguments": arguments, **ids}


@pytest.mark.parametrize("dialect", apart_from(RESPONSES))
def test_arguments_that_come_all_at_once_at_the_end_arrive(dialect: Dialect) -> None:
    """Line 6: arguments that are only in `function_call_arguments.done` were lost."""
    whole = response_call(1, '{"city":"Oslo"}')
    done = {"type": "response.function_call_arguments.done", "item_id": "fc_1", "output_index": 0}
    stream = events(
        {"type": "response.created", "response": response() | {"status": "in_progress", "usage": None}},
        {"type": "response.output_item.added", "output_index": 0, "item": response_call(1)},
        done | {"arguments": whole["arguments"]},
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {"type": "response.completed", "response": response(whole)},
    )

    reply = told(dialect, ASKED[dialect], RESPONSES, stream)

    assert reply.facts.calls == [("weather", {"city": "Oslo"})]


def replies_with_all_counts() -> dict[Dialect, bytes]:
    """Return a stream of each dialect that thinks and answers: of 40 tokens 30 cached, of 12 four thought."""
    chat = {
        "prompt_tokens": 40,
        "prompt_tokens_details": {"cached_tokens": 30},
        "completion_tokens": 12,
        "completion_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 52,
    }
    counted = {
        "input_tokens": 40,
        "input_tokens_details": {"cached_tokens": 30},
        "output_tokens": 12,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 52,
    }
    thought = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]}
    part: Json = {"type": "output_text", "text": "Rock.", "annotations": []}
    said: Json = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part]}
    summary = {"item_id": "rs_1", "output_index": 0, "summary_index": 0}
    place = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
    responses = events(
        {"type": "response.created", "response": response() | {"status": "in_progress", "usage": None}},
        {"type": "response.output_item.added", "output_index": 0, "item": thought | {"summary": []}},
        {"type": "response.reasoning_summary_part.added", "part": {"type": "summary_text", "text": ""}, **summary},
        {"type": "response.reasoning_summary_text.delta", "delta": "Hm.", **summary},
        {"type": "response.reasoning_summary_text.done", "text": "Hm.", **summary},
        {"type": "response.output_item.done", "output_index": 0, "item": thought},
        {"type": "response.output_item.added", "output_index": 1, "item": said | {"content": []}},
        {"type": "response.content_part.added", "part": part | {"text": ""}, **place},
        {"type": "response.output_text.delta", "delta": "Rock.", **place},
        {"type": "response.output_text.done", "text": "Rock.", **place},
        {"type": "response.content_part.done", "part": part, **place},
        {"type": "response.output_item.done", "output_index": 1, "item": said},
        {"type": "response.completed", "response": response(thought, said, usage=counted)},
    )
    start = json.loads(json.dumps(ANTHROPIC_START))
    start["message"]["usage"] = {"input_tokens": 10, "cache_read_input_tokens": 30, "output_tokens": 1}
    return {
        CHAT: chunks({"role": "assistant", "reasoning_content": "Hm."}, {"content": "Rock."}, usage=chat),
        RESPONSES: responses,
        MESSAGES: anthropic_stream(
            ({"type": "thinking", "thinking": "", "signature": ""}, {"type": "thinking_delta", "thinking": "Hm."}),
            (TEXT, text_delta("Rock.")),
            usage={"input_tokens": 10, "cache_read_input_tokens": 30, "output_tokens": 12},
        ),
        GEMINI: events(
            candidate({"text": "Hm.", "thought": True}, finish=None),
            candidate(
                {"text": "Rock."},
                usage={
                    "promptTokenCount": 40,
                    "cachedContentTokenCount": 30,
                    "candidatesTokenCount": 8,
                    "thoughtsTokenCount": 4,
                    "totalTokenCount": 52,
                },
            ),
        ),
    }


@pytest.mark.parametrize(
    ("dialect", "spoken"), [(told_in, said_in) for told_in in ASKED for said_in in apart_from(told_in)]
)
def test_streams_tell_thoughts_and_every_kind_of_token(dialect: Dialect, spoken: Dialect) -> None:
    """Line 9: streams to Gemini clients had no usage, thinking was dropped, cached and reasoning tokens disappeared.

    Cached tokens are of the input, not beside it, whatever the dialect: counted as both they were charged twice.
    https://github.com/BerriAI/litellm/issues/14849
    """
    reply = told(dialect, ASKED[dialect], spoken, replies_with_all_counts()[spoken])

    assert (reply.facts.answer, reply.facts.thinking) == ("Rock.", "Hm.")
    assert (reply.facts.usage["input"], reply.facts.usage["cached"], reply.facts.usage["output"]) == (40, 30, 12)
    # Anthropic does not tell how many of its tokens were thoughts.
    if MESSAGES not in {dialect, spoken}:
        assert reply.facts.usage["reasoning"] == 4


@pytest.mark.parametrize("spoken", apart_from(MESSAGES))
def test_what_a_client_of_messages_reads_as_fresh_input_is_without_what_was_cached(spoken: Dialect) -> None:
    """Cached tokens were charged twice: in full, and again at the price of the cache.

    https://github.com/BerriAI/litellm/issues/14849
    """
    reply = told(MESSAGES, ASKED[MESSAGES], spoken, replies_with_all_counts()[spoken])

    [end] = [event for event in reply.body if event["type"] == "message_delta"]
    assert (end["usage"]["input_tokens"], end["usage"]["cache_read_input_tokens"]) == (10, 30)


@pytest.mark.parametrize("dialect", [CHAT, RESPONSES])
def test_cache_writes_of_the_vendors_own_tools_are_counted(dialect: Dialect) -> None:
    """They come with the last event only, and a bill without them was 20 to 60 % too low.

    https://github.com/BerriAI/litellm/issues/42663
    """
    last = {"input_tokens": 40, "cache_creation_input_tokens": 5000, "cache_read_input_tokens": 70, "output_tokens": 8}

    reply = told(dialect, ASKED[dialect], MESSAGES, anthropic_stream((TEXT, text_delta("Rock.")), usage=last))

    assert reply.facts.usage["input"] == 40 + 5000 + 70


@pytest.mark.parametrize("spoken", apart_from(RESPONSES))
def test_streams_towards_clients_of_responses_are_of_the_sdks_types(spoken: Dialect) -> None:
    """Line 14: they parsed, but broke the official SDK's types."""
    reply = told(RESPONSES, ASKED[RESPONSES], spoken, replies_with_all_counts()[spoken])

    event_type: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
    for event in reply.body:
        event_type.validate_python(event)
    assert reply.body[-1]["type"] == "response.completed"
    assert [event["sequence_number"] for event in reply.body] == [*range(len(reply.body))]


_FITTING = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
    "input_json_delta": "tool_use",
    "citations_delta": "text",
}


@pytest.mark.parametrize("spoken", apart_from(MESSAGES))
def test_each_delta_is_of_its_blocks_kind_and_blocks_come_one_after_another(spoken: Dialect) -> None:
    """A text block received a thinking_delta, and Claude Code ended the turn.

    https://github.com/BerriAI/litellm/issues/33224
    """
    reply = told(MESSAGES, ASKED[MESSAGES], spoken, replies_with_all_counts()[spoken])

    check_blocks(reply.body)


def check_blocks(told_events: list[Json]) -> None:
    """Assert that blocks of a message do not interleave, are counted from 0, and hold deltas of their kind only."""
    open_block: Json = None
    begun = 0
    for event in told_events:
        match event["type"]:
            case "content_block_start":
                assert (open_block, event["index"]) == (None, begun)
                open_block, begun = event["content_block"], begun + 1
            case "content_block_delta":
                assert _FITTING[event["delta"]["type"]] == open_block["type"]
                assert event["index"] == begun - 1
            case "content_block_stop":
                assert event["index"] == begun - 1
                open_block = None
            case _:
                pass


def test_parallel_calls_that_interleave_become_blocks_one_after_another() -> None:
    """A call's arguments went to another's block, or into none.

    https://github.com/BerriAI/litellm/issues/11407, https://github.com/envoyproxy/ai-gateway/issues/1911
    """

    def piece(index: int, arguments: str, **more: Json) -> Json:
        named = {"name": "weather"} if more else {}
        return {"index": index, **more, "function": {**named, "arguments": arguments}}

    first, second = ({"id": f"call_{n}", "type": "function"} for n in (1, 2))
    stream = chunks(
        {"role": "assistant", "content": "Both."},
        {"tool_calls": [piece(0, "", **first)]},
        {"tool_calls": [piece(1, '{"ci', **second)]},
        {"tool_calls": [piece(0, '{"city":"Os')]},
        {"tool_calls": [piece(1, 'ty":"Bergen"}'), piece(0, 'lo"}')]},
        finish="tool_calls",
    )

    reply = told(MESSAGES, ASKED[MESSAGES], CHAT, stream)

    check_blocks(reply.body)
    assert reply.facts.calls == [("weather", {"city": "Oslo"}), ("weather", {"city": "Bergen"})]
    assert (reply.facts.answer, reply.facts.stop) == ("Both.", "tool_calls")


def test_parallel_calls_have_an_index_each() -> None:
    """All chunks of parallel calls had index 0, and clients ran their arguments together.

    https://github.com/maximhq/bifrost/issues/1961
    """
    stream = anthropic_stream(
        (TEXT, text_delta("Both.")),
        (use(1), input_delta('{"city":"Oslo"}')),
        (use(2), input_delta('{"city":"Bergen"}')),
        stop="tool_use",
    )

    reply = told(CHAT, ASKED[CHAT], MESSAGES, stream)

    calls = [
        call
        for event in reply.body[:-1]
        for choice in event["choices"]
        for call in choice["delta"].get("tool_calls", [])
    ]
    assert {call["id"]: call["index"] for call in calls if call.get("id")} == {"toolu_1": 0, "toolu_2": 1}
    assert reply.facts.calls == [("weather", {"city": "Oslo"}), ("weather", {"city": "Bergen"})]


@pytest.mark.parametrize(
    ("dialect", "spoken"), [(told_in, said_in) for told_in in ASKED for said_in in apart_from(told_in)]
)
def test_a_stream_of_nothing_ends_in_a_failure_that_the_client_understands(dialect: Dialect, spoken: Dialect) -> None:
    """Claude Code hung on a reply of status 200 and zero bytes.

    https://github.com/langwatch/langwatch/issues/6184
    """
    reply = told(dialect, ASKED[dialect], spoken, b"")

    assert "error" in json.dumps(reply.body)
    assert reply.facts.answer == ""


@pytest.mark.parametrize("dialect", apart_from(GEMINI))
def test_no_signature_is_in_the_id_of_a_call(dialect: Dialect) -> None:
    """Ids with signatures in them are longer than clients and vendors take.

    https://github.com/BerriAI/litellm/issues/37849
    """
    call = {"functionCall": {"name": "weather", "args": {"city": "Oslo"}}, "thoughtSignature": ISSUED * 40}

    reply = told(dialect, ASKED[dialect], GEMINI, events(candidate(call)))

    ids = [value for path, value in leaves(reply.body) if path.rpartition(".")[2] in {"id", "call_id", "item_id"}]
    assert all(len(one) <= 64 and ISSUED not in one for one in ids)
    assert reply.facts.calls == [("weather", {"city": "Oslo"})]


def test_a_signature_without_words_reaches_a_client_of_messages() -> None:
    """Blocks with a signature and no words were taken for empty.

    https://github.com/BerriAI/litellm/issues/41361
    """
    item: Json = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": ISSUED}

    reply = told(MESSAGES, ASKED[MESSAGES], RESPONSES, response(item, response_call(1, "{}")))

    assert [block["type"] for block in reply.body["content"]][-1] == "tool_use"
    assert any(block.get("signature") or block.get("data") for block in reply.body["content"])


@pytest.mark.parametrize("spoken", apart_from(RESPONSES))
def test_a_call_to_a_custom_tool_comes_back_as_one(spoken: Dialect) -> None:
    """Codex got calls to functions that it does not have.

    https://github.com/BerriAI/litellm/issues/31571
    """
    asked = {"input": "Patch.", "tools": [{"type": "custom", "name": "apply_patch", "description": "Patches."}]}
    arguments = json.dumps({"input": "*** Begin\n+ü"})
    function = {"name": "apply_patch", "arguments": arguments}
    replies: dict[Dialect, bytes] = {
        CHAT: chunks(
            {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]},
            finish="tool_calls",
        ),
        MESSAGES: anthropic_stream((use(1) | {"name": "apply_patch"}, input_delta(arguments)), stop="tool_use"),
        GEMINI: events(candidate({"functionCall": {"name": "apply_patch", "args": json.loads(arguments)}})),
    }

    reply = told(RESPONSES, asked, spoken, replies[spoken])

    [item] = reply.body[-1]["response"]["output"]
    assert (item["type"], item["name"], item["input"]) == ("custom_tool_call", "apply_patch", "*** Begin\n+ü")


OVERLOADED: Json = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


@pytest.mark.parametrize("dialect", apart_from(MESSAGES))
@pytest.mark.parametrize("begun", [(), (ANTHROPIC_START,)], ids=["first", "after the start"])
def test_an_overload_that_is_told_in_the_stream_is_a_failure(dialect: Dialect, begun: tuple[Json, ...]) -> None:
    """It was told inside of a stream of status 200, and neither client nor gateway took it for a failure.

    https://github.com/BerriAI/litellm/issues/24005, https://github.com/BerriAI/litellm/issues/40404,
    https://github.com/BerriAI/litellm/issues/29808, https://github.com/BerriAI/litellm/issues/19077
    """
    reader = BY_NAME[MESSAGES].read_reply(
        ReplyHead(200, streamed=True, provider="vendor"), read(dialect, ASKED[dialect])
    )

    found = [*reader.feed(events(*begun, OVERLOADED)), *reader.close()]
    reply = told(dialect, ASKED[dialect], MESSAGES, events(*begun, OVERLOADED))

    assert [event.kind for event in found if isinstance(event, Failed)] == ["overloaded"]
    assert "Overloaded" in json.dumps(reply.body)


@pytest.mark.parametrize("spoken", ASKED)
def test_every_dialects_stream_can_be_looked_at_as_the_same_events(spoken: Dialect) -> None:
    """Guardrails saw the streams of one dialect only: those of the others went by as bytes that none could read.

    https://github.com/BerriAI/litellm/issues/35257, https://github.com/BerriAI/litellm/issues/35260,
    https://github.com/BerriAI/litellm/issues/15718, https://github.com/BerriAI/litellm/issues/20270
    """
    request = read(spoken, ASKED[spoken])
    request.streamed = True
    reader = BY_NAME[spoken].read_reply(ReplyHead(200, streamed=True, provider="vendor"), request)

    found = [*reader.feed(replies_with_all_counts()[spoken]), *reader.close()]

    begun = {event.index: event.part for event in found if isinstance(event, PartBegan)}
    texts = [part.text for part in begun.values() if isinstance(part, Text)]
    grown = [event.text for event in found if isinstance(event, Grew) and isinstance(begun[event.index], Text)]
    assert "".join(texts + grown) == "Rock."
