import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbridge.core.text import UnprintableTextError, escape_unprintable, require_printable


@pytest.mark.parametrize("mark", ["\0", "\n", "\r", "\t", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\ud800"])
def test_what_cannot_be_shown_in_a_line_is_refused_and_shown_as_an_escape(mark: str) -> None:
    with pytest.raises(UnprintableTextError, match="the name holds characters"):
        require_printable(f"a{mark}b", "the name")

    assert escape_unprintable(f"a{mark}b").isprintable()
    assert mark not in escape_unprintable(f"a{mark}b")


def test_a_text_that_is_too_long_is_refused() -> None:
    assert require_printable("x" * 5, "the name", longest=5) == "x" * 5
    with pytest.raises(UnprintableTextError, match="longer than 5"):
        require_printable("x" * 6, "the name", longest=5)


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert require_printable(text, "the name") == text
    assert escape_unprintable(text) == text
