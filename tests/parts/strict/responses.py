"""What OpenAI refuses of a response."""

from collections.abc import Iterator

from tests.parts.strict.checks import ISSUED, Asked, Body, Complaint, Rule, member, members, too_long, unknown, words

_KNOWN = words(
    """
    background client_metadata context_management conversation include input instructions
    max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id
    prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier
    service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p
    truncation user
    """
)
_ITEMS = words(
    """
    message reasoning function_call function_call_output custom_tool_call custom_tool_call_output
    additional_tools item_reference web_search_call file_search_call computer_call computer_call_output
    code_interpreter_call local_shell_call local_shell_call_output shell_call shell_call_output
    apply_patch_call apply_patch_call_output image_generation_call mcp_call mcp_list_tools
    mcp_approval_request mcp_approval_response compaction compaction_trigger tool_search_call
    tool_search_output
    """
)
_INPUT_PARTS = ("input_text", "input_image", "input_file", "input_audio")
_OUTPUT_PARTS = ("output_text", "refusal")
_STREAM_OPTIONS = words(
    """
    include_obfuscation reasoning_summary_delivery
    """
)
_LEAST_OUTPUT = 16
_CALLS = {"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"}


def user_is_short(asked: Asked) -> Iterator[str]:
    yield from too_long("user", asked.body.get("user"), 64)


def parameters_are_known(asked: Asked) -> Iterator[str]:
    yield from (f"Unknown parameter: '{name}'." for name in unknown(asked.body, _KNOWN))


def stream_options_are_known(asked: Asked) -> Iterator[str]:
    options = unknown(member(asked.body.get("stream_options")), _STREAM_OPTIONS)
    yield from (f"Unknown parameter: 'stream_options.{name}'." for name in options)


def output_is_not_too_small(asked: Asked) -> Iterator[str]:
    limit = asked.body.get("max_output_tokens")
    if isinstance(limit, int) and limit < _LEAST_OUTPUT:
        yield (
            "Invalid 'max_output_tokens': integer below minimum value. "
            f"Expected a value >= {_LEAST_OUTPUT}, but got {limit} instead."
        )


def previous_response_is_known(asked: Asked) -> Iterator[Complaint]:
    """The scripted vendor stores nothing."""
    previous = asked.body.get("previous_response_id")
    if previous is not None:
        yield Complaint(f"Previous response with id '{previous}' not found.", status=404)


def items_are_known(asked: Asked) -> Iterator[str]:
    for place, item in _items(asked):
        if _type(item) not in _ITEMS:
            yield f"Invalid value: '{item.get('type')}'. ({place}.type)"


def parts_are_known(asked: Asked) -> Iterator[str]:
    for place, item in _items(asked, "message"):
        supported = _OUTPUT_PARTS if item.get("role") == "assistant" else _INPUT_PARTS
        for number, part in enumerate(members(item.get("content"))):
            if part.get("type") not in supported:
                values = f"({', '.join(repr(value) for value in supported)})"
                yield (
                    f"Invalid value: '{part.get('type')}'. Supported values are: {values}. ({place}.content[{number}])"
                )


def call_ids_have_their_prefix(asked: Asked) -> Iterator[str]:
    for place, item in _items(asked, "function_call"):
        named = item.get("id")
        if named is not None and not str(named).startswith("fc"):
            yield f"Invalid '{place}.id': '{named}'. Expected an ID that begins with 'fc'."


def arguments_are_text(asked: Asked) -> Iterator[str]:
    for place, item in _items(asked, "function_call"):
        if not isinstance(item.get("arguments"), str):
            yield f"Invalid type for '{place}.arguments': expected a string."


def outputs_are_text_or_parts(asked: Asked) -> Iterator[str]:
    for place, item in _items(asked, *_CALLS.values()):
        if not isinstance(item.get("output"), str | list):
            yield f"Invalid type for '{place}.output'."


def outputs_answer_calls(asked: Asked) -> Iterator[str]:
    called = {item.get("call_id") for _, item in _items(asked, *_CALLS)}
    # The scripted vendor's ids of an item and of its call differ in their prefix only.
    called |= {str(item.get("id")).replace("fc_", "call_", 1) for _, item in _items(asked, "item_reference")}
    for _, item in _items(asked, *_CALLS.values()):
        if item.get("call_id") not in called:
            yield f"No tool call found for function call output with call_id {item.get('call_id')}."


def calls_are_answered(asked: Asked) -> Iterator[str]:
    answered = {item.get("call_id") for _, item in _items(asked, *_CALLS.values())}
    for _, item in _items(asked, *_CALLS):
        if item.get("call_id") not in answered:
            yield f"No tool output found for function call {item.get('call_id')}."


def reasoning_has_a_summary(asked: Asked) -> Iterator[str]:
    for place, item in _items(asked, "reasoning"):
        if "summary" not in item:
            yield f"Missing required parameter: '{place}.summary'."


def reasoning_is_carried(asked: Asked) -> Iterator[Complaint]:
    """What is not stored can only come back as its encrypted content."""
    if asked.body.get("store") is not False:
        return
    for _, item in _items(asked, "reasoning", "item_reference"):
        if not item.get("encrypted_content"):
            yield Complaint(
                f"Item with id '{item.get('id')}' not found. Items are not persisted when `store` is set to false. "
                "Try again with `store` set to true, or remove this item from your input.",
                status=404,
            )


def encrypted_content_is_genuine(asked: Asked) -> Iterator[str]:
    for _, item in _items(asked, "reasoning"):
        if not str(item.get("encrypted_content") or ISSUED).startswith(ISSUED):
            yield (
                f"The encrypted content for item {item.get('id')} could not be verified. "
                "Reason: Encrypted content could not be decrypted or parsed."
            )


def function_tools_are_flat(asked: Asked) -> Iterator[str]:
    for number, tool in enumerate(members(asked.body.get("tools"))):
        if tool.get("type") == "function" and not tool.get("name"):
            yield f"Missing required parameter: 'tools[{number}].name'."


def _items(asked: Asked, *types: str) -> Iterator[tuple[str, Body]]:
    """Yield each item of the input with its place; those of some types only, where they are given."""
    for number, item in enumerate(members(asked.body.get("input"))):
        if not types or _type(item) in types:
            yield f"input[{number}]", item


def _type(item: Body) -> object:
    return item.get("type", "message" if "role" in item else None)


RESPONSES_RULES: tuple[Rule, ...] = (
    user_is_short,
    parameters_are_known,
    stream_options_are_known,
    output_is_not_too_small,
    previous_response_is_known,
    items_are_known,
    parts_are_known,
    call_ids_have_their_prefix,
    arguments_are_text,
    outputs_are_text_or_parts,
    outputs_answer_calls,
    calls_are_answered,
    reasoning_has_a_summary,
    reasoning_is_carried,
    encrypted_content_is_genuine,
    function_tools_are_flat,
)
