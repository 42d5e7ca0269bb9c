"""What requests of other dialects ask for beside the conversation is said as a strict vendor takes it, or reported."""

from typing import Any

import pytest

from drawbridge.gateway.wire.canonical import (
    Function,
    HostedTool,
    OutputFormat,
    Reasoning,
    Request,
    Setting,
    SettingName,
    ToolChoice,
)
from drawbridge.gateway.wire.profiles import Profile
from tests.gateway.wire.anthropic_messages.asking import (
    SCHEMA,
    WEATHER,
    Json,
    asking,
    body_of,
    called,
    lost,
    returned,
    said,
)

CLOSED: Json = {**SCHEMA, "additionalProperties": False}


def with_settings(tools: tuple[Any, ...] = (), **settings: Json) -> Request:
    # Any: the names are those of settings.
    named: dict[SettingName, Json] = {**settings}  # pyright: ignore[reportAssignmentType]
    return asking(said("user", "u"), tools=tools, settings=named)


def with_reasoning(tools: tuple[Any, ...] = (), **told: Any) -> Request:
    value = Reasoning(at="reasoning", raw=told, **told)
    return with_settings(tools, reasoning=Setting(at="reasoning", raw=told, value=value))


def with_choice(*tools: Any, parallel: bool | None = None, **told: Any) -> Request:
    raw = {"mode": told["mode"], "tools": told.get("tools", [])}
    choice = Setting(at="tool_choice", raw=raw, value=ToolChoice(at="tool_choice", raw=raw, **told))
    more = {} if parallel is None else {"parallel_tool_calls": parallel}
    return with_settings(tools, tool_choice=choice, **more)


def with_form(tools: tuple[Any, ...] = (), *, schema: Json = SCHEMA, **told: Any) -> Request:
    raw = {"kind": "schema", "schema": schema, **told}
    form = OutputFormat(at="response_format", raw=raw, kind="schema", schema=schema, **told)
    return with_settings(tools, output_format=Setting(at="response_format", raw=raw, value=form))


@pytest.mark.parametrize(("most", "wanted", "written"), [(None, None, 8192), (4096, None, 4096), (4096, 9000, 4096)])
def test_the_answers_length_is_limited_as_the_model_allows(most: int | None, wanted: int | None, written: int) -> None:
    request = with_settings() if wanted is None else with_settings(max_output_tokens=wanted)

    assert body_of(request, Profile(max_output_tokens=most))["max_tokens"] == written
    assert lost(request, Profile(max_output_tokens=most)) == ({} if wanted is None else {"max_output_tokens": "answer"})


def test_a_temperature_above_one_is_one() -> None:
    request = with_settings(temperature=1.7)

    assert body_of(request)["temperature"] == 1
    assert lost(request) == {"temperature": "answer"}


def test_temperature_and_top_p_go_together_only_where_the_model_takes_both() -> None:
    request = with_settings(top_p=0.5, temperature=0.2)

    assert "top_p" not in body_of(request)
    assert lost(request) == {"top_p": "answer"}
    assert body_of(request, Profile(takes_temperature_with_top_p=True))["top_p"] == 0.5


def test_a_model_without_sampling_is_sent_none() -> None:
    request = with_settings(temperature=0.2, top_k=3)

    assert body_of(request, Profile(takes_sampling=False)).keys() == {"model", "max_tokens", "messages"}
    assert lost(request, Profile(takes_sampling=False)) == {"temperature": "answer", "top_k": "answer"}


def test_sampling_gives_way_to_thinking() -> None:
    request = with_reasoning(budget_tokens=2000)
    request.settings |= with_settings(temperature=0.3, top_k=4, top_p=0.99).settings

    body = body_of(request, Profile(thinking="budget"))

    assert body["thinking"] == {"type": "enabled", "budget_tokens": 2000}
    assert body["top_p"] == 0.99
    assert lost(request, Profile(thinking="budget")) == {"temperature": "answer", "top_k": "answer"}


def test_blank_stop_sequences_are_left_out() -> None:
    request = with_settings(stop=["\n", "END"])

    assert body_of(request)["stop_sequences"] == ["END"]
    assert lost(request) == {"stop[0]": "answer"}


def test_the_user_and_the_tier_arrive() -> None:
    body = body_of(with_settings(user="u-1", service_tier="default"))

    assert body["metadata"] == {"user_id": "u-1"}
    assert body["service_tier"] == "standard_only"


@pytest.mark.parametrize(
    ("name", "value", "effect"),
    [
        ("seed", 7, "answer"),
        ("candidates", 2, "answer"),
        ("candidates", 1, "none"),
        ("logprobs", True, "answer"),
        ("logprobs", False, "none"),
        ("store", True, "none"),
        ("prompt_cache_key", "k", "price"),
        ("service_tier", "flex", "price"),
    ],
)
def test_what_anthropic_has_no_word_for_is_reported(name: str, value: Json, effect: str) -> None:
    request = with_settings(**{name: value})

    assert body_of(request).keys() == {"model", "max_tokens", "messages"}
    assert lost(request) == {name: effect}


@pytest.mark.parametrize(
    ("told", "written", "missing"),
    [
        ({"mode": "auto"}, {"type": "auto"}, set[str]()),
        ({"mode": "required"}, {"type": "any"}, set[str]()),
        ({"mode": "none"}, {"type": "none"}, set[str]()),
        ({"mode": "one", "tools": ["weather"]}, {"type": "tool", "name": "weather"}, set[str]()),
        ({"mode": "some", "tools": ["weather"]}, {"type": "tool", "name": "weather"}, set[str]()),
        (
            {"mode": "some", "tools": ["weather", "b"]},
            {"type": "any"},
            {"tool_choice.tools[0]", "tool_choice.tools[1]"},
        ),
    ],
)
def test_how_tools_may_be_used_arrives(told: Json, written: Json, missing: set[str]) -> None:
    request = with_choice(WEATHER, Function(name="b"), **told)

    assert body_of(request)["tool_choice"] == written
    assert lost(request).keys() == missing


def test_calls_one_at_a_time_arrive() -> None:
    one = with_choice(WEATHER, mode="required", parallel=False)
    many = with_choice(WEATHER, mode="required", parallel=True)

    assert body_of(one)["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert body_of(many)["tool_choice"] == {"type": "any"}
    assert lost(many) == {"parallel_tool_calls": "none"}


def test_web_search_is_anthropics_own() -> None:
    tool = HostedTool(
        at="tools[0]",
        raw={"kind": "web_search", "domains_blocked": ["x.org"]},
        kind="web_search",
        domains_allowed=["a.org"],
        domains_blocked=["x.org"],
        max_uses=2,
        location={"city": "Oslo", "country": "NO"},
    )
    request = with_settings((tool,))

    assert body_of(request)["tools"] == [
        {
            "type": "web_search_20250305",
            "name": "web_search",
            "allowed_domains": ["a.org"],
            "max_uses": 2,
            "user_location": {"type": "approximate", "city": "Oslo", "country": "NO"},
        }
    ]
    assert lost(request) == {"tools[0].domains_blocked[0]": "answer"}


def test_a_hosted_tool_that_anthropic_lacks_is_reported() -> None:
    request = with_settings((HostedTool(at="tools[0]", raw={"type": "image_generation"}, kind="image_generation"),))

    assert "tools" not in body_of(request)
    assert lost(request) == {"tools[0].type": "answer"}


@pytest.mark.parametrize(
    ("style", "told", "written", "missing"),
    [
        ("adaptive", {"effort": "high"}, {"type": "adaptive"}, []),
        ("adaptive", {"effort": "minimal"}, {"type": "adaptive"}, ["reasoning.effort"]),
        ("adaptive", {"budget_tokens": 9000}, {"type": "adaptive"}, ["reasoning.budget_tokens"]),
        ("adaptive", {"effort": "none"}, {"type": "disabled"}, []),
        ("adaptive", {"is_on": True, "shows": True}, {"type": "adaptive", "display": "summarized"}, []),
        ("budget", {"effort": "low"}, {"type": "enabled", "budget_tokens": 2048}, ["reasoning.effort"]),
        ("budget", {"budget_tokens": 500}, {"type": "enabled", "budget_tokens": 1024}, ["reasoning.budget_tokens"]),
        ("budget", {"effort": "none"}, {"type": "disabled"}, []),
        ("adaptive", {"keeps_sealed": True}, None, ["reasoning.keeps_sealed"]),
        ("adaptive", {"shows": False}, None, ["reasoning.shows"]),
        ("adaptive", {"summary": "auto"}, {"type": "adaptive", "display": "summarized"}, []),
        ("effort", {"effort": "medium"}, None, []),
        ("none", {"effort": "medium"}, None, ["reasoning.effort"]),
    ],
)
def test_reasoning_is_asked_for_as_the_model_takes_it(style: Json, told: Json, written: Json, missing: Json) -> None:
    request = with_reasoning(**told)

    assert body_of(request, Profile(thinking=style)).get("thinking") == written
    assert [*lost(request, Profile(thinking=style))] == missing


@pytest.mark.parametrize(("told", "effort"), [({"effort": "xhigh"}, "xhigh"), ({"budget_tokens": 9000}, "high")])
def test_the_effort_arrives(told: Json, effort: str) -> None:
    body = body_of(with_reasoning(**told), Profile(thinking="adaptive"))

    assert body["output_config"] == {"effort": effort}


def test_a_forced_tool_keeps_the_model_from_thinking() -> None:
    request = with_choice(WEATHER, mode="required")
    request.settings |= with_reasoning(budget_tokens=4000).settings

    assert "thinking" not in body_of(request, Profile(thinking="budget"))
    assert lost(request, Profile(thinking="budget")) == {"reasoning.budget_tokens": "answer"}


def test_calls_without_their_thinking_keep_the_model_from_thinking_with_a_budget() -> None:
    request = with_reasoning((WEATHER,), budget_tokens=4000)
    request.messages += [said("assistant", called("1")), said("tool", returned("1"))]

    assert "thinking" not in body_of(request, Profile(thinking="budget"))
    assert lost(request, Profile(thinking="budget")) == {"reasoning.budget_tokens": "answer"}


def test_an_answers_schema_is_closed_and_what_cannot_be_held_is_reported() -> None:
    schema: Json = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}
    request = with_form(schema=schema, name="out", strict=True)

    written: Json = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    expected = {"format": {"type": "json_schema", "schema": written | {"additionalProperties": False}}}
    assert body_of(request)["output_config"] == expected
    assert lost(request) == {
        "response_format.name": "none",
        "response_format.strict": "none",
        "response_format.schema.properties.n.minimum": "answer",
    }


def test_an_answers_schema_is_a_forced_tool_where_the_model_knows_no_other_way() -> None:
    body = body_of(with_form(), Profile(output_schema=False))
    beside = body_of(with_form((WEATHER,)), Profile(output_schema=False))

    assert body["tool_choice"] == {"type": "tool", "name": "answer_in_required_form"}
    assert body["tools"][0]["input_schema"] == SCHEMA
    assert [tool["name"] for tool in beside["tools"]] == ["weather", "answer_in_required_form"]
    assert beside["tool_choice"] == {"type": "any"}


def test_json_of_any_form_is_asked_for_in_words() -> None:
    form = OutputFormat(at="response_format", raw={"type": "json_object"}, kind="json")
    request = with_settings(output_format=Setting(at="response_format", raw={"type": "json_object"}, value=form))

    assert "JSON object" in body_of(request)["system"]
    assert lost(request) == {"response_format.type": "answer"}


def test_strict_tools_stay_strict_where_anthropic_can_hold_them() -> None:
    held = Function(at="tools[0]", raw={"strict": True}, name="a", parameters=CLOSED, strict=True)
    loose = Function(at="tools[1]", raw={"strict": True}, name="b", parameters=SCHEMA, strict=True)

    request = with_settings((held, loose))

    assert [tool.get("strict") for tool in body_of(request)["tools"]] == [True, None]
    assert lost(request) == {"tools[1].strict": "answer"}
