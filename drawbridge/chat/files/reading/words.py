"""Files of plain text, in whatever encoding: prose, code, data."""

import json
import mimetypes
from pathlib import PurePath
from typing import Any, Final

from drawbridge.chat.files.reading.kinds import Read, as_words
from drawbridge.chat.files.reading.outcome import FileError

_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LOOKED_AT: Final = 64 * 1024
_NOT_PLAIN: Final = frozenset(range(32)) - {7, 8, 9, 10, 12, 13, 27}
"""Bytes that stand in no text, but in most that is none."""
_MOST_NOT_PLAIN: Final = 0.005


def read_words(name: str, data: bytes) -> Read:
    """Read text. Raises FileError for what is none."""
    words = _decoded(data)
    if PurePath(name).suffix.lower() == ".ipynb":
        return as_words("application/x-ipynb+json", _of_notebook(words))
    return as_words(_type_of(name), words)


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    looked_at = data[:_LOOKED_AT]
    odd = sum(looked_at.count(byte) for byte in _NOT_PLAIN)
    if odd > _MOST_NOT_PLAIN * len(looked_at):
        wide = _without_mark(data)
        if wide is None:
            raise FileError(
                "is none of the kinds that can be read here: text and code, data as CSV or JSON, PDF, .docx, .xlsx,"
                " .pptx, .odt, .ods, .odp, and images as PNG, JPEG, GIF, WebP or BMP"
            )
        return wide
    try:
        return data.decode()
    except UnicodeDecodeError:
        # What Windows writes in western Europe; it leaves no byte out.
        return data.decode("cp1252", "replace")


def _without_mark(data: bytes) -> str | None:
    """Return UTF-16 that does not say it is: of western text every second byte is zero, and no other."""
    looked_at = data[:_LOOKED_AT]
    for place, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = looked_at[place::2], looked_at[1 - place :: 2]
        if high.count(0) > 0.7 * len(high) and low.count(0) == 0:
            return data.decode(encoding, "replace")
    return None


def _type_of(name: str) -> str:
    # Of what the library knows, not of what the machine adds to it.
    known = mimetypes.MimeTypes(())
    known.add_type("text/markdown", ".md")
    guessed, _ = known.guess_type(name)
    is_of_text = guessed is not None and (guessed.startswith("text/") or guessed in _DATA)
    return guessed if guessed is not None and is_of_text else "text/plain"


_DATA: Final = frozenset({"application/json", "application/xml", "application/javascript", "application/sql"})


def _of_notebook(text: str) -> str:
    """Return the cells of a Jupyter notebook without what they put out, which is mostly pictures."""
    try:
        # Any: a notebook is JSON of its own form.
        cells: list[dict[str, Any]] = json.loads(text)["cells"]
        return "\n\n".join(_of_cell(cell) for cell in cells)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return text


# Any: as above.
def _of_cell(cell: dict[str, Any]) -> str:
    source = "".join(cell["source"])
    return f"```\n{source}\n```" if cell.get("cell_type") == "code" else source
