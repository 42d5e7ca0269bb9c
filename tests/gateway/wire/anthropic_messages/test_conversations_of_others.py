"""Conversations of other dialects are put into turns that a strict vendor takes, and nothing is lost silently."""

import pytest

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.anthropic_messages import ANTHROPIC_MESSAGES
from drawbridge.gateway.wire.canonical import (
    CacheMark,
    CustomTool,
    Function,
    Medium,
    Opaque,
    Request,
    Text,
    Thinking,
)
from drawbridge.gateway.wire.dialect import WireRequest
from drawbridge.gateway.wire.profiles import Profile
from tests.gateway.wire.anthropic_messages.asking import (
    WEATHER,
    Json,
    asking,
    body_of,
    called,
    lost,
    returned,
    said,
    written,
)
from tests.gateway.wire.anthropic_messages.recorded_messages import recorded
from tests.parts.oracle.judge import judge
from tests.parts.sdk_types import complaints
from tests.parts.strict.anthropic import ANTHROPIC_RULES, signatures_are_genuine
from tests.parts.strict.checks import Asked, first_complaint

ISSUED = Opaque("aXNzdWVkMQ==", "anthropic-messages", "anthropic")


def test_the_system_may_speak_anywhere() -> None:
    request = asking(said("system", "s1"), said("user", "u"), said("developer", "s2"), said("user", "v"))

    body = body_of(request)

    assert body["system"] == [{"type": "text", "text": "s1"}, {"type": "text", "text": "s2"}]
    assert [message["content"] for message in body["messages"]] == [
        [{"type": "text", "text": "u"}, {"type": "text", "text": "v"}]
    ]
    assert lost(request) == {}


def test_the_system_speaks_late_where_the_model_takes_that() -> None:
    request = asking(said("user", "u"), said("system", "s"))

    body = body_of(request, Profile(takes_late_system=True))

    assert [message["role"] for message in body["messages"]] == ["user", "system"]
    assert "system" not in body


def test_a_conversation_begins_and_ends_with_the_user() -> None:
    request = asking(said("assistant", "a"), said("user", "u"), said("assistant", "b", at="messages[2]"))

    body = body_of(request)

    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user", "assistant", "user"]
    assert lost(request) == {"messages[2].role": "answer"}


def test_a_model_goes_on_with_words_put_into_its_mouth_if_it_takes_them() -> None:
    found = written(asking(said("user", "u"), said("assistant", "b ")), Profile(takes_prefill=True))

    assert found.wire.body["messages"][-1] == {"role": "assistant", "content": [{"type": "text", "text": "b"}]}
    assert len(found.losses) == 0


def test_texts_without_words_are_left_out_and_told() -> None:
    request = asking(said("user", "u", Text(at="messages[0].content[1]", raw={"text": " "}, text=" ")))

    assert body_of(request)["messages"] == [{"role": "user", "content": [{"type": "text", "text": "u"}]}]
    assert lost(request) == {"messages[0].content[1].text": "none"}


def test_results_stand_first_and_directly_behind_their_calls() -> None:
    request = asking(
        said("user", "u"),
        said("assistant", "a", called("1"), called("2")),
        said("user", "wait"),
        said("tool", returned("2", "two")),
        said("tool", returned("1", "one")),
        tools=(WEATHER,),
    )

    body = body_of(request)

    results = body["messages"][2]["content"]
    assert [block.get("content", block.get("text")) for block in results] == ["one", "two", "wait"]
    assert lost(request) == {}


def test_results_of_a_later_turn_come_to_their_calls() -> None:
    request = asking(
        said("user", "u"),
        said("assistant", called("1"), called("2")),
        said("tool", returned("1", "one")),
        said("assistant", "so far"),
        said("tool", returned("2", "two")),
        tools=(WEATHER,),
    )

    body = body_of(request)

    assert [block["content"] for block in body["messages"][2]["content"]] == ["one", "two"]


def test_a_call_without_result_is_answered_and_a_result_without_call_becomes_words() -> None:
    request = asking(
        said("user", "u"),
        said("assistant", called("1")),
        said("user", "v"),
        said("tool", returned("9", "nine")),
        tools=(WEATHER,),
    )

    body = body_of(request)

    assert body["messages"][2]["content"][0]["is_error"] is True
    assert body["messages"][2]["content"][-1] == {"type": "text", "text": "nine"}
    assert lost(request) == {"results.9.call_id": "answer", "results.9.parts": "answer"}


def test_ids_that_anthropic_refuses_are_replaced_the_same_way_each_time() -> None:
    request = asking(said("user", "u"), said("assistant", called("a b")), said("tool", returned("a b")))

    first, second = body_of(request), body_of(request)

    assert first == second
    assert first["messages"][1]["content"][0]["id"] == first["messages"][2]["content"][0]["tool_use_id"] != "a b"


def test_the_second_of_two_calls_with_the_same_id_keeps_its_own_result() -> None:
    calls = said("assistant", called("c", '{"city":"A"}'), called("c", '{"city":"B"}'))
    request = asking(said("user", "u"), calls, said("tool", returned("c", "a")), said("tool", returned("c", "b")))

    body = body_of(request)

    ids = [block["id"] for block in body["messages"][1]["content"]]
    assert len({*ids}) == 2
    assert [(block["tool_use_id"], block["content"]) for block in body["messages"][2]["content"]] == [
        (ids[0], "a"),
        (ids[1], "b"),
    ]


def test_a_calls_arguments_are_an_object_whatever_they_were() -> None:
    calls = said("assistant", called("1", ""), called("2", "{broken"))
    request = asking(said("user", "u"), calls, said("tool", returned("1"), returned("2")), tools=(WEATHER,))

    inputs = [block["input"] for block in body_of(request)["messages"][1]["content"]]

    assert inputs == [{}, {"arguments": "{broken"}]
    assert lost(request) == {"calls.2.arguments": "answer"}


def test_tools_that_only_the_history_calls_are_declared_and_not_called() -> None:
    request = asking(said("user", "u"), said("assistant", called("1")), said("tool", returned("1")))

    body = body_of(request)

    assert [tool["name"] for tool in body["tools"]] == ["weather"]
    assert body["tool_choice"] == {"type": "none"}


def test_calls_of_custom_tools_carry_their_text_in_an_object() -> None:
    tool = CustomTool(at="tools[0]", raw={"format": {"type": "grammar"}}, name="patch", format={"type": "grammar"})
    call = called("1", "*** Begin", name="patch", is_custom=True)
    request = asking(said("user", "u"), said("assistant", call), said("tool", returned("1")), tools=(tool,))

    body = body_of(request)

    assert body["messages"][1]["content"][0]["input"] == {"input": "*** Begin"}
    assert lost(request) == {"tools[0].format.type": "answer"}


@pytest.mark.parametrize("top", ["anyOf", "oneOf", "allOf"])
def test_a_schema_with_alternatives_at_the_top_is_wrapped_and_so_are_its_calls(top: str) -> None:
    schema: Json = {top: [{"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}], "$defs": {"A": {}}}
    tool = Function(name="weather", parameters=schema)
    request = asking(
        said("user", "u"), said("assistant", called("1", '{"a":1}')), said("tool", returned("1")), tools=(tool,)
    )

    body = body_of(request)

    assert body["tools"][0]["input_schema"] == {
        "type": "object",
        "properties": {"value": {top: schema[top]}},
        "required": ["value"],
        "$defs": {"A": {}},
    }
    assert body["messages"][1]["content"][0]["input"] == {"value": {"a": 1}}
    assert lost(request) == {}


def test_thinking_goes_back_to_its_maker_only() -> None:
    ours = Thinking(at="t[0]", raw={"seal": "x"}, paragraphs=["p", "q"], seal=ISSUED)
    other = Opaque("x", "openai-responses", "openai")
    theirs = Thinking(at="t[1]", raw={"words": "w", "seal": "y"}, paragraphs=["w"], seal=other)
    request = asking(said("user", "u"), said("assistant", ours, theirs, "a"), said("user", "v"))

    body = body_of(request)

    assert body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "p\n\nq", "signature": ISSUED.value},
        {"type": "text", "text": "a"},
    ]
    assert lost(request) == {"t[1].words": "answer", "t[1].seal": "answer"}


def test_no_more_than_four_cache_marks_are_written_the_last_ones() -> None:
    marks = [CacheMark(at=f"marks[{n}]", raw={"type": "ephemeral"}) for n in range(6)]
    parts = [Text(text=f"t{n}", cache=mark) for n, mark in enumerate(marks)]

    request = asking(said("system", parts[0]), said("user", *parts[1:]))

    body = body_of(request)
    assert ["cache_control" in block for block in body["messages"][0]["content"]] == [False, True, True, True, True]
    assert lost(request) == {"marks[0].type": "price", "marks[1].type": "price"}


@pytest.mark.parametrize(("ttl_s", "name"), [(300, "5m"), (3600, "1h"), (None, None)])
def test_the_lifetime_of_a_cache_mark_arrives(ttl_s: int | None, name: str | None) -> None:
    body = body_of(asking(said("user", Text(text="t", cache=CacheMark(ttl_s=ttl_s)))))

    assert body["messages"][0]["content"][0]["cache_control"].get("ttl") == name


def test_a_mark_of_an_hour_stands_before_those_of_five_minutes() -> None:
    late = CacheMark(at="mark", raw={"ttl": 3600}, names={"ttl_s": "ttl"}, ttl_s=3600)
    first, second = Text(text="a", cache=CacheMark(ttl_s=300)), Text(text="b", cache=late)
    request = asking(said("user", first, second))

    assert body_of(request)["messages"][0]["content"][1]["cache_control"] == {"type": "ephemeral"}
    assert lost(request) == {"mark.ttl": "price"}


def test_images_and_documents_arrive_by_data_and_by_address() -> None:
    parts = [
        Medium(kind="image", data="iVBORw0KGgo="),
        Medium(kind="image", url="https://example.com/a.png"),
        Medium(kind="document", data="JVBERi0=", name="a.pdf"),
        Medium(kind="document", media_type="text/csv", data="YSxi"),
    ]

    blocks = body_of(asking(said("user", *parts)))["messages"][0]["content"]

    assert [block["source"] for block in blocks] == [
        {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
        {"type": "url", "url": "https://example.com/a.png"},
        {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
        {"type": "text", "media_type": "text/plain", "data": "a,b"},
    ]
    assert blocks[2]["title"] == "a.pdf"


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_what_no_model_of_anthropic_can_read_is_refused_by_its_name(kind: Json) -> None:
    request = asking(said("user", Medium(at="messages[0].content[1]", raw={"data": "x"}, kind=kind, data="x")))

    with pytest.raises(ImpossibleRequest) as refused:
        written(request)

    assert refused.value.param == "messages[0].content[1]"


@pytest.mark.recorded_traffic
def test_recorded_conversations_written_as_if_of_another_dialect_are_taken_and_told_apart() -> None:
    rules = [rule for rule in ANTHROPIC_RULES if rule is not signatures_are_genuine]

    for number, record in enumerate(recorded("messages")):
        if record.request is None:
            continue
        request = _as_of_another_dialect(record.request.body)
        found = written(request, Profile(thinking="adaptive" if number % 2 else "budget"))
        verdict = judge(
            "anthropic-messages",
            record.request.body,
            "anthropic-messages",
            found.wire.body,
            [loss.path for loss in found.losses],
        )

        assert first_complaint(rules, Asked(found.wire.body)) is None, record.id
        assert complaints("anthropic-messages", found.wire.body) == [], record.id
        assert verdict.silent == [], record.id


def _as_of_another_dialect(body: Json) -> Request:
    request = ANTHROPIC_MESSAGES.read_request(WireRequest("POST", "/messages", body=body))
    request.dialect = "openai-chat"
    return request
