"""The one rich form of a request, between any two dialects.

    Request
      messages: Message(role, parts)       in the order of the conversation, system prompts where they stood
        Text | Thinking | Medium | ToolCall | ToolResult | Hosted | Refusal | Unknown
      tools:    Function | CustomTool | HostedTool
      settings: Setting(value)             by name, from a closed set of names

Nothing is forgotten on the way in. A node keeps where it was read (`at`), what stood there (`raw`), and the members
that the canonical form has no field for (`extras`). A writer of the same dialect puts the extras back; a writer of
another reports each leaf of them as lost. So is every field that it cannot say.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from msgspec import Struct, field

from drawbridge.gateway.dialects import Dialect

Json = Any
"""A decoded JSON value. Any: what stands in it is for whoever reads it to check."""

Role = Literal["system", "developer", "user", "assistant", "tool"]
"""`tool` is for messages that only hold results of tools, whatever the dialect calls their sender."""

SettingName = Literal[
    "max_output_tokens",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "stop",
    "candidates",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "tool_choice",
    "parallel_tool_calls",
    "output_format",
    "verbosity",
    "reasoning",
    "modalities",
    "store",
    "metadata",
    "user",
    "service_tier",
    "prompt_cache_key",
    "prompt_cache_lifetime",
    "safety",
]

_SAME_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


class Node(Struct, kw_only=True):
    """What everything that was read has in common."""

    at: str = ""
    """The JSON path where it was read, such as `messages[2].content[0]`; empty for what was never read."""
    raw: Json = None
    """What stood there. For naming what is lost; never written into another dialect."""
    names: Mapping[str, str] = _SAME_NAMES
    """Paths below `at` of those fields that the source calls otherwise: `{"parameters": "function.parameters"}`.
    An empty path stands for the node itself."""
    extras: dict[str, Json] = field(default_factory=dict[str, Json])
    """Members that no field holds, by name; by path below `at` where they stood deeper. For the same dialect only."""
    shape: str = ""
    """How the source wrote what can be written in several ways. Means something to the same dialect only."""


class Opaque(Struct, frozen=True):
    """A value that only its maker can read: an id of a stored object, a signature, encrypted reasoning."""

    value: str
    dialect: Dialect
    """The dialect that it is written in."""
    provider: str | None = None
    """The name of the provider that made it; None where only the dialect is known."""
    item: str | None = None
    """The id of the vendor's item that it seals, where the vendor holds the two against each other."""


class CacheMark(Node):
    """A prefix of the request that ends here is worth keeping in the vendor's prompt cache."""

    ttl_s: int | None = None
    """How long; None for the vendor's own default."""


class Citation(Node):
    """A source for a piece of an answer's text."""

    kind: Literal["url", "document", "file", "search_result", "other"] = "other"
    url: str | None = None
    title: str | None = None
    cited_text: str | None = None
    """The words of the source."""
    start: int | None = None
    end: int | None = None
    """Which characters of the answer's text it is for, from 0, the end excluded; None for all of the text."""
    source_index: int | None = None
    """Which of the request's documents or results, from 0."""
    source_start: int | None = None
    source_end: int | None = None
    source_unit: Literal["character", "page", "block"] | None = None
    file: Opaque | None = None


class Text(Node, tag=True):
    """Words of anybody."""

    text: str
    citations: list[Citation] = field(default_factory=list[Citation])
    cache: CacheMark | None = None
    seal: Opaque | None = None
    """A signature that belongs to the text (Gemini's thoughtSignature)."""


class Thinking(Node, tag=True):
    """The model's own reasoning. Goes back to the provider that made it, and to no other."""

    paragraphs: list[str] = field(default_factory=list[str])
    is_summary: bool = False
    """A summary for people, not the reasoning itself."""
    seal: Opaque | None = None
    """The signature, or the encrypted reasoning."""
    is_redacted: bool = False
    """There are no words, only the seal."""
    id: Opaque | None = None
    cache: CacheMark | None = None


class Medium(Node, tag=True):
    """An image, a sound, a film or a document. Exactly one of data, url, file, text and blocks says what is in it."""

    kind: Literal["image", "audio", "video", "document"]
    media_type: str | None = None
    data: str | None = None
    """Base64, as it was written."""
    url: str | None = None
    file: Opaque | None = None
    """An id or address of a file that lives at a vendor."""
    text: str | None = None
    """A document of plain text."""
    blocks: "list[Part] | None" = None
    """A document or search result made of parts."""
    name: str | None = None
    """The file's name."""
    title: str | None = None
    context: str | None = None
    source: str | None = None
    """Where a search result comes from."""
    cites: bool | None = None
    """The answer may cite it."""
    detail: str | None = None
    """How closely to look: low, high, auto, ..."""
    cache: CacheMark | None = None
    seal: Opaque | None = None


class ToolCall(Node, tag=True):
    """A call to a tool of the client."""

    id: str
    """Joins call and result within the conversation. Readers make one up, the same each time, where there is none."""
    name: str
    arguments: str
    """JSON text exactly as it was written, or encoded once where the dialect writes it as an object. For a custom tool,
    free text."""
    namespace: str | None = None
    is_custom: bool = False
    item_id: Opaque | None = None
    """The id of the item that holds the call, where a dialect has one beside the call's."""
    seal: Opaque | None = None
    cache: CacheMark | None = None


class ToolResult(Node, tag=True):
    """What a client's tool returned."""

    call_id: str
    parts: "list[Part]" = field(default_factory=list["Part"])
    name: str | None = None
    """The tool's name, where the source repeats it."""
    value: Json = None
    """The result where it is a JSON object instead of parts (Gemini)."""
    is_error: bool | None = None
    is_custom: bool = False
    item_id: Opaque | None = None
    cache: CacheMark | None = None


class Hosted(Node, tag=True):
    """A call to a tool that the vendor runs, or its result: of use to the same provider only."""

    tool: str
    """web_search, code_execution, file_search, ... or the vendor's own word."""
    id: str | None = None
    is_result: bool = False
    text: str | None = None
    """What a person would want to read of it: code that was run, its output."""
    cache: CacheMark | None = None
    seal: Opaque | None = None


class Refusal(Node, tag=True):
    """The model's words for why it does not answer."""

    text: str


class Unknown(Node, tag=True):
    """A part of a kind that is not known here: `raw` is all of it. Goes back to the same dialect untouched."""

    kind: str = ""


Part = Text | Thinking | Medium | ToolCall | ToolResult | Hosted | Refusal | Unknown


class Message(Node):
    """One turn, or one item of a dialect that has items instead of turns. Neighbours may have the same role."""

    role: Role
    parts: list[Part]
    name: str | None = None
    id: Opaque | None = None
    phase: str | None = None
    """What the words are for, as Responses tells it: commentary or final_answer."""


class Function(Node, tag=True):
    """A tool that the client runs, with arguments by a JSON schema."""

    name: str
    description: str | None = None
    parameters: Json = None
    """A JSON schema, as it was written; None where there is none."""
    strict: bool | None = None
    namespace: str | None = None
    cache: CacheMark | None = None
    is_deferred: bool | None = None
    """Only shown to the model when it looks for tools."""


class CustomTool(Node, tag=True):
    """A tool that the client runs, called with free text, perhaps of a grammar."""

    name: str
    description: str | None = None
    format: Json = None
    namespace: str | None = None


class HostedTool(Node, tag=True):
    """A tool that the vendor runs. `extras` is how it is set up."""

    kind: str
    """web_search, web_fetch, code_execution, file_search, image_generation, computer, mcp, ... or the vendor's word."""
    name: str | None = None
    domains_allowed: list[str] | None = None
    domains_blocked: list[str] | None = None
    max_uses: int | None = None
    location: Json = None
    """The user's: city, region, country, timezone."""
    cache: CacheMark | None = None


Tool = Function | CustomTool | HostedTool


class ToolChoice(Node):
    """Which tools the model may, or must, call."""

    mode: Literal["auto", "none", "required", "one", "some"]
    """`one` is the tool in `tools`, `some` any of those."""
    tools: list[str] = field(default_factory=list[str])
    must_call: bool = True
    """For `some`: a call is required, not only allowed."""


class OutputFormat(Node):
    """The form that the answer must have."""

    kind: Literal["text", "json", "schema", "grammar"]
    schema: Json = None
    name: str | None = None
    description: str | None = None
    strict: bool | None = None


class Reasoning(Node):
    """How much the model shall think. Not all are told at once; `is_on` None means as the model likes."""

    is_on: bool | None = None
    is_adaptive: bool = False
    budget_tokens: int | None = None
    effort: str | None = None
    """none, minimal, low, medium, high, xhigh, max, or the vendor's word."""
    shows: bool | None = None
    """The thoughts, or a summary of them, shall be in the reply."""
    summary: str | None = None
    """auto, concise, detailed."""
    keeps_sealed: bool | None = None
    """Encrypted reasoning shall be in the reply, so that it can be sent back."""


class Setting(Node):
    """One thing asked for beside the conversation.

    Values: numbers for limits and sampling, `stop` a list of str, `logprobs` and `parallel_tool_calls` and `store` a
    bool, `candidates` and `top_logprobs` an int, `metadata` a dict of str, `prompt_cache_lifetime` seconds,
    `tool_choice` a ToolChoice, `output_format` an OutputFormat, `reasoning` a Reasoning, others as the source wrote it.
    """

    value: Json


class Request(Node):
    """A call to a model, in no vendor's words."""

    dialect: Dialect | None
    """The one that it was read from: extras and shapes are this dialect's. None: it was read from none."""
    model: str
    messages: list[Message]
    tools: list[Tool] = field(default_factory=list[Tool])
    settings: dict[SettingName, Setting] = field(default_factory=dict[SettingName, Setting])
    streamed: bool = False
    wants_stream_usage: bool | None = None
    """Usage is asked for in the stream; None where the dialect always tells it, or nothing was said."""
    cache: CacheMark | None = None
    """A mark for the whole request, where the vendor chooses the place."""
    provider: str | None = None
    """The provider whose sealed values in this request carry no name of their own; None where that is not known."""

    def value(self, name: SettingName) -> Json:
        """Return what a setting is set to; None where it is not set."""
        setting = self.settings.get(name)
        return None if setting is None else setting.value
