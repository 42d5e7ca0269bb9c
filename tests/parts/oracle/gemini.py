"""Facts of a generateContent request. Google takes every name in two spellings."""

import json
import re
from typing import Any

from tests.parts.oracle.facts import Facts, Json, below, inside, items

_CAPITAL = re.compile(r"[A-Z]")

# https://ai.google.dev/api/caching#Type: the numbers of the enumeration are taken, too.
_TYPES = ("", "string", "number", "integer", "boolean", "array", "object", "null")
_ASIDE = frozenset({"nullable", "propertyOrdering"})
_SETTINGS = {
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "seed": "seed",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
    "logprobs": "top_logprobs",
    "maxOutputTokens": "max_output_tokens",
    "candidateCount": "candidates",
}


def facts_of(body: Json) -> Facts:
    """Return what a request says."""
    facts = Facts()
    system, path = member(body, "systemInstruction", "")
    if isinstance(system, str):
        facts.text("system", system, path)
    else:
        for part, at in items(inside(system).get("parts"), f"{path}.parts"):
            facts.text("system", part.get("text"), f"{at}.text")
    results = 0
    for content, at in items(body.get("contents"), "contents"):
        kind: Any = "assistant" if content.get("role") == "model" else "user"
        for part, where in items(content.get("parts"), f"{at}.parts"):
            results = _part(facts, kind, part, where, results)
    _tools(facts, body)
    _settings(facts, body)
    return facts


def member(value: Json, name: str, path: str) -> tuple[Json, str]:
    """Return a member in whichever spelling it is there, with its path; None where it is in neither."""
    snake = _CAPITAL.sub(lambda found: "_" + found[0].lower(), name)
    for spelled in (name, snake):
        if spelled in inside(value):
            return inside(value)[spelled], below(path, spelled)
    return None, below(path, name)


def _part(facts: Facts, kind: Any, part: Json, at: str, results: int) -> int:
    if not part.get("thought"):
        facts.text(kind, part.get("text"), f"{at}.text")
    for name, content in (("inlineData", "data"), ("fileData", "fileUri")):
        medium, where = member(part, name, at)
        if medium:
            value, leaf = member(medium, content, where)
            media_type, type_leaf = member(medium, "mimeType", where)
            facts.medium(value, leaf, media_type, type_leaf)
    closely, where = member(part, "mediaResolution", at)
    level, leaf = member(closely, "level", where)
    facts.setting("detail", str(level).rpartition("_")[2].lower() if level else None, leaf)
    call, where = member(part, "functionCall", at)
    if call:
        paths = (f"{where}.name", f"{where}.args")
        facts.call(call.get("id"), call["name"], call.get("args"), *paths)
    answer, where = member(part, "functionResponse", at)
    if answer:
        response = inside(answer.get("response"))
        facts.result(answer.get("id"), results, _texts_of(response), f"{where}.response")
        if "error" in response:
            facts.failed(answer.get("id"), results, f"{where}.response.error")
        for inner, leaf in items(answer.get("parts"), f"{where}.parts"):
            _part(facts, kind, inner, leaf, results)
        results += 1
    return results


def _texts_of(response: Json) -> list[str]:
    """A text stands for itself where it is the only member; any other object for its JSON."""
    for name in ("output", "result", "error"):
        only = inside(response).get(name)
        if len(response) == 1 and isinstance(only, str):
            return [only]
        if len(response) == 1 and isinstance(only, list):
            return [text if isinstance(text, str) else json.dumps(text) for text, _ in items(only, "")]
    return [json.dumps(response)]


def _tools(facts: Facts, body: Json) -> None:
    tools = body.get("tools")
    for tool, at in items([tools] if isinstance(tools, dict) else tools, "tools"):
        declared, path = member(tool, "functionDeclarations", at)
        for function, where in items(declared, path):
            facts.add("tool", function["name"], f"{where}.name")
            facts.text("description", function.get("description"), f"{where}.description")
            _schema(facts, function, where)


def _answer_form(facts: Facts, config: Json, path: str) -> None:
    media_type, leaf = member(config, "responseMimeType", path)
    if media_type == "application/json":
        facts.setting("json", True, leaf)
    thinking, where = member(config, "thinkingConfig", path)
    shows, leaf = member(thinking, "includeThoughts", where)
    facts.setting("shows_thoughts", shows or None, leaf)
    level, leaf = member(thinking, "thinkingLevel", where)
    facts.setting("effort", level.lower() if isinstance(level, str) else None, leaf)
    if level:
        facts.setting("thinks", True)
    budget, leaf = member(thinking, "thinkingBudget", where)
    if budget == 0:
        facts.setting("effort", "none", leaf)
    elif budget:
        facts.setting("thinks", True)


def _schema(facts: Facts, function: Json, path: str) -> None:
    for name in ("parametersJsonSchema", "parameters"):
        schema, leaf = member(function, name, path)
        if schema:
            facts.add("schema", _plain_schema(schema), leaf)


def _plain_schema(schema: Json) -> Json:
    """Return a schema in JSON Schema's words for what Google writes in its own: types in capitals, `nullable`.

    The order of properties is left to `propertyOrdering`'s readers.
    """
    if isinstance(schema, list):
        return [_plain_schema(element) for element, _ in items(schema, "")]
    if not inside(schema):
        return schema
    plain = {name: _plain_schema(value) for name, value in inside(schema).items() if name not in _ASIDE}
    kind: Any = plain.get("type")
    if isinstance(kind, int):
        kind = _TYPES[kind]
    if isinstance(kind, str):
        plain["type"] = kind.lower()
        if inside(schema).get("nullable"):
            plain["type"] = [plain["type"], "null"]
    return plain


def _settings(facts: Facts, body: Json) -> None:
    config, path = member(body, "generationConfig", "")
    for name, concept in _SETTINGS.items():
        value, leaf = member(config or {}, name, path)
        facts.setting(concept, value, leaf)
    stops, leaf = member(config or {}, "stopSequences", path)
    for text, at in items(stops, leaf):
        facts.setting("stop", text, at)
    for name in ("responseJsonSchema", "responseSchema"):
        schema, leaf = member(config or {}, name, path)
        facts.setting("output_schema", _plain_schema(schema), leaf)
    _answer_form(facts, config, path)
    tier, leaf = member(body, "serviceTier", "")
    facts.setting("service_tier", tier, leaf)
    tells, leaf = member(config, "responseLogprobs", path)
    facts.setting("logprobs", tells, leaf)
    modalities, leaf = member(config, "responseModalities", path)
    for word, at in items(modalities, leaf):
        facts.setting("modality", str(word).lower(), at)
    choosing, path = member(body, "toolConfig", "")
    calling, path = member(choosing or {}, "functionCallingConfig", path)
    names, leaf = member(calling or {}, "allowedFunctionNames", path)
    mode = str(inside(calling).get("mode", "")).upper()
    if mode == "ANY" and names and len(names) == 1:
        facts.setting("tool_choice", ("one", names[0]), f"{leaf}[0]", f"{path}.mode")
    elif mode == "ANY" and names:
        facts.setting("tool_choice", "some", f"{path}.mode")
        for name, at in items(names, leaf):
            facts.setting("allowed", name, at)
    elif mode in {"ANY", "AUTO", "NONE"} and not names:
        said = {"ANY": "required", "AUTO": "auto", "NONE": "none"}[mode]
        facts.setting("tool_choice", said, f"{path}.mode")
