"""Replies of other dialects as chat completions: parsed by OpenAI's SDK to the same content."""

import json

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from drawbridge.gateway.wire.canonical import (
    Citation,
    Function,
    Hosted,
    Medium,
    Opaque,
    Refusal,
    Request,
    Text,
    Thinking,
    ToolCall,
)
from drawbridge.gateway.wire.dialect import ReplyHead, ReplyWriter
from drawbridge.gateway.wire.events import (
    Began,
    Closed,
    Counted,
    Ended,
    Event,
    Failed,
    Frame,
    Grew,
    Logprobs,
    Marked,
    PartBegan,
    PartEnded,
    TokenLogprob,
    Usage,
)
from drawbridge.gateway.wire.openai_chat import OPENAI_CHAT
from tests.gateway.wire.openai_chat.examples import Json, read

COUNTED = Counted(usage=Usage(input=10, cached=4, output=7, reasoning=3))


def reply(*events: Event, ended: Event | None = None) -> list[Event]:
    """Return a whole reply of another dialect."""
    began = Began(id="msg_1", model="claude", created_at=5)
    return [Frame(kind="message"), began, *events, COUNTED, ended or Ended(reason="end")]


def part(index: int, what: Text | Thinking | ToolCall | Refusal | Medium | Hosted, choice: int = 0) -> list[Event]:
    return [PartBegan(index=index, part=what, choice=choice), PartEnded(index=index)]


def look(index: int, *pieces: str) -> list[Event]:
    """Return a call whose arguments come in pieces."""
    began = PartBegan(index=index, part=ToolCall(id=f"toolu_{index}", name="look", arguments=""))
    return [began, *(Grew(index=index, text=piece) for piece in pieces)]


def streaming() -> Request:
    return read(stream=True, stream_options={"include_usage": True})


def write(events: list[Event], request: Request) -> tuple[bytes, ReplyWriter]:
    writer = OPENAI_CHAT.write_reply(request)
    return b"".join([writer.feed([event]) for event in events]) + writer.close(), writer


def payloads(text: bytes) -> list[Json]:
    lines = [line.removeprefix("data: ") for line in text.decode().split("\n\n") if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def parsed(events: list[Event], *, streamed: bool) -> ChatCompletion:
    """Write a reply and have the SDK read it."""
    if not streamed:
        return ChatCompletion.model_validate_json(write(events, read())[0])
    *chunks, done = payloads(write(events, streaming())[0])
    assert done == "[DONE]"
    state = ChatCompletionStreamState()
    for chunk in chunks:
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))
    return state.get_final_completion()


both = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@both
def test_words_and_particulars_arrive(streamed: bool) -> None:
    events = reply(PartBegan(index=0, part=Text(text="Grü")), Grew(index=0, text="ße"), PartEnded(index=0))

    completion = parsed(events, streamed=streamed)

    assert completion.choices[0].message.content == "Grüße"
    assert completion.choices[0].finish_reason == "stop"
    assert (completion.model, completion.created) == ("public", 5)
    assert completion.id.startswith("chatcmpl-")


@both
def test_usage_arrives_with_every_kind_of_token(streamed: bool) -> None:
    usage = parsed(reply(*part(0, Text(text="a"))), streamed=streamed).usage

    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert usage.completion_tokens_details is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (10, 7, 17)
    assert usage.prompt_tokens_details.cached_tokens == 4
    assert usage.completion_tokens_details.reasoning_tokens == 3


@both
def test_parallel_calls_whose_pieces_come_by_turns_arrive_whole(streamed: bool) -> None:
    first, second = look(0, "{", '"x":1}'), look(1, "{}")
    turns = [first[0], second[0], first[1], second[1], first[2], PartEnded(index=0), PartEnded(index=1)]

    completion = parsed(reply(*turns, ended=Ended(reason="tool_calls")), streamed=streamed)

    calls = completion.choices[0].message.tool_calls or []
    assert [(call.id, call.function.arguments) for call in calls if call.type == "function"] == [
        ("toolu_0", '{"x":1}'),
        ("toolu_1", "{}"),
    ]
    assert completion.choices[0].finish_reason == "tool_calls"


def test_every_piece_of_a_call_has_the_names_that_mistrals_sdk_wants() -> None:
    chunks = payloads(write(reply(*look(0, "{", "}"), ended=Ended(reason="tool_calls")), read(stream=True))[0])

    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk != "[DONE]"]
    names = [call["function"]["name"] for delta in deltas for call in delta.get("tool_calls", [])]
    assert names == ["look", "", ""]


@both
def test_reasoning_arrives_as_reasoning_content_and_its_signature_is_reported(streamed: bool) -> None:
    thought = Thinking(at="content[]", paragraphs=["hm"], seal=Opaque("s", "anthropic-messages", "anthropic"))
    events = reply(*part(0, thought), *part(1, Thinking(paragraphs=["so"])), *part(2, Text(text="a")))

    message = parsed(events, streamed=streamed).choices[0].message
    _, writer = write(events, streaming() if streamed else read())

    assert (message.model_extra or {})["reasoning_content"] == "hm\n\nso"
    assert message.content == "a"
    assert [loss.path for loss in writer.losses] == ["content[].signature"]


@both
def test_refusals_and_choices_arrive(streamed: bool) -> None:
    events = reply(*part(0, Text(text="a")), *part(1, Refusal(text="no"), choice=1), Ended(reason="end", choice=1))

    choices = parsed(events, streamed=streamed).choices

    assert [(choice.message.content, choice.message.refusal) for choice in choices] == [("a", None), (None, "no")]


@both
def test_citations_arrive_with_their_range_in_all_of_the_words(streamed: bool) -> None:
    cited = Citation(kind="url", url="https://example.com", title="E", cited_text="source")
    events = reply(
        *part(0, Text(text="First. ")),
        PartBegan(index=1, part=Text(text="Second.")),
        Marked(index=1, citation=cited),
        Marked(index=1, citation=Citation(kind="url", url="https://example.org", start=0, end=6)),
        Marked(index=1, citation=Citation(at="content[].citations[]", kind="document", cited_text="lost")),
        PartEnded(index=1),
    )

    annotations = parsed(events, streamed=streamed).choices[0].message.annotations or []
    _, writer = write(events, streaming() if streamed else read())

    found = [(one.url_citation.url, one.url_citation.start_index, one.url_citation.end_index) for one in annotations]
    assert found == [("https://example.com", 7, 14), ("https://example.org", 7, 13)]
    assert [loss.path for loss in writer.losses] == ["content[].citations[]"]


@both
def test_probabilities_arrive(streamed: bool) -> None:
    token = TokenLogprob("a", -0.5, [97], [TokenLogprob("b", -1.5)])

    logprobs = parsed(reply(*part(0, Text(text="a")), Logprobs(tokens=[token])), streamed=streamed).choices[0].logprobs

    assert logprobs is not None
    assert logprobs.content is not None
    assert (logprobs.content[0].token, logprobs.content[0].top_logprobs[0].logprob) == ("a", -1.5)


@both
def test_what_a_chat_completion_cannot_say_is_reported(streamed: bool) -> None:
    events = reply(
        *part(0, Hosted(at="content[]", tool="code_execution")),
        *part(1, Medium(at="candidates[].content.parts[]", kind="image", data="AA")),
        *part(2, ToolCall(at="output[]", id="a", name="look", arguments="{}", namespace="mcp")),
        ended=Ended(at="stop_reason", reason="paused"),
    )

    _, writer = write(events, streaming() if streamed else read())

    paths = {loss.path for loss in writer.losses}
    assert paths == {"content[]", "candidates[].content.parts[]", "output[].namespace", "stop_reason"}


def test_callers_of_the_older_functions_get_the_older_call() -> None:
    functions = [{"name": "look", "parameters": {"type": "object"}}]

    whole = json.loads(write(reply(*look(0, "{}"), ended=Ended(reason="tool_calls")), read(functions=functions))[0])

    choice = whole["choices"][0]
    assert choice["message"]["function_call"] == {"name": "look", "arguments": "{}"}
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "function_call"


def test_usage_comes_only_when_it_was_asked_for() -> None:
    chunks = payloads(write(reply(*part(0, Text(text="a"))), read(stream=True))[0])

    assert not any("usage" in chunk for chunk in chunks if chunk != "[DONE]")


def test_the_first_chunk_names_the_role_and_each_has_one_choice() -> None:
    *chunks, last, _ = payloads(write(reply(*part(0, Text(text="a"))), streaming())[0])

    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert [len(chunk["choices"]) for chunk in chunks] == [1] * len(chunks)
    assert last["choices"] == []


def test_an_error_from_the_beginning_has_its_status_and_is_no_stream() -> None:
    failed = Failed(kind="overloaded", message="Come back later", status=529)

    body, writer = write([failed, Closed()], streaming())

    assert (writer.status, writer.content_type) == (529, "application/json")
    assert json.loads(body)["error"]["message"] == "Come back later"


def test_an_error_in_the_middle_is_an_event_and_nothing_follows() -> None:
    started: list[Event] = [Began(id="m"), PartBegan(index=0, part=Text(text="a"))]
    failed = Failed(kind="broken_reply", message="Cut off")

    body, writer = write([*started, failed, Grew(index=0, text="b"), Closed()], streaming())

    assert payloads(body)[-1]["error"]["code"] == "broken_reply"
    assert (writer.status, writer.content_type) == (200, "text/event-stream")


@both
def test_a_reply_without_an_end_is_a_failure(streamed: bool) -> None:
    body, _ = write([Began(id="m"), PartBegan(index=0, part=Text(text="a"))], streaming() if streamed else read())

    last = payloads(body)[-1] if streamed else json.loads(body)
    assert last["error"]["code"] == "broken_reply"


def test_a_whole_reply_of_a_vendor_that_does_not_stream_is_streamed() -> None:
    message = {"role": "assistant", "content": "a", "tool_calls": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    whole = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    request = streaming()
    reader = OPENAI_CHAT.read_reply(ReplyHead(200, streamed=True), request)
    events = [*reader.feed(json.dumps(whole).encode()), *reader.close()]

    *chunks, done = payloads(write(events, request)[0])

    assert done == "[DONE]"
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == "a"


def test_tools_that_the_caller_has_are_called_by_its_names() -> None:
    request = read(tools=[{"type": "function", "function": {"name": "look"}}])

    assert isinstance(request.tools[0], Function)
    whole = json.loads(write(reply(*look(0, "{}"), ended=Ended(reason="tool_calls")), request)[0])
    assert whole["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "look"
