"""The piece of a text around what was found in it, with the places that are to be marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_BEFORE: Final = 60
_LONGEST: Final = 240
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a text; a found word, or what stands between two."""

    text: str
    is_match: bool


def excerpt(text: str, words: Sequence[str]) -> list[Piece]:
    """Return the pieces of a text from shortly before the first of the words; from its beginning where there is none.

    Pieces are plain text, never markup. Words match at the beginning of a word, in any case.
    """
    pattern = _pattern(words)
    found = None if pattern is None else pattern.search(text)
    begin = _word_begin(text, found.start() - _BEFORE) if found else 0
    shown = _SPACES.sub(" ", text[begin : begin + _LONGEST]).strip()
    pieces = _marked(shown, pattern)
    if begin > 0:
        pieces.insert(0, Piece("… ", is_match=False))
    if begin + _LONGEST < len(text):
        pieces.append(Piece(" …", is_match=False))
    return pieces


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    # The longest first, so that a word which begins like another is marked whole.
    ordered = sorted({re.escape(word) for word in words}, key=len, reverse=True)
    # Within scripts without spaces a word may begin anywhere.
    return re.compile(r"(?:\b|(?<=[^\x00-\u0dff]))(?:" + "|".join(ordered) + ")", re.IGNORECASE)


def _word_begin(text: str, wanted: int) -> int:
    """Return where a word begins at or after a place, not far from it."""
    if wanted <= 0:
        return 0
    space = text.find(" ", wanted, wanted + _BEFORE // 2)
    return wanted if space < 0 else space + 1


def _marked(shown: str, pattern: re.Pattern[str] | None) -> list[Piece]:
    if pattern is None:
        return [Piece(shown, is_match=False)]
    pieces: list[Piece] = []
    end = 0
    for match in pattern.finditer(shown):
        if match.start() > end:
            pieces.append(Piece(shown[end : match.start()], is_match=False))
        pieces.append(Piece(match.group(), is_match=True))
        end = match.end()
    if end < len(shown):
        pieces.append(Piece(shown[end:], is_match=False))
    return pieces
