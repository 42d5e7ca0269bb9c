"""The vendors' own SDKs, unmodified, against the rehearsal provider over HTTP."""

# The types of google-genai name those of Pillow, which is not among our libraries.
# pyright: reportUnknownMemberType=false

import json
from collections.abc import Iterator

import anthropic
import httpx2
import openai
import pytest
from anthropic.types import Message, MessageParam, RawMessageStreamEvent, ToolParam
from google import genai
from google.genai import types
from openai.types import CreateEmbeddingResponse
from openai.types.chat import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionMessageParam,
    ChatCompletionToolUnionParam,
)
from openai.types.responses import FunctionToolParam, Response, ResponseInputParam, ResponseStreamEvent
from pydantic import TypeAdapter

from drawbridge.gateway.dialects import Operation
from tests.gateway.providers.asking import WEATHER, ask, body_of, events, read
from tests.gateway.providers.stage import raised_stage

MODEL = "rehearsal"
CHAT_TOOLS: list[ChatCompletionToolUnionParam] = [
    {"type": "function", "function": {"name": "get_weather", "parameters": WEATHER}}
]
RESPONSE_TOOL: FunctionToolParam = {"type": "function", "name": "get_weather", "parameters": WEATHER, "strict": True}
ANTHROPIC_TOOL: ToolParam = {"name": "get_weather", "input_schema": {"type": "object", **WEATHER}}
ARGUMENTS = {"city": "rehearsal", "days": 3}


@pytest.fixture(scope="module")
def stage() -> Iterator[str]:
    with raised_stage() as url:
        yield url


@pytest.fixture
def openai_sdk(stage: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="none", base_url=f"{stage}/v1", max_retries=0, timeout=10) as client:
        yield client


@pytest.fixture
def anthropic_sdk(stage: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="none", base_url=stage, max_retries=0, timeout=10) as client:
        yield client


@pytest.fixture
def google_sdk(stage: str) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=stage, timeout=10_000)
    with genai.Client(api_key="none", http_options=options) as client:
        yield client


def test_a_chat_streams_what_it_says_in_one_piece(openai_sdk: openai.OpenAI) -> None:
    plain = openai_sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello"}])
    with openai_sdk.chat.completions.stream(
        model=MODEL, messages=[{"role": "user", "content": "Hello"}], stream_options={"include_usage": True}
    ) as stream:
        final = stream.get_final_completion()

    assert final.choices[0].message.content == plain.choices[0].message.content
    assert final.choices[0].finish_reason == "stop"
    assert final.usage == plain.usage


def test_a_chat_calls_a_tool_and_quotes_its_result(openai_sdk: openai.OpenAI) -> None:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": "use a tool"}]
    with openai_sdk.chat.completions.stream(model=MODEL, messages=messages, tools=CHAT_TOOLS) as stream:
        called = stream.get_final_completion().choices[0]

    calls = called.message.tool_calls
    assert calls is not None
    assert called.finish_reason == "tool_calls"
    assert json.loads(calls[0].function.arguments) == ARGUMENTS

    assistant: ChatCompletionMessageParam = {
        "role": "assistant",
        "tool_calls": [
            {
                "id": calls[0].id,
                "type": "function",
                "function": {"name": calls[0].function.name, "arguments": calls[0].function.arguments},
            }
        ],
    }
    result: ChatCompletionMessageParam = {"role": "tool", "tool_call_id": calls[0].id, "content": "18 degrees"}
    final = openai_sdk.chat.completions.create(model=MODEL, messages=[*messages, assistant, result], tools=CHAT_TOOLS)

    assert 'get_weather gave back: "18 degrees"' in (final.choices[0].message.content or "")


def test_a_response_streams_what_it_says_in_one_piece(openai_sdk: openai.OpenAI) -> None:
    plain = openai_sdk.responses.create(model=MODEL, input="Hello")
    with openai_sdk.responses.stream(model=MODEL, input="Hello") as stream:
        deltas = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()

    assert final.output_text == plain.output_text == deltas
    assert final.status == "completed"
    assert final.usage == plain.usage


def test_a_response_calls_a_tool_and_quotes_its_result(openai_sdk: openai.OpenAI) -> None:
    said: ResponseInputParam = [{"role": "user", "content": "use a tool"}]
    with openai_sdk.responses.stream(model=MODEL, input=said, tools=[RESPONSE_TOOL]) as stream:
        call = stream.get_final_response().output[1]

    assert call.type == "function_call"
    assert json.loads(call.arguments) == ARGUMENTS

    happened: ResponseInputParam = [
        *said,
        {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments},
        {"type": "function_call_output", "call_id": call.call_id, "output": "18 degrees"},
    ]
    final = openai_sdk.responses.create(model=MODEL, input=happened, tools=[RESPONSE_TOOL])

    assert 'get_weather gave back: "18 degrees"' in final.output_text


def test_a_message_streams_what_it_says_in_one_piece(anthropic_sdk: anthropic.Anthropic) -> None:
    said: list[MessageParam] = [{"role": "user", "content": "Hello"}]
    plain = anthropic_sdk.messages.create(model=MODEL, max_tokens=1024, messages=said)
    with anthropic_sdk.messages.stream(model=MODEL, max_tokens=1024, messages=said) as stream:
        deltas = "".join(stream.text_stream)
        final = stream.get_final_message()

    assert [block.to_dict() for block in final.content] == [block.to_dict() for block in plain.content]
    assert deltas == next(block.text for block in plain.content if block.type == "text")
    assert final.stop_reason == plain.stop_reason == "end_turn"
    assert final.usage.output_tokens == plain.usage.output_tokens


def test_a_message_calls_a_tool_and_quotes_its_result(anthropic_sdk: anthropic.Anthropic) -> None:
    said: list[MessageParam] = [{"role": "user", "content": "use a tool"}]
    with anthropic_sdk.messages.stream(model=MODEL, max_tokens=1024, messages=said, tools=[ANTHROPIC_TOOL]) as stream:
        called = stream.get_final_message()

    use = next(block for block in called.content if block.type == "tool_use")
    assert called.stop_reason == "tool_use"
    assert use.input == ARGUMENTS

    happened: list[MessageParam] = [
        *said,
        {"role": "assistant", "content": called.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "18 degrees"}]},
    ]
    final = anthropic_sdk.messages.create(model=MODEL, max_tokens=1024, messages=happened, tools=[ANTHROPIC_TOOL])

    assert 'get_weather gave back: "18 degrees"' in str(final.content[0].to_dict()["text"])


def test_the_token_count_of_a_message_is_its_usage(anthropic_sdk: anthropic.Anthropic) -> None:
    said: list[MessageParam] = [{"role": "user", "content": "Hello, you"}]

    counted = anthropic_sdk.messages.count_tokens(model=MODEL, messages=said, tools=[ANTHROPIC_TOOL])
    used = anthropic_sdk.messages.create(model=MODEL, max_tokens=1024, messages=said, tools=[ANTHROPIC_TOOL])

    assert counted.input_tokens == used.usage.input_tokens


def test_gemini_streams_what_it_says_in_one_piece(google_sdk: genai.Client) -> None:
    plain = google_sdk.models.generate_content(model=MODEL, contents="Hello")
    chunks = list(google_sdk.models.generate_content_stream(model=MODEL, contents="Hello"))

    assert "".join(chunk.text or "" for chunk in chunks) == plain.text
    assert chunks[-1].usage_metadata == plain.usage_metadata
    assert chunks[0].model_version == MODEL


def test_gemini_streams_a_call_of_a_function(google_sdk: genai.Client) -> None:
    declared = types.FunctionDeclaration(name="get_weather", parameters_json_schema=WEATHER)
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[declared])])

    chunks = list(google_sdk.models.generate_content_stream(model=MODEL, contents="use a tool", config=config))

    calls = [call for chunk in chunks for call in chunk.function_calls or ()]
    assert [(call.name, call.args) for call in calls] == [("get_weather", ARGUMENTS)]


def test_gemini_calls_a_function_by_itself_and_quotes_its_result(google_sdk: genai.Client) -> None:
    def get_weather(city: str, days: int) -> str:
        """Tell the weather of a city."""
        return f"18 degrees in {city} for {days} days"

    config = types.GenerateContentConfig(tools=[get_weather])
    final = google_sdk.models.generate_content(model=MODEL, contents="use a tool", config=config)

    assert "18 degrees in rehearsal for 0 days" in (final.text or "")


def test_gemini_counts_tokens_by_the_rule_of_its_usage(google_sdk: genai.Client) -> None:
    counted = google_sdk.models.count_tokens(model=MODEL, contents="Hello, you")
    used = google_sdk.models.generate_content(model=MODEL, contents="Hello, you").usage_metadata

    assert used is not None
    assert counted.total_tokens == used.prompt_token_count == 3


def test_embeddings_come_through_both_sdks(openai_sdk: openai.OpenAI, google_sdk: genai.Client) -> None:
    by_openai = openai_sdk.embeddings.create(model="rehearsal-embedding", input=["Hello", "you"], dimensions=256)
    config = types.EmbedContentConfig(output_dimensionality=256)
    by_google = google_sdk.models.embed_content(model="rehearsal-embedding", contents=["Hello", "you"], config=config)

    assert by_google.embeddings is not None
    assert [it.embedding for it in by_openai.data] == [it.values for it in by_google.embeddings]


def test_each_sdk_raises_its_own_error_for_a_rate_limit(
    openai_sdk: openai.OpenAI, anthropic_sdk: anthropic.Anthropic, google_sdk: genai.Client
) -> None:
    with pytest.raises(openai.RateLimitError) as by_openai:
        openai_sdk.responses.create(model=MODEL, input="[fail 429]")
    with pytest.raises(anthropic.RateLimitError) as by_anthropic:
        anthropic_sdk.messages.create(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": "[fail 429]"}])
    with pytest.raises(genai.errors.ClientError) as by_google:
        google_sdk.models.generate_content(model=MODEL, contents="[fail 429]")

    assert by_openai.value.code == "rate_limit_exceeded"
    assert by_anthropic.value.response.headers["retry-after"] == "1"
    assert by_google.value.status == "RESOURCE_EXHAUSTED"


def test_an_sdk_notices_a_stream_that_was_cut(anthropic_sdk: anthropic.Anthropic) -> None:
    said: list[MessageParam] = [{"role": "user", "content": "Hello [cut]"}]

    with (
        pytest.raises(httpx2.RemoteProtocolError),
        anthropic_sdk.messages.stream(model=MODEL, max_tokens=1024, messages=said) as stream,
    ):
        stream.get_final_message()


@pytest.mark.parametrize(
    ("operation", "shape"),
    [
        ("chat.completions", ChatCompletion),
        ("responses", Response),
        ("embeddings", CreateEmbeddingResponse),
        ("messages", Message),
        ("generateContent", types.GenerateContentResponse),
    ],
)
@pytest.mark.parametrize("text", ["Hello", "use a tool"])
def test_replies_fit_the_sdks_types_strictly(operation: Operation, shape: type[object], text: str) -> None:
    reply = ask(operation, body_of(operation, text, **_tools(operation)))

    TypeAdapter(shape).validate_python(read(reply))


@pytest.mark.parametrize(
    ("operation", "shape"),
    [
        ("chat.completions", ChatCompletionChunk),
        ("responses", ResponseStreamEvent),
        ("messages", RawMessageStreamEvent),
        ("streamGenerateContent", types.GenerateContentResponse),
    ],
)
@pytest.mark.parametrize("text", ["Hello", "use a tool"])
def test_events_fit_the_sdks_types_strictly(operation: Operation, shape: type[object], text: str) -> None:
    streaming = {} if operation == "streamGenerateContent" else {"stream": True}
    body = body_of(operation, text, **_tools(operation), **streaming)
    adapter: TypeAdapter[object] = TypeAdapter(shape)

    streamed = events(ask(operation, body, {"alt": "sse"}))

    assert len(streamed) > 5
    for event in streamed:
        if event.get("type") != "ping":
            adapter.validate_python(event)


def _tools(operation: Operation) -> dict[str, object]:
    match operation:
        case "chat.completions":
            return {"tools": CHAT_TOOLS}
        case "responses":
            return {"tools": [RESPONSE_TOOL]}
        case "messages":
            return {"tools": [ANTHROPIC_TOOL]}
        case "generateContent" | "streamGenerateContent":
            return {"tools": [{"functionDeclarations": [{"name": "get_weather", "parametersJsonSchema": WEATHER}]}]}
        case _:
            return {}
