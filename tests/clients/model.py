"""A scripted model with one tool to call, behind a vendor that is strict about what it is sent."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from tests.clients.replies import Call, Reply, say_in_chat, say_in_gemini, say_in_messages, say_in_responses
from tests.parts.answers import Json, json_bytes
from tests.parts.strict.checks import Body, Complaint, member, members
from tests.parts.strict.judge import refuse, write_refusal
from tests.parts.wire import Answer, Request

FACTORS = (1234567, 89)
PRODUCT = str(FACTORS[0] * FACTORS[1])
"""What the tool works out. It stands in no request until the tool has run."""

ANSWER = f"The tool says {PRODUCT}."
NO_TOOL = "A title"
_RESULTS = frozenset(
    ["tool", "function_call_output", "custom_tool_call_output", "tool_result", "functionResponse", "function_response"]
)


@dataclass(slots=True)
class ScriptedModel:
    """Calls its tool as soon as a request declares it, then says what the tool said. A script for the vendor."""

    tool: str
    arguments: Json
    refused: list[str] = field(default_factory=list[str])
    """What was said to requests that a strict vendor does not take."""
    models: list[str] = field(default_factory=list[str])
    """The models that were asked for."""

    def __call__(self, request: Request) -> Answer:
        refusal = refuse(request)
        if refusal is not None:
            self.refused.append(f"{request.target}: {refusal.pieces[0][0].decode()}")
            return refusal
        body: Body = json.loads(request.body)
        return self._answer(request, body)

    def _answer(self, request: Request, body: Body) -> Answer:
        reply = self.reply(body)
        path = request.path
        self.models.append(str(body.get("model") or re.split("[/:]", path)[-2]))
        if path.endswith("/chat/completions"):
            return say_in_chat(body, reply)
        if path.endswith("/responses"):
            return say_in_responses(body, reply)
        if path.endswith("/messages"):
            return say_in_messages(body, reply)
        if path.endswith("/count_tokens"):
            return Answer(headers=(("content-type", "application/json"),), pieces=((b'{"input_tokens":40}', 0.0),))
        if path.endswith("enerateContent"):
            return say_in_gemini(reply, is_streamed=":stream" in path)
        return write_refusal("openai", Complaint(f"There is no {path}.", status=404))

    def reply(self, body: Body) -> Reply:
        """Return what the model says to a request."""
        if schema := member(member(body.get("generationConfig")).get("responseJsonSchema")):
            return Reply(json.dumps(_fitting(schema)))
        results = list(results_in(body))
        if results:
            is_worked_out = any(PRODUCT in result for result in results)
            return Reply(ANSWER if is_worked_out else f"Not worked out: {results}")
        if self.tool in set(tool_names_in(body)):
            return Reply(calls=(Call("0001", self.tool, self.arguments),))
        return Reply(NO_TOOL)


def results_in(value: object) -> Iterator[str]:
    """Yield each tool result of a request, as JSON, however deep it lies."""
    for found in _objects(value):
        if {str(found.get("type")), str(found.get("role")), *found} & _RESULTS:
            yield json_bytes(found).decode()


def _objects(value: object) -> Iterator[Body]:
    if isinstance(value, list):
        # Any: what JSON can hold.
        for each in cast("list[Any]", value):
            yield from _objects(each)
    elif isinstance(value, dict):
        found = cast("Body", value)
        yield found
        for each in found.values():
            yield from _objects(each)


def _fitting(schema: Body) -> Json:
    """Return the object that a flat schema asks for, its numbers as small as grades can be."""
    wanted = member(schema.get("properties")).items()
    return {name: "A reason." if str(kind.get("type")).lower() == "string" else 1 for name, kind in wanted}


def tool_names_in(body: Body) -> Iterator[str]:
    """Yield the name of each declared tool, in any dialect."""
    declared = [members(body.get("tools")), *(members(item.get("tools")) for item in members(body.get("input")))]
    for tool in _objects(declared):
        if isinstance(tool.get("name"), str):
            yield tool["name"]
