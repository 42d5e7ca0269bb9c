"""A reply as events, the same for a whole reply and for a stream, between any two dialects.

    Frame Began
      PartBegan Grew* Marked* PartEnded      for each part, each with its index; parts may interleave
      Logprobs
    Counted* Ended Closed   |   Failed

A whole reply is one Frame, and each of its parts begins with all that it has. A stream has a Frame for each of the
vendor's events or chunks: writers of the same dialect write one for one, writers of another pass over them.
`at` of an event is a path without numbers, such as `choices[].delta.content`.
"""

from typing import Literal

from msgspec import Struct, field

from drawbridge.gateway.wire.canonical import Citation, Json, Node, Part

StopReason = Literal[
    "end",
    "length",
    "stop_sequence",
    "tool_calls",
    "refusal",
    "filtered",
    "paused",
    "context_length",
    "malformed_call",
    "other",
]

FailureKind = Literal[
    "bad_request",
    "credential",
    "billing",
    "forbidden",
    "not_found",
    "too_large",
    "context_length",
    "rate_limited",
    "quota",
    "overloaded",
    "timeout",
    "filtered",
    "broken_reply",
    "vendor",
]


class Frame(Node, tag=True):
    """What follows came in one event of the vendor's stream. `extras` is what of it is in no other event."""

    kind: str = ""
    """The event's type, where the dialect has types."""


class Began(Node, tag=True):
    """The reply's own particulars."""

    id: str | None = None
    model: str | None = None
    created_at: int | None = None
    """Unix time in seconds."""


class PartBegan(Node, tag=True):
    """A part of the answer begins, with what is known of it: text that is there already counts as grown."""

    index: int
    """Counts the parts of the reply in the order in which they begin, over all choices."""
    part: Part
    choice: int = 0


class Grew(Node, tag=True):
    """More of a part: of a text, of reasoning, or of a tool call's arguments."""

    index: int
    text: str
    paragraph: int = 0
    """Of reasoning only: which of its paragraphs. A new number begins a new one."""


class Marked(Node, tag=True):
    """Something about a part that came after it had begun. What is None says nothing new."""

    index: int
    citation: Citation | None = None
    part: Part | None = None
    """The part's fields without its text, where they became known late: a seal, an id, a name."""


class PartEnded(Node, tag=True):
    """A part is whole."""

    index: int


class TokenLogprob(Struct):
    """The natural logarithm of a token's probability, and the likeliest tokens in its place."""

    token: str
    logprob: float
    bytes: list[int] | None = None
    top: "list[TokenLogprob]" = field(default_factory=list["TokenLogprob"])
    extras: dict[str, Json] = field(default_factory=dict[str, Json])


class Logprobs(Node, tag=True):
    """The probabilities of tokens of a choice's text, in order; with a part's index where the dialect tells it."""

    tokens: list[TokenLogprob]
    refusal_tokens: list[TokenLogprob] | None = None
    choice: int = 0
    index: int | None = None


class Usage(Struct):
    """Tokens, as far as the vendor tells them. Those of the input and of the output hold all their kinds."""

    input: int | None = None
    cached: int | None = None
    """Of the input: read from a prompt cache."""
    cache_written: int | None = None
    cache_written_5m: int | None = None
    cache_written_1h: int | None = None
    """Of the input: written to a prompt cache, in all and by lifetime."""
    input_audio: int | None = None
    input_image: int | None = None
    output: int | None = None
    reasoning: int | None = None
    output_audio: int | None = None
    output_image: int | None = None
    total: int | None = None
    tool_input: int | None = None
    """Of the input: what tools that the vendor runs have put into it."""
    searches: int | None = None
    """How many times the vendor's web search was used."""


class Counted(Node, tag=True):
    """What has been used so far. Of several the last holds; a field that is None says nothing new."""

    usage: Usage
    service_tier: str | None = None


class Ended(Node, tag=True):
    """A choice is whole."""

    reason: StopReason
    choice: int = 0
    stop_sequence: str | None = None
    message: str | None = None
    """The vendor's words on why, for people."""


class Failed(Node, tag=True):
    """The reply is an error, or a stream broke off: nothing follows but Closed."""

    kind: FailureKind
    message: str
    status: int | None = None
    """The HTTP status that the reply came with, or that the vendor names in the stream."""
    code: str | None = None
    param: str | None = None
    retry_after_s: float | None = None


class Closed(Node, tag=True):
    """The dialect's own mark that a stream is over was there ([DONE], message_stop)."""


Event = Frame | Began | PartBegan | Grew | Marked | PartEnded | Logprobs | Counted | Ended | Failed | Closed
