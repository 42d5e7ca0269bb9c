"""How texts become words, for every language alike: no stemming, no stop words, no case.

PostgreSQL is given nothing but letters, digits and spaces, so that its parser sees no addresses, files or numbers where
people see words. Scripts without spaces are written one sign to a word; what is searched for in them is a phrase.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

SEARCHED_CHARACTERS: Final = 100_000
"""How much of a message can be found: a tsvector has room for 1 MiB (PostgreSQL 18, section 11.12, 2026-11-23)."""
_SHORTEST_BEGINNING: Final = 3
"""Shorter beginnings of words would be those of too many."""

# Thai and Lao, Burmese, Khmer, kana, Han with its extensions, Hangul.
_SIGN: Final = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff])"
)
_NO_WORD: Final = re.compile(r"[\W_]+")
_TYPED: Final = re.compile(r'-?"[^"]*"?|\S+')


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for."""

    web: str
    """As PostgreSQL's `websearch_to_tsquery` reads it."""
    beginning: str
    """The beginning of a word that is still being typed; empty for none."""


def searched(text: str) -> str:
    """Return what of a text is searched, as words with spaces between them."""
    folded = unicodedata.normalize("NFKC", text[:SEARCHED_CHARACTERS]).casefold()
    return _SIGN.sub(r" \1 ", _NO_WORD.sub(" ", folded))[: 2 * SEARCHED_CHARACTERS].strip()


def parse_query(typed: str) -> Query:
    """Read what somebody typed: words, "phrases", -without, `or`; the last word may be the beginning of one."""
    terms = [_term(word) for word in _TYPED.findall(typed)]
    terms = [term for term in terms if term]
    last = terms[-1] if terms else ""
    follows_or = len(terms) > 1 and terms[-2] == "or"
    is_open = last.isalnum() and last != "or" and len(last) >= _SHORTEST_BEGINNING
    if not is_open or follows_or or typed[-1:].isspace():
        return Query(" ".join(terms), "")
    return Query(" ".join(terms[:-1]), last)


def found_words(typed: str) -> Iterator[str]:
    """Yield the words that are to be marked in what was found."""
    for word in _TYPED.findall(typed):
        if not word.startswith("-") and word.lower() != "or":
            yield from filter(None, _NO_WORD.split(word))


def owner_word(owner_id: UUID) -> str:
    """Return the word that stands in every searched row of somebody, so that the index reads nobody else's.

    No text makes this word: it holds a mark.
    """
    return f"owner={owner_id.hex}"


def _term(typed: str) -> str:
    """Write one word or phrase, as PostgreSQL reads it; empty where there is no word in it."""
    words = searched(typed.removeprefix("-")).split()
    if not words:
        return ""
    sign = "-" if typed.startswith("-") else ""
    # A phrase where the mark within a word, or the script, makes several of it.
    return f'{sign}"{" ".join(words)}"' if len(words) > 1 or typed.lstrip("-").startswith('"') else sign + words[0]
