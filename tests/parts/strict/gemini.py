"""What Gemini refuses of a generateContent. It reads camelCase and snake_case alike, and complains in snake_case."""

import re
from collections.abc import Iterator
from typing import cast

from tests.parts.strict.checks import ISSUED, Asked, Body, Rule, member, members, words

_KNOWN = words(
    """
    contents system_instruction tools tool_config safety_settings generation_config cached_content model
    service_tier store
    """
)
_GENERATION = words(
    """
    stop_sequences response_mime_type response_schema response_json_schema _response_json_schema
    response_format response_modalities candidate_count max_output_tokens temperature top_p top_k seed
    presence_penalty frequency_penalty response_logprobs logprobs enable_enhanced_civic_answers
    speech_config thinking_config image_config media_resolution audio_timestamp
    """
)
_SCHEMA = words(
    """
    type format title description nullable enum max_items min_items properties required min_properties
    max_properties min_length max_length pattern example any_of property_ordering default items minimum
    maximum
    """
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")
# https://ai.google.dev/gemini-api/docs/thought-signatures#faqs: stands for one that never was. Read 2026-11-23.
_DUMMY = "skip_thought_signature_validator"
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def top_is_known(asked: Asked) -> Iterator[str]:
    for name in asked.body:
        if _snake(name) not in _KNOWN:
            yield f"Invalid JSON payload received. Unknown name \"{name}\" at 'root': Cannot find field."


def generation_config_is_known(asked: Asked) -> Iterator[str]:
    for name in member(_get(asked.body, "generation_config")):
        if _snake(name) not in _GENERATION:
            yield f"Invalid JSON payload received. Unknown name \"{name}\" at 'generation_config': Cannot find field."


def roles_are_known(asked: Asked) -> Iterator[str]:
    for content in members(asked.body.get("contents")):
        if content.get("role", "user") not in {"user", "model", "function"}:
            yield "Please use a valid role: user, model."


def parts_are_not_empty(asked: Asked) -> Iterator[str]:
    for number, content in enumerate(members(asked.body.get("contents"))):
        if not members(content.get("parts")):
            yield f"GenerateContentRequest.contents[{number}].parts: contents.parts must not be empty."


def responses_are_objects(asked: Asked) -> Iterator[str]:
    for number, content in enumerate(members(asked.body.get("contents"))):
        for place, part in enumerate(members(content.get("parts"))):
            response = _get(part, "function_response")
            if response is not None and not isinstance(member(response).get("response", {}), dict):
                yield (
                    f"Invalid value at 'contents[{number}].parts[{place}].function_response.response' "
                    "(type.googleapis.com/google.protobuf.Struct)"
                )


def calls_follow_the_user(asked: Asked) -> Iterator[str]:
    before: Body | None = None
    for content in members(asked.body.get("contents")):
        if _parts(content, "function_call") and (before is None or before.get("role") == "model"):
            yield (
                "Please ensure that function call turn comes immediately after a user turn or after a function "
                "response turn."
            )
        before = content


def responses_follow_calls(asked: Asked) -> Iterator[str]:
    before: Body = {}
    for content in members(asked.body.get("contents")):
        if _parts(content, "function_response") and not _parts(before, "function_call"):
            yield "Please ensure that function response turn comes immediately after a function call turn."
        before = content


def calls_are_answered(asked: Asked) -> Iterator[str]:
    contents = members(asked.body.get("contents"))
    for number, content in enumerate(contents):
        calls = len(_parts(content, "function_call"))
        following = contents[number + 1] if number + 1 < len(contents) else {}
        if calls and len(_parts(following, "function_response")) != calls:
            yield (
                "Please ensure that the number of function response parts is equal to the number of function call "
                "parts of the function call turn."
            )


def calls_are_signed(asked: Asked) -> Iterator[str]:
    """Gemini 3 wants the signature of the first call of each turn back."""
    if "gemini-3" not in asked.model:
        return
    for content in members(asked.body.get("contents")):
        calls = _parts(content, "function_call")
        if calls and not _get(calls[0], "thought_signature"):
            yield (
                "Function call is missing a thought_signature in functionCall parts. This is required for tools to "
                "work correctly, and missing thought_signature may lead to degraded model performance."
            )


def signatures_are_genuine(asked: Asked) -> Iterator[str]:
    for content in members(asked.body.get("contents")):
        for part in members(content.get("parts")):
            signature = _get(part, "thought_signature")
            if signature is not None and signature != _DUMMY and not str(signature).startswith(ISSUED):
                yield "Thought signature is not valid"


def function_names_fit(asked: Asked) -> Iterator[str]:
    for place, declared in _declared(asked):
        if not _NAME.fullmatch(str(declared.get("name"))):
            yield (
                f"GenerateContentRequest.{place}.name: Invalid function name. Must start with a letter or an "
                "underscore. Must be alphameric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:) or dashes (-), "
                "with a maximum length of 64."
            )


def there_is_one_schema(asked: Asked) -> Iterator[str]:
    for place, declared in _declared(asked):
        if "parameters" in declared and _get(declared, "parameters_json_schema") is not None:
            yield f"{place}: parameters and parameters_json_schema are mutually exclusive"


def schema_fields_are_known(asked: Asked) -> Iterator[str]:
    for place, schema in _schemas(asked):
        for name in schema:
            if _snake(name) not in _SCHEMA:
                yield f"Invalid JSON payload received. Unknown name \"{name}\" at '{place}': Cannot find field."


def schema_types_are_single(asked: Asked) -> Iterator[str]:
    for place, schema in _schemas(asked):
        if isinstance(schema.get("type"), list):
            yield f"Invalid JSON payload received. Proto field is not repeating, cannot start list. ({place}.type)"


def schema_enums_are_texts(asked: Asked) -> Iterator[str]:
    for place, schema in _schemas(asked):
        for number, value in enumerate(schema.get("enum") or []):
            if not isinstance(value, str):
                yield f"Invalid value at '{place}.enum[{number}]' (TYPE_STRING)"


def schema_arrays_have_items(asked: Asked) -> Iterator[str]:
    for place, schema in _schemas(asked):
        if str(schema.get("type")).lower() == "array" and "items" not in schema:
            yield f"GenerateContentRequest.{place}.items: missing field."


def schema_formats_are_known(asked: Asked) -> Iterator[str]:
    for place, schema in _schemas(asked):
        is_text = str(schema.get("type")).lower() == "string"
        if is_text and schema.get("format") not in {None, "enum", "date-time"}:
            yield f"GenerateContentRequest.{place}.format: only 'enum' and 'date-time' are supported for STRING type"


def schema_requires_what_it_defines(asked: Asked) -> Iterator[str]:
    for place, schema in _schemas(asked):
        for number, name in enumerate(schema.get("required") or []):
            if name not in member(schema.get("properties")):
                yield f"GenerateContentRequest.{place}.required[{number}]: property is not defined"


def stop_sequences_are_few(asked: Asked) -> Iterator[str]:
    stops = _get(member(_get(asked.body, "generation_config")), "stop_sequences")
    if isinstance(stops, list) and len(cast("list[object]", stops)) > 5:
        yield "Invalid value at 'generation_config.stop_sequences': at most 5 stop sequences are supported."


def thinking_is_told_once(asked: Asked) -> Iterator[str]:
    thinking = member(_get(member(_get(asked.body, "generation_config")), "thinking_config"))
    if {"thinking_budget", "thinking_level"} <= {_snake(name) for name in thinking}:
        yield "You can only set only one of thinking budget and thinking level."


def media_have_types(asked: Asked) -> Iterator[str]:
    for number, content in enumerate(members(asked.body.get("contents"))):
        for place, part in enumerate(members(content.get("parts"))):
            data = _get(part, "inline_data")
            if data is not None and not _get(member(data), "mime_type"):
                where = f"contents[{number}].parts[{place}]"
                yield f"Unable to submit request because {where} must have a mimeType parameter."


def a_choice_has_functions(asked: Asked) -> Iterator[str]:
    config = _get(member(_get(asked.body, "tool_config")), "function_calling_config")
    if config is not None and not any(True for _ in _declared(asked)):
        yield "Function calling config is set without function_declarations."


def old_models_do_one_thing(asked: Asked) -> Iterator[str]:
    """Up to 2.5 a model takes functions, or Google's own tools, or an answer in JSON."""
    if not re.search(r"gemini-[12]", asked.model) or not any(True for _ in _declared(asked)):
        return
    if _get(member(_get(asked.body, "generation_config")), "response_mime_type") == "application/json":
        yield "Function calling with a response mime type: 'application/json' is unsupported"
    own = {"google_search", "code_execution", "url_context"}
    if any(_snake(name) in own for tool in members(asked.body.get("tools")) for name in tool):
        yield "Tool use with function calling is unsupported"


def _snake(name: str) -> str:
    return _CAPITAL.sub(lambda found: f"_{found[1].lower()}", name)


def _get(value: Body, name: str) -> object:
    return next((found for key, found in value.items() if _snake(key) == name), None)


def _parts(content: Body, kind: str) -> list[Body]:
    return [part for part in members(content.get("parts")) if _get(part, kind) is not None]


def _declared(asked: Asked) -> Iterator[tuple[str, Body]]:
    for number, tool in enumerate(members(asked.body.get("tools"))):
        for place, declared in enumerate(members(_get(tool, "function_declarations"))):
            yield f"tools[{number}].function_declarations[{place}]", declared


def _schemas(asked: Asked) -> Iterator[tuple[str, Body]]:
    for place, declared in _declared(asked):
        if isinstance(declared.get("parameters"), dict):
            yield from _within(f"{place}.parameters", member(declared["parameters"]))


def _within(place: str, schema: Body) -> Iterator[tuple[str, Body]]:
    yield place, schema
    for name, inner in member(schema.get("properties")).items():
        yield from _within(f"{place}.properties[{name}]", member(inner))
    if isinstance(schema.get("items"), dict):
        yield from _within(f"{place}.items", member(schema["items"]))
    for number, inner in enumerate(members(_get(schema, "any_of"))):
        yield from _within(f"{place}.any_of[{number}]", inner)


GEMINI_RULES: tuple[Rule, ...] = (
    top_is_known,
    generation_config_is_known,
    roles_are_known,
    parts_are_not_empty,
    responses_are_objects,
    calls_follow_the_user,
    responses_follow_calls,
    calls_are_answered,
    calls_are_signed,
    signatures_are_genuine,
    function_names_fit,
    there_is_one_schema,
    schema_fields_are_known,
    schema_types_are_single,
    schema_enums_are_texts,
    schema_arrays_have_items,
    schema_formats_are_known,
    schema_requires_what_it_defines,
    stop_sequences_are_few,
    thinking_is_told_once,
    media_have_types,
    a_choice_has_functions,
    old_models_do_one_thing,
)
