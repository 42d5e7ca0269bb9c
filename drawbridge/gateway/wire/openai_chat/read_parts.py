"""Reads the content of a message: words, or a list of parts."""

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

from drawbridge.gateway.errors import MalformedRequest
from drawbridge.gateway.wire.canonical import Json, Medium, Opaque, Part, Refusal, Text, Thinking, Unknown
from drawbridge.gateway.wire.json_text import elements, members
from drawbridge.gateway.wire.openai_chat.cache_marks import read_mark
from drawbridge.gateway.wire.openai_chat.members import Fields

_DATA_URL: Final = re.compile(r"data:([^;,]*)((?:;[^;,]*)*?);base64,(.*)", re.DOTALL)

WHOLE: Final[Mapping[str, str]] = {"text": ""}
_AUDIO_TYPES: Final[Mapping[str, str]] = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "opus": "audio/opus",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "webm": "audio/webm",
    "pcm16": "audio/pcm",
}
_Kind = Literal["image", "audio", "video", "document"]
_KINDS: Final[Mapping[str, _Kind]] = {"image": "image", "audio": "audio", "video": "video"}


def read_content(fields: Fields, raw: dict[str, Json], at: str) -> tuple[list[Part], str]:
    """Take a message's content: its parts, and whether it was `text`, a `list`, `null` or `absent`."""
    content = raw.get("content")
    place = f"{at}.content"
    if isinstance(content, str):
        fields.text("content")
        return [Text(at=place, raw=content, text=content, names=WHOLE)], "text"
    if isinstance(content, list):
        fields.any("content")
        return [read_part(part, f"{place}[{index}]") for index, part in enumerate(elements(raw["content"]))], "list"
    if content is not None:
        raise MalformedRequest(f"'{place}' must be a string or a list of parts.", param=place)
    fields.nothing("content")
    return [], "null" if "content" in raw else "absent"


def read_part(written: Json, at: str) -> Part:
    """Read a part; one of a kind that is not known is kept as it is."""
    if isinstance(written, str):
        return Text(at=at, raw=written, text=written, shape="bare", names=WHOLE)
    raw = members(written)
    kind = raw.get("type")
    read = _PARTS.get(kind) if isinstance(kind, str) else None
    part = None if read is None else read(raw, at, Fields(raw))
    return Unknown(at=at, raw=written, kind=str(kind)) if part is None else part


def _read_text(raw: dict[str, Json], at: str, fields: Fields) -> Part | None:
    text = fields.text("text")
    if text is None:
        return None
    fields.text("type")
    cache = read_mark(fields, raw, at)
    return Text(at=at, raw=raw, text=text, cache=cache, extras=fields.extras())


def _read_refusal(raw: dict[str, Json], at: str, fields: Fields) -> Part | None:
    text = fields.text("refusal")
    if text is None:
        return None
    fields.text("type")
    return Refusal(at=at, raw=raw, text=text, names={"text": "refusal"}, extras=fields.extras())


def _read_mistral_thinking(raw: dict[str, Json], at: str, fields: Fields) -> Part | None:
    # Mistral's, also within streams (recorded 2026-08).
    written = [members(element) for element in elements(raw.get("thinking"))]
    texts = [element.get("text") for element in written]
    plain = [{"type": "text", "text": text} for text in texts]
    if not isinstance(raw.get("thinking"), list) or plain != written:
        return None
    fields.any("thinking")
    fields.text("type")
    paragraphs = [str(text) for text in texts]
    return Thinking(
        at=at,
        raw=raw,
        paragraphs=paragraphs,
        shape="content",
        seal=Opaque("content", "openai-chat"),
        names={"paragraphs": "thinking"},
        extras=fields.extras(),
    )


def _read_image(raw: dict[str, Json], at: str, fields: Fields) -> Part | None:
    return _read_addressed(raw, at, fields, "image", "image_url")


def _read_video(raw: dict[str, Json], at: str, fields: Fields) -> Part | None:
    return _read_addressed(raw, at, fields, "video", "video_url")


def _read_document(raw: dict[str, Json], at: str, fields: Fields) -> Part | None:
    # Mistral's (recorded 2026-08).
    medium = _read_addressed(raw, at, fields, "document", "document_url")
    name = fields.text("document_name")
    if medium is not None and name is not None:
        medium.name = name
        medium.names = {**medium.names, "name": "document_name"}
        medium.extras = fields.extras()
    return medium


def _read_addressed(raw: dict[str, Json], at: str, fields: Fields, kind: _Kind, member: str) -> Medium | None:
    """Read a medium given by a URL, which stands in the member itself or in an object there."""
    is_bare = isinstance(raw.get(member), str)
    path = member if is_bare else f"{member}.url"
    url = fields.text(path)
    if url is None:
        return None
    detail = None if is_bare else fields.text(f"{member}.detail")
    fields.text("type")
    medium = Medium(at=at, raw=raw, kind=kind, detail=detail, cache=read_mark(fields, raw, at))
    medium.shape = f"{member} bare" if is_bare else member
    set_address(medium, url)
    medium.names = {"url": path, "data": path, "media_type": path, "detail": f"{member}.detail"}
    medium.extras = fields.extras()
    return medium


def set_address(medium: Medium, url: str) -> None:
    """Put a URL into a medium: what a data URL holds is the medium's data."""
    found = _DATA_URL.fullmatch(url)
    if found is None:
        medium.url = url
        return
    media_type, parameters, data = found.groups()
    medium.media_type, medium.data = media_type or None, data
    if parameters:
        medium.shape = f"{medium.shape} {parameters}"


def _read_audio(raw: dict[str, Json], at: str, fields: Fields) -> Part | None:
    data = fields.text("input_audio.data")
    form = fields.text("input_audio.format")
    if data is None and isinstance(raw.get("input_audio"), str):
        # Mistral's: data or a URL without a format, as its SDK has it (mistralai 3.7).
        data = fields.text("input_audio")
    if data is None:
        return None
    fields.text("type")
    is_bare = isinstance(raw.get("input_audio"), str)
    path = "input_audio" if is_bare else "input_audio.data"
    medium = Medium(at=at, raw=raw, kind="audio", cache=read_mark(fields, raw, at), shape="input_audio")
    medium.shape = "input_audio bare" if is_bare else "input_audio"
    if data.startswith(("https://", "http://", "data:")):
        set_address(medium, data)
        medium.shape += " address"
    else:
        medium.data = data
    if form is not None:
        medium.media_type = _AUDIO_TYPES.get(form, f"audio/{form}")
        medium.shape += f" {form}"
    medium.names = {"data": path, "url": path, "media_type": "input_audio.format"}
    medium.extras = fields.extras()
    return medium


def _read_file(raw: dict[str, Json], at: str, fields: Fields) -> Part | None:
    data, file_id = fields.text("file.file_data"), fields.text("file.file_id")
    if (data is None) == (file_id is None):
        return None
    name = fields.text("file.filename")
    fields.text("type")
    medium = Medium(at=at, raw=raw, kind="document", name=name, cache=read_mark(fields, raw, at), shape="file")
    if file_id is not None:
        medium.file = Opaque(file_id, "openai-chat")
    elif data is not None and data.startswith(("https://", "http://", "data:")):
        # OpenRouter takes addresses here.
        set_address(medium, data)
    else:
        medium.data = data
        medium.shape = "file bare"
    medium.kind = _kind_of(medium.media_type)
    path = "file.file_data"
    medium.names = {"data": path, "url": path, "media_type": path, "file": "file.file_id", "name": "file.filename"}
    medium.extras = fields.extras()
    return medium


def _kind_of(media_type: str | None) -> _Kind:
    return _KINDS.get((media_type or "").partition("/")[0], "document")


_PARTS: Final[Mapping[str, Callable[[dict[str, Json], str, Fields], Part | None]]] = {
    "text": _read_text,
    "refusal": _read_refusal,
    "thinking": _read_mistral_thinking,
    "image_url": _read_image,
    "video_url": _read_video,
    "document_url": _read_document,
    "input_audio": _read_audio,
    "file": _read_file,
}
