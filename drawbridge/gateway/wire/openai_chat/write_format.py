"""Writes the form that an answer must have into a chat completions request."""

import re
from typing import Final

from drawbridge.gateway.wire.canonical import Json, OutputFormat, Request
from drawbridge.gateway.wire.json_text import elements, encode, members
from drawbridge.gateway.wire.openai_chat.schemas import can_be_strict
from drawbridge.gateway.wire.openai_chat.writing import Writing

_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_NAME: Final = 64
_SAYS_JSON: Final = {
    "role": "system",
    "content": "Answer with JSON only.",
}
"""With json_object OpenAI wants the word in a message, or refuses the request:
https://developers.openai.com/api/docs/guides/structured-outputs#json-mode (2026-11)."""


def write_format(body: dict[str, Json], form: OutputFormat, request: Request, writing: Writing) -> None:
    """Set `response_format`; for models that have no schemas, in words as well."""
    writing.leave_extras(form)
    match form.kind:
        case "text":
            body["response_format"] = {"type": "text"}
        case "json":
            _ask_for_json(body)
        case "schema" if writing.target.profile.output_schema is False:
            reason = "the model is only told of the schema, not held to it"
            for field in ("schema", "name", "description", "strict"):
                if getattr(form, field) is not None:
                    writing.lose(form, reason, field=field)
            told = f"Answer with JSON only, valid by this JSON schema:\n{encode(form.schema).decode()}"
            _say_first(body, {"role": "system", "content": told})
            _ask_for_json(body)
        case "schema":
            body["response_format"] = {"type": "json_schema", "json_schema": _write_schema(form, request, writing)}
        case "grammar":
            writing.lose(form, "an answer cannot be held to a grammar")


def _write_schema(form: OutputFormat, request: Request, writing: Writing) -> dict[str, Json]:
    written: dict[str, Json] = {"name": _name(form, writing), "schema": form.schema}
    if form.description is not None:
        written["description"] = form.description
    if form.strict is True and not can_be_strict(form.schema):
        reason = "the vendor takes it only with schemas whose objects are closed and require all their members"
        writing.lose(form, reason, field="strict")
    elif form.strict is not None:
        written["strict"] = form.strict
    elif request.dialect != "openai-responses" and can_be_strict(form.schema):
        # The others hold every answer to its schema, unasked.
        written["strict"] = True
    return written


def _name(form: OutputFormat, writing: Writing) -> str:
    if form.name is None:
        return "answer"
    name = _NOT_IN_NAMES.sub("_", form.name)[:_LONGEST_NAME] or "answer"
    if name != form.name:
        reason = "a schema's name has at most 64 letters, digits, hyphens and underscores"
        writing.lose(form, reason, field="name", effect="none")
    return name


def _ask_for_json(body: dict[str, Json]) -> None:
    body["response_format"] = {"type": "json_object"}
    if not any("json" in text.lower() for message in elements(body["messages"]) for text in _texts(members(message))):
        _say_first(body, dict(_SAYS_JSON))


def _texts(message: dict[str, Json]) -> list[str]:
    content = message.get("content")
    if isinstance(content, str):
        return [content]
    texts = [members(part).get("text") for part in elements(content)]
    return [text for text in texts if isinstance(text, str)]


def _say_first(body: dict[str, Json], message: dict[str, Json]) -> None:
    """Put a message of the system behind those that the conversation begins with."""
    messages = elements(body["messages"])
    roles = [members(one).get("role") for one in messages]
    place = next((index for index, role in enumerate(roles) if role not in {"system", "developer"}), len(roles))
    messages.insert(place, message)
