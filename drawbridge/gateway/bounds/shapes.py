"""What a request is made of where all of it is words: strict shapes, in which nothing else has a place.

A text that decodes into them holds no media, no address that a vendor would fetch, no stored object and no tool of the
vendor's, in any order, with any member written twice. What is `Raw` is words whatever it says: a schema, arguments.
"""

from typing import Final, Literal

import msgspec
from msgspec import Raw, Struct

_NONE: Final = Raw(b"")


class Mark(Struct, forbid_unknown_fields=True, gc=False):
    """Where a vendor's prompt cache may end, in the words of several vendors."""

    type: str | None = None
    ttl: str | None = None
    mode: str | None = None
    scope: str | None = None


class ChatPart(Struct, forbid_unknown_fields=True, gc=False):
    """A part of a chat message."""

    type: Literal["text", "refusal"]
    text: str | None = None
    refusal: str | None = None
    cache_control: Mark | None = None
    prompt_cache_breakpoint: Mark | None = None


class ChatFunction(Struct, forbid_unknown_fields=True, gc=False):
    """What is called, and with what."""

    name: str | None = None
    arguments: Raw = _NONE
    input: Raw = _NONE


class ChatCall(Struct, forbid_unknown_fields=True, gc=False):
    """A call of the caller's tool, in the history of a chat."""

    type: Literal["function", "custom"] | None = None
    id: str | None = None
    function: ChatFunction | None = None
    custom: ChatFunction | None = None
    index: int | None = None
    extra_content: Raw = _NONE


class ChatAnnotation(Struct, forbid_unknown_fields=True, gc=False):
    """A source of an earlier answer. Those of OpenRouter may hold a whole file, which has another type."""

    type: Literal["url_citation"]
    url_citation: Raw = _NONE


class ChatMessage(Struct, forbid_unknown_fields=True, gc=False):
    """A message of a chat, with what several vendors keep their reasoning in."""

    role: str
    content: str | list[str | ChatPart] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[ChatCall] | None = None
    tool_call_id: str | None = None
    function_call: ChatFunction | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    reasoning_details: Raw = _NONE
    annotations: list[ChatAnnotation] | None = None
    audio: None = None
    prefix: bool | None = None


class ChatTool(Struct, forbid_unknown_fields=True, gc=False):
    """A tool that the caller runs."""

    type: Literal["function", "custom"] = "function"
    function: Raw = _NONE
    custom: Raw = _NONE
    cache_control: Mark | None = None
    eager_input_streaming: bool | None = None


class ResponsesPart(Struct, forbid_unknown_fields=True, gc=False):
    """A part of an item."""

    type: Literal["input_text", "output_text", "summary_text", "reasoning_text", "refusal"]
    text: str | None = None
    refusal: str | None = None
    annotations: Raw = _NONE
    logprobs: Raw = _NONE
    prompt_cache_breakpoint: Mark | None = None


class ResponsesItem(Struct, forbid_unknown_fields=True, gc=False):
    """An item of the input."""

    type: Literal[
        "message",
        "reasoning",
        "function_call",
        "function_call_output",
        "custom_tool_call",
        "custom_tool_call_output",
        "local_shell_call",
        "local_shell_call_output",
    ] = "message"
    role: str | None = None
    content: str | list[ResponsesPart] | None = None
    phase: str | None = None
    id: str | None = None
    status: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: str | None = None
    input: str | None = None
    action: Raw = _NONE
    output: str | list[ResponsesPart] | None = None
    summary: list[ResponsesPart] | None = None
    encrypted_content: str | None = None

    def is_whole(self) -> bool:
        """Tell whether it stands by itself: one that only has an id is completed from what the vendor stores."""
        match self.type:
            case "message":
                return bool(self.content) and self.role is not None
            case "reasoning":
                return bool(self.encrypted_content) or bool(self.content)
            case _:
                return True


class ResponsesTool(Struct, forbid_unknown_fields=True, gc=False):
    """A tool that the caller runs."""

    type: Literal["function", "custom", "local_shell"]
    name: str | None = None
    description: str | None = None
    parameters: Raw = _NONE
    output_schema: Raw = _NONE
    format: Raw = _NONE
    strict: bool | None = None
    defer_loading: bool | None = None


class ResponsesReasoning(Struct, forbid_unknown_fields=True, gc=False):
    """How to reason. Modes are left out: `pro` has several answers thought out for one."""

    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None
    context: Literal["auto", "all_turns", "current_turn"] | None = None


class MessagesBlock(Struct, forbid_unknown_fields=True, gc=False):
    """A block of one of Anthropic's messages."""

    type: Literal["text", "thinking", "redacted_thinking", "tool_use", "tool_result"]
    text: str | None = None
    citations: Raw = _NONE
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: Raw = _NONE
    caller: Raw = _NONE
    tool_use_id: str | None = None
    content: "str | list[MessagesBlock] | None" = None
    is_error: bool | None = None
    cache_control: Mark | None = None


class MessagesMessage(Struct, forbid_unknown_fields=True, gc=False):
    """One of Anthropic's messages."""

    role: str
    content: str | list[MessagesBlock]


class MessagesTool(Struct, forbid_unknown_fields=True, gc=False):
    """A tool that the caller runs."""

    name: str
    type: Literal["custom"] | None = None
    description: str | None = None
    input_schema: Raw = _NONE
    input_examples: Raw = _NONE
    strict: bool | None = None
    defer_loading: bool | None = None
    eager_input_streaming: bool | None = None
    cache_control: Mark | None = None


class MessagesEdit(Struct, gc=False):
    """What Anthropic takes out of the context. Compaction is left out: it has the model write a summary first."""

    type: Literal["clear_tool_uses_20250919", "clear_thinking_20251015"]


class MessagesContext(Struct, forbid_unknown_fields=True, gc=False):
    """How Anthropic keeps the context short."""

    edits: list[MessagesEdit] | None = None


class GeminiCall(Struct, forbid_unknown_fields=True, gc=False):
    """A call of the caller's function."""

    name: str
    id: str | None = None
    args: Raw = _NONE


class GeminiResponse(Struct, forbid_unknown_fields=True, gc=False):
    """What a function returned. Gemini 3 takes media there too, as `parts`."""

    name: str
    id: str | None = None
    response: Raw = _NONE


class GeminiPart(Struct, forbid_unknown_fields=True, gc=False, rename="camel"):
    """A part of a content, in camel case."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: GeminiCall | None = None
    function_response: GeminiResponse | None = None
    signature: str | None = msgspec.field(default=None, name="thought_signature")
    call: GeminiCall | None = msgspec.field(default=None, name="function_call")
    response: GeminiResponse | None = msgspec.field(default=None, name="function_response")


class GeminiContent(Struct, forbid_unknown_fields=True, gc=False):
    """A turn."""

    parts: list[GeminiPart]
    role: str | None = None


class GeminiFunction(Struct, forbid_unknown_fields=True, gc=False, rename="camel"):
    """A function that the caller runs."""

    name: str | None = None
    description: str | None = None
    behavior: str | None = None
    parameters: Raw = _NONE
    parameters_json_schema: Raw = _NONE
    response: Raw = _NONE
    response_json_schema: Raw = _NONE
    parameters_schema: Raw = msgspec.field(default=_NONE, name="parameters_json_schema")
    response_schema: Raw = msgspec.field(default=_NONE, name="response_json_schema")


class GeminiTool(Struct, forbid_unknown_fields=True, gc=False):
    """Functions that the caller runs."""

    camel: list[GeminiFunction] | None = msgspec.field(default=None, name="functionDeclarations")
    snake: list[GeminiFunction] | None = msgspec.field(default=None, name="function_declarations")


class GeminiEmbedding(Struct, forbid_unknown_fields=True, gc=False, rename="camel"):
    """One of several texts to make a vector of."""

    content: GeminiContent
    model: str | None = None
    title: str | None = None
    task_type: str | None = None
    output_dimensionality: int | None = None
