"""The content of messages and of tools' outputs: text, images, files and sounds.

Source: https://platform.openai.com/docs/api-reference/responses/create, recorded traffic, and the official SDK's types
(openai 3.54.0), as of 2026-11-23.
"""

import re
from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import CacheMark, Citation, Json, Medium, Opaque, Part, Refusal, Text, Unknown
from drawbridge.gateway.wire.json_text import members
from drawbridge.gateway.wire.openai_responses.annotations import read_annotation
from drawbridge.gateway.wire.openai_responses.fields import Fields

NAME: Final = "openai-responses"

TEXTS: Final = frozenset({"input_text", "output_text", "text", "summary_text", "reasoning_text"})
_PDF: Final = "JVBERi"
"""How base64 of a PDF begins."""

DATA_URL: Final = re.compile(r"data:([^,]+);base64,(.*)", re.DOTALL)

_ITSELF: Final[Mapping[str, str]] = {"text": ""}
_IMAGE: Final[Mapping[str, str]] = {
    "data": "image_url",
    "media_type": "image_url",
    "url": "image_url",
    "file": "file_id",
    "cache": "prompt_cache_breakpoint",
}
_FILE: Final[Mapping[str, str]] = {
    "data": "file_data",
    "media_type": "file_data",
    "url": "file_url",
    "file": "file_id",
    "name": "filename",
    "cache": "prompt_cache_breakpoint",
}
_AUDIO: Final[Mapping[str, str]] = {"data": "input_audio.data", "media_type": "input_audio.format"}
_TEXT: Final[Mapping[str, str]] = {"citations": "annotations", "cache": "prompt_cache_breakpoint"}
_REFUSAL: Final[Mapping[str, str]] = {"text": "refusal"}


def read_string(text: str, at: str) -> Text:
    """Read content that is a string instead of a list of parts."""
    return Text(at=at, raw=text, names=_ITSELF, text=text)


def read_part(raw: Json, at: str, provider: str | None = None) -> Part:
    """Read a part of a content. One of a kind that is not known here comes as it is."""
    kind = members(raw).get("type")
    match kind:
        case "input_image":
            return _image(Fields(raw), at, provider)
        case "input_file":
            return _file(Fields(raw), at, provider)
        case "input_audio":
            return _audio(Fields(raw), at)
        case "refusal" if isinstance(members(raw).get("refusal"), str):
            fields = Fields(raw)
            fields.text("type")
            words = fields.text("refusal") or ""
            return Refusal(at=at, raw=raw, names=_REFUSAL, text=words, extras=fields.extras)
        case str() if kind in TEXTS and isinstance(members(raw).get("text"), str):
            return _text(Fields(raw), at, provider)
        case _:
            return Unknown(at=at, raw=raw, kind=str(kind))


def _text(fields: Fields, at: str, provider: str | None) -> Text:
    kind, words = fields.text("type") or "", fields.text("text") or ""
    citations: list[Citation] = []
    if fields.raw.get("annotations"):
        listed = fields.elements("annotations") or []
        citations = [
            read_annotation(each, f"{at}.annotations[{number}]", provider) for number, each in enumerate(listed)
        ]
    cache = _cache(fields, at)
    return Text(
        at=at, raw=fields.raw, names=_TEXT, shape=kind, text=words, citations=citations, cache=cache,
        extras=fields.extras,
    )  # fmt: skip


def _image(fields: Fields, at: str, provider: str | None) -> Medium:
    medium = Medium(at=at, raw=fields.raw, names=_IMAGE, kind="image")
    fields.text("type")
    if (url := fields.text("image_url")) is not None:
        _place(medium, url)
    elif (file_id := fields.text("file_id")) is not None:
        medium.file = Opaque(file_id, NAME, provider)
    medium.detail = fields.text("detail")
    medium.cache = _cache(fields, at)
    medium.extras = fields.extras
    return medium


def _file(fields: Fields, at: str, provider: str | None) -> Medium:
    medium = Medium(at=at, raw=fields.raw, names=_FILE, kind="document")
    fields.text("type")
    if (data := fields.text("file_data")) is not None:
        _place(medium, data)
        if medium.url is not None:
            # Base64 alone is taken too, and then nothing but the name tells what it is.
            medium.url, medium.data, medium.shape = None, data, "bare"
            medium.media_type = "application/pdf" if data.startswith(_PDF) else None
    elif (url := fields.text("file_url")) is not None:
        medium.url = url
    elif (file_id := fields.text("file_id")) is not None:
        medium.file = Opaque(file_id, NAME, provider)
    medium.name = fields.text("filename")
    medium.detail = fields.text("detail")
    medium.cache = _cache(fields, at)
    medium.extras = fields.extras
    return medium


def _place(medium: Medium, url: str) -> None:
    found = DATA_URL.fullmatch(url)
    if found is None:
        medium.url = url
    else:
        medium.media_type, medium.data = found.groups()


def _audio(fields: Fields, at: str) -> Medium:
    medium = Medium(at=at, raw=fields.raw, names=_AUDIO, kind="audio")
    fields.text("type")
    sound = Fields(fields.members("input_audio"))
    medium.data = sound.text("data")
    form = sound.text("format")
    medium.media_type = None if form is None else f"audio/{form}"
    fields.leave("input_audio", sound.extras)
    medium.extras = fields.extras
    return medium


def _cache(fields: Fields, at: str) -> CacheMark | None:
    raw = fields.members("prompt_cache_breakpoint")
    if raw is None:
        return None
    extras = {name: value for name, value in raw.items() if (name, value) != ("mode", "explicit")}
    return CacheMark(at=f"{at}.prompt_cache_breakpoint", raw=raw, extras=extras)
