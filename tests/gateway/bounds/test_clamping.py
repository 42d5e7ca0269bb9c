"""A call is made to fit by a lower limit of its answers; of its body nothing else changes."""

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.bounds import LEAST_OUTPUT_TOKENS, Bound, Unbounded, bound_call, clamp, clamp_call, least_output
from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment
from drawbridge.usage.events import Tokens
from tests.gateway.bounds.calls import AT, BODIES, CONTENTS, SAID, call, deployment
from tests.parts.caller import Json

GPT_5 = deployment("gpt-5", pricing_id="openai")
THINKING: Json = {"type": "enabled", "budget_tokens": 2_000}


def bound_of(request: CallRequest, at: Deployment = AT) -> Bound:
    bound = bound_call(request, at)
    assert not isinstance(bound, Unbounded)
    return bound


def price(most: Tokens) -> int:
    return 3 * most.input + 15 * most.output


def no_price(most: Tokens) -> None:
    del most


def clamped_body(operation: str, body: Json, limit: int, at: Deployment = AT) -> Json:
    return json.loads(clamp_call(call(operation, body), at, limit).top.body)


@given(each=st.integers(1, 100_000), answers=st.integers(1, 9), room=st.integers(0, 10**8))
def test_the_clamped_limit_is_the_highest_that_fits_into_the_room(each: int, answers: int, room: int) -> None:
    bound = Bound(1_000, each * answers, answers)
    request = call("chat.completions", BODIES["chat.completions"])

    limit = clamp(request, bound, price, room)

    least = min(each, LEAST_OUTPUT_TOKENS)
    if limit is None:
        assert price(bound.tokens(least)) > room
    else:
        assert least <= limit <= each
        assert price(bound.tokens(limit)) <= room
        assert limit == each or price(bound.tokens(limit + 1)) > room


def test_what_has_no_price_fits_nowhere() -> None:
    request = call("chat.completions", BODIES["chat.completions"])

    assert clamp(request, bound_of(request), no_price, 10**18) is None


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("messages", {"model": "m", "max_tokens": 8_000, "messages": SAID, "thinking": THINKING}),
        ("chat.completions", {"model": "m", "max_tokens": 8_000, "messages": SAID, "reasoning": {"max_tokens": 2_000}}),
        (
            "generateContent",
            {"contents": CONTENTS, "generationConfig": {"thinkingConfig": {"thinkingBudget": 2_000}}},
        ),
    ],
)
def test_what_a_caller_lets_a_model_think_with_is_left_to_it(operation: str, body: Json) -> None:
    request = call(operation, body)

    assert least_output(request, bound_of(request)) == 2_000 + LEAST_OUTPUT_TOKENS


@pytest.mark.parametrize("thinking", [True, {"type": "adaptive"}, {"budget_tokens": "many"}, None])
def test_thinking_without_a_number_leaves_the_least_answer(thinking: object) -> None:
    request = call("chat.completions", {**BODIES["chat.completions"], "max_tokens": 8_000, "thinking": thinking})

    assert least_output(request, bound_of(request)) == LEAST_OUTPUT_TOKENS


def test_vectors_and_what_takes_no_limit_fit_as_they_are_or_not_at_all() -> None:
    vectors = call("embeddings", {"model": "m", "input": "Hi"})
    compact = call("responses.compact", {"model": "m", "input": "Hi"})

    assert clamp(vectors, bound_of(vectors), price, 10**9) == 0
    assert clamp(vectors, bound_of(vectors), price, 1) is None
    assert clamp(compact, bound_of(compact), price, price(bound_of(compact).tokens(9_999))) is None


@pytest.mark.parametrize(
    ("operation", "said", "expected"),
    [
        ("chat.completions", {"max_tokens": 900}, {"max_tokens": 300}),
        ("chat.completions", {"max_completion_tokens": 900}, {"max_completion_tokens": 300}),
        ("chat.completions", {}, {"max_tokens": 300}),
        ("chat.completions", {"max_tokens": None}, {"max_tokens": 300}),
        (
            "chat.completions",
            {"max_tokens": 200, "max_completion_tokens": 900},
            {"max_tokens": 200, "max_completion_tokens": 300},
        ),
        ("responses", {"max_output_tokens": 900}, {"max_output_tokens": 300}),
        ("responses", {}, {"max_output_tokens": 300}),
        ("messages", {}, {"max_tokens": 300}),
        ("generateContent", {}, {"generationConfig": {"maxOutputTokens": 300}}),
        ("generateContent", {"generationConfig": None}, {"generationConfig": {"maxOutputTokens": 300}}),
        (
            "generateContent",
            {"generationConfig": {"topK": 1, "maxOutputTokens": 900}},
            {"generationConfig": {"topK": 1, "maxOutputTokens": 300}},
        ),
        (
            "generateContent",
            {"generation_config": {"max_output_tokens": "900"}},
            {"generation_config": {"max_output_tokens": 300}},
        ),
        (
            "generateContent",
            {"generationConfig": {"topK": 1}},
            {"generationConfig": {"topK": 1, "maxOutputTokens": 300}},
        ),
    ],
)
def test_the_limit_is_written_where_the_dialect_has_it(operation: str, said: Json, expected: Json) -> None:
    body = {**deepcopy(BODIES[operation]), **said}

    assert clamped_body(operation, body, 300) == {**body, **expected}


def test_a_model_that_takes_one_name_of_the_limit_is_told_by_that_name() -> None:
    asked = {**BODIES["chat.completions"], "max_tokens": 900}

    assert clamped_body("chat.completions", BODIES["chat.completions"], 300, GPT_5)["max_completion_tokens"] == 300
    told = clamped_body("chat.completions", asked, 300, GPT_5)
    assert (told["max_completion_tokens"], told["max_tokens"]) == (300, 300)


def test_what_a_caller_said_by_a_name_that_is_passed_over_is_not_exceeded() -> None:
    told = clamped_body("chat.completions", {**BODIES["chat.completions"], "max_tokens": 20}, 300, GPT_5)

    assert (told["max_completion_tokens"], told["max_tokens"]) == (20, 20)


@given(
    before=st.text(max_size=20), space=st.sampled_from(["", " ", "\n\t "]), limit=st.integers(1, 899), data=st.data()
)
def test_every_other_byte_stays(before: str, space: str, limit: int, data: st.DataObject) -> None:
    members = [
        json.dumps({"user": before}, ensure_ascii=data.draw(st.booleans()))[1:-1],
        f'"model":{space}"m"',
        f'{space}"messages": {json.dumps(SAID)}',
        f'"max_tokens"{space}:900',
    ]
    body = "{" + f",{space}".join(data.draw(st.permutations(members))) + space + "}"

    clamped = clamp_call(call("messages", body.encode()), AT, limit).top.body

    assert clamped == body.encode().replace(b":900", b":%d" % limit)


@pytest.mark.parametrize("operation", BODIES)
def test_a_clamped_call_is_bounded_by_its_limit_and_knows_it(operation: str) -> None:
    request = clamp_call(call(operation, BODIES[operation]), AT, 300)

    assert bound_of(request).output_tokens == 300
    assert request.max_output_tokens == request.clamped_output_tokens == 300


def test_a_limit_above_what_the_model_says_is_no_more_than_that() -> None:
    asked = call("messages", {**BODIES["messages"], "max_tokens": 10**9})

    assert bound_of(asked, deployment(profile=ProfileEntry(max_output_tokens=64_000))).output_tokens == 64_000
