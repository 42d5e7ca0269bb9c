"""Requests of other dialects as chat completions: taken by a strict vendor, and nothing lost in silence."""

import pytest

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.canonical import (
    CacheMark,
    CustomTool,
    Function,
    HostedTool,
    Medium,
    Message,
    Opaque,
    OutputFormat,
    Reasoning,
    Refusal,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolChoice,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.profiles import Profile
from tests.gateway.wire.openai_chat.examples import Json, foreign, says, written
from tests.parts.sdk_types import complaints
from tests.parts.strict.chat import CHAT_RULES
from tests.parts.strict.checks import Asked, first_complaint

SCHEMA: Json = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CLOSED: Json = {**SCHEMA, "additionalProperties": False}
LOOK = Function(name="look", parameters=SCHEMA)


def calls(*ids: str, name: str = "look") -> Message:
    return says(*(ToolCall(id=one, name=name, arguments="{}") for one in ids), role="assistant")


def results(*ids: str) -> Message:
    return says(*(ToolResult(call_id=one, parts=[Text(text=f"of {one}")]) for one in ids), role="tool")


def accepted(request: Request, profile: Profile | None = None) -> tuple[Json, dict[str, str]]:
    """Write a request, and hold it against the strict vendor's rules and the SDK's types."""
    body, lost = written(request, profile or Profile())
    complaint = first_complaint(CHAT_RULES, Asked(body, body["model"]))
    assert complaint is None, complaint
    assert complaints("openai-chat", body) == []
    return body, lost


def roles(body: Json) -> list[str]:
    return [message["role"] for message in body["messages"]]


def test_results_stand_right_behind_their_calls_wherever_they_were() -> None:
    late = says(Text(text="By the way"))

    body, lost = accepted(
        foreign(says(Text(text="Go")), calls("a", "b"), late, results("b"), results("a"), tools=[LOOK])
    )

    assert roles(body) == ["user", "assistant", "tool", "tool", "user"]
    assert [message.get("tool_call_id") for message in body["messages"][2:4]] == ["a", "b"]
    assert [message["content"] for message in body["messages"][2:4]] == ["of a", "of b"]
    assert lost == {}


def test_calls_that_are_items_of_their_own_become_one_message() -> None:
    preface = says(Text(text="I look."), role="assistant")

    body, _ = accepted(foreign(says(Text(text="Go")), preface, calls("a"), calls("b"), results("a"), results("b")))

    assert roles(body) == ["user", "assistant", "tool", "tool"]
    assert body["messages"][1]["content"] == "I look."
    assert [call["id"] for call in body["messages"][1]["tool_calls"]] == ["a", "b"]


def test_an_id_used_again_keeps_each_result_with_its_call() -> None:
    body, _ = accepted(foreign(says(Text(text="Go")), calls("a"), results("a"), calls("a"), results("a")))

    first, second = body["messages"][1], body["messages"][3]
    assert first["tool_calls"][0]["id"] != second["tool_calls"][0]["id"]
    assert body["messages"][4]["tool_call_id"] == second["tool_calls"][0]["id"]


def test_long_ids_are_shortened_in_call_and_result() -> None:
    body, _ = accepted(foreign(says(Text(text="Go")), calls("x" * 41), results("x" * 41)))

    call_id = body["messages"][1]["tool_calls"][0]["id"]
    assert len(call_id) <= 40
    assert body["messages"][2]["tool_call_id"] == call_id


def test_a_call_without_a_result_and_a_result_without_a_call_are_reported() -> None:
    call = ToolCall(at="messages[1].content[0]", raw={"name": "look"}, id="a", name="look", arguments="{}")
    orphan = ToolResult(at="messages[2].content[0]", raw={"content": "r"}, call_id="b", parts=[Text(text="r")])

    body, lost = accepted(foreign(says(Text(text="Go")), says(call, role="assistant"), says(orphan, role="tool")))

    assert roles(body) == ["user"]
    assert lost == {"messages[1].content[0].name": "answer", "messages[2].content[0].content": "answer"}


def test_an_image_that_a_tool_returned_comes_in_a_message_of_the_user_behind_all_results() -> None:
    image = Medium(kind="image", media_type="image/png", data="AAAA")
    shot = ToolResult(call_id="a", parts=[Text(text="Done"), image])

    body, lost = accepted(
        foreign(says(Text(text="Go")), calls("a", "b"), says(shot, *results("b").parts, role="tool"), tools=[LOOK])
    )

    assert roles(body) == ["user", "assistant", "tool", "tool", "user"]
    assert body["messages"][2]["content"] == "Done"
    told, shown = body["messages"][4]["content"]
    assert "a" in told["text"].split(" ")[-1]
    assert shown["image_url"]["url"] == "data:image/png;base64,AAAA"
    assert lost == {}


def test_a_result_that_is_an_object_is_written_as_json() -> None:
    result = ToolResult(call_id="a", value={"temperature": 20, "where": "Köln"})

    body, _ = accepted(foreign(says(Text(text="Go")), calls("a"), says(result, role="tool")))

    assert body["messages"][2]["content"] == '{"temperature":20,"where":"Köln"}'


def test_that_a_result_is_an_error_is_reported() -> None:
    result = ToolResult(at="m", raw={"is_error": True}, call_id="a", parts=[Text(text="No such file")], is_error=True)

    body, lost = accepted(foreign(says(Text(text="Go")), calls("a"), says(result, role="tool")))

    assert body["messages"][2]["content"] == "No such file"
    assert lost == {"m.is_error": "answer"}


def test_system_and_developer_stay_where_they_stood() -> None:
    request = foreign(
        says(Text(text="Be kind"), role="system"),
        says(Text(text="Be short"), role="developer"),
        says(Text(text="Hi")),
        says(Text(text="Now be rude"), role="system"),
    )

    assert roles(accepted(request)[0]) == ["system", "system", "user", "system"]
    assert roles(accepted(request, Profile(extensions=frozenset({"developer"})))[0])[1] == "developer"


def test_a_late_system_message_is_said_by_the_user_to_models_that_only_take_early_ones() -> None:
    late = Message(at="messages[1]", raw={"role": "system"}, role="system", parts=[Text(text="Stop")])

    body, lost = accepted(foreign(says(Text(text="Hi")), late), Profile(takes_late_system=False))

    assert body["messages"][1] == {"role": "user", "content": "Stop"}
    assert lost == {"messages[1].role": "answer"}


def test_reasoning_of_another_vendor_is_reported_and_never_sent_as_text() -> None:
    seal = Opaque("signed", "anthropic-messages", "anthropic")
    thought = Thinking(at="t", raw={"thinking": "secret", "signature": "signed"}, paragraphs=["secret"], seal=seal)

    body, lost = accepted(foreign(says(Text(text="Hi")), says(thought, Text(text="Hello"), role="assistant")))

    assert "secret" not in str(body)
    assert lost.keys() == {"t.thinking", "t.signature"}


@pytest.mark.parametrize(("member", "provider"), [("reasoning_content", "vendor"), ("reasoning", "vendor")])
def test_reasoning_goes_back_to_the_vendor_that_made_it(member: str, provider: str) -> None:
    thought = Thinking(at="t", raw="hm", paragraphs=["hm"], seal=Opaque(member, "openai-chat", provider))
    request = foreign(says(Text(text="Hi")), says(thought, *calls("a").parts, role="assistant"), results("a"))

    assert written(request)[0]["messages"][1][member] == "hm"
    assert written(request)[1] == {}
    assert member not in written(request, provider="another")[0]["messages"][1]
    assert written(request, provider="another")[1] == {"t": "answer"}


def test_signed_reasoning_details_go_back_whole() -> None:
    seal = Opaque('{"type":"reasoning.text","signature":"s","index":0}', "openai-chat", "vendor")
    thought = Thinking(paragraphs=["hm"], seal=seal)

    body, _ = written(foreign(says(Text(text="Hi")), says(thought, Text(text="Ho"), role="assistant")))

    assert body["messages"][1]["reasoning_details"] == [
        {"type": "reasoning.text", "signature": "s", "index": 0, "text": "hm"}
    ]


def test_media_are_written_in_the_parts_that_openai_has() -> None:
    body, lost = accepted(
        foreign(
            says(
                Medium(kind="image", url="https://example.com/a.png", detail="low"),
                Medium(kind="audio", media_type="audio/mpeg", data="BBBB"),
                Medium(kind="document", media_type="application/pdf", data="CCCC", name="a.pdf"),
                Medium(kind="document", text="plain words", title="Notes"),
            )
        )
    )

    image, audio, file, title, text = body["messages"][0]["content"]
    assert image["image_url"] == {"url": "https://example.com/a.png", "detail": "low"}
    assert audio["input_audio"] == {"data": "BBBB", "format": "mp3"}
    assert file["file"] == {"filename": "a.pdf", "file_data": "data:application/pdf;base64,CCCC"}
    assert (title["text"], text["text"]) == ("Document: Notes", "plain words")
    assert lost == {}


def test_media_that_no_chat_completion_takes_are_reported() -> None:
    parts = [
        Medium(at="a", raw={"x": 1}, kind="document", url="https://example.com/a.pdf"),
        Medium(at="b", raw={"x": 1}, kind="audio", media_type="audio/ogg", data="BBBB"),
        Medium(at="c", raw={"x": 1}, kind="video", data="BBBB", media_type="video/mp4"),
        Medium(at="d", raw={"x": 1}, kind="document", file=Opaque("file-1", "anthropic-messages", "anthropic")),
        Unknown(at="e", raw={"x": 1}, kind="new"),
    ]

    body, lost = accepted(foreign(says(*parts, Text(text="Look"))))

    assert body["messages"] == [{"role": "user", "content": "Look"}]
    assert lost.keys() == {"a.x", "b.x", "c.x", "d.x", "e.x"}


def test_a_medium_that_the_model_cannot_take_is_refused_naming_it() -> None:
    request = foreign(says(Medium(at="messages[0].content[0]", kind="audio", media_type="audio/wav", data="AA")))

    with pytest.raises(ImpossibleRequest) as refused:
        written(request, Profile(audio=False))

    assert refused.value.param == "messages[0].content[0]"


def test_a_conversation_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(ImpossibleRequest):
        written(foreign(says(Unknown(at="e", raw={"x": 1}, kind="new"))))


def test_a_refusal_in_the_history_is_written_as_one() -> None:
    body, _ = accepted(foreign(says(Text(text="Hi")), says(Refusal(text="No"), role="assistant")))

    assert body["messages"][1] == {"role": "assistant", "content": None, "refusal": "No"}


def test_tools_get_names_and_schemas_that_are_taken() -> None:
    tools = [Function(name="a.b"), Function(name="c", parameters={"properties": {}}), LOOK]

    body, lost = accepted(foreign(tools=[*tools]))

    first, second, third = (tool["function"] for tool in body["tools"])
    assert first["parameters"] == {"type": "object", "properties": {}}
    assert second["parameters"] == {"properties": {}, "type": "object"}
    assert third["parameters"] == SCHEMA
    assert lost == {}


def test_strict_stays_where_the_schema_allows_it_and_is_reported_where_not() -> None:
    open_tool = Function(at="tools[0]", raw={"strict": True}, name="open", parameters=SCHEMA, strict=True)
    closed_tool = Function(at="tools[1]", raw={"strict": True}, name="closed", parameters=CLOSED, strict=True)

    body, lost = accepted(foreign(tools=[open_tool, closed_tool]))

    assert [tool["function"].get("strict") for tool in body["tools"]] == [None, True]
    assert lost == {"tools[0].strict": "answer"}


def test_custom_tools_are_functions_unless_the_model_has_them() -> None:
    grammar = {"type": "grammar", "syntax": "lark", "definition": "start: WORD"}
    tool = CustomTool(at="tools[0]", raw={"format": grammar}, name="patch", format=grammar)
    call = ToolCall(id="a", name="patch", arguments="*** Begin", is_custom=True)
    request = foreign(says(Text(text="Go")), says(call, role="assistant"), results("a"), tools=[tool])

    body, lost = accepted(request)
    native, kept = accepted(request, Profile(extensions=frozenset({"custom_tools"})))

    assert body["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"input":"*** Begin"}'
    assert body["tools"][0]["function"]["parameters"]["required"] == ["input"]
    assert lost.keys() == {"tools[0].format.type", "tools[0].format.syntax", "tools[0].format.definition"}
    assert native["messages"][1]["tool_calls"][0]["custom"] == {"name": "patch", "input": "*** Begin"}
    assert native["tools"][0]["custom"]["format"]["grammar"] == {"syntax": "lark", "definition": "start: WORD"}
    assert kept == {}


def test_a_tool_that_the_vendor_runs_is_written_where_it_has_the_same_and_reported_elsewhere() -> None:
    raw = {"type": "web_search", "max_uses": 2}
    search = HostedTool(at="tools[0]", raw=raw, kind="web_search", max_uses=2, location={"city": "Köln"})
    request = foreign(tools=[search])

    assert accepted(request)[1].keys() == {"tools[0].type", "tools[0].max_uses"}
    body, lost = written(request, Profile(extensions=frozenset({"web_search_options"})))
    assert body["web_search_options"]["user_location"]["approximate"] == {"city": "Köln"}
    assert lost.keys() == {"tools[0].max_uses"}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (ToolChoice(mode="auto"), "auto"),
        (ToolChoice(mode="required"), "required"),
        (ToolChoice(mode="one", tools=["look"]), {"type": "function", "function": {"name": "look"}}),
        (
            ToolChoice(mode="some", tools=["look"], must_call=False),
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "look"}}]},
            },
        ),
    ],
)
def test_the_choice_among_tools_is_kept(choice: ToolChoice, expected: Json) -> None:
    assert accepted(foreign(tools=[LOOK], tool_choice=choice))[0]["tool_choice"] == expected


def test_a_choice_without_tools_is_not_sent() -> None:
    choice = ToolChoice(at="tool_choice", raw={"type": "auto"}, mode="auto")

    body, lost = accepted(foreign(tool_choice=choice, parallel_tool_calls=False))

    assert not body.keys() & {"tool_choice", "parallel_tool_calls"}
    assert lost == {"tool_choice.type": "none", "parallel_tool_calls": "none"}


def test_limits_have_the_name_that_the_vendor_uses() -> None:
    request = foreign(max_output_tokens=7)

    assert accepted(request)[0]["max_tokens"] == 7
    assert accepted(request, Profile(output_limit_member="max_completion_tokens"))[0]["max_completion_tokens"] == 7


def test_settings_beyond_what_is_taken_are_reported_leaf_by_leaf() -> None:
    body, lost = accepted(
        foreign(
            stop=["a", "b", "c", "d", "e"], user="u" * 65, top_k=3, metadata={"k": "v"}, safety=[1], service_tier="x"
        )
    )

    assert body["stop"] == ["a", "b", "c", "d"]
    assert lost == {
        "stop[4]": "answer",
        "user": "none",
        "top_k": "answer",
        "metadata.k": "none",
        "safety[0]": "answer",
        "service_tier": "price",
    }


def test_metadata_go_with_what_is_stored() -> None:
    body, lost = accepted(foreign(metadata={"k": "v", "x" * 65: "w"}, store=True))

    assert body["metadata"] == {"k": "v"}
    assert lost == {"metadata." + "x" * 65: "none"}


def test_members_that_a_vendor_refuses_are_not_sent() -> None:
    body, lost = accepted(foreign(store=False, seed=1), Profile(refuses=frozenset({"store", "seed"})))

    assert not body.keys() & {"store", "seed"}
    assert lost == {"store": "none", "seed": "answer"}


def test_sampling_that_the_model_refuses_is_not_sent() -> None:
    both = foreign(temperature=0.5, top_p=0.9)

    assert accepted(both)[0]["top_p"] == 0.9
    assert accepted(both, Profile(takes_temperature_with_top_p=False))[1] == {"top_p": "answer"}
    assert accepted(both, Profile(takes_sampling=False))[1] == {"temperature": "answer", "top_p": "answer"}


def test_a_stream_is_asked_to_tell_its_usage() -> None:
    assert accepted(foreign(streamed=True))[0]["stream_options"] == {"include_usage": True}
    assert "stream_options" not in accepted(foreign())[0]


def test_a_schema_for_the_answer_gets_a_name_and_is_held_to_where_it_can_be() -> None:
    closed = OutputFormat(kind="schema", schema=CLOSED)
    open_one = OutputFormat(at="f", raw={"name": "a b"}, kind="schema", schema=SCHEMA, name="a b")

    assert accepted(foreign(output_format=closed))[0]["response_format"]["json_schema"] == {
        "name": "answer",
        "schema": CLOSED,
        "strict": True,
    }
    body, lost = accepted(foreign(output_format=open_one))
    assert body["response_format"]["json_schema"] == {"name": "a_b", "schema": SCHEMA}
    assert lost == {"f.name": "none"}


def test_json_is_asked_for_in_words_too() -> None:
    body, _ = accepted(foreign(says(Text(text="Hi")), output_format=OutputFormat(kind="json")))

    assert body["response_format"] == {"type": "json_object"}
    assert "JSON" in body["messages"][0]["content"]


def test_models_without_schemas_are_told_theirs() -> None:
    form = OutputFormat(at="f", raw={"schema": {"type": "object"}}, kind="schema", schema={"type": "object"})

    body, lost = accepted(foreign(says(Text(text="Hi")), output_format=form), Profile(output_schema=False))

    assert body["response_format"] == {"type": "json_object"}
    assert '{"type":"object"}' in body["messages"][0]["content"]
    assert lost == {"f.schema.type": "answer"}


@pytest.mark.parametrize(
    ("reasoning", "effort", "lost"),
    [
        (Reasoning(effort="low"), "low", set[str]()),
        (Reasoning(effort="max", at="r", raw={"effort": "max"}), "xhigh", {"r.effort"}),
        (Reasoning(is_on=True, budget_tokens=2000, at="r", raw={"budget_tokens": 2000}), "low", {"r.budget_tokens"}),
        (Reasoning(is_on=True, budget_tokens=9000, at="r", raw={"budget_tokens": 9000}), "medium", {"r.budget_tokens"}),
        (Reasoning(is_on=True, budget_tokens=64000, at="r", raw={"budget_tokens": 1}), "high", {"r.budget_tokens"}),
        (Reasoning(is_on=False, at="r", raw={"is_on": False}), None, {"r.is_on"}),
    ],
)
def test_reasoning_becomes_an_effort(reasoning: Reasoning, effort: str | None, lost: set[str]) -> None:
    body, losses = accepted(foreign(reasoning=reasoning))

    assert body.get("reasoning_effort") == effort
    assert losses.keys() == lost


def test_openrouter_is_told_the_budget_itself() -> None:
    body, lost = written(
        foreign(reasoning=Reasoning(is_on=True, budget_tokens=2000)), Profile(extensions=frozenset({"reasoning"}))
    )

    assert body["reasoning"] == {"enabled": True, "max_tokens": 2000}
    assert lost == {}


def test_cache_marks_are_written_where_the_vendor_takes_them() -> None:
    mark = CacheMark(at="c", raw={"ttl": "1h"}, ttl_s=3600)
    request = foreign(says(Text(text="Hi", cache=mark)))

    assert accepted(request)[1] == {"c.ttl": "price"}
    body, lost = written(request, Profile(extensions=frozenset({"cache_control"})))
    assert body["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert lost == {}


def test_members_that_only_the_source_has_are_reported_at_every_node() -> None:
    request = foreign(
        Message(at="messages[0]", role="user", parts=[Text(at="messages[0].content[0]", text="Hi", extras={"x": 1})]),
        tools=[Function(at="tools[0]", name="look", parameters=SCHEMA, extras={"y": {"z": 2}})],
    )
    request.extras = {"container": "c"}

    _, lost = accepted(request)

    assert lost.keys() == {"messages[0].content[0].x", "tools[0].y.z", "container"}
