"""Seals of other vendors' thoughts travel on the calls of Gemini's callers, whose history may lack the thoughts."""

import json

import pytest

from drawbridge.gateway.dialects import Dialect
from tests.gateway.wire.retelling import GEMINI, MESSAGES, RESPONSES, Json, message, response, retold, told
from tests.parts.strict.checks import ISSUED

TOOLS: Json = [{"functionDeclarations": [{"name": "look", "parameters": {"type": "object", "properties": {}}}]}]
QUESTION: Json = {"role": "user", "parts": [{"text": "Look twice."}]}
ASKED: Json = {"contents": [QUESTION], "tools": TOOLS}
REDACTED: Json = message(
    {"type": "redacted_thinking", "data": ISSUED}, {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
)
REPLIES: dict[Dialect, Json] = {
    RESPONSES: response(
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "I shall."}],
            "encrypted_content": ISSUED,
        },
        *(
            {"type": "function_call", "id": f"fc_{n}", "call_id": f"call_{n}", "name": "look", "arguments": "{}"}
            for n in (1, 2)
        ),
    ),
    MESSAGES: message(
        {"type": "thinking", "thinking": "", "signature": ISSUED},
        *({"type": "tool_use", "id": f"toolu_{n}", "name": "look", "input": {}} for n in (1, 2)),
        stop="tool_use",
    ),
}


def parts_of(reply: Json) -> list[Json]:
    return reply["candidates"][0]["content"]["parts"]


def without_thoughts(spoken: Dialect, reply: Json) -> Json:
    """Return the next request of a client that sends the model's turn without its thoughts."""
    kept = [part for part in parts_of(told(GEMINI, ASKED, spoken, reply).body) if not part.get("thought")]
    results = [
        {"functionResponse": {"id": part["functionCall"]["id"], "name": "look", "response": {"output": "seen"}}}
        for part in kept
    ]
    return {
        "contents": [QUESTION, {"role": "model", "parts": kept}, {"role": "user", "parts": results}],
        "tools": TOOLS,
    }


@pytest.mark.parametrize("spoken", REPLIES)
def test_the_first_call_behind_a_thought_has_its_seal(spoken: Dialect) -> None:
    parts = parts_of(told(GEMINI, ASKED, spoken, REPLIES[spoken]).body)

    assert ["thoughtSignature" in part for part in parts if "functionCall" in part] == [True, False]
    assert ISSUED not in json.dumps(parts)


@pytest.mark.parametrize("spoken", REPLIES)
def test_it_returns_to_its_maker_as_a_thought_before_the_call(spoken: Dialect) -> None:
    retelling = retold(GEMINI, without_thoughts(spoken, REPLIES[spoken]), spoken)

    assert len(retelling.facts.of("call")) == 2
    assert len(retelling.facts.of("result")) == 2
    said = retelling.body.get("input") or retelling.body["messages"][1]["content"]
    kinds = [item["type"] for item in said]
    assert ISSUED in json.dumps(said[kinds.index("thinking" if spoken == MESSAGES else "reasoning")])
    assert not [path for path in retelling.lost if path.endswith("thoughtSignature")]


@pytest.mark.parametrize("made_in", REPLIES)
def test_it_goes_to_nobody_else_and_is_reported(made_in: Dialect) -> None:
    body = without_thoughts(made_in, REPLIES[made_in])
    seal = body["contents"][1]["parts"][0]["thoughtSignature"]

    for spoken in (GEMINI, RESPONSES, MESSAGES):
        retelling = retold(GEMINI, body, spoken, provider="another")
        written = json.dumps(retelling.body)
        assert (seal in written, ISSUED in written) == (False, False)
        assert "contents[1].parts[0].thoughtSignature" in retelling.lost
        assert not [path for path in retelling.lost if "functionCall.args" in path or path.endswith("call.name")]


def test_a_redacted_thought_returns_as_one() -> None:
    body = retold(GEMINI, without_thoughts(MESSAGES, REDACTED), MESSAGES).body

    assert body["messages"][1]["content"][0] == {"type": "redacted_thinking", "data": ISSUED}


def test_a_seal_that_no_call_follows_ends_the_answer() -> None:
    reasoning: Json = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": ISSUED}
    part: Json = {"type": "output_text", "text": "Seen.", "annotations": []}
    said = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}

    parts = parts_of(told(GEMINI, ASKED, RESPONSES, response(reasoning, said)).body)

    assert parts[0] == {"text": "Seen."}
    assert parts[1].keys() == {"thought", "thoughtSignature"}
