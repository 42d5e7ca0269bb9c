"""What other gateways lose of requests between dialects, a test each: none of it may happen here.

The numbers of the first group are those of a comparison of LiteLLM 1.106.2 and Portkey 1.15.2 on recorded traffic
(2026-11-22). The reports that a test names are where users met the same.
"""

import json

import pytest

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.wire.canonical import Opaque
from drawbridge.gateway.wire.opaque import hand_out
from drawbridge.gateway.wire.profiles import Profile
from tests.gateway.wire.retelling import CHAT, GEMINI, MESSAGES, RESPONSES, Json, retold
from tests.parts.strict.checks import ISSUED

DIALECTS: tuple[Dialect, ...] = (CHAT, RESPONSES, MESSAGES, GEMINI)
NO_ARGUMENTS: Json = {"type": "object", "properties": {}}
PDF = "JVBERi0xLjQK"
PNG = "iVBORw0KGgo="
PICTURE = "https://pictures.example/a.png"
SCHEMA: Json = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def apart_from(dialect: Dialect) -> list[Dialect]:
    return [other for other in DIALECTS if other != dialect]


def asked_in_gemini(*parts: Json, **more: Json) -> Json:
    return {"contents": [{"role": "user", "parts": [{"text": "Look."}, *parts]}], **more}


def asked_in_messages(*messages: Json, **more: Json) -> Json:
    said = messages or ({"role": "user", "content": "Look."},)
    return {"max_tokens": 2000, "messages": list(said), **more}


def asked_in_chat(*messages: Json, **more: Json) -> Json:
    return {"messages": [{"role": "user", "content": "Look."}, *messages], **more}


def call_in_gemini(city: str, call_id: str | None) -> Json:
    return {"functionCall": {"name": "weather", "args": {"city": city}, **({"id": call_id} if call_id else {})}}


def result_in_gemini(text: str, call_id: str | None) -> Json:
    said = {"name": "weather", "response": {"output": text}, **({"id": call_id} if call_id else {})}
    return {"functionResponse": said}


@pytest.mark.parametrize("ids", [("first", "second"), (None, None)], ids=["with ids", "without ids"])
@pytest.mark.parametrize("spoken", apart_from(GEMINI))
def test_both_of_two_parallel_calls_to_one_tool_arrive_each_with_its_result(
    spoken: Dialect, ids: tuple[str | None, str | None]
) -> None:
    """Line 1: the second vanished, as ids were made from the tool's name, and both results hung on the first."""
    body = asked_in_gemini(tools=[{"functionDeclarations": [{"name": "weather", "parameters": SCHEMA}]}])
    body["contents"] += [
        {"role": "model", "parts": [call_in_gemini("Oslo", ids[0]), call_in_gemini("Bergen", ids[1])]},
        {"role": "user", "parts": [result_in_gemini("rain", ids[0]), result_in_gemini("sun", ids[1])]},
    ]

    facts = retold(GEMINI, body, spoken).facts

    assert [fact.value[1] for fact in facts.of("call")] == [{"city": "Oslo"}, {"city": "Bergen"}]
    results = [fact.value for fact in facts.of("result")]
    assert [place for place, _ in results] == [0, 1]
    assert ["rain" in str(texts) for _, texts in results] == [True, False]
    assert len(facts.calls) == 2


@pytest.mark.parametrize("spoken", apart_from(CHAT))
def test_identical_parallel_calls_stay_as_many_as_they_were(spoken: Dialect) -> None:
    """Line 2: the calls were merged, their results were not."""
    function = {"name": "roll", "arguments": "{}"}
    calls = [{"id": f"call_{n}", "type": "function", "function": function} for n in (1, 2)]
    results = [{"role": "tool", "tool_call_id": f"call_{n}", "content": f"a {n}"} for n in (1, 2)]
    tools = [{"type": "function", "function": {"name": "roll", "parameters": NO_ARGUMENTS}}]
    body = asked_in_chat({"role": "assistant", "content": None, "tool_calls": calls}, *results, tools=tools)

    facts = retold(CHAT, body, spoken).facts

    assert len(facts.of("call")) == 2
    assert [(fact.value[0], *fact.value[1]) for fact in facts.of("result")] == [(0, "a 1"), (1, "a 2")]


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ({"inlineData": {"mimeType": "image/png", "data": PNG}}, PNG.rstrip("=")),
        ({"inline_data": {"mime_type": "image/png", "data": PNG}}, PNG.rstrip("=")),
        ({"fileData": {"mimeType": "image/png", "fileUri": PICTURE}}, PICTURE),
        ({"file_data": {"mime_type": "image/png", "file_uri": PICTURE}}, PICTURE),
    ],
    ids=["inlineData", "inline_data", "fileData", "file_data"],
)
@pytest.mark.parametrize("spoken", apart_from(GEMINI))
def test_media_of_a_gemini_client_arrive_in_either_spelling(spoken: Dialect, part: Json, wanted: str) -> None:
    """Line 3: only snake_case inline_data was read."""
    retelling = retold(GEMINI, asked_in_gemini(part), spoken)

    assert [fact.value for fact in retelling.facts.of("media")] == [wanted]
    assert not [path for path in retelling.lost if path.endswith(("data", "fileUri", "file_uri"))]


@pytest.mark.parametrize(("spoken", "kind"), [(CHAT, "file"), (RESPONSES, "input_file"), (MESSAGES, "document")])
def test_a_pdf_of_a_gemini_client_is_a_document(spoken: Dialect, kind: str) -> None:
    """Line 3: it became an image of type application/pdf."""
    part = {"inlineData": {"mimeType": "application/pdf", "data": PDF}}

    body = retold(GEMINI, asked_in_gemini(part), spoken).body

    parts = (body.get("messages") or body.get("input"))[0]["content"]
    assert [found["type"] for found in parts][-1] == kind
    assert PDF in json.dumps(parts[-1])


@pytest.mark.parametrize("name", ["parameters", "parametersJsonSchema", "parameters_json_schema"])
@pytest.mark.parametrize("declarations", ["functionDeclarations", "function_declarations"])
@pytest.mark.parametrize("spoken", apart_from(GEMINI))
def test_a_tool_of_a_gemini_client_has_its_parameters_however_they_are_spelled(
    spoken: Dialect, declarations: str, name: str
) -> None:
    """Line 4: the tool arrived without parameters."""
    tools = [{declarations: [{"name": "weather", name: SCHEMA}]}]

    body = retold(GEMINI, asked_in_gemini(tools=tools), spoken).body

    [tool] = body["tools"]
    function = tool.get("function", tool)
    assert function.get("parameters", function.get("input_schema"))["properties"] == SCHEMA["properties"]


@pytest.mark.parametrize("spoken", apart_from(GEMINI))
def test_a_history_of_a_gemini_client_keeps_its_calls_in_snake_case(spoken: Dialect) -> None:
    """Line 4: `function_call` became an empty message of the assistant."""
    body = asked_in_gemini(tools=[{"function_declarations": [{"name": "weather", "parameters": SCHEMA}]}])
    body["contents"] += [
        {"role": "model", "parts": [{"function_call": {"name": "weather", "args": {"city": "Oslo"}}}]},
        {"role": "user", "parts": [{"function_response": {"name": "weather", "response": {"output": "rain"}}}]},
    ]

    facts = retold(GEMINI, body, spoken).facts

    assert [fact.value for fact in facts.of("call")] == [("weather", {"city": "Oslo"})]
    assert "rain" in str(facts.of("result")[0].value)


@pytest.mark.parametrize("spoken", apart_from(MESSAGES))
def test_a_pdf_that_a_tool_returned_is_no_prose(spoken: Dialect) -> None:
    """Line 7: its base64 became text of the result."""
    source = {"type": "base64", "media_type": "application/pdf", "data": PDF}
    result = [{"type": "text", "text": "Here."}, {"type": "document", "source": source}]
    body = asked_in_messages(
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": result}]},
        tools=[{"name": "weather", "input_schema": SCHEMA}],
    )

    retelling = retold(MESSAGES, body, spoken)

    assert [fact.value for fact in retelling.facts.of("media")] == [PDF]
    assert "image" not in json.dumps(retelling.body)
    assert not any(PDF in str(fact.value) for fact in retelling.facts.of("result", "user"))


@pytest.mark.parametrize("spoken", apart_from(MESSAGES))
def test_a_document_of_plain_text_arrives(spoken: Dialect) -> None:
    """Line 7: text documents of an Anthropic client vanished."""
    source = {"type": "text", "media_type": "text/plain", "data": "The moon is made of rock."}
    content = [{"type": "document", "source": source}, {"type": "text", "text": "Summarise."}]

    body = retold(MESSAGES, asked_in_messages({"role": "user", "content": content}), spoken).body

    # As text, or as a file of text.
    assert "The moon is made of rock." in json.dumps(body) or "VGhlIG1vb24gaXMgbWFkZSBvZiByb2NrLg" in json.dumps(body)


@pytest.mark.parametrize(("spoken", "wanted"), [(RESPONSES, "code_interpreter"), (GEMINI, "codeExecution")])
def test_code_execution_becomes_the_vendors_own(spoken: Dialect, wanted: str) -> None:
    """Line 8: it became an empty function of the client."""
    tools = [{"type": "code_execution_20250825", "name": "code_execution"}]

    [tool] = retold(MESSAGES, asked_in_messages(tools=tools), spoken).body["tools"]

    assert wanted in (tool.get("type"), *tool)


def test_code_execution_is_reported_where_there_is_none() -> None:
    """Line 8: it became an empty function of the client."""
    tools = [{"type": "code_execution_20250825", "name": "code_execution"}]

    retelling = retold(MESSAGES, asked_in_messages(tools=tools), CHAT)

    assert "tools" not in retelling.body
    assert retelling.lost["tools[0].type"].startswith("answer")


@pytest.mark.parametrize(("spoken", "wanted"), [(RESPONSES, "web_search"), (MESSAGES, "web_search_20")])
def test_a_search_of_googles_becomes_the_vendors_own(spoken: Dialect, wanted: str) -> None:
    """Line 8: googleSearch was dropped."""
    [tool] = retold(GEMINI, asked_in_gemini(tools=[{"googleSearch": {}}]), spoken).body["tools"]

    assert tool["type"].startswith(wanted)


def test_a_search_is_reported_where_only_search_models_take_one() -> None:
    """Lines 8 and 12: web search became a parameter that only search models take."""
    retelling = retold(GEMINI, asked_in_gemini(tools=[{"googleSearch": {}}]), CHAT)

    assert {"tools", "web_search_options"}.isdisjoint(retelling.body)
    assert retelling.lost["tools[0].googleSearch"].startswith("answer")


@pytest.mark.parametrize(
    ("spoken", "wanted"),
    [
        (MESSAGES, {"type": "tool", "name": "weather"}),
        (RESPONSES, {"type": "function", "name": "weather"}),
        (GEMINI, {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}}),
    ],
)
def test_a_choice_of_one_tool_stays_that_tool(spoken: Dialect, wanted: Json) -> None:
    """Line 10: "only this tool" became "any tool"."""
    tools = [{"type": "function", "function": {"name": name, "parameters": SCHEMA}} for name in ("weather", "time")]
    choice = {"type": "function", "function": {"name": "weather"}}

    body = retold(CHAT, asked_in_chat(tools=tools, tool_choice=choice), spoken).body

    assert body.get("tool_choice", body.get("toolConfig")) == wanted


@pytest.mark.parametrize("spoken", DIALECTS)
def test_a_schema_for_the_answer_arrives(spoken: Dialect) -> None:
    """Line 10: `output_config` was dropped, even in the same dialect."""
    schema = {**SCHEMA, "additionalProperties": False}
    asked = asked_in_messages(output_config={"format": {"type": "json_schema", "schema": schema}})

    body = retold(MESSAGES, asked, spoken).body

    form = body.get("response_format") or body.get("text") or body.get("output_config") or body.get("generationConfig")
    assert json.dumps(SCHEMA["properties"]) in json.dumps(form)


def test_each_function_response_has_its_functions_name() -> None:
    """Line 10: all had the same filler."""
    calls = [
        {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        for name in ("weather", "time")
    ]
    results = [{"role": "tool", "tool_call_id": f"call_{name}", "content": name} for name in ("weather", "time")]
    tools = [{"type": "function", "function": {"name": name, "parameters": SCHEMA}} for name in ("weather", "time")]

    body = retold(
        CHAT, asked_in_chat({"role": "assistant", "content": None, "tool_calls": calls}, *results, tools=tools), GEMINI
    ).body

    responses = [part["functionResponse"]["name"] for part in body["contents"][2]["parts"]]
    assert responses == ["weather", "time"]


def test_a_model_that_takes_one_of_temperature_and_top_p_gets_one() -> None:
    """Line 11: both were sent, the vendor refused, and its 400 became a 500."""
    profile = Profile(takes_temperature_with_top_p=False)

    retelling = retold(CHAT, asked_in_chat(temperature=0.5, top_p=0.9), MESSAGES, profile=profile)

    assert ("temperature" in retelling.body) + ("top_p" in retelling.body) == 1
    assert retelling.lost.keys() & {"temperature", "top_p"}


@pytest.mark.parametrize("spoken", [CHAT, RESPONSES])
def test_a_long_user_id_is_made_to_fit_and_reported(spoken: Dialect) -> None:
    """Line 12: 150 characters were passed to a vendor that allows 64. The judge refuses them."""
    asked = asked_in_messages(metadata={"user_id": "u" * 150})

    retelling = retold(MESSAGES, asked, spoken)

    assert "u" * 65 not in json.dumps(retelling.body)
    assert "metadata.user_id" in retelling.lost


def thought(signature: str, text: str = "") -> Json:
    return {"type": "thinking", "thinking": text, "signature": signature}


def asked_with_thinking(signature: str) -> Json:
    called = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}}
    return asked_in_messages(
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": [thought(signature), called]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain"}]},
        tools=[{"name": "weather", "input_schema": SCHEMA}],
    )


def test_a_thinking_block_with_nothing_but_its_signature_is_kept() -> None:
    """A block without words was stripped, and its signature with it.

    https://github.com/BerriAI/litellm/issues/41361, https://github.com/maximhq/bifrost/issues/6342
    """
    body = retold(MESSAGES, asked_with_thinking(ISSUED), MESSAGES).body

    assert body["messages"][1]["content"][0] == thought(ISSUED)


@pytest.mark.parametrize("spoken", [RESPONSES, GEMINI])
def test_a_sealed_thought_returns_to_the_provider_that_made_it(spoken: Dialect) -> None:
    """Gemini's thoughtSignature was lost on the way through callers of other dialects.

    https://github.com/BerriAI/litellm/issues/25322, https://github.com/BerriAI/litellm/issues/16893,
    https://github.com/maximhq/bifrost/issues/5887, https://github.com/strands-agents/harness-sdk/issues/2704
    """
    sealed = hand_out(Opaque(ISSUED, spoken, "vendor"), MESSAGES)

    body = retold(MESSAGES, asked_with_thinking(sealed), spoken, profile=Profile(thinking="effort")).body

    assert ISSUED in json.dumps(body)


@pytest.mark.parametrize("made_in", [RESPONSES, GEMINI])
@pytest.mark.parametrize("spoken", DIALECTS)
def test_a_sealed_thought_goes_to_no_other_provider(spoken: Dialect, made_in: Dialect) -> None:
    """A signature of one model was sent to another, which refuses what it did not make.

    The report is number 19 of UncommonRoute: a signature from model A sent to model B. The same befell encrypted
    content of responses that another deployment had made: https://github.com/BerriAI/litellm/issues/40364
    """
    sealed = hand_out(Opaque(ISSUED, made_in, "elsewhere"), MESSAGES)

    retelling = retold(MESSAGES, asked_with_thinking(sealed), spoken)

    assert sealed not in json.dumps(retelling.body)
    assert ISSUED not in json.dumps(retelling.body)
    assert "messages[1].content[0].signature" in retelling.lost


HOUR: Json = {"type": "ephemeral", "ttl": "1h"}


def asked_with_marks() -> Json:
    content = [{"type": "text", "text": "one", "cache_control": HOUR}, {"type": "text", "text": "two"}]
    return asked_in_messages(
        {"role": "user", "content": content}, system=[{"type": "text", "text": "s", "cache_control": HOUR}]
    )


def test_cache_marks_keep_their_place_and_their_hour() -> None:
    """Marks were dropped or lost their lifetime, and the bill was the only sign.

    https://github.com/envoyproxy/ai-gateway/issues/2528, https://github.com/BerriAI/litellm/issues/33281,
    https://github.com/BerriAI/litellm/issues/26320, https://github.com/BerriAI/litellm/issues/34248,
    https://github.com/BerriAI/litellm/issues/17479
    """
    body = retold(MESSAGES, asked_with_marks(), MESSAGES).body

    assert body["system"][0]["cache_control"] == HOUR
    assert [block.get("cache_control") for block in body["messages"][0]["content"]] == [HOUR, None]


@pytest.mark.parametrize("spoken", [RESPONSES, GEMINI])
def test_cache_marks_that_a_vendor_has_none_of_are_reported_with_their_price(spoken: Dialect) -> None:
    """The same losses, where they cannot be helped: they are told.

    https://github.com/envoyproxy/ai-gateway/issues/2528, https://github.com/maximhq/bifrost/issues/6290
    """
    lost = retold(MESSAGES, asked_with_marks(), spoken).lost

    assert lost["messages[0].content[0].cache_control.ttl"] == "price"
    assert lost["system[0].cache_control.ttl"] == "price"


def test_pieces_of_content_are_not_run_together() -> None:
    """Typed content was flattened into one text, and the vendor's prompt cache missed: 0 of 9,088 tokens.

    https://github.com/azerozero/grob/issues/420
    """
    said = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    body = {"messages": [{"role": "user", "content": said}], "max_tokens": 9}

    assert retold(CHAT, body, MESSAGES).body["messages"][0]["content"] == said
    assert [part["text"] for part in retold(CHAT, body, GEMINI).body["contents"][0]["parts"]] == ["one", "two"]
    assert [part["text"] for part in retold(CHAT, body, RESPONSES).body["input"][0]["content"]] == ["one", "two"]


def asked_by_codex() -> Json:
    """Return a request with a custom tool, tools in a namespace, and a history of both."""
    return {
        "store": False,
        "input": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Patch it."}]},
            {"type": "custom_tool_call", "call_id": "call_1", "name": "apply_patch", "input": "*** Begin\n+ü"},
            {"type": "custom_tool_call_output", "call_id": "call_1", "output": "Done."},
            {
                "type": "function_call",
                "call_id": "call_2",
                "name": "look",
                "namespace": "mcp__files",
                "arguments": "{}",
            },
            {"type": "function_call_output", "call_id": "call_2", "output": "a.txt"},
        ],
        "tools": [
            {"type": "custom", "name": "apply_patch", "description": "Patches.", "format": {"type": "text"}},
            {
                "type": "namespace",
                "name": "mcp__files",
                "description": "Files.",
                "tools": [{"type": "function", "name": "look", "parameters": NO_ARGUMENTS}],
            },
        ],
    }


@pytest.mark.parametrize("spoken", apart_from(RESPONSES))
def test_custom_tools_and_namespaces_of_codex_arrive(spoken: Dialect) -> None:
    """They were dropped without a word, and calls to them came back under names that the client does not know.

    https://github.com/BerriAI/litellm/issues/31571, https://github.com/BerriAI/litellm/issues/35878,
    https://github.com/BerriAI/litellm/issues/42005, https://github.com/BerriAI/litellm/issues/36197
    """
    facts = retold(RESPONSES, asked_by_codex(), spoken).facts

    assert len(facts.of("tool")) == 2
    patch, look = (fact.value for fact in facts.of("call"))
    assert [*patch[1].values()] == ["*** Begin\n+ü"]
    assert look[0].endswith("look")
    assert ["Done." in str(facts.of("result")[0].value), "a.txt" in str(facts.of("result")[1].value)] == [True, True]


@pytest.mark.parametrize("call_id", ["functions.Bash:0", "ü", "x" * 300, ""])
@pytest.mark.parametrize("spoken", apart_from(GEMINI))
def test_ids_of_calls_are_made_to_fit_and_join_what_they_joined(spoken: Dialect, call_id: str) -> None:
    """Ids of other vendors broke the pattern, or the length, that the next one asks for.

    https://github.com/BerriAI/litellm/issues/23510, https://github.com/maximhq/bifrost/issues/5097,
    https://github.com/theopenco/llmgateway/issues/3389, https://github.com/strands-agents/harness-sdk/issues/271
    """
    body = asked_in_gemini(tools=[{"functionDeclarations": [{"name": "weather", "parameters": SCHEMA}]}])
    body["contents"] += [
        {"role": "model", "parts": [call_in_gemini("Oslo", call_id), call_in_gemini("Bergen", "other")]},
        {"role": "user", "parts": [result_in_gemini("sun", "other"), result_in_gemini("rain", call_id)]},
    ]

    first, again = (retold(GEMINI, body, spoken) for _ in range(2))

    results = {place: "rain" in str(texts) for place, texts in (fact.value for fact in first.facts.of("result"))}
    assert first.body == again.body
    assert results == {0: True, 1: False}
