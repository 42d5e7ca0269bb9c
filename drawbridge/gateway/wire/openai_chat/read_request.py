"""Reads a chat completions request, of OpenAI's and of those who copy it."""

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.canonical import Function, HostedTool, Json, Message, Request, Tool
from drawbridge.gateway.wire.dialect import WireRequest
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.openai_chat.members import Fields
from drawbridge.gateway.wire.openai_chat.read_messages import Conversation
from drawbridge.gateway.wire.openai_chat.read_settings import read_settings
from drawbridge.gateway.wire.openai_chat.read_tools import read_legacy_function, read_search_options, read_tool


def read_request(wire: WireRequest) -> Request:
    """Read a request. Raises MalformedRequest where it is no chat completion."""
    body = members(wire.body)
    if not body:
        raise MalformedRequest("The body must be a JSON object with a model and messages.")
    fields = Fields(body)
    model = fields.text("model")
    if model is None:
        raise MalformedRequest("'model' must be a string.", param="model")
    messages = _read_messages(fields, body)
    tools = _read_tools(fields)
    settings = read_settings(fields, body)
    streamed = fields.flag("stream")
    wants_usage = fields.flag("stream_options.include_usage")
    return Request(
        raw=body,
        dialect="openai-chat",
        model=model,
        messages=messages,
        tools=tools,
        settings=settings,
        streamed=streamed is True,
        wants_stream_usage=wants_usage,
        names={"streamed": "stream", "wants_stream_usage": "stream_options.include_usage"},
        shape="whole" if streamed is False else "",
        extras=fields.extras(),
    )


def _read_messages(fields: Fields, body: dict[str, Json]) -> list[Message]:
    written = body.get("messages")
    if not isinstance(written, list):
        raise MalformedRequest("'messages' must be a list.", param="messages")
    fields.any("messages")
    conversation = Conversation()
    return [conversation.read(raw, f"messages[{index}]") for index, raw in enumerate(elements(body["messages"]))]


def _read_tools(fields: Fields) -> list[Tool]:
    tools = [_read_tool(raw, f"tools[{index}]") for index, raw in enumerate(fields.list("tools") or ())]
    functions: list[Tool] = [
        _read_function(raw, f"functions[{index}]") for index, raw in enumerate(fields.list("functions") or ())
    ]
    options = fields.object("web_search_options")
    search: list[HostedTool] = [] if options is None else [read_search_options(options)]
    return tools + functions + search


def _read_tool(raw: Json, at: str) -> Tool:
    if not isinstance(raw, dict):
        raise MalformedRequest(f"'{at}' must be an object.", param=at)
    return read_tool(members(raw), at)


def _read_function(raw: Json, at: str) -> Function:
    if not isinstance(raw, dict) or not isinstance(members(raw).get("name"), str):
        raise MalformedRequest(f"'{at}' must be an object with a name.", param=at)
    return read_legacy_function(members(raw), at)
