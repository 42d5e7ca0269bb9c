"""PDF documents, page by page, with pdfium."""

import re
from typing import Final

import pypdfium2 as pdfium  # pyright: ignore[reportMissingTypeStubs]  Its types stand in itself, without a mark.

from drawbridge.chat.files.reading.kinds import Read, as_words
from drawbridge.chat.files.reading.outcome import (
    MOST_CHARACTERS,
    MOST_PAGES,
    MOST_PICTURED_BYTES,
    MOST_PICTURED_PAGES,
    FileError,
    Found,
)

_TYPE: Final = "application/pdf"
_LINE_ENDS: Final = re.compile(r"\r\n?|\ufffe|\x02")


def read_pdf(name: str, data: bytes) -> Read:
    """Read a PDF: its words, each page under its number; where there are none, its pages are for models that see."""
    del name
    try:
        with pdfium.PdfDocument(data) as document:
            pages = len(document)
            words, is_cut = _words_of(document, pages)
    except pdfium.PdfiumError as error:
        is_locked = "password" in str(error).lower()
        raise FileError("is protected by a password: save it without" if is_locked else "is a broken PDF") from None
    if any(words):
        text = "\n\n".join(f"[Page {number}]\n{page}" for number, page in enumerate(words, 1) if page)
        found, content = as_words(_TYPE, text, pages=pages)
        if is_cut:
            found.about["cut"] = 1
        return found, content
    if pages > MOST_PICTURED_PAGES or len(data) > MOST_PICTURED_BYTES:
        raise FileError(
            "holds pictures of pages, without words that could be read, and is too large for models to look at: at most"
            f" {MOST_PICTURED_PAGES} pages and {MOST_PICTURED_BYTES >> 20} MB"
        )
    return Found(kind="pages", media_type=_TYPE, about={"pages": pages}), b""


def _words_of(document: pdfium.PdfDocument, pages: int) -> tuple[list[str], bool]:
    """Return the words of each page, and whether some were left out."""
    words: list[str] = []
    size = 0
    for number in range(min(pages, MOST_PAGES)):
        if size > MOST_CHARACTERS:
            return words, True
        words.append(_words_on(document, number))
        size += len(words[-1])
    return words, pages > MOST_PAGES


def _words_on(document: pdfium.PdfDocument, number: int) -> str:
    try:
        page = document[number]
    except pdfium.PdfiumError:
        # One broken page does not make the others unreadable.
        return ""
    try:
        text = page.get_textpage()
        try:
            said: str = text.get_text_bounded()  # pyright: ignore[reportUnknownMemberType]
            return _LINE_ENDS.sub("\n", said).strip()
        finally:
            text.close()
    finally:
        page.close()
