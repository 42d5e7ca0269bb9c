"""What a file turned out to be, as one process tells another."""

from typing import Final, Literal

from msgspec import Struct


class Found(Struct, frozen=True, kw_only=True):
    """What is in a file. Behind it come its words in UTF-8, or the picture as it is to be shown; of pages, nothing."""

    kind: Literal["image", "text", "pages"]
    media_type: str
    about: dict[str, int]


class Unreadable(Struct, frozen=True):
    """Why nothing can be made of a file, for people: goes on from its name, such as `is protected by a password`."""

    why: str


class Told(Struct, frozen=True):
    """What the other process says in its first line: one of the two."""

    found: Found | None = None
    unreadable: Unreadable | None = None


class FileError(Exception):
    """Nothing can be made of a file; the message is that of `Unreadable`."""


MOST_CHARACTERS: Final = 1_500_000
"""Words beyond these are left out; few models read as much."""
MOST_PIXELS: Final = 64_000_000
"""What cameras of telephones make, and what can be decoded within the memory."""
MOST_UNPACKED_BYTES: Final = 256 * 1024 * 1024
"""Of what is packed in a document."""
MOST_PARTS: Final = 10_000
"""Of the files packed in a document."""
MOST_PAGES: Final = 3_000
"""Of a PDF that are read."""
MOST_PICTURED_PAGES: Final = 100
"""Of a PDF without words: what vendors look at (Anthropic: 100, https://docs.claude.com, read 2026-11-23)."""
MOST_PICTURED_BYTES: Final = 20 * 1024 * 1024
LONGEST_SIDE: Final = 2048
"""Of a picture in pixels: vendors make larger ones smaller themselves (OpenAI 2048, Anthropic 1568; 2026-11-23)."""
