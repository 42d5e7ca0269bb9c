"""What a file is, by its first bytes before its name, and who reads it."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from drawbridge.chat.files.reading.outcome import MOST_CHARACTERS, FileError, Found

Read = tuple[Found, bytes]

_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM")
_NOT_TAKEN: Final[Mapping[bytes, str]] = {
    b"Rar!": "is an archive: add the files in it",
    b"7z\xbc\xaf": "is an archive: add the files in it",
    b"\x1f\x8b": "is packed: add what is in it",
    b"BZh": "is packed: add what is in it",
    b"\xfd7zXZ": "is packed: add what is in it",
    b"\x28\xb5\x2f\xfd": "is packed: add what is in it",
    b"{\\rtf": "is Rich Text: save it as .docx, as PDF or as plain text",
    b"II*\0": "is a TIFF image: save it as PNG or JPEG",
    b"MM\0*": "is a TIFF image: save it as PNG or JPEG",
    b"ID3": "is sound, which cannot be added here",
    b"OggS": "is sound, which cannot be added here",
    b"fLaC": "is sound, which cannot be added here",
    b"\x1aE\xdf\xa3": "is a film, which cannot be added here",
    b"\x7fELF": "is a program, not a document",
    b"MZ": "is a program, not a document",
    b"SQLite format 3\0": "is a database: export what matters as CSV",
    b"PAR1": "is a Parquet file: export it as CSV",
}
_BOXES: Final = re.compile(rb"^.{4}ftyp(heic|heix|hevc|mif1|msf1|avif|avis)", re.DOTALL)
_FILMS: Final = re.compile(rb"^.{4}ftyp", re.DOTALL)


def read_content(name: str, data: bytes) -> Read:
    """Find out what a file is, and what is in it. Raises FileError."""
    return _reader_of(data)(name, data)


def _reader_of(data: bytes) -> Callable[[str, bytes], Read]:
    # Each is imported where it is needed: a process reads one file.
    head = data[:1024]
    if b"%PDF-" in head and not head.lstrip().startswith(b"<"):
        from drawbridge.chat.files.reading.pdf import read_pdf

        return read_pdf
    if head.startswith(_PICTURES) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        from drawbridge.chat.files.reading.pictures import read_picture

        return read_picture
    if head.startswith(_ZIP):
        from drawbridge.chat.files.reading.office.packed import read_packed

        return read_packed
    _refuse_unknown(head)
    from drawbridge.chat.files.reading.words import read_words

    return read_words


def _refuse_unknown(head: bytes) -> None:
    """Name what people try to add most often. Raises FileError."""
    if head.startswith(_OLD_OFFICE):
        raise FileError(
            "is an old or protected Office document: save it without a password as .docx, .xlsx or .pptx, or as PDF"
        )
    if _BOXES.match(head):
        raise FileError("is a HEIC or AVIF image: save it as JPEG or PNG")
    if _FILMS.match(head) or (head.startswith(b"RIFF") and head[8:12] in (b"AVI ", b"WAVE")):
        raise FileError("is a film or sound, which cannot be added here")
    for begin, why in _NOT_TAKEN.items():
        if head.startswith(begin):
            raise FileError(why)


def as_words(media_type: str, words: str, **about: int) -> Read:
    """Return words as what is in a file, cut where there are too many. Raises FileError where there are none."""
    clean = words.replace("\0", "").encode("utf-8", "replace").decode()
    kept = clean[:MOST_CHARACTERS]
    if not kept.strip():
        raise FileError("has no words in it")
    known = about | {"characters": len(kept)}
    if len(kept) < len(clean):
        known["cut"] = 1
    return Found(kind="text", media_type=media_type, about=known), kept.encode()
