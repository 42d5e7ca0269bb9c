"""What a conversation is called: first words of its first question, until a model or a person has a better title."""

import re
from typing import Final

_LONGEST: Final = 60
_LONGEST_MADE: Final = 80
_SPACES: Final = re.compile(r"\s+")
_AROUND: Final = (
    " \t#*_>`\"'-\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"
)
_ANNOUNCED: Final = re.compile(r"^(?:title|titel)\s*:\s*", re.IGNORECASE)


def title_of(question: str) -> str:
    """Return a title in one line that can be shown; empty where the question has no words."""
    words = _first_line(question).strip(" #*>`-")
    if len(words) <= _LONGEST:
        return words
    cut = words.rfind(" ", _LONGEST // 2, _LONGEST)
    return words[: cut if cut > 0 else _LONGEST].rstrip(" ,;:.") + "…"


def made_title(said: str) -> str:
    """Return the title that a model said; empty where what it said is none."""
    title = _ANNOUNCED.sub("", _first_line(said).strip(_AROUND)).strip(_AROUND).rstrip(".")
    return title if len(title) <= _LONGEST_MADE else ""


def _first_line(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "")
    return _SPACES.sub(" ", "".join(mark if mark.isprintable() else " " for mark in line))
