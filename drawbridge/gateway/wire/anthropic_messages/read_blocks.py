"""Content blocks, as messages of requests and replies hold them, read into parts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, cast

from msgspec import Struct
from msgspec.structs import replace

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.anthropic_messages.envelope import NAME
from drawbridge.gateway.wire.anthropic_messages.members import Members
from drawbridge.gateway.wire.canonical import (
    CacheMark,
    Citation,
    Hosted,
    Json,
    Medium,
    Opaque,
    Part,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.json_text import encode
from drawbridge.gateway.wire.losses import join
from drawbridge.gateway.wire.opaque import take_back

AS_STRING: Final = "string"
"""The shape of a text that was written as a string instead of a list with one block."""
BARE: Final = "bare"
"""The shape of what has no content at all."""
NEXT: Final = "next:"
LAST: Final = "last:"
"""What a handed-out seal begins with that belongs to the block behind or before the block that holds it."""

UNSEALED: Final = "unsealed"
"""The shape of thinking that another vendor has handed out without any seal."""

LIFETIMES: Final = MappingProxyType({"5m": 300, "1h": 3600})
"""Seconds by the name of a cache mark's lifetime."""

_Names = Mapping[str, str]
_TEXT_NAMES: Final[_Names] = MappingProxyType({"cache": "cache_control"})
_THINKING_NAMES: Final[_Names] = MappingProxyType({"paragraphs": "thinking", "seal": "signature"})
_REDACTED_NAMES: Final[_Names] = MappingProxyType({"seal": "data"})
_CALL_NAMES: Final[_Names] = MappingProxyType({"arguments": "input", "cache": "cache_control"})
_RESULT_NAMES: Final[_Names] = MappingProxyType(
    {"call_id": "tool_use_id", "parts": "content", "cache": "cache_control"}
)
_SOURCE_NAMES: Final[_Names] = MappingProxyType(
    {
        "cache": "cache_control",
        "cites": "citations.enabled",
        "media_type": "source.media_type",
        "data": "source.data",
        "text": "source.data",
        "url": "source.url",
        "file": "source.file_id",
        "blocks": "source.content",
    }
)
_SEARCH_RESULT_NAMES: Final[_Names] = MappingProxyType(
    {"cache": "cache_control", "cites": "citations.enabled", "blocks": "content"}
)

_HOSTED_RESULT: Final = "_tool_result"
_HOSTED_CALLS: Final = ("server_tool_use", "mcp_tool_use")


class Reading(Struct, frozen=True):
    """Whose blocks are read."""

    provider: str | None = None
    """Who made the sealed values in them; None where that is not known."""

    def sealed(self, value: str) -> Opaque:
        """Return a sealed value, as its maker's."""
        return take_back(value, NAME, self.provider)


def read_content(content: Json, at: str, reading: Reading) -> list[Part]:
    """Read a message's content. Raises MalformedRequest where it is neither text nor blocks."""
    if isinstance(content, str):
        return [Text(at=at, raw=content, text=content, shape=AS_STRING)]
    if not isinstance(content, list):
        raise MalformedRequest(f"{at}: expected a string or a list of content blocks.", param=at)
    parts: list[Part] = []
    # cast: nothing is known of the elements, which is what Json says.
    for number, block in enumerate(cast("list[Json]", content)):
        if not isinstance(block, dict):
            raise MalformedRequest(f"{at}[{number}]: expected a content block.", param=f"{at}[{number}]")
        # cast: the keys of a JSON object are strings.
        parts.append(read_block(cast("dict[str, Json]", block), f"{at}[{number}]", reading))
    return _with_seals(parts)


def read_block(block: dict[str, Json], at: str, reading: Reading) -> Part:
    """Read a block. One of an unknown kind, or that is not what its kind must be, is an Unknown."""
    kind = block.get("type")
    if not isinstance(kind, str):
        return Unknown(at=at, raw=block)
    read = _READERS.get(kind)
    found = None
    if read is not None:
        members = Members(block)
        members.text("type")
        found = read(block, members, at, reading)
    elif kind in _HOSTED_CALLS or kind.endswith(_HOSTED_RESULT):
        found = _hosted(block, kind, at)
    return found or Unknown(at=at, raw=block, kind=kind)


def read_cache_mark(members: Members, at: str) -> CacheMark | None:
    """Take a mark out of an object that stood at a path."""
    raw = members.take("cache_control", dict)
    if raw is None:
        return None
    at = join(at, "cache_control")
    mark = Members(raw)
    ttl_s = None
    if raw.get("ttl") in tuple(LIFETIMES):
        ttl_s = LIFETIMES[mark.text("ttl") or ""]
    mark.is_exactly("type", "ephemeral")
    return CacheMark(at=at, raw=raw, ttl_s=ttl_s, names=_MARK_NAMES, extras=mark.rest())


_MARK_NAMES: Final[_Names] = MappingProxyType({"ttl_s": "ttl"})


def _text(block: dict[str, Json], members: Members, at: str, reading: Reading) -> Part | None:
    text = members.text("text")
    if text is None:
        return None
    cache = read_cache_mark(members, at)
    citations = _citations(members, at)
    return Text(at=at, raw=block, names=_TEXT_NAMES, text=text, citations=citations, cache=cache, extras=members.rest())


def _citations(members: Members, at: str) -> list[Citation]:
    listed: list[Json] = members.take("citations", list) or []
    if not listed or not all(isinstance(one, dict) for one in listed):
        members.leave(["citations"])
        return []
    return [read_citation(one, f"{at}.citations[{number}]") for number, one in enumerate(listed)]


def read_citation(raw: dict[str, Json], at: str) -> Citation:
    """Read where a piece of text comes from."""
    members = Members(raw)
    kind = raw.get("type")
    form = _CITATIONS.get(kind) if isinstance(kind, str) else None
    if form is None or not isinstance(kind, str):
        return Citation(at=at, raw=raw, extras=members.rest())
    members.text("type")
    taken = {
        field: members.whole(name) if field in _NUMBERS else members.text(name) for field, name in form.names.items()
    }
    # The fields' types are those that were asked for, which no type checker can see through a mapping.
    citation = Citation(at=at, raw=raw, kind=form.kind, names=form.names, shape=kind, cited_text=None)
    for field, value in taken.items():
        setattr(citation, field, value)
    citation.source_unit = form.unit
    citation.extras = members.rest()
    return citation


class CitationForm(Struct, frozen=True):
    """How a citation of a type is written: its fields' names."""

    kind: Literal["url", "document", "search_result"]
    names: _Names
    unit: Literal["character", "page", "block"] | None = None


_NUMBERS: Final = frozenset({"source_index", "source_start", "source_end"})


def _located(start: str, end: str) -> _Names:
    return MappingProxyType(
        {
            "cited_text": "cited_text",
            "title": "document_title",
            "source_index": "document_index",
            "source_start": start,
            "source_end": end,
        }
    )


_CITATIONS: Final[Mapping[str, CitationForm]] = MappingProxyType(
    {
        "char_location": CitationForm("document", _located("start_char_index", "end_char_index"), "character"),
        "page_location": CitationForm("document", _located("start_page_number", "end_page_number"), "page"),
        "content_block_location": CitationForm("document", _located("start_block_index", "end_block_index"), "block"),
        "search_result_location": CitationForm(
            "search_result",
            MappingProxyType(
                {
                    "cited_text": "cited_text",
                    "title": "title",
                    "url": "source",
                    "source_index": "search_result_index",
                    "source_start": "start_block_index",
                    "source_end": "end_block_index",
                }
            ),
            "block",
        ),
        "web_search_result_location": CitationForm(
            "url", MappingProxyType({"cited_text": "cited_text", "title": "title", "url": "url"})
        ),
    }
)
CITATION_FORMS: Final = _CITATIONS


def _thinking(block: dict[str, Json], members: Members, at: str, reading: Reading) -> Part | None:
    words, signature = members.text("thinking"), members.text("signature")
    if words is None:
        return None
    if signature == "":
        members.leave(["signature"])
    seal = reading.sealed(signature) if signature else None
    has_seal = seal is not None and seal.value != ""
    return Thinking(
        at=at,
        raw=block,
        names=_THINKING_NAMES,
        shape="" if has_seal or seal is None else UNSEALED,
        paragraphs=[words] if words else [],
        seal=seal if has_seal else None,
        extras=members.rest(),
    )


def _redacted_thinking(block: dict[str, Json], members: Members, at: str, reading: Reading) -> Part | None:
    data = members.text("data")
    if data is None:
        return None
    return Thinking(
        at=at, raw=block, names=_REDACTED_NAMES, seal=reading.sealed(data), is_redacted=True, extras=members.rest()
    )


def _image(block: dict[str, Json], members: Members, at: str, reading: Reading) -> Part | None:
    return _sourced("image", block, members, at, reading)


def _document(block: dict[str, Json], members: Members, at: str, reading: Reading) -> Part | None:
    return _sourced("document", block, members, at, reading)


def _sourced(
    kind: Literal["image", "document"], block: dict[str, Json], members: Members, at: str, reading: Reading
) -> Part | None:
    source = members.below("source")
    medium = Medium(at=at, raw=block, kind=kind, names=_SOURCE_NAMES)
    if source is None or not _read_source(source, medium, at, reading):
        return None
    medium.title, medium.context = members.text("title"), members.text("context")
    _read_citing(members, medium)
    medium.cache = read_cache_mark(members, at)
    medium.extras |= members.rest() | source.rest("source")
    return medium


def _read_source(source: Members, medium: Medium, at: str, reading: Reading) -> bool:
    """Read what is in a medium. Returns False where the source is of no known kind."""
    medium.shape = source.text("type") or ""
    match medium.shape:
        case "base64":
            medium.media_type, medium.data = source.text("media_type"), source.text("data")
            return medium.data is not None
        case "text":
            medium.media_type, medium.text = source.text("media_type"), source.text("data")
            return medium.text is not None
        case "url":
            medium.url = source.text("url")
            return medium.url is not None
        case "file":
            file = source.text("file_id")
            medium.file = None if file is None else reading.sealed(file)
            return file is not None
        case "content":
            content = source.take("content", str, list)
            medium.blocks = None if content is None else read_content(content, f"{at}.source.content", reading)
            return content is not None
        case _:
            return False


def _read_citing(members: Members, medium: Medium) -> None:
    citing = members.below("citations")
    if citing is not None:
        medium.cites = citing.flag("enabled")
        medium.extras |= citing.rest("citations")


def _search_result(block: dict[str, Json], members: Members, at: str, reading: Reading) -> Part | None:
    content = members.take("content", list)
    if content is None:
        return None
    medium = Medium(at=at, raw=block, kind="document", names=_SEARCH_RESULT_NAMES, shape="search_result")
    medium.blocks = read_content(content, f"{at}.content", reading)
    medium.source, medium.title = members.text("source"), members.text("title")
    _read_citing(members, medium)
    medium.cache = read_cache_mark(members, at)
    medium.extras |= members.rest()
    return medium


def _tool_use(block: dict[str, Json], members: Members, at: str, reading: Reading) -> Part | None:
    call_id, name, arguments = members.text("id"), members.text("name"), members.take("input", dict)
    if call_id is None or name is None or arguments is None:
        return None
    cache = read_cache_mark(members, at)
    return ToolCall(
        at=at,
        raw=block,
        names=_CALL_NAMES,
        id=call_id,
        name=name,
        arguments=encode(arguments).decode(),
        cache=cache,
        extras=members.rest(),
    )


def _tool_result(block: dict[str, Json], members: Members, at: str, reading: Reading) -> Part | None:
    call_id, content = members.text("tool_use_id"), members.take("content", str, list)
    if call_id is None:
        return None
    result = ToolResult(at=at, raw=block, names=_RESULT_NAMES, call_id=call_id, is_error=members.flag("is_error"))
    if content is None:
        result.shape = BARE
    else:
        result.parts = read_content(content, f"{at}.content", reading)
    result.cache = read_cache_mark(members, at)
    result.extras = members.rest()
    return result


def _hosted(block: dict[str, Json], kind: str, at: str) -> Hosted:
    is_result = kind.endswith(_HOSTED_RESULT)
    members = Members(block)
    joined = members.text("tool_use_id" if is_result else "id")
    name = kind.removesuffix(_HOSTED_RESULT) if is_result else members.text("name") or kind
    tool = "mcp" if kind.startswith("mcp_") else _HOSTED_WORDS.get(name, name)
    return Hosted(at=at, raw=block, tool=tool, id=joined, is_result=is_result, cache=read_cache_mark(members, at))


_HOSTED_WORDS: Final = MappingProxyType(
    {
        "bash_code_execution": "code_execution",
        "text_editor_code_execution": "code_execution",
        "tool_search_tool_bm25": "tool_search",
        "tool_search_tool_regex": "tool_search",
    }
)


def _with_seals(parts: list[Part]) -> list[Part]:
    """Put seals that were handed out beside calls and texts of another dialect back onto them."""
    kept: list[Part] = []
    waiting: Opaque | None = None
    for part in parts:
        seal = part.seal if isinstance(part, Thinking) and part.is_redacted else None
        if seal is not None and seal.dialect != NAME and seal.value.startswith(NEXT):
            waiting = _without(NEXT, seal)
        elif seal is not None and seal.dialect != NAME and seal.value.startswith(LAST):
            if kept and isinstance(kept[-1], Text | ToolCall):
                kept[-1].seal = _without(LAST, seal)
        else:
            if waiting is not None and isinstance(part, Text | ToolCall):
                part.seal = waiting
            waiting = None
            kept.append(part)
    return kept


def _without(prefix: str, seal: Opaque) -> Opaque:
    return replace(seal, value=seal.value.removeprefix(prefix))


_Reader = Callable[[dict[str, Json], Members, str, Reading], Part | None]
_READERS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        "text": _text,
        "thinking": _thinking,
        "redacted_thinking": _redacted_thinking,
        "image": _image,
        "document": _document,
        "search_result": _search_result,
        "tool_use": _tool_use,
        "tool_result": _tool_result,
    }
)
