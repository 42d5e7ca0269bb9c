"""Names with stars, one by one and many at once, against a matcher that tries everything."""

from hypothesis import given
from hypothesis import strategies as st

from drawbridge.policy.patterns import PatternIndex, fits

_LETTERS = "ab/-"
_NAMES = st.text(_LETTERS, max_size=12)
_PATTERNS = st.text(_LETTERS + "*", max_size=9)


def slowly_fits(pattern: str, name: str) -> bool:
    """Match as the definition says: a star is nothing, or one character and the star again."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return slowly_fits(pattern[1:], name) or (name != "" and slowly_fits(pattern, name[1:]))
    return name[:1] == pattern[0] and slowly_fits(pattern[1:], name[1:])


@given(pattern=_PATTERNS, name=_NAMES)
def test_a_name_fits_a_pattern_where_its_stars_can_stand_for_the_rest(pattern: str, name: str) -> None:
    assert fits(pattern, name) == slowly_fits(pattern, name)


@given(patterns=st.lists(_PATTERNS, max_size=30), names=st.lists(_NAMES, min_size=1, max_size=5))
def test_an_index_finds_just_the_patterns_that_a_name_fits_and_each_once(patterns: list[str], names: list[str]) -> None:
    index = PatternIndex((pattern, place) for place, pattern in enumerate(patterns))

    for name in names:
        wanted = [place for place, pattern in enumerate(patterns) if slowly_fits(pattern, name)]
        assert sorted(index.about(name)) == wanted


def test_a_star_stands_for_any_character() -> None:
    assert fits("a*c", "a\n\N{SNOWMAN}c")
    assert not fits("a?c", "abc")
    assert not fits("[ab]", "a")


def test_parts_may_not_share_characters_of_the_name() -> None:
    assert not fits("ab*ba", "aba")
    assert not fits("*ab*ab*", "ab")
