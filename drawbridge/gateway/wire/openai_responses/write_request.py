"""Writes a request for a response, so that a strict vendor takes it.

Source: https://platform.openai.com/docs/api-reference/responses/create, as of 2026-11-23.
"""

from drawbridge.gateway.wire.canonical import (
    Json,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Setting,
    SettingName,
    Text,
    ToolChoice,
)
from drawbridge.gateway.wire.dialect import Target, WireRequest, Written
from drawbridge.gateway.wire.openai_responses.fields import put, put_back
from drawbridge.gateway.wire.openai_responses.read_request import ROOT
from drawbridge.gateway.wire.openai_responses.settings import same_include
from drawbridge.gateway.wire.openai_responses.write_items import write_items
from drawbridge.gateway.wire.openai_responses.write_settings import write_settings
from drawbridge.gateway.wire.openai_responses.write_tools import (
    same_choice,
    same_tools,
    write_tool_choice,
    write_tools,
)
from drawbridge.gateway.wire.openai_responses.writing import Writing

Body = dict[str, Json]


def write_request(request: Request, target: Target) -> Written:
    """Write a request. Raises ImpossibleRequest where the model never could."""
    writing = Writing(request, target)
    if writing.is_same:
        suffix, _, said = request.shape.partition(" ")
        return Written(WireRequest("POST", ROOT + suffix, body=_same(writing, said)), writing.losses)
    return Written(WireRequest("POST", ROOT, body=_translated(writing)), writing.losses)


def _translated(writing: Writing) -> Body:
    request = writing.request
    body: Body = {"model": writing.target.model, "input": write_items(writing)}
    if request.streamed:
        body["stream"] = True
    tools = write_tools(writing)
    if tools:
        body["tools"] = tools
    setting = request.settings.get("tool_choice")
    if setting is not None and (choice := write_tool_choice(setting, writing, tools)) is not None:
        body["tool_choice"] = choice
    write_settings(writing, body)
    if request.wants_stream_usage is not None:
        writing.losses.lose(request, "a response always tells its usage", field="wants_stream_usage", effect="none")
    if request.cache is not None:
        writing.losses.lose(request.cache, "the vendor keeps its prompt cache by itself", effect="price")
    writing.losses.lose_extras(request, "a response's request has no member for it")
    return body


def _same(writing: Writing, said: str) -> Body:
    """Write a request that was read here: every member where it stood."""
    request = writing.request
    body: Body = {"model": writing.target.model}
    if request.streamed or said == "stream":
        body["stream"] = request.streamed
    for message in request.messages:
        if message.shape == "instructions":
            body["instructions"] = _string(message)
    _say_input(writing, body)
    if tools := same_tools("tools", writing):
        body["tools"] = tools
    for name, setting in request.settings.items():
        _say_setting(name, setting, writing, body)
    put_back(request.extras, body)
    _say_include(writing, body)
    return body


def _say_input(writing: Writing, body: Body) -> None:
    messages = [message for message in writing.request.messages if message.shape != "instructions"]
    if len(messages) == 1 and messages[0].shape == "input":
        body["input"] = _string(messages[0])
    elif messages:
        body["input"] = write_items(writing)


def _string(message: Message) -> Json:
    return "".join(part.text for part in message.parts if isinstance(part, Text))


def _say_setting(name: SettingName, setting: Setting, writing: Writing, body: Body) -> None:
    match setting.value:
        case ToolChoice() as choice:
            body["tool_choice"] = same_choice(choice, writing)
        case OutputFormat() as form:
            put(body, "text.format", writing.finish(form, _format(form)))
        case Reasoning() as reasoning:
            said = {"effort": reasoning.effort, "summary": reasoning.summary or ("auto" if reasoning.shows else None)}
            if told := {member: value for member, value in said.items() if value is not None}:
                body["reasoning"] = told
            # Its extras stand below it, or below the root where the setting stands in two places.
            put_back(reasoning.extras, body["reasoning"] if reasoning.at == "reasoning" else body)
        case _ if name == "logprobs":
            return
        case _ if name == "prompt_cache_lifetime":
            body["prompt_cache_retention"] = setting.raw
        case value:
            put(body, setting.at, value)


def _format(form: OutputFormat) -> Body:
    if form.kind != "schema":
        return {"type": {"text": "text", "json": "json_object", "grammar": "grammar"}[form.kind]}
    known = {"name": form.name, "schema": form.schema, "description": form.description, "strict": form.strict}
    return {"type": "json_schema", **{name: value for name, value in known.items() if value is not None}}


def _say_include(writing: Writing, body: Body) -> None:
    """Put what settings hold of `include` where it stood."""
    for index, name in same_include(writing.request.settings):
        put(body, f"include[{index}]", name)
