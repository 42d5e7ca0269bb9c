"""The bound on the input of a request that is more than words: all is read, and each medium reckoned by itself."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct, structs

from drawbridge.gateway.bounds.bound import Unbounded
from drawbridge.gateway.errors import TranslationError
from drawbridge.gateway.media import media_of
from drawbridge.gateway.objects.references import find_references
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment
from drawbridge.gateway.translation import Wishes, wire_of
from drawbridge.gateway.wire.canonical import Hosted, HostedTool, Medium, Node, Part, Request, ToolResult, Unknown
from drawbridge.gateway.wire.json_text import encode
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.token_bounds import most_tokens, tokens_of_medium

OPERATOR: Final = (
    "leave it out, or have the operator set `ceiling_usd` in the deployment's `profile` or the provider's `quirks`"
)

_PLAIN_CALL: Final = Wishes((), (), strict=False)
_READ: Final = frozenset(
    {
        "messages",
        "contents",
        "input",
        "instructions",
        "system",
        "systemInstruction",
        "system_instruction",
        "tools",
        "functions",
    }
)
"""Members of which everything is looked at here."""

_RUN_BY_CALLER: Final = re.compile(r"(?:bash|text_editor|computer|memory)_\d{8}|local_shell|apply_patch")
"""Tools that vendors define, and callers run."""
_TOOL_TOKENS: Final = 1_500
"""What a vendor says of such a tool: of Anthropic's, 735 tokens for a computer, up to 700 for an editor.

https://platform.claude.com/docs/en/agents-and-tools/tool-use, read 2026-11-23.
"""
_CITED_TOKENS: Final = 200
_MAY_BE_READ: Final = re.compile(
    rb'://|;base64,|"[a-z_]*(?:image|picture|audio|video|file|document|media)', re.IGNORECASE
)
"""What a member that we do not know may be read for: an address, data, or a name that promises more than words."""

# https://developers.openai.com/api/docs/guides/images-vision, read 2026-11-23: 2,833 tokens and 5,667 for each of at
# most eight tiles; others have at most 1,536 patches, each up to 2.46 tokens.
_COSTLY_IMAGES: Final = re.compile(r"gpt-4o-mini")
_COSTLY_IMAGE_TOKENS: Final = 48_169
_CAPPED_IMAGES: Final = re.compile(r"claude|gpt-|o\d|gemini")
_OTHER_IMAGE_TOKENS: Final = 16_384
"""The most that open models take of an image (Qwen-VL's own limit); their servers may allow as much."""


class Input(Struct, frozen=True, gc=False):
    """How many tokens a conversation has at most, and how many of them may be media."""

    tokens: int
    audio_tokens: int = 0
    image_tokens: int = 0


def bound_by_reading(call: CallRequest, deployment: Deployment, strange: Sequence[str]) -> Input | Unbounded:
    """Return the most that a conversation comes to, without what vendors add to every request.

    `strange` are the members at its top that are not plainly words.
    """
    for name in strange:
        if name not in _READ:
            return Unbounded(f"What '{name}' adds to a call cannot be told beforehand.", OPERATOR)
    if _has_a_member_twice(call.top.body):
        return Unbounded("An object in the request has a member twice.", "send each once")
    dialect = DIALECTS[call.endpoint.dialect]
    for reference in find_references(call.endpoint.dialect, call.top):
        return Unbounded(f"How much the {reference.kind} '{reference.id}' holds is only known to its vendor.", OPERATOR)
    try:
        request = dialect.read_request(wire_of(call, _PLAIN_CALL))
        dialect.refuse_state(request)
        extra = _of_nodes(request)
        if isinstance(extra, Unbounded):
            return extra
        least = most_tokens(request, deployment.upstream_model)
        most = _with_media(call, request, deployment)
        return structs.replace(most, tokens=max(most.tokens + extra, least))
    except TranslationError as error:
        return Unbounded(error.message, OPERATOR)


def _has_a_member_twice(body: bytes) -> bool:
    """Tell whether two readers could read two different requests."""
    has_twice = False

    def look(pairs: list[tuple[str, object]]) -> None:
        nonlocal has_twice
        has_twice = has_twice or len(dict(pairs)) < len(pairs)

    json.loads(body, object_pairs_hook=look)
    return has_twice


def _with_media(call: CallRequest, request: Request, deployment: Deployment) -> Input:
    """Add the tokens of all media to the bytes of all words. A film may be told as pictures and as sound."""
    tokens, audio, images = len(call.top.body), 0, 0
    for medium in media_of(request):
        comes_to = _of_medium(medium, deployment.upstream_model)
        tokens += comes_to - len(medium.data or "")
        audio += comes_to if medium.kind in {"audio", "video"} else 0
        images += comes_to if medium.kind != "audio" else 0
    return Input(tokens, audio, images)


def _of_medium(medium: Medium, model: str) -> int:
    tokens = tokens_of_medium(medium)
    if medium.cites:
        # Each sentence is marked with its place.
        tokens += tokens + _CITED_TOKENS
    if medium.kind != "image":
        return tokens
    if _COSTLY_IMAGES.search(model):
        return max(tokens, _COSTLY_IMAGE_TOKENS)
    is_capped = _CAPPED_IMAGES.search(model) and medium.detail != "original"
    return tokens if is_capped else max(tokens, _OTHER_IMAGE_TOKENS)


def _of_nodes(request: Request) -> int | Unbounded:
    """Return what tools add that only the vendor describes."""
    tokens = 0
    for tool in request.tools:
        if isinstance(tool, HostedTool):
            if not _RUN_BY_CALLER.fullmatch(tool.shape):
                return Unbounded(f"What the vendor's tool '{tool.kind}' adds to a call cannot be told.", OPERATOR)
            tokens += _TOOL_TOKENS
    for node in _nodes(request):
        if _is_more_than_words(node):
            return Unbounded(f"What stands at '{node.at}' cannot be told in tokens beforehand.", OPERATOR)
    return tokens


def _nodes(request: Request) -> Iterator[Node]:
    yield from request.tools
    for message in request.messages:
        yield message
        yield from _parts(message.parts)


def _parts(parts: Sequence[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        match part:
            case ToolResult():
                yield from _parts(part.parts)
            case Medium():
                yield from _parts(part.blocks or ())
            case _:
                pass


def _is_more_than_words(node: Node) -> bool:
    """Tell whether something may be read by a vendor as more than the words that it is written in."""
    match node:
        case Unknown():
            return True
        case Hosted():
            # What a vendor's tool brought home may be a whole document, and as an image none of its bytes are words.
            return node.tool == "image_generation" or b"application/pdf" in encode(node.raw)
        case Medium() if node.kind == "video" and node.extras:
            return True
        case _:
            return bool(node.extras) and _MAY_BE_READ.search(encode(node.extras)) is not None
