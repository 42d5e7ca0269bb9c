"""Requests of other dialects' clients, as a strict vendor of Gemini gets them."""

import itertools
import json
from typing import Any

import pytest

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.canonical import (
    CacheMark,
    CustomTool,
    Function,
    Hosted,
    HostedTool,
    Medium,
    Message,
    Opaque,
    OutputFormat,
    Reasoning,
    Request,
    Setting,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from drawbridge.gateway.wire.gemini import GEMINI
from drawbridge.gateway.wire.opaque import hand_out, take_back
from drawbridge.gateway.wire.profiles import Profile
from tests.gateway.wire.gemini.examples import body_of, losses_of, target, told
from tests.parts.strict.checks import ISSUED
from tests.parts.strict.judge import refuse
from tests.parts.wire import Request as Arrived

# Any: JSON.
Json = Any

SCHEMA: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"n": {"type": ["integer", "null"], "exclusiveMinimum": 0, "enum": [1, 2]}},
    "additionalProperties": False,
}
PIXEL = "iVBORw0KGgoAAAANSUhEUg=="


def user(*parts: Any) -> Message:
    return Message(role="user", parts=[Text(text=part) if isinstance(part, str) else part for part in parts])


def model(*parts: Any) -> Message:
    return Message(role="assistant", parts=[Text(text=part) if isinstance(part, str) else part for part in parts])


def results(*parts: ToolResult) -> Message:
    return Message(role="tool", parts=[*parts])


def call(id_: str, name: str = "bash", **about: Any) -> ToolCall:
    return ToolCall(id=id_, name=name, arguments='{"command":"ls ü"}', **about)


def result(id_: str, text: str = "r", **about: Any) -> ToolResult:
    return ToolResult(call_id=id_, parts=[Text(text=text)], **about)


def setting(value: Any, at: str = "x") -> Setting:
    return Setting(at=at, raw=value, value=value, names={"value": ""})


def verdict(request: Request, upstream: str) -> str | None:
    """Return what a strict vendor says against a request; None where it takes it."""
    wire = GEMINI.write_request(request, target(upstream)).wire
    body = json.dumps(wire.body).encode()
    refused = refuse(Arrived(1, "POST", f"/v1beta{wire.path}", (), body, 0.0, 1))
    return None if refused is None else refused.pieces[0][0].decode()


CONVERSATIONS: dict[str, list[Message]] = {
    "one call": [user("u"), model(call("c1")), results(result("c1"))],
    "parallel calls after a preface": [
        user("u"),
        model("I look.", call("c1"), call("c1", "other"), call("c3")),
        results(result("c1", "one")),
        results(result("c1", "two")),
        results(result("c3", "three")),
        user("go on"),
    ],
    "results in another order, and one too many": [
        user("u"),
        model(call("a"), call("b")),
        results(result("b"), result("zzz"), result("a")),
    ],
    "no result": [user("u"), model(call("a"), call("b")), results(result("b")), user("hm")],
    "a result far behind": [user("u"), model(call("a")), user("wait"), model("ok"), results(result("a"))],
    "a call first": [model(call("a")), results(result("a"))],
    "empty texts": [user("", "u"), model(""), user("")],
    "a late system message between call and result": [
        Message(role="system", parts=[Text(text="s")]),
        user("u"),
        model(call("a")),
        Message(role="developer", parts=[Text(text="late")]),
        results(result("a")),
    ],
    "a system message alone": [Message(role="system", parts=[Text(text="s")])],
    "two users": [user("a"), user("b"), model("c"), model("d")],
    "an image from a tool": [
        user("u"),
        model(call("a")),
        results(ToolResult(call_id="a", parts=[Text(text="t"), Medium(kind="image", data=PIXEL)])),
    ],
    "arguments that are no object": [
        user("u"),
        model(
            ToolCall(id="a", name="f", arguments="[1"),
            ToolCall(id="b", name="g", arguments="*** patch", is_custom=True),
        ),
        results(result("a"), result("b")),
    ],
}


@pytest.mark.parametrize("upstream", ["gemini-2.5-flash", "gemini-3-flash-preview"])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_strict_vendor_takes_every_conversation(name: str, upstream: str) -> None:
    request = told(CONVERSATIONS[name], tools=[Function(name="bash", parameters=SCHEMA), Function(name="a b.c/" * 20)])

    body = body_of(request, upstream)

    assert verdict(request, upstream) is None
    roles = [content["role"] for content in body["contents"]]
    assert all(one != other for one, other in itertools.pairwise(roles)), roles
    assert all(part for content in body["contents"] for part in content["parts"])


def test_parallel_calls_of_one_name_and_one_id_keep_their_own_results() -> None:
    body = body_of(told(CONVERSATIONS["parallel calls after a preface"]))

    asked, answered = body["contents"][1]["parts"][1:], body["contents"][2]["parts"]
    assert [part["functionCall"]["id"] for part in asked] == [part["functionResponse"]["id"] for part in answered[:3]]
    assert len({part["functionCall"]["id"] for part in asked}) == 3
    assert [part["functionResponse"]["response"] for part in answered[:3]] == [
        {"output": "one"},
        {"output": "two"},
        {"output": "three"},
    ]
    assert [part["functionResponse"]["name"] for part in answered[:3]] == ["bash", "other", "bash"]
    assert answered[3] == {"text": "go on"}


def test_a_result_without_its_call_becomes_text_and_is_reported() -> None:
    orphan = ToolResult(at="messages[1]", raw={"id": "x", "content": "r"}, names={"call_id": "id"}, call_id="x")
    orphan.parts = [Text(text="r")]
    request = told([user("u"), results(orphan)])

    assert body_of(request)["contents"] == [{"role": "user", "parts": [{"text": "u"}, {"text": "r"}]}]
    assert losses_of(request) == {"messages[1].id": "answer", "messages[1].content": "answer"}


def test_results_are_objects_and_their_text_is_never_taken_apart() -> None:
    said = '{"output": 1}'
    conversation = [
        user("u"),
        model(call("a"), call("b"), call("c"), call("d")),
        results(
            result("a", said),
            result("b", "no", is_error=True),
            ToolResult(call_id="c", value={"k": [1]}),
            ToolResult(call_id="d", parts=[Text(text="1"), Text(text="2")]),
        ),
    ]

    parts = body_of(told(conversation))["contents"][2]["parts"]

    assert [part["functionResponse"]["response"] for part in parts] == [
        {"output": said},
        {"error": "no"},
        {"k": [1]},
        {"output": "1\n2"},
    ]


def test_a_call_that_was_never_answered_gets_a_response_that_says_so() -> None:
    parts = body_of(told(CONVERSATIONS["no result"]))["contents"][2]["parts"]

    unanswered, answered, said = parts
    assert [*unanswered["functionResponse"]["response"]] == ["error"]
    assert answered["functionResponse"]["response"] == {"output": "r"}
    assert said == {"text": "hm"}


def test_an_image_of_a_tool_goes_within_the_response_from_gemini_3_on() -> None:
    request = told(CONVERSATIONS["an image from a tool"])
    image = {"inlineData": {"mimeType": "image/png", "data": PIXEL}}

    old, new = (body_of(request, name)["contents"][2]["parts"] for name in ("gemini-2.5-pro", "gemini-3-pro-preview"))

    assert old[1] == image
    assert "parts" not in old[0]["functionResponse"]
    assert [part.keys() for part in new] == [{"functionResponse"}]
    assert new[0]["functionResponse"]["parts"] == [image]


def test_leading_system_messages_are_the_instruction_and_late_ones_stay_in_their_place() -> None:
    late = Message(
        at="messages[3]", raw={"role": "system", "content": "late"}, role="system", parts=[Text(text="late")]
    )
    request = told(
        [
            Message(role="system", parts=[Text(text="one")]),
            Message(role="developer", parts=[Text(text="two")]),
            user("u"),
            late,
            model("m"),
            user("v"),
        ]
    )

    body = body_of(request)

    assert body["systemInstruction"] == {"parts": [{"text": "one"}, {"text": "two"}]}
    assert body["contents"][0]["parts"] == [{"text": "u"}, {"text": "late"}]
    assert losses_of(request) == {"messages[3].role": "answer"}


def test_a_schema_goes_as_it_is() -> None:
    request = told(tools=[Function(name="f", description="d", parameters=SCHEMA)])

    declared = body_of(request)["tools"][0]["functionDeclarations"][0]

    assert declared == {"name": "f", "description": "d", "parametersJsonSchema": SCHEMA}
    assert losses_of(request) == {}


def test_tool_names_that_gemini_refuses_are_changed_the_same_everywhere() -> None:
    tools: list[Tool] = [
        Function(name="9 lives"),
        Function(name="search", namespace="mcp"),
        CustomTool(name="apply_patch", format={"type": "grammar", "definition": "x"}, at="tools[2]", raw={"format": 1}),
    ]
    request = told(
        [user("u"), model(call("a", "9 lives")), results(result("a"))],
        tools=tools,
        settings={"tool_choice": setting(ToolChoice(mode="one", tools=["9 lives"]))},
    )

    body = body_of(request)

    names = [declared["name"] for declared in body["tools"][0]["functionDeclarations"]]
    assert names[1:] == ["mcp__search", "apply_patch"]
    assert body["contents"][1]["parts"][0]["functionCall"]["name"] == names[0]
    assert body["contents"][2]["parts"][0]["functionResponse"]["name"] == names[0]
    assert body["toolConfig"]["functionCallingConfig"] == {"mode": "ANY", "allowedFunctionNames": [names[0]]}
    assert verdict(request, "gemini-2.5-flash") is None
    assert losses_of(request) == {"tools[2].format": "answer"}


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        (ToolChoice(mode="auto"), {"mode": "AUTO"}),
        (ToolChoice(mode="none"), {"mode": "NONE"}),
        (ToolChoice(mode="required"), {"mode": "ANY"}),
        (ToolChoice(mode="some", tools=["f"]), {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        (ToolChoice(mode="some", tools=["f"], must_call=False), {"mode": "VALIDATED", "allowedFunctionNames": ["f"]}),
    ],
)
def test_a_choice_of_tools_stays_the_choice(choice: ToolChoice, written: Json) -> None:
    request = told(tools=[Function(name="f"), Function(name="g")], settings={"tool_choice": setting(choice)})

    assert body_of(request)["toolConfig"] == {"functionCallingConfig": written}


def test_googles_own_tools_are_used_and_beside_functions_only_where_the_model_can() -> None:
    search = HostedTool(at="tools[0]", raw={"type": "web_search"}, names={"kind": "type"}, kind="web_search")
    mcp = HostedTool(at="tools[1]", raw={"type": "mcp"}, kind="mcp")

    alone = told(tools=[search])
    mixed = told(tools=[search, mcp, Function(name="f")])

    assert body_of(alone)["tools"] == [{"googleSearch": {}}]
    assert [tool.keys() for tool in body_of(mixed, "gemini-2.5-pro")["tools"]] == [{"functionDeclarations"}]
    assert losses_of(mixed, "gemini-2.5-pro") == {"tools[0].type": "answer", "tools[1].type": "answer"}
    new = body_of(mixed, "gemini-3-pro-preview")
    assert new["tools"][1] == {"googleSearch": {}}
    assert new["toolConfig"] == {"includeServerSideToolInvocations": True}
    assert losses_of(mixed, "gemini-3-pro-preview") == {"tools[1].type": "answer"}


def test_history_calls_of_others_get_the_documented_dummy_where_signatures_are_demanded() -> None:
    foreign = Opaque("sig", "anthropic-messages", "claude")
    request = told(
        [user("u"), model(call("a", at="c", raw={"s": 1}, names={"seal": "s"}, seal=foreign)), results(result("a"))]
    )

    old, new = (body_of(request, name)["contents"][1]["parts"][0] for name in ("gemini-2.5-pro", "gemini-3-pro"))

    assert "thoughtSignature" not in old
    assert new["thoughtSignature"] == "skip_thought_signature_validator"
    assert losses_of(request) == {"c.s": "answer"}


def test_googles_own_signatures_come_home_and_nobody_elses_thoughts_do() -> None:
    own, other = Opaque(ISSUED, "gemini", "google"), Opaque("sig", "anthropic-messages", "claude")
    returned = take_back(hand_out(own, "anthropic-messages"), "anthropic-messages")
    request = told(
        [
            user("u"),
            model(
                Thinking(
                    at="t0", raw={"thinking": "x"}, names={"paragraphs": "thinking"}, paragraphs=["x"], seal=other
                ),
                Thinking(paragraphs=["hm"], seal=returned),
                call("a"),
            ),
            results(result("a")),
        ]
    )

    parts = body_of(request, "gemini-3-pro")["contents"][1]["parts"]

    assert parts[0] == {"text": "hm", "thought": True}
    assert parts[1]["thoughtSignature"] == ISSUED
    assert losses_of(request) == {"t0.thinking": "answer"}
    assert verdict(request, "gemini-3-pro") is None


@pytest.mark.parametrize(
    ("reasoning", "budget", "level"),
    [
        (Reasoning(effort="low"), {"thinkingBudget": 1024}, {"thinkingLevel": "LOW"}),
        (Reasoning(is_on=False), {"thinkingBudget": 0}, {"thinkingLevel": "MINIMAL"}),
        (Reasoning(is_on=True, budget_tokens=5000), {"thinkingBudget": 5000}, {"thinkingLevel": "MEDIUM"}),
        (Reasoning(is_on=True, is_adaptive=True), {"thinkingBudget": -1}, None),
        (
            Reasoning(effort="xhigh", summary="auto"),
            {"thinkingBudget": 24576, "includeThoughts": True},
            {"thinkingLevel": "HIGH", "includeThoughts": True},
        ),
    ],
)
def test_thinking_is_told_by_budget_or_by_level(reasoning: Reasoning, budget: Json, level: Json) -> None:
    request = told(settings={"reasoning": setting(reasoning)})

    old, new = (body_of(request, name).get("generationConfig") for name in ("gemini-2.5-pro", "gemini-3-pro"))

    assert old == {"thinkingConfig": budget}
    assert new == (None if level is None else {"thinkingConfig": level})


def test_an_approximated_effort_is_reported() -> None:
    reasoning = Reasoning(at="reasoning", raw={"effort": "low"}, effort="low")

    request = told(settings={"reasoning": setting(reasoning, "reasoning")})

    assert losses_of(request, "gemini-2.5-pro") == {"reasoning.effort": "answer_and_price"}
    assert losses_of(request, "gemini-3-pro") == {}


def test_settings_go_where_gemini_has_them_and_the_others_are_reported() -> None:
    request = told(
        settings={
            "max_output_tokens": setting(9),
            "temperature": setting(0.5),
            "top_p": setting(0.25),
            "top_k": setting(3),
            "seed": setting(7),
            "presence_penalty": setting(0.1),
            "frequency_penalty": setting(0.2),
            "candidates": setting(2),
            "logprobs": setting(value=True),
            "top_logprobs": setting(4),
            "stop": setting(list("abcdefg"), "stop"),
            "modalities": setting(["text", "image"]),
            "service_tier": setting("flex"),
            "output_format": setting(OutputFormat(kind="schema", schema=SCHEMA, name="s", at="f", raw={"name": "s"})),
            "user": setting("me", "user"),
            "logit_bias": setting({"5": 1}, "logit_bias"),
            "parallel_tool_calls": setting(value=False, at="parallel"),
        }
    )

    body = body_of(request)

    assert body["generationConfig"] == {
        "maxOutputTokens": 9,
        "temperature": 0.5,
        "topP": 0.25,
        "topK": 3,
        "seed": 7,
        "presencePenalty": 0.1,
        "frequencyPenalty": 0.2,
        "candidateCount": 2,
        "responseLogprobs": True,
        "logprobs": 4,
        "stopSequences": list("abcde"),
        "responseModalities": ["TEXT", "IMAGE"],
        "responseMimeType": "application/json",
        "responseJsonSchema": SCHEMA,
    }
    assert body["serviceTier"] == "flex"
    assert losses_of(request) == {
        "stop[5]": "answer",
        "stop[6]": "answer",
        "f.name": "none",
        "user": "none",
        "logit_bias.5": "answer",
        "parallel": "answer",
    }
    assert verdict(request, "gemini-2.5-flash") is None


def test_an_answer_by_schema_gives_way_to_functions_where_the_model_cannot_do_both() -> None:
    form = OutputFormat(at="f", raw={"type": "json_object"}, kind="json")
    request = told(tools=[Function(name="g")], settings={"output_format": setting(form, "f")})

    assert "generationConfig" not in body_of(request, "gemini-2.5-flash")
    assert losses_of(request, "gemini-2.5-flash") == {"f.type": "answer"}
    assert body_of(request, "gemini-3-flash")["generationConfig"] == {"responseMimeType": "application/json"}


@pytest.mark.parametrize(
    ("medium", "part"),
    [
        (Medium(kind="image", data=PIXEL), {"inlineData": {"mimeType": "image/png", "data": PIXEL}}),
        (
            Medium(kind="document", media_type="application/pdf", data="JVBERi0="),
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0="}},
        ),
        (Medium(kind="document", text="words"), {"text": "words"}),
        (Medium(kind="document", blocks=[Text(text="inside")]), {"text": "inside"}),
        (
            Medium(kind="image", url="https://a.b/c.webp"),
            {"fileData": {"fileUri": "https://a.b/c.webp", "mimeType": "image/webp"}},
        ),
        (Medium(kind="video", url="https://youtu.be/x"), {"fileData": {"fileUri": "https://youtu.be/x"}}),
        (
            Medium(kind="audio", media_type="audio/wav", file=Opaque("gs://b/f", "gemini", None)),
            {"fileData": {"fileUri": "gs://b/f", "mimeType": "audio/wav"}},
        ),
    ],
)
def test_media_are_data_or_addresses(medium: Medium, part: Json) -> None:
    assert body_of(told([user(medium)]))["contents"][0]["parts"] == [part]


def test_what_an_image_is_called_and_marked_with_is_reported() -> None:
    raw = {"file": {"filename": "f"}, "detail": "low", "cache_control": {"type": "ephemeral"}}
    mark = CacheMark(at="p.cache_control", raw=raw["cache_control"])
    medium = Medium(
        at="p", raw=raw, names={"name": "file.filename"}, kind="image", data=PIXEL, detail="low", cache=mark
    )
    medium.name = "f"

    lost = losses_of(told([user(medium)]))

    assert lost == {"p.file.filename": "answer", "p.detail": "answer_and_price", "p.cache_control.type": "price"}


def test_another_vendors_file_and_hosted_run_are_reported() -> None:
    file = Medium(
        at="a", raw={"file_id": "f"}, names={"file": "file_id"}, kind="image", file=Opaque("f", "openai-chat")
    )
    run = Hosted(at="b", raw={"type": "x"}, tool="web_search")

    request = told([user("u", file), model(run, "m")])

    assert losses_of(request) == {"a.file_id": "answer", "b.type": "answer"}


def test_a_medium_that_the_model_cannot_take_is_refused_by_its_place() -> None:
    request = told([user(Medium(at="messages[0].content[0]", raw={}, kind="audio", data="x"))])

    with pytest.raises(ImpossibleRequest) as refused:
        GEMINI.write_request(request, target("m", Profile(audio=False)))

    assert refused.value.param == "messages[0].content[0]"


def test_only_addresses_that_google_does_not_know_need_to_be_fetched() -> None:
    film = Medium(kind="video", url="https://www.youtube.com/watch?v=x")
    image = Medium(kind="image", url="https://a.b/c.png")

    assert [GEMINI.needs_data(medium, target()) for medium in (film, image, Medium(kind="image", data=PIXEL))] == [
        False,
        True,
        False,
    ]


def test_a_conversation_written_twice_is_the_same() -> None:
    one, other = (body_of(told(CONVERSATIONS["parallel calls after a preface"]), "gemini-3-pro") for _ in range(2))

    assert one == other
