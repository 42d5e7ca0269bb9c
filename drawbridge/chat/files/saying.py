"""Files as they are said to models: words as text, images as images, pages without words as the document they are."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from drawbridge.chat.files import store
from drawbridge.chat.files.records import FileId
from drawbridge.chat.records import Json, Message, Owner
from drawbridge.db.engine import AsyncConnection
from drawbridge.gateway import Medium, Part, Text

_PNG: Final = b"\x89PNG"


@dataclass(frozen=True, slots=True)
class SaidPart:
    """A part of a conversation, and what is said in its place to a model that is known not to take it."""

    part: Part
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class FilesSaid:
    """What the files of a branch hold: words, or pictures and documents as base64."""

    words: Mapping[FileId, str]
    media: Mapping[FileId, tuple[str, str]]
    """The media type, and the bytes."""

    def say(self, part: Json) -> Iterator[SaidPart]:
        """Say a file that is part of a message."""
        file_id, name = FileId(UUID(part["id"])), json.dumps(part["filename"], ensure_ascii=False)
        if (words := self.words.get(file_id)) is not None:
            yield SaidPart(Text(text=_as_text(file_id, name, words, is_cut=bool(part.get("cut")))))
        elif (medium := self.media.get(file_id)) is None:
            yield SaidPart(Text(text=f"[The file {name} is not there any more.]"))
        elif part["kind"] == "image":
            yield SaidPart(Text(text=f"[Image {name}]"))
            instead = "[This image is not shown to you, since you take none.]"
            yield SaidPart(Medium(kind="image", media_type=medium[0], data=medium[1]), instead)
        else:
            instead = f"[The document {name} has no words in it, only pictures of pages, which you do not take.]"
            yield SaidPart(
                Medium(kind="document", media_type=medium[0], data=medium[1], name=part["filename"]), instead
            )


async def bytes_said(connection: AsyncConnection, owner: Owner, branch: Sequence[Message]) -> int:
    """Return how large is what the files of a branch are said as, without reading it, in a transaction."""
    ids = [FileId(UUID(part["id"])) for each in branch for part in each.parts if part.get("type") == "file"]
    if not ids:
        return 0
    words, media = await store.said_bytes(connection, owner, ids)
    return words + 4 * media // 3


async def read_files(connection: AsyncConnection, owner: Owner, branch: Sequence[Message]) -> FilesSaid:
    """Read what the files of a branch hold, in a transaction."""
    parts = {FileId(UUID(part["id"])): part for each in branch for part in each.parts if part.get("type") == "file"}
    words = await store.texts_of(connection, owner, list(parts)) if parts else {}
    media: dict[FileId, tuple[str, str]] = {}
    for file_id, part in parts.items():
        if file_id in words:
            continue
        data = await store.read_whole(connection, owner, file_id, "shown" if part["kind"] == "image" else "original")
        if data:
            media[file_id] = _type_of(part, data), b64encode(data).decode()
    return FilesSaid(words, media)


def _type_of(part: Json, data: bytes) -> str:
    if part["kind"] != "image":
        return part["mediaType"]
    return "image/png" if data.startswith(_PNG) else "image/jpeg"


def _as_text(file_id: FileId, name: str, words: str, *, is_cut: bool) -> str:
    # What a file says cannot know the word that ends it, and so cannot pretend to be what stands behind it.
    mark = f"file-{file_id.hex[-8:]}"
    more = "\n[The file goes on; its end was left out.]" if is_cut else ""
    return f"<{mark} name={name}>\n{words}{more}\n</{mark}>"
