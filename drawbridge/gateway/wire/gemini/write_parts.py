"""The parts of a content, written."""

from collections.abc import Mapping
from typing import Final, assert_never, cast

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.canonical import (
    CacheMark,
    Hosted,
    Json,
    Medium,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from drawbridge.gateway.wire.gemini.models import shows_detail
from drawbridge.gateway.wire.gemini.read_parts import DETAILS, is_youtube
from drawbridge.gateway.wire.gemini.writing import NO_MEMBER, Writing
from drawbridge.gateway.wire.json_text import UNREADABLE_JSON, decode
from drawbridge.gateway.wire.tool_names import FREE_TEXT, as_arguments

WirePart = dict[str, Json]

_LEVELS: Final = {detail: level for level, detail in DETAILS.items()}
_MAGIC: Final[Mapping[str, str]] = {
    "/9j/": "image/jpeg",
    "iVBORw0KGgo": "image/png",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi": "application/pdf",
}
"""How well-known formats begin in base64."""
_UNTOLD: Final[Mapping[str, str]] = {"image": "image/jpeg", "audio": "audio/wav", "video": "video/mp4"}


def write_part(part: Part, writing: Writing) -> list[WirePart]:
    """Write a part of anything but a tool's result; nothing for one that cannot be said, which is reported."""
    match part:
        case Text():
            return _text(part, writing)
        case Refusal():
            return _words(part, part.text, writing)
        case Thinking():
            return _thinking(part, writing)
        case Medium():
            return write_medium(part, writing)
        case ToolCall():
            return [_call(part, writing)]
        case ToolResult():
            raise AssertionError("results are written with the calls that they are for")
        case Hosted():
            return _hosted(part, writing)
        case Unknown():
            if writing.is_own:
                return [part.raw]
            writing.lose(part, "Gemini has no such part")
            return []
        case _:
            assert_never(part)


def lose_cache(mark: CacheMark | None, writing: Writing) -> None:
    """Report a cache mark: Gemini finds equal prefixes by itself."""
    if mark is not None:
        writing.lose(mark, "Gemini takes no cache marks; it caches prefixes by itself", effect="price")


def _text(part: Text, writing: Writing) -> list[WirePart]:
    lose_cache(part.cache, writing)
    if writing.is_own:
        written: WirePart = {} if writing.is_odd(part, "textless") else {"text": part.text}
        return [writing.finish(_sealed(written, part, writing), part)]
    for citation in part.citations:
        writing.lose(citation, "Gemini takes no citations in the history")
    written = _sealed({"text": part.text}, part, writing)
    if not part.text and "thoughtSignature" not in written:
        writing.lose(part, "Gemini refuses empty parts", field="text", effect="none")
        writing.losses.lose_extras(part, NO_MEMBER)
        return []
    return [writing.finish(written, part)]


def _words(part: Refusal, text: str, writing: Writing) -> list[WirePart]:
    writing.losses.lose_extras(part, NO_MEMBER)
    return [{"text": text}] if text else []


def _thinking(part: Thinking, writing: Writing) -> list[WirePart]:
    lose_cache(part.cache, writing)
    if writing.is_own:
        written: WirePart = {"thought": True}
        if not writing.is_odd(part, "textless"):
            written["text"] = "".join(part.paragraphs)
        if part.seal is not None and writing.seal(part.seal) is None:
            writing.lose(part, "another provider made it, and only that one can read it")
            return []
        return [writing.finish(_sealed(written, part, writing), part)]
    if writing.seal(part.seal) is None:
        writing.lose(part, "only the provider that made a thought can read it")
        return []
    if part.id is not None:
        writing.lose(part, NO_MEMBER, field="id", effect="none")
    writing.losses.lose_extras(part, NO_MEMBER)
    return [{"text": paragraph, "thought": True} for paragraph in part.paragraphs if paragraph]


def _sealed(written: WirePart, part: Text | Thinking | Medium | ToolCall, writing: Writing) -> WirePart:
    if part.seal is None:
        return written
    value = writing.seal(part.seal)
    if value is None:
        writing.lose(part, "only the provider that made a signature can read it", field="seal")
    else:
        written["thoughtSignature"] = value
    return written


def _call(part: ToolCall, writing: Writing) -> WirePart:
    lose_cache(part.cache, writing)
    if part.item_id is not None:
        writing.lose(part, NO_MEMBER, field="item_id", effect="none")
    call: WirePart = {}
    if not writing.is_odd(part, "idless"):
        call["id"] = part.id if writing.is_own else writing.ids.of(part)
    if not writing.is_odd(part, "nameless"):
        call["name"] = part.name if writing.is_own else writing.names.of(part.name, part.namespace)
    if not writing.is_odd(part, "argless"):
        call["args"] = _arguments(part, writing)
    written: WirePart = {"functionCall": call}
    return writing.finish(_sealed(written, part, writing), part)


def _arguments(part: ToolCall, writing: Writing) -> Json:
    found: Json = decode(as_arguments(part.arguments) if part.is_custom else part.arguments or "{}")
    if isinstance(found, dict) or (writing.is_own and found is not UNREADABLE_JSON):
        # cast: what was decoded is JSON.
        return cast("Json", found)
    writing.lose(part, "Gemini takes objects as arguments only: what was none stands in one", field="arguments")
    return {FREE_TEXT: part.arguments}


def write_medium(part: Medium, writing: Writing) -> list[WirePart]:
    """Write an image, a sound, a film or a document. Raises ImpossibleRequest where the model takes none such."""
    _refuse_impossible(part, writing)
    lose_cache(part.cache, writing)
    if writing.is_own:
        return [writing.finish(_sealed(_own_medium(part), part, writing), part)]
    _lose_about(part, writing)
    content = _content(part, writing)
    if part.text is not None or part.blocks is not None:
        writing.losses.lose_extras(part, NO_MEMBER)
        return content
    written = [_sealed(one, part, writing) for one in content]
    if part.detail is not None:
        for one in written:
            _write_detail(one, part, writing)
    return [writing.finish(one, part) for one in written]


def _refuse_impossible(part: Medium, writing: Writing) -> None:
    profile = writing.target.profile
    can = {"image": profile.images, "audio": profile.audio, "video": profile.video, "document": profile.documents}
    if can[part.kind] is False and part.text is None and part.blocks is None:
        raise ImpossibleRequest(f"The model {writing.target.model} takes no {part.kind}.", param=part.at or None)


def _own_medium(part: Medium) -> WirePart:
    about: dict[str, Json] = {"mimeType": part.media_type, "displayName": part.name}
    if part.data is not None or "data" in part.shape.split(" "):
        written: WirePart = {"inlineData": {**about, "data": part.data}}
    else:
        address = part.file.value if part.file is not None else part.url
        written = {"fileData": {**about, "fileUri": address}}
    for name, value in written.items():
        written[name] = {member: text for member, text in value.items() if text is not None}
    if part.detail is not None:
        written["mediaResolution"] = {"level": _LEVELS[part.detail]}
    return written


def _lose_about(part: Medium, writing: Writing) -> None:
    for field in ("name", "title", "context", "source", "cites"):
        if getattr(part, field) not in (None, ""):
            # https://ai.google.dev/api/caching#Blob: the Gemini API has no displayName. Read 2026-11-23.
            writing.lose(part, "Gemini takes media without words about them", field=field)


def _content(part: Medium, writing: Writing) -> list[WirePart]:
    if part.text is not None:
        return [{"text": part.text}] if part.text else []
    if part.blocks is not None:
        return [one for block in part.blocks for one in write_part(block, writing)]
    if part.data is not None:
        return [{"inlineData": {"mimeType": media_type(part), "data": part.data}}]
    address = part.url if part.file is None else writing.seal(part.file)
    if address is None:
        writing.lose(part, "the file lives at another vendor")
        return []
    known = {} if part.media_type is None and is_youtube(address) else {"mimeType": media_type(part)}
    return [{"fileData": {"fileUri": address, **known}}]


def media_type(part: Medium) -> str:
    """Return what a medium is: Gemini takes none of which it is not told."""
    if part.media_type is not None:
        return part.media_type
    data = part.data or ""
    guessed = next((known for start, known in _MAGIC.items() if data.startswith(start)), None)
    ending = (part.url or part.name or "").partition("?")[0].rpartition(".")[2].lower()
    return guessed or _ENDINGS.get(ending) or _UNTOLD.get(part.kind, "application/pdf")


_ENDINGS: Final[Mapping[str, str]] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "mp3": "audio/mp3",
    "wav": "audio/wav",
    "mp4": "video/mp4",
}


def _write_detail(written: WirePart, part: Medium, writing: Writing) -> None:
    level = _LEVELS.get(part.detail or "")
    if level is not None and shows_detail(writing.target):
        written["mediaResolution"] = {"level": level}
    elif part.detail == "auto":
        writing.lose(part, "Gemini chooses the resolution by itself unless told", field="detail", effect="none")
    else:
        writing.lose(part, "the model takes no such resolution", field="detail", effect="answer_and_price")


def _hosted(part: Hosted, writing: Writing) -> list[WirePart]:
    lose_cache(part.cache, writing)
    if writing.is_own:
        return [part.raw]
    writing.lose(part, "a run of another vendor's own tool means nothing to Gemini")
    return []
