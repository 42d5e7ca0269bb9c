"""Images and documents, written as the blocks that Anthropic takes."""

from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from typing import Final

from drawbridge.gateway.errors import ImpossibleRequest
from drawbridge.gateway.wire.canonical import Json, Medium, Opaque, Part
from drawbridge.gateway.wire.losses import Losses

IMAGE_TYPES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")
"""https://platform.claude.com/docs/en/build-with-claude/vision, read 2026-11-23."""
PDF: Final = "application/pdf"
PLAIN_TEXT: Final = "text/plain"

_BEGINNINGS: Final = (("/9j/", "image/jpeg"), ("iVBOR", "image/png"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp"))
"""How the base64 of each kind of image begins."""

_Block = dict[str, Json]


def write_source(
    medium: Medium,
    unseal: Callable[[Opaque], str | None],
    losses: Losses,
    content: Callable[[list[Part]], Json],
    *,
    is_own: bool,
) -> _Block | None:
    """Write a medium with what is in it; None where that cannot be read by the target, which is reported."""
    if medium.blocks is not None and (medium.source is not None or (is_own and medium.shape == "search_result")):
        source = {} if medium.source is None else {"source": medium.source}
        return {"type": "search_result", **source, "content": content(medium.blocks)}
    if is_own:
        return {"type": medium.kind, "source": _own_source(medium, unseal, content)}
    source = _source(medium, unseal, losses, content)
    if source is None:
        return None
    return {"type": "document" if source["type"] == "text" else medium.kind, "source": source}


def _own_source(
    medium: Medium, unseal: Callable[[Opaque], str | None], content: Callable[[list[Part]], Json]
) -> _Block:
    source: _Block = {"type": medium.shape}
    if medium.media_type is not None:
        source["media_type"] = medium.media_type
    for name, value in (("data", medium.data), ("data", medium.text), ("url", medium.url)):
        if value is not None:
            source[name] = value
    if medium.file is not None:
        source["file_id"] = unseal(medium.file) or medium.file.value
    if medium.blocks is not None:
        source["content"] = content(medium.blocks)
    return source


def _source(
    medium: Medium,
    unseal: Callable[[Opaque], str | None],
    losses: Losses,
    content: Callable[[list[Part]], Json],
) -> _Block | None:
    _check(medium)
    if medium.file is not None:
        return _file(medium, unseal(medium.file), losses)
    if medium.blocks is not None:
        return {"type": "content", "content": content(medium.blocks)}
    if medium.text is not None:
        return _plain(medium, medium.text, losses)
    if medium.url is not None:
        _lose_type(medium, losses)
        return {"type": "url", "url": medium.url}
    if medium.data is None:
        losses.lose(medium, "there is nothing in it")
        return None
    return _data(medium, medium.data, losses)


def _data(medium: Medium, data: str, losses: Losses) -> _Block:
    """Write what is in a medium as data. Raises ImpossibleRequest for what Anthropic cannot read."""
    kind = (medium.media_type or "").partition(";")[0].strip().lower()
    if medium.kind == "image":
        kind = "image/jpeg" if kind == "image/jpg" else kind
        kind = kind if kind in IMAGE_TYPES else _guessed(data)
        if not kind:
            raise _impossible(medium, f"an image of the type {medium.media_type}", "JPEG, PNG, GIF or WebP")
        return {"type": "base64", "media_type": kind, "data": data}
    if kind in ("", PDF):
        return {"type": "base64", "media_type": PDF, "data": data}
    text = _decoded(data) if kind.startswith("text/") or kind == "application/json" else None
    if text is None:
        raise _impossible(medium, f"a document of the type {medium.media_type}", "PDF or text")
    return _plain(medium, text, losses)


def _plain(medium: Medium, text: str, losses: Losses) -> _Block:
    if medium.media_type not in (None, PLAIN_TEXT):
        losses.lose(medium, "Anthropic takes text documents as plain text only", field="media_type", effect="none")
    return {"type": "text", "media_type": PLAIN_TEXT, "data": text}


def _file(medium: Medium, value: str | None, losses: Losses) -> _Block | None:
    if value is None:
        losses.lose(medium, "the file lives at another provider")
        return None
    _lose_type(medium, losses)
    return {"type": "file", "file_id": value}


def _lose_type(medium: Medium, losses: Losses) -> None:
    if medium.media_type is not None:
        losses.lose(medium, "Anthropic finds the type out by itself", field="media_type", effect="none")


def _check(medium: Medium) -> None:
    if medium.kind in ("audio", "video"):
        raise _impossible(medium, medium.kind, "images and documents")


def _impossible(medium: Medium, what: str, possible: str) -> ImpossibleRequest:
    return ImpossibleRequest(f"{medium.at}: the model cannot read {what}, only {possible}.", param=medium.at)


def _guessed(data: str) -> str:
    return next((kind for beginning, kind in _BEGINNINGS if data.startswith(beginning)), "")


def _decoded(data: str) -> str | None:
    try:
        return b64decode(data).decode()
    except (Error, ValueError):
        return None


def must_be_fetched(medium: Medium) -> bool:
    """Tell whether Anthropic could not fetch a medium itself: it fetches images and PDFs by http."""
    if medium.url is None or not medium.url.startswith(("http://", "https://")):
        return False
    is_pdf = medium.media_type in (None, PDF)
    return medium.kind == "document" and not is_pdf
