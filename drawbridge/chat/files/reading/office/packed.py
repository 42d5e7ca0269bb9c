"""What is packed in a document, under limits, and which document it is."""

import io
import zipfile
import zlib
from typing import Final

from drawbridge.chat.files.reading.kinds import Read, as_words
from drawbridge.chat.files.reading.outcome import MOST_PARTS, MOST_UNPACKED_BYTES, FileError

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_OPEN: Final = "application/vnd.oasis.opendocument."


class Packed:
    """The files in an archive. What is unpacked of all of them has a limit, whatever they say of themselves."""

    def __init__(self, data: bytes) -> None:
        """Read the list of them. Raises FileError."""
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
            raise FileError("is a broken archive or document") from error
        self._known = {each.filename: each for each in self._archive.infolist()}
        self._left_bytes = MOST_UNPACKED_BYTES
        if len(self._archive.infolist()) > MOST_PARTS:
            raise FileError(f"holds more than {MOST_PARTS} files")

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def read(self, name: str) -> bytes:
        """Return a file; empty where there is none of that name. Raises FileError."""
        known = self._known.get(name)
        if known is None:
            return b""
        if known.flag_bits & 1:
            raise FileError("is protected by a password: save it without")
        try:
            with self._archive.open(known) as opened:
                data = opened.read(self._left_bytes + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError) as error:
            raise FileError("is a broken document") from error
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise FileError(f"becomes larger than {MOST_UNPACKED_BYTES >> 20} MB when it is unpacked")
        return data


def read_packed(name: str, data: bytes) -> Read:
    """Read a document. Raises FileError for what is none that is known."""
    del name
    packed = Packed(data)
    if "word/document.xml" in packed:
        from drawbridge.chat.files.reading.office.prose import words_of_letter

        return as_words(f"{_OFFICE}wordprocessingml.document", words_of_letter(packed))
    if "xl/workbook.xml" in packed:
        from drawbridge.chat.files.reading.office.sheets import words_of_sheets

        return as_words(f"{_OFFICE}spreadsheetml.sheet", words_of_sheets(packed))
    if "ppt/presentation.xml" in packed:
        from drawbridge.chat.files.reading.office.prose import words_of_slides

        words, slides = words_of_slides(packed)
        return as_words(f"{_OFFICE}presentationml.presentation", words, pages=slides)
    kind = packed.read("mimetype").decode("latin-1").strip()
    if kind.startswith(_OPEN) and "content.xml" in packed:
        from drawbridge.chat.files.reading.office.open_document import words_of_open_document

        return as_words(kind, words_of_open_document(packed.read("content.xml")))
    raise FileError("is an archive, or a document of a kind that cannot be read here: add the files in it, or a PDF")
