"""Writes parts of a message into a chat completion that a strict vendor takes."""

from collections.abc import Sequence
from typing import assert_never

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.canonical import (
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
from drawbridge.gateway.wire.opaque import readable_by
from drawbridge.gateway.wire.openai_chat.parts import AUDIO_FORMATS, data_url
from drawbridge.gateway.wire.openai_chat.writing import NO_MEMBER, Writing

_Written = list[dict[str, Json]]


def write_parts(parts: Sequence[Part], writing: Writing, *, texts_only: bool = False) -> _Written:
    """Write parts; those of messages that only take text lose the others."""
    written: _Written = []
    for part in parts:
        if texts_only and isinstance(part, Medium) and not _is_text(part):
            writing.lose(part, "only messages of the user can hold it")
        else:
            written += write_part(part, writing)
    return written


def write_part(part: Part, writing: Writing) -> _Written:
    """Return what stands for a part: nothing where it cannot be said, several parts for a document made of parts."""
    match part:
        case Text():
            return _write_text(part, writing)
        case Medium():
            return _write_medium(part, writing)
        case Refusal():
            writing.leave_extras(part)
            return [{"type": "text", "text": part.text}]
        case Thinking():
            writing.lose(part, "reasoning can only go back to the vendor that made it")
        case Hosted():
            writing.lose(part, "the vendor did not run this tool")
        case Unknown():
            writing.lose(part, "a chat completion has no such part")
        case ToolCall() | ToolResult():
            writing.lose(part, "it does not stand in such a message")
        case _:
            assert_never(part)
    return []


def as_content(parts: _Written) -> Json:
    """Return a message's content: words as such where there is nothing else, as more vendors take them."""
    if not parts:
        return ""
    if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        return parts[0]["text"]
    return parts


def _write_text(part: Text, writing: Writing) -> _Written:
    writing.leave_extras(part)
    for citation in part.citations:
        writing.lose(citation, "a chat completion's history has no citations")
    if part.seal is not None:
        writing.lose(part, "a signature can only go back to the vendor that made it", field="seal")
    return [writing.mark({"type": "text", "text": part.text}, part.cache)]


def _is_text(medium: Medium) -> bool:
    return medium.kind == "document" and (medium.text is not None or medium.blocks is not None)


def _write_medium(part: Medium, writing: Writing) -> _Written:
    _refuse_impossible(part, writing)
    writing.leave_extras(part)
    if part.seal is not None:
        writing.lose(part, "a signature can only go back to the vendor that made it", field="seal")
    if part.cites is not None:
        writing.lose(part, NO_MEMBER, field="cites", effect="answer" if part.cites else "none")
    written = _write_text_document(part, writing) if _is_text(part) else _write_binary(part, writing)
    if written and part.cache is not None:
        writing.mark(written[-1], part.cache)
    return written


def _refuse_impossible(part: Medium, writing: Writing) -> None:
    profile = writing.target.profile
    takes = {"image": profile.images, "audio": profile.audio, "video": profile.video, "document": profile.documents}
    if takes[part.kind] is False and not _is_text(part):
        words = f"The model takes no {part.kind}. Leave it out, or choose a model that does."
        raise ImpossibleRequest(words, param=part.at)


def _write_text_document(part: Medium, writing: Writing) -> _Written:
    """Write a document of text as text, its title and the like in a part before it."""
    labels = (("Document", part.title), ("File", part.name), ("Source", part.source), ("Context", part.context))
    heading = "\n".join(f"{label}: {value}" for label, value in labels if value is not None)
    written: _Written = [{"type": "text", "text": heading}] if heading else []
    if part.media_type is not None:
        writing.lose(part, "text in a message has no type", field="media_type", effect="none")
    if part.text is not None:
        return [*written, {"type": "text", "text": part.text}]
    for block in part.blocks or ():
        written += write_part(block, writing)
    return written


def _write_binary(part: Medium, writing: Writing) -> _Written:
    for field in ("title", "context", "source"):
        if getattr(part, field) is not None:
            writing.lose(part, NO_MEMBER, field=field)
    if part.url is not None and part.media_type is not None:
        writing.lose(part, "beside an address there is no place for it", field="media_type", effect="none")
    if part.file is not None and not readable_by(part.file, "openai-chat", writing.target.provider):
        writing.lose(part, "the file lives at another vendor, or at another of its interfaces")
        return []
    match part.kind:
        case "image" if part.file is None:
            return _write_image(part, writing)
        case "audio" if part.file is None:
            return _write_audio(part, writing)
        case "video" if part.file is None:
            return _write_video(part, writing)
        case _:
            return _write_file(part, writing)


def _write_image(part: Medium, writing: Writing) -> _Written:
    _lose_name(part, writing)
    image: dict[str, Json] = {"url": data_url(part)}
    if part.detail in {"low", "high", "auto"}:
        image["detail"] = part.detail
    elif part.detail is not None:
        writing.lose(part, "the vendor knows low, high and auto", field="detail")
    return [{"type": "image_url", "image_url": image}]


def _write_audio(part: Medium, writing: Writing) -> _Written:
    _lose_name(part, writing)
    form = AUDIO_FORMATS.get((part.media_type or "").partition(";")[0].strip().lower())
    if part.data is None or form is None:
        writing.lose(part, "a chat completion takes sound as WAV or MP3 data only")
        return []
    return [{"type": "input_audio", "input_audio": {"data": part.data, "format": form}}]


def _write_video(part: Medium, writing: Writing) -> _Written:
    _lose_name(part, writing)
    if not writing.has("video_url"):
        writing.lose(part, "a chat completion takes no film")
        return []
    return [{"type": "video_url", "video_url": {"url": data_url(part)}}]


def _write_file(part: Medium, writing: Writing) -> _Written:
    _lose_detail(part, writing)
    if part.file is not None:
        return [{"type": "file", "file": {"file_id": part.file.value}}]
    if writing.has("document_url"):
        named: dict[str, Json] = {} if part.name is None else {"document_name": part.name}
        return [{"type": "document_url", "document_url": data_url(part), **named}]
    if part.data is None:
        writing.lose(part, "a chat completion takes documents as data only")
        return []
    file = {"filename": part.name or _file_name(part), "file_data": data_url(part)}
    return [{"type": "file", "file": file}]


def _file_name(part: Medium) -> str:
    """Return a name, which OpenAI wants beside a file's data."""
    subtype = (part.media_type or "application/pdf").partition(";")[0].rpartition("/")[2]
    return f"document.{subtype}" if subtype.isalnum() else "document"


def _lose_name(part: Medium, writing: Writing) -> None:
    if part.name is not None:
        writing.lose(part, NO_MEMBER, field="name", effect="none")


def _lose_detail(part: Medium, writing: Writing) -> None:
    if part.detail is not None:
        writing.lose(part, NO_MEMBER, field="detail")
