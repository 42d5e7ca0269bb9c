"""What OpenAI refuses of a chat completion."""

import re
from collections.abc import Iterator
from typing import cast

from tests.parts.strict.checks import Asked, Body, Rule, member, members, too_long, unknown, words

_KNOWN = words(
    """
    audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens
    messages metadata modalities model moderation n parallel_tool_calls prediction presence_penalty
    prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format
    safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools
    top_logprobs top_p user verbosity web_search_options
    """
)
_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_USER_PARTS = ("file", "image_url", "input_audio", "text")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def user_is_short(asked: Asked) -> Iterator[str]:
    yield from too_long("user", asked.body.get("user"), 64)


def web_search_needs_a_search_model(asked: Asked) -> Iterator[str]:
    if "web_search_options" in asked.body and "search" not in asked.model:
        yield "Unknown parameter: 'web_search_options'."


def parameters_are_known(asked: Asked) -> Iterator[str]:
    yield from (f"Unknown parameter: '{name}'." for name in unknown(asked.body, _KNOWN))


def there_are_messages(asked: Asked) -> Iterator[str]:
    if not asked.body.get("messages"):
        yield "Invalid 'messages': empty array. Expected an array with minimum length 1"


def roles_are_known(asked: Asked) -> Iterator[str]:
    supported = ", ".join(f"'{role}'" for role in _ROLES[:-1]) + f", and '{_ROLES[-1]}'"
    for place, message in _messages(asked):
        if message.get("role") not in _ROLES:
            yield f"Invalid value: '{message.get('role')}'. Supported values are: {supported}. ({place}.role)"


def user_content_is_not_null(asked: Asked) -> Iterator[str]:
    for number, message in enumerate(members(asked.body.get("messages"))):
        if message.get("role") in {"user", "system", "developer", "tool"} and message.get("content") is None:
            yield f"Invalid value for 'content': expected a string, got null. (messages[{number}])"


def user_parts_are_known(asked: Asked) -> Iterator[str]:
    for place, message in _messages(asked):
        if message.get("role") != "user":
            continue
        for number, part in enumerate(members(message.get("content"))):
            if part.get("type") not in _USER_PARTS:
                yield (
                    f"Invalid value: '{part.get('type')}'. Supported values are: {sorted(_USER_PARTS)}. "
                    f"({place}.content[{number}].type)"
                )


def arguments_are_text(asked: Asked) -> Iterator[str]:
    for place, call in _calls(asked):
        if not isinstance(member(call.get("function")).get("arguments", ""), str):
            yield f"Invalid type for '{place}.function.arguments': expected a string."


def call_ids_are_short(asked: Asked) -> Iterator[str]:
    for place, call in _calls(asked):
        yield from too_long(f"{place}.id", call.get("id"), 40)


def results_answer_calls(asked: Asked) -> Iterator[str]:
    """Every call is answered at once, and nothing else is."""
    open_ids: list[str] | None = None
    for message in members(asked.body.get("messages")):
        if message.get("role") == "tool":
            yield from _judge_result(message.get("tool_call_id"), open_ids)
            open_ids = [one for one in open_ids or [] if one != message.get("tool_call_id")]
            continue
        yield from _judge_open(open_ids)
        calls = members(message.get("tool_calls"))
        open_ids = [str(call.get("id")) for call in calls] if calls else None
    yield from _judge_open(open_ids)


def _judge_result(answered: object, open_ids: list[str] | None) -> Iterator[str]:
    if open_ids is None:
        yield (
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
        )
    elif answered not in open_ids:
        yield f"Invalid parameter: 'tool_call_id' of '{answered}' is missing in 'tool_calls' of previous message."


def _judge_open(open_ids: list[str] | None) -> Iterator[str]:
    if open_ids:
        yield (
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(open_ids)}"
        )


def tools_are_not_empty(asked: Asked) -> Iterator[str]:
    if asked.body.get("tools") == []:
        yield "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead."


def tool_types_are_known(asked: Asked) -> Iterator[str]:
    for number, tool in enumerate(members(asked.body.get("tools"))):
        if tool.get("type") not in {"function", "custom"}:
            yield (
                f"Invalid value: '{tool.get('type')}'. Supported values are: 'function' and 'custom'. "
                f"(tools[{number}].type)"
            )


def tool_names_fit(asked: Asked) -> Iterator[str]:
    for number, function in _functions(asked):
        name = str(function.get("name"))
        if not _NAME.fullmatch(name):
            yield (
                f"Invalid 'tools[{number}].function.name': string does not match pattern '^[a-zA-Z0-9_-]+$' "
                f"or is too long: '{name}'"
            )


def schemas_are_objects(asked: Asked) -> Iterator[str]:
    for _, function in _functions(asked):
        schema = function.get("parameters")
        if schema is not None and member(schema).get("type") != "object":
            yield (
                f"Invalid schema for function '{function.get('name')}': schema must be a JSON Schema of "
                f"'type: \"object\"', got 'type: \"{member(schema).get('type')}\"'."
            )


def strict_schemas_are_closed(asked: Asked) -> Iterator[str]:
    for _, function in _functions(asked):
        if (
            function.get("strict") is True
            and member(function.get("parameters")).get("additionalProperties") is not False
        ):
            yield (
                f"Invalid schema for function '{function.get('name')}': In context=(), 'additionalProperties' is "
                "required to be supplied and to be false."
            )


def stream_options_need_a_stream(asked: Asked) -> Iterator[str]:
    if asked.body.get("stream_options") is not None and asked.body.get("stream") is not True:
        yield "The 'stream_options' parameter is only allowed when 'stream' is enabled."


def tools_are_there_to_be_chosen(asked: Asked) -> Iterator[str]:
    if not asked.body.get("tools"):
        for name in ("tool_choice", "parallel_tool_calls"):
            if asked.body.get(name) is not None:
                yield f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified."


def metadata_are_stored(asked: Asked) -> Iterator[str]:
    """Reported at https://github.com/tmc/langchaingo/issues/1484 (2026-03)."""
    if asked.body.get("metadata") and asked.body.get("store") is not True:
        yield "The 'metadata' parameter is only allowed when 'store' is enabled."


def json_is_asked_for_in_words(asked: Asked) -> Iterator[str]:
    """https://developers.openai.com/api/docs/guides/structured-outputs#json-mode (2026-11)."""
    is_asked = member(asked.body.get("response_format")).get("type") == "json_object"
    if is_asked and "json" not in str([message.get("content") for _, message in _messages(asked)]).lower():
        yield ("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.")


def answer_schemas_are_named_and_closed(asked: Asked) -> Iterator[str]:
    schema = member(member(asked.body.get("response_format")).get("json_schema"))
    if schema and not _NAME.fullmatch(str(schema.get("name"))):
        yield "Invalid 'response_format.json_schema.name': string does not match pattern '^[a-zA-Z0-9_-]+$'."
    if schema.get("strict") is True and member(schema.get("schema")).get("additionalProperties") is not False:
        yield (
            f"Invalid schema for response_format '{schema.get('name')}': In context=(), 'additionalProperties' is "
            "required to be supplied and to be false."
        )


def results_are_text(asked: Asked) -> Iterator[str]:
    for place, message in _messages(asked):
        for number, part in enumerate(members(message.get("content"))):
            if message.get("role") == "tool" and part.get("type") != "text":
                where = f"{place}.content[{number}].type"
                yield f"Invalid value: '{part.get('type')}'. Supported values are: 'text'. ({where})"


def stops_are_few(asked: Asked) -> Iterator[str]:
    stop = asked.body.get("stop")
    if isinstance(stop, list) and len(cast("list[object]", stop)) > 4:
        yield "Invalid 'stop': array too long. Expected an array with maximum length 4."


def _messages(asked: Asked) -> Iterator[tuple[str, Body]]:
    return ((f"messages[{number}]", message) for number, message in enumerate(members(asked.body.get("messages"))))


def _calls(asked: Asked) -> Iterator[tuple[str, Body]]:
    for place, message in _messages(asked):
        for number, call in enumerate(members(message.get("tool_calls"))):
            yield f"{place}.tool_calls[{number}]", call


def _functions(asked: Asked) -> Iterator[tuple[int, Body]]:
    for number, tool in enumerate(members(asked.body.get("tools"))):
        if tool.get("type") == "function":
            yield number, member(tool.get("function"))


CHAT_RULES: tuple[Rule, ...] = (
    user_is_short,
    web_search_needs_a_search_model,
    parameters_are_known,
    there_are_messages,
    roles_are_known,
    user_content_is_not_null,
    user_parts_are_known,
    arguments_are_text,
    call_ids_are_short,
    results_answer_calls,
    tools_are_not_empty,
    tool_types_are_known,
    tool_names_fit,
    schemas_are_objects,
    strict_schemas_are_closed,
    stream_options_need_a_stream,
    tools_are_there_to_be_chosen,
    metadata_are_stored,
    json_is_asked_for_in_words,
    answer_schemas_are_named_and_closed,
    results_are_text,
    stops_are_few,
)
