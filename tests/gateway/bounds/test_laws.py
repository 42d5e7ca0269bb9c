"""Whatever a body says, the bound by its bytes is above the bound by reading it, or it is read."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, TypeGuard

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from drawbridge.gateway.bodies import TopLevel, scan
from drawbridge.gateway.bounds import Bound, bound_call
from drawbridge.gateway.bounds.plain import PLAIN
from drawbridge.gateway.errors import BodyError, TranslationError
from drawbridge.gateway.media import media_of
from drawbridge.gateway.objects.references import find_references
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.translation import Wishes, wire_of
from drawbridge.gateway.wire.canonical import HostedTool, Request, Unknown
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.token_bounds import most_tokens
from tests.gateway.bounds.bodies import MORE_THAN_WORDS, NAMES, WORDS, jsons, words
from tests.gateway.bounds.calls import AT, BODIES, MODEL, call
from tests.parts.caller import Json
from tests.parts.size import pick

EXAMPLES = pick(150, full=3_000)
TWICE = "there twice"
CONVERSATION = ("messages", "system", "input", "instructions", "contents", "systemInstruction", "tools")
INCOMPLETE = ("text", "thinking", "redacted_thinking", "tool_use", "tool_result", "refusal")
"""Parts of words that lack something: their vendors refuse them."""

# Any: a body is put together at random, and taken as it is.
Holder = Any


def is_plain(request: CallRequest) -> bool:
    return not PLAIN[request.endpoint.operation].strange(request.top)


def read(request: CallRequest) -> Request:
    return DIALECTS[request.endpoint.dialect].read_request(wire_of(request, Wishes((), (), strict=False)))


def places(value: Holder) -> Iterator[tuple[Holder, Any]]:
    """Give every place in a body: an object or list, and a name or number in it."""
    names: list[Any] = []
    if is_list(value):
        names = [*range(len(value))]
    elif is_object(value):
        names = [*value]
    for at in names:
        yield value, at
        yield from places(value[at])


def is_list(value: Holder) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def is_object(value: Holder) -> TypeGuard[Json]:
    return isinstance(value, dict)


@pytest.mark.parametrize("operation", WORDS)
def test_words_alone_are_bounded_by_their_bytes(operation: str) -> None:
    assert is_plain(call(operation, WORDS[operation]))


@pytest.mark.parametrize("operation", WORDS)
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_the_bytes_of_any_words_bound_what_reading_them_makes_of_them(operation: str, data: st.DataObject) -> None:
    body = deepcopy(WORDS[operation])
    for holder, at in data.draw(st.lists(st.sampled_from([*places(body)]), max_size=6)):
        if is_list(holder):
            holder.extend(deepcopy(holder) * data.draw(st.integers(0, 5)))
        else:
            holder[at] = data.draw(words if isinstance(holder[at], str) else jsons)
    written = json.dumps(body, ensure_ascii=data.draw(st.booleans()), separators=(",", ":"))

    check_is_above(operation, written.encode())


@pytest.mark.parametrize("operation", WORDS)
@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_what_is_more_than_words_is_seen_wherever_it_stands(operation: str, data: st.DataObject) -> None:
    body = deepcopy(WORDS[operation])
    holder, at = data.draw(st.sampled_from([*places(body)]))
    costly = data.draw(st.sampled_from(MORE_THAN_WORDS))
    match data.draw(st.sampled_from(["instead", "beside", TWICE])):
        case "instead":
            holder[at] = data.draw(st.sampled_from([costly, [costly], [[costly]]]))
        case "beside" if is_list(holder):
            holder.insert(data.draw(st.integers(0, len(holder))), costly)
        case "beside":
            holder[data.draw(st.sampled_from(NAMES))] = data.draw(st.sampled_from([costly, [costly], "id_1"]))
        case _ if not is_list(holder):
            both = [json.dumps(holder[at]), json.dumps([costly])][:: data.draw(st.sampled_from([1, -1]))]
            holder[at] = TWICE
            written = json.dumps(body).replace(json.dumps(TWICE), f"{both[0]}, {json.dumps(at)}: {both[1]}")
            check_is_above(operation, written.encode())
            return
        case _:
            holder[at] = costly

    check_is_above(operation, json.dumps(body).encode())


SMALLEST: dict[str, tuple[str, str]] = {
    "chat.completions": ("messages", '{"role":"user"}'),
    "responses": ("input", '{"type":"function_call","call_id":"","name":"a","arguments":""}'),
    "messages": ("messages", '{"role":"user","content":""}'),
    "generateContent": (
        "contents",
        json.dumps({"parts": [{"functionCall": {"name": "a"}}] * 100}, separators=(",", ":")),
    ),
}
"""Members of conversations, and the shortest thing in them."""


@pytest.mark.parametrize("operation", SMALLEST)
def test_a_thousand_of_the_smallest_things_are_no_more_than_their_bytes(operation: str) -> None:
    member, written = SMALLEST[operation]

    check_is_above(operation, f'{{"model":"m","max_tokens":9,"{member}":[{",".join([written] * 1_000)}]}}'.encode())


@pytest.mark.parametrize("operation", ["messages", "generateContent", "responses", "chat.completions"])
def test_a_thousand_of_the_smallest_tools_are_no_more_than_their_bytes(operation: str) -> None:
    tool = json.dumps(SMALLEST_TOOLS[operation], separators=(",", ":"))
    tools = f"[{','.join([tool] * 1_000)}]"
    if operation == "generateContent":
        tools = f'[{{"functionDeclarations":{tools}}}]'
    body = json.dumps(BODIES[operation])[:-1] + f',"tools":{tools}}}'

    check_is_above(operation, body.encode())


SMALLEST_TOOLS: dict[str, Json] = {
    "chat.completions": {"type": "function", "function": {"name": "a"}},
    "responses": {"type": "function", "name": "a"},
    "messages": {"name": "a", "input_schema": {}},
    "generateContent": {"name": "a"},
}


def conversation(request: CallRequest) -> TopLevel:
    """Return a body without what only says how to answer: no vendor looks for anything else there."""
    said = {name: Raw(request.top.raw(name) or b"") for name in request.top.names if name in CONVERSATION}
    return scan(msgspec.json.encode(said))


def check_is_above(operation: str, body: bytes) -> None:
    """Hold a bound by bytes against a careful reading of the same body."""
    try:
        request = call(operation, body)
    except (BodyError, Refusal):
        return
    if not is_plain(request):
        return
    bound = bound_call(request, AT)
    try:
        assert not find_references(request.endpoint.dialect, conversation(request))
        understood = read(request)
    except (BodyError, TranslationError):
        # Such a call is refused.
        return
    assert [*media_of(understood)] == []
    assert not any(isinstance(tool, HostedTool) for tool in understood.tools)
    unknown = [part for message in understood.messages for part in message.parts if isinstance(part, Unknown)]
    assert all(part.kind in INCOMPLETE for part in unknown)
    assert isinstance(bound, Bound)
    assert bound.input_tokens >= most_tokens(understood, MODEL)
