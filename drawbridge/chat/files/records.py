"""What is kept of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NewType
from uuid import UUID

from drawbridge.chat.records import ConversationId, Json

FileId = NewType("FileId", UUID)
FileState = Literal["arriving", "ready"]
"""`arriving`: its pieces are being sent, or what is in it has not been read yet."""
FileKind = Literal["image", "text", "pages"]
"""What models are given of it: a picture, words, or pages as pictures (a PDF without words)."""
Form = Literal["original", "shown"]
"""As it was sent; or, of an image, as people and models see it: upright, not too large, without what cameras note."""

PIECE_BYTES: Final = 512 * 1024
"""How much of a file is sent, and stored, at once; the last piece is what is left."""


MOST_IN_QUESTION: Final = 20
"""Files of one question."""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How much people may bring."""

    most_bytes: int = 32 * 1024 * 1024
    """Of one file."""
    most_bytes_of_one: int = 2 * 1024 * 1024 * 1024
    """Of all files of one person."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file, without what is in it."""

    id: FileId
    conversation_id: ConversationId | None
    """None until it is part of a question."""
    name: str
    media_type: str
    """What it was found to be; before that, what its sender said."""
    size: int
    """In bytes, as it was sent."""
    state: FileState
    kind: FileKind | None
    """None while it arrives."""
    about: Mapping[str, int]
    """What is known of it: `pages`, `width`, `height`, `characters`, `shown_bytes`, and `cut`, 1 for a text whose end
    was left out."""
    created_at: datetime


def part_of(file: StoredFile) -> Json:
    """Return a file as a part of a message: that of the AI SDK's UI messages, and what is known of it."""
    return {
        "type": "file",
        "id": str(file.id),
        "filename": file.name,
        "mediaType": file.media_type,
        "url": f"/api/chat/files/{file.id}/content",
        "size": file.size,
        "kind": file.kind,
        **file.about,
    }
