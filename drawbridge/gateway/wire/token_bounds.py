"""How many tokens a request has at most, where no vendor counts them: reckoned without a tokenizer, erring upwards.

Tokenizers differ by vendor and version, and vendors put words of their own around a request. What is reckoned here is
more than nearly all of them count: the figures are from recorded traffic, and tests hold them against it.
"""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from typing import Final, assert_never

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.canonical import (
    CustomTool,
    Function,
    Hosted,
    HostedTool,
    Json,
    Medium,
    Message,
    OutputFormat,
    Part,
    Refusal,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.image_sizes import image_size
from drawbridge.gateway.wire.json_text import encode

_CHARACTERS_PER_TOKEN: Final = 3
"""Of ASCII without digits, which tokenizers of several vendors count one by one."""

_REQUEST_TOKENS: Final = 80
"""What vendors put before a conversation: the most is 76, by gpt-oss."""
_GROK_TOKENS: Final = 420
"""xAI's own system prompt: 160 tokens (grok-4-1-fast), 190 (grok-4.3), up to 410 with an output schema."""
_MESSAGE_TOKENS: Final = 8
_TOOLS_TOKENS: Final = 640
"""What vendors put before tools to explain them: Llama 4 at Groq 610 tokens, Claude up to 500."""
_TOOL_TOKENS: Final = 24
_CALL_TOKENS: Final = 24
_FORM_TOKENS: Final = {"text": 0, "json": 240, "schema": 640, "grammar": 240}
"""What vendors put before an output format to explain it; some make a tool of a schema."""

_CELL_PIXELS: Final = 28
"""Images are cut into cells of this width and height, a token each, by Anthropic (750 pixels) and Qwen (28 x 28)."""
_LEAST_IMAGE_TOKENS: Final = 800
"""OpenAI counts 765 for a small one that is cut into four tiles."""
_MOST_IMAGE_TOKENS: Final = 4_784
"""Anthropic makes images smaller than that."""
_PAGE_TOKENS: Final = 5_000
"""A page of a PDF is 3,000 tokens of text and an image."""
_PAGE_BYTES: Final = 2_000
_SOUND_BYTES_PER_TOKEN: Final = 100
"""Gemini counts 32 tokens for a second, which has 4,000 bytes when packed tightly."""
_FILM_BYTES_PER_TOKEN: Final = 50
"""Gemini counts 300 tokens for a second, which has 16,000 bytes in small films."""

_DIGIT: Final = re.compile(r"[0-9]")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
_PAGE: Final = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")


def most_tokens(request: Request, upstream_model: str) -> int:
    """Return how many input tokens a request has at most. Raises ImpossibleRequest for what only a vendor can count."""
    tokens = _REQUEST_TOKENS + sum(_of_message(message) for message in request.messages)
    if "grok" in upstream_model.lower():
        tokens += _GROK_TOKENS
    if request.tools:
        tokens += _TOOLS_TOKENS + sum(_of_tool(tool) for tool in request.tools)
    form = request.value("output_format")
    if isinstance(form, OutputFormat):
        tokens += _FORM_TOKENS[form.kind] + _of_json(form.schema) + _of_text(form.description or "")
    return tokens


def _of_message(message: Message) -> int:
    return _MESSAGE_TOKENS + _of_text(message.name or "") + _of_parts(message.parts)


def _of_parts(parts: Sequence[Part]) -> int:
    return sum(_of_part(part) for part in parts)


def _of_part(part: Part) -> int:
    match part:
        case Text() | Refusal():
            return 1 + _of_text(part.text)
        case Thinking():
            return sum(1 + _of_text(paragraph) for paragraph in part.paragraphs)
        case ToolCall():
            return _CALL_TOKENS + _of_text(part.name) + _of_text(part.id) + _of_text(part.arguments)
        case ToolResult():
            value = 0 if part.value is None else _of_json(part.value)
            return _CALL_TOKENS + _of_text(part.call_id) + _of_text(part.name or "") + value + _of_parts(part.parts)
        case Medium():
            return tokens_of_medium(part)
        case Hosted() | Unknown():
            return _of_json(part.raw)
        case _:
            assert_never(part)


def _of_tool(tool: Tool) -> int:
    match tool:
        case Function():
            return _TOOL_TOKENS + _of_text(tool.name) + _of_text(tool.description or "") + _of_json(tool.parameters)
        case CustomTool():
            return _TOOL_TOKENS + _of_text(tool.name) + _of_text(tool.description or "") + _of_json(tool.format)
        case HostedTool():
            return _TOOL_TOKENS + _of_json(tool.raw)
        case _:
            assert_never(tool)


def _of_json(value: Json) -> int:
    return 0 if value is None else _of_text(encode(value).decode())


def _of_text(text: str) -> int:
    """Bound a text: of ASCII a token for each digit and for three other characters, of others by what UTF-8 needs.

    That is one token for a Greek, Cyrillic or Arabic letter, two for a Chinese character, three for an emoji.
    """
    digits = len(_DIGIT.findall(text))
    if text.isascii():
        return digits + -(-(len(text) - digits) // _CHARACTERS_PER_TOKEN)
    others = "".join(_NOT_ASCII.findall(text))
    plain = len(text) - len(others) - digits
    return digits + -(-plain // _CHARACTERS_PER_TOKEN) + len(others.encode("utf-8", "surrogatepass")) - len(others)


def tokens_of_medium(medium: Medium) -> int:
    """Return how many tokens a medium has at most. Raises ImpossibleRequest for what only a vendor can count."""
    words = _of_text(medium.title or "") + _of_text(medium.context or "") + _of_text(medium.source or "")
    words += _of_text(medium.name or "")
    if medium.text is not None:
        return words + _MESSAGE_TOKENS + _of_text(medium.text)
    if medium.blocks is not None:
        return words + _MESSAGE_TOKENS + _of_parts(medium.blocks)
    return words + _of_content(medium)


def _of_content(medium: Medium) -> int:
    data = None if medium.data is None else _bytes_of(medium.data)
    if medium.kind == "image":
        return _MOST_IMAGE_TOKENS if data is None else _of_image(data)
    if data is None:
        raise ImpossibleRequest(
            f"How many tokens the {medium.kind} at '{medium.at}' has is not known from its address: send it as data.",
            param=medium.at or None,
        )
    match medium.kind:
        case "document":
            return _of_document(data, medium.media_type)
        case "audio":
            return _MESSAGE_TOKENS + len(data) // _SOUND_BYTES_PER_TOKEN
        case "video":
            return _MESSAGE_TOKENS + len(data) // _FILM_BYTES_PER_TOKEN


def _of_image(data: bytes) -> int:
    size = image_size(data)
    if size is None:
        return _MOST_IMAGE_TOKENS
    width, height = size
    cells = -(-width // _CELL_PIXELS) * -(-height // _CELL_PIXELS)
    return min(max(cells, _LEAST_IMAGE_TOKENS), _MOST_IMAGE_TOKENS)


def _of_document(data: bytes, media_type: str | None) -> int:
    if media_type is not None and media_type.startswith("text/"):
        return _MESSAGE_TOKENS + _of_text(data.decode("utf-8", "replace"))
    # Where pages are packed away, none can be small.
    pages = len(_PAGE.findall(data)) or -(-len(data) // _PAGE_BYTES)
    return _PAGE_TOKENS * max(1, pages)


def _bytes_of(data: str) -> bytes:
    try:
        return b64decode(data)
    except Error:
        return data.encode()
