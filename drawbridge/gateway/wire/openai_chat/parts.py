"""Parts of a message as chat completions write them."""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import CacheMark, Json, Medium, Part, Refusal, Text, Thinking, Unknown
from drawbridge.gateway.wire.openai_chat.cache_marks import write_mark
from drawbridge.gateway.wire.openai_chat.members import put_all

AUDIO_FORMATS: Final[Mapping[str, str]] = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
}


def restore_part(part: Part) -> Json:
    """Return a part that was read from a chat completion as it stood there."""
    match part:
        case Text(shape="bare"):
            return part.text
        case Text():
            return put_all(with_mark({"type": "text", "text": part.text}, part.cache), part.extras)
        case Thinking():
            words = [{"type": "text", "text": text} for text in part.paragraphs]
            return put_all({"type": "thinking", "thinking": words}, part.extras)
        case Refusal():
            return put_all({"type": "refusal", "refusal": part.text}, part.extras)
        case Medium():
            return put_all(with_mark(_restore_medium(part), part.cache), part.extras)
        case Unknown():
            return part.raw
        case _:
            # Calls and results stand elsewhere in a message, and a vendor's own runs are extras here.
            raise AssertionError(f"no part of a chat completion's content: {type(part).__name__}")


def with_mark(raw: dict[str, Json], mark: CacheMark | None) -> dict[str, Json]:
    """Put a mark that was read from a chat completion back onto a part or tool."""
    if mark is not None:
        raw[mark.shape] = put_all(write_mark(mark, mark.shape), mark.extras)
    return raw


def data_url(medium: Medium, parameters: str = "") -> str:
    """Return a medium's address: its URL, or its data in one."""
    if medium.data is None:
        return medium.url or ""
    return f"data:{medium.media_type or ''}{parameters};base64,{medium.data}"


def _restore_medium(medium: Medium) -> dict[str, Json]:
    member, *rest = medium.shape.split(" ")
    match member:
        case "audio":
            return {"id": _file_id(medium)}
        case "file":
            return {"type": "file", "file": _restore_file(medium, rest)}
        case "input_audio":
            return {"type": "input_audio", "input_audio": _restore_audio(medium, rest)}
        case _:
            return {"type": member, **_restore_addressed(medium, member, rest)}


def _restore_addressed(medium: Medium, member: str, rest: list[str]) -> dict[str, Json]:
    url = data_url(medium, _parameters(rest))
    if "bare" in rest:
        named: dict[str, Json] = {} if medium.name is None else {"document_name": medium.name}
        return {member: url, **named}
    addressed: dict[str, Json] = {"url": url}
    if medium.detail is not None:
        addressed["detail"] = medium.detail
    return {member: addressed}


def _restore_file(medium: Medium, rest: list[str]) -> dict[str, Json]:
    file: dict[str, Json] = {}
    if medium.file is not None:
        file["file_id"] = medium.file.value
    else:
        file["file_data"] = medium.data if "bare" in rest else data_url(medium, _parameters(rest))
    if medium.name is not None:
        file["filename"] = medium.name
    return file


def _restore_audio(medium: Medium, rest: list[str]) -> Json:
    data = data_url(medium, _parameters(rest)) if "address" in rest else medium.data
    if "bare" in rest:
        return data
    form = [word for word in rest if word != "address" and not word.startswith(";")]
    return {"data": data, "format": form[0]} if form else {"data": data}


def _parameters(rest: list[str]) -> str:
    return next((word for word in rest if word.startswith(";")), "")


def _file_id(medium: Medium) -> str:
    return "" if medium.file is None else medium.file.value
