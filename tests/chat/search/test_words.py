"""How texts and queries become words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.chat.search.pieces import Piece, excerpt
from drawbridge.chat.search.words import Query, found_words, parse_query, searched


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("See drawbridge.yaml, line_3!", "see drawbridge yaml line 3"),
        ("STRASSE Straße ﬁn", "strasse strasse fin"),
        ("数据 base", "数 据 base"),
        ("https://example.com/a?b=c", "https example com a b c"),
    ],
)
def test_a_text_becomes_words_with_spaces_between_them(text: str, words: str) -> None:
    assert searched(text).split() == words.split()


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("deep sea", Query("deep", "sea")),
        ("deep sea ", Query("deep sea", "")),
        ("deep se", Query("deep se", "")),
        ('"deep sea"', Query('"deep sea"', "")),
        ("deep -sea", Query("deep -sea", "")),
        ("deep or shallow", Query("deep or shallow", "")),
        ("drawbridge.yaml", Query('"drawbridge yaml"', "")),
        ("数据", Query('"数 据"', "")),
        ("!!! &&", Query("", "")),
        ('"unended phrase', Query('"unended phrase"', "")),
    ],
)
def test_a_query_is_read_as_people_type_it(typed: str, query: Query) -> None:
    assert parse_query(typed) == query


@given(st.text(max_size=40), st.text(max_size=20))
def test_an_excerpt_is_a_piece_of_the_text_with_nothing_added_but_what_shows_a_cut(text: str, typed: str) -> None:
    pieces = excerpt(text, list(found_words(typed)))

    assert "".join(piece.text for piece in pieces) == " ".join(text.split()) or any("…" in p.text for p in pieces)
    assert all(piece.text for piece in pieces) or not text.split()


def test_an_excerpt_begins_shortly_before_the_first_match_and_marks_all() -> None:
    text = "word " * 100 + "the <b>Sea</b> and the seaside " + "tail " * 100

    pieces = excerpt(text, ["sea"])

    assert pieces[0] == Piece("… ", is_match=False)
    assert [piece.text for piece in pieces if piece.is_match] == ["Sea", "sea"]
    assert "<b>" in "".join(piece.text for piece in pieces)
    assert pieces[-1] == Piece(" …", is_match=False)
