"""Places in characters and in bytes are the same places."""

from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.wire.gemini.lengths import Lengths

TEXTS = st.lists(st.sampled_from(["a", "ö", "語", "😀", "x" * 99]), max_size=40).map("".join)


@given(text=TEXTS, data=st.data())
def test_characters_and_bytes_are_counted_alike(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))

    lengths = Lengths(text)

    assert lengths.size_bytes == len(text.encode())
    assert lengths.bytes_before(place) == len(text[:place].encode())
    assert lengths.characters_before(lengths.bytes_before(place)) == place


@given(text=TEXTS, place=st.integers(-2, 9000))
def test_a_place_within_a_character_or_outside_is_none(text: str, place: int) -> None:
    starts = {len(text[:number].encode()) for number in range(len(text) + 1)}

    assert (Lengths(text).characters_before(place) is None) == (place not in starts)
