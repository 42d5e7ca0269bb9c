"""What Anthropic refuses of a message."""

import re
from collections.abc import Iterator

from tests.parts.strict.checks import ISSUED, Asked, Body, Rule, member, members, unknown, words

_KNOWN = words(
    """
    cache_control container inference_geo max_tokens mcp_servers messages metadata model output_config
    service_tier speed stop_sequences stream system temperature thinking tool_choice tools top_k top_p
    """
)
_COUNTED = words(
    """
    cache_control messages model output_config system thinking tool_choice tools
    """
)
_NEEDS_BETA = {"context_management": "context-management", "output_format": "structured-outputs"}
_SYSTEM_BETA = "mid-conversation-system"
_ID = re.compile(r"[a-zA-Z0-9_-]+")
_CUSTOM_TOOLS = (None, "custom")
_VENDOR_TOOL = re.compile(r"[a-z_]+_\d{8}|mcp_toolset")
_MOST_CACHE_MARKS = 4
_LEAST_BUDGET = 1024


def output_is_limited(asked: Asked) -> Iterator[str]:
    if "max_tokens" not in asked.body:
        yield "max_tokens: Field required"


def parameters_are_known(asked: Asked) -> Iterator[str]:
    for name in unknown(asked.body, _KNOWN):
        beta = _NEEDS_BETA.get(name)
        if beta is None or not _is_on(asked, beta):
            yield f"{name}: Extra inputs are not permitted"


def roles_are_known(asked: Asked) -> Iterator[str]:
    for message in members(asked.body.get("messages")):
        role = message.get("role")
        if role not in {"user", "assistant"} and not (role == "system" and _is_on(asked, _SYSTEM_BETA)):
            yield (
                f'messages: Unexpected role "{role}". The Messages API accepts a top-level `system` parameter, '
                'not "system" as an input message role.'
            )


def the_user_begins(asked: Asked) -> Iterator[str]:
    if any(message.get("role") == "assistant" for message in _conversation(asked)[:1]):
        yield 'messages: first message must use the "user" role'


def the_user_ends(asked: Asked) -> Iterator[str]:
    if any(message.get("role") == "assistant" for message in _conversation(asked)[-1:]):
        yield ("This model does not support assistant message prefill. The conversation must end with a user message.")


def texts_are_not_empty(asked: Asked) -> Iterator[str]:
    for message in members(asked.body.get("messages")):
        blocks = members(message.get("content"))
        if message.get("content") == "" or any(_is(block, "text") and not block.get("text") for block in blocks):
            yield "messages: text content blocks must be non-empty"


def texts_have_words(asked: Asked) -> Iterator[str]:
    for place, block in _blocks(asked, "text"):
        if block.get("text") and not str(block["text"]).strip():
            yield f"{place}: text content blocks must contain non-whitespace text"


def call_ids_fit(asked: Asked) -> Iterator[str]:
    for place, block in _blocks(asked, "tool_use"):
        if not _ID.fullmatch(str(block.get("id"))):
            yield f"{place}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"


def inputs_are_objects(asked: Asked) -> Iterator[str]:
    for place, block in _blocks(asked, "tool_use"):
        if not isinstance(block.get("input"), dict):
            yield f"{place}.tool_use.input: Input should be a valid dictionary"


def calls_are_answered(asked: Asked) -> Iterator[str]:
    conversation = _conversation(asked)
    for number, message in enumerate(conversation):
        called = {str(block.get("id")) for block in _content(message) if _is(block, "tool_use")}
        following = _content(conversation[number + 1]) if number + 1 < len(conversation) else []
        answered = {block.get("tool_use_id") for block in following if _is(block, "tool_result")}
        if missing := sorted(called - answered):
            yield (
                f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in the "
                "next message."
            )


def results_answer_calls(asked: Asked) -> Iterator[str]:
    before: Body = {}
    for number, message in enumerate(_conversation(asked)):
        called = {block.get("id") for block in _content(before) if _is(block, "tool_use")}
        for place, block in enumerate(_content(message)):
            if _is(block, "tool_result") and block.get("tool_use_id") not in called:
                yield (
                    f"messages.{number}.content.{place}: unexpected `tool_use_id` found in `tool_result` blocks: "
                    f"{block.get('tool_use_id')}. Each `tool_result` block must have a corresponding `tool_use` block "
                    "in the previous message."
                )
        before = message


def results_come_first(asked: Asked) -> Iterator[str]:
    for number, message in enumerate(_conversation(asked)):
        kinds = [block.get("type") == "tool_result" for block in _content(message)]
        if kinds != sorted(kinds, reverse=True):
            yield (
                f"messages.{number}: `tool_use` ids were found without `tool_result` blocks immediately after "
                "(tool_result blocks must come first in the content)"
            )


def thinking_is_kept(asked: Asked) -> Iterator[str]:
    """While thinking is on, the turn that called a tool begins with its thinking. Adaptive thinking may be none."""
    if member(asked.body.get("thinking")).get("type") != "enabled":
        return
    for number, message in enumerate(_conversation(asked)):
        blocks = _content(message)
        if not any(_is(block, "tool_use") for block in blocks) or blocks[0].get("type") in _THOUGHTS:
            continue
        yield (
            f"messages.{number}.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
            f"`{blocks[0].get('type')}`. When `thinking` is enabled, a final `assistant` message must start with a "
            "thinking block."
        )


_THOUGHTS = ("thinking", "redacted_thinking")


def signatures_are_genuine(asked: Asked) -> Iterator[str]:
    for place, block in _blocks(asked, "thinking"):
        if not str(block.get("signature")).startswith(ISSUED):
            yield f"{place}: Invalid `signature` in `thinking` block"


def used_tools_are_declared(asked: Asked) -> Iterator[str]:
    is_used = any(True for _ in _blocks(asked, "tool_use", "tool_result"))
    if is_used and not asked.body.get("tools"):
        yield "Requests which include `tool_use` or `tool_result` blocks must define tools"


def tool_types_are_known(asked: Asked) -> Iterator[str]:
    for number, tool in enumerate(members(asked.body.get("tools"))):
        kind = tool.get("type")
        if kind not in _CUSTOM_TOOLS and not _VENDOR_TOOL.fullmatch(str(kind)):
            yield f"tools.{number}: Input tag '{kind}' found using 'type' does not match any of the expected tags"


def schemas_have_a_type(asked: Asked) -> Iterator[str]:
    for place, schema in _schemas(asked):
        if not schema.get("type"):
            yield f"{place}.type: Field required"


def schemas_have_no_alternatives_at_the_top(asked: Asked) -> Iterator[str]:
    for place, schema in _schemas(asked):
        if schema.keys() & {"oneOf", "allOf", "anyOf"}:
            yield f"{place}: input_schema does not support oneOf, allOf, or anyOf at the top level"


def tool_choice_is_an_object(asked: Asked) -> Iterator[str]:
    choice = asked.body.get("tool_choice")
    if choice is not None and not isinstance(choice, dict):
        yield f"tool_choice: Input tag does not match any of the expected tags: {choice}"


def cache_marks_are_few(asked: Asked) -> Iterator[str]:
    marks = sum("cache_control" in block for block in _cacheable(asked.body))
    if marks > _MOST_CACHE_MARKS:
        yield f"A maximum of {_MOST_CACHE_MARKS} blocks with cache_control may be provided. Found {marks}."


def thinking_fixes_the_temperature(asked: Asked) -> Iterator[str]:
    is_thinking = member(asked.body.get("thinking")).get("type") in {"enabled", "adaptive"}
    if is_thinking and asked.body.get("temperature", 1) != 1:
        yield "`temperature` may only be set to 1 when thinking is enabled."


def budgets_fit(asked: Asked) -> Iterator[str]:
    thinking = member(asked.body.get("thinking"))
    if thinking.get("type") != "enabled":
        return
    if thinking.get("budget_tokens", 0) < _LEAST_BUDGET:
        yield f"thinking.enabled.budget_tokens: Input should be greater than or equal to {_LEAST_BUDGET}"
    elif thinking["budget_tokens"] >= asked.body.get("max_tokens", 0):
        yield "`max_tokens` must be greater than `thinking.budget_tokens`."


def thinking_forces_no_tool(asked: Asked) -> Iterator[str]:
    is_thinking = member(asked.body.get("thinking")).get("type") == "enabled"
    if is_thinking and member(asked.body.get("tool_choice")).get("type") in {"any", "tool"}:
        yield "Thinking may not be enabled when tool_choice forces tool use."


def temperatures_fit(asked: Asked) -> Iterator[str]:
    if not 0 <= asked.body.get("temperature", 1) <= 1:
        yield "temperature: range: 0..1"


def counted_parameters_are_known(asked: Asked) -> Iterator[str]:
    for name in unknown(asked.body, _COUNTED):
        if not _is_on(asked, _NEEDS_BETA.get(name, "no such beta")):
            yield f"{name}: Extra inputs are not permitted"


def _is_on(asked: Asked, beta: str) -> bool:
    return any(one.startswith(beta) for one in asked.betas)


def _is(block: Body, kind: str) -> bool:
    return block.get("type") == kind


def _conversation(asked: Asked) -> list[Body]:
    """Return the turns; what the system says in between (a beta) interrupts nothing."""
    return [message for message in members(asked.body.get("messages")) if message.get("role") != "system"]


def _content(message: Body) -> list[Body]:
    return members(message.get("content"))


def _blocks(asked: Asked, *kinds: str) -> Iterator[tuple[str, Body]]:
    for number, message in enumerate(_conversation(asked)):
        for place, block in enumerate(_content(message)):
            if block.get("type") in kinds:
                yield f"messages.{number}.content.{place}", block


def _schemas(asked: Asked) -> Iterator[tuple[str, Body]]:
    for number, tool in enumerate(members(asked.body.get("tools"))):
        if tool.get("type") in _CUSTOM_TOOLS:
            yield f"tools.{number}.custom.input_schema", member(tool.get("input_schema"))


def _cacheable(body: Body) -> Iterator[Body]:
    yield from members(body.get("tools"))
    yield from members(body.get("system"))
    for message in members(body.get("messages")):
        for block in _content(message):
            yield block
            yield from _content(block)


_SHARED_RULES: tuple[Rule, ...] = (
    roles_are_known,
    the_user_begins,
    texts_are_not_empty,
    texts_have_words,
    call_ids_fit,
    inputs_are_objects,
    calls_are_answered,
    results_answer_calls,
    results_come_first,
    thinking_is_kept,
    signatures_are_genuine,
    used_tools_are_declared,
    tool_types_are_known,
    schemas_have_a_type,
    schemas_have_no_alternatives_at_the_top,
    tool_choice_is_an_object,
    cache_marks_are_few,
)
ANTHROPIC_RULES: tuple[Rule, ...] = (
    output_is_limited,
    parameters_are_known,
    the_user_ends,
    *_SHARED_RULES,
    temperatures_fit,
    thinking_fixes_the_temperature,
    budgets_fit,
    thinking_forces_no_tool,
)
COUNT_TOKENS_RULES: tuple[Rule, ...] = (counted_parameters_are_known, *_SHARED_RULES)
