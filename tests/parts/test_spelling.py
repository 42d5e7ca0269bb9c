import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.chat_usage import with_usage, without_usage
from tests.parts.spelling import SPELLINGS, Spelling, members, spell

_Scalar = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_Value = st.recursive(
    _Scalar, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
_Object = st.dictionaries(st.text(), _Value, max_size=5)


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(value=_Object, seed=st.integers(0, 1000))
def test_every_spelling_says_the_same(spelling: Spelling, value: dict[str, object], seed: int) -> None:
    read = json.loads(spell(value, spelling, random.Random(seed)))

    if spelling == "numbers":
        assert read.pop("x_numbers")
    assert read == value


@given(value=_Object, seed=st.integers(0, 1000))
def test_the_members_of_an_object_are_found_where_they_stand(value: dict[str, object], seed: int) -> None:
    text = spell(value, "spaced", random.Random(seed))

    found = members(text)

    assert {name: json.loads(text[member.value : member.end]) for name, member in found.items()} == value
    for name, member in found.items():
        rest = {other: content for other, content in value.items() if other != name}
        assert all(json.loads(left) == rest for left in member.without(text))


def test_usage_that_was_added_to_a_stream_can_be_taken_out_again() -> None:
    stream = 'data: {"id":"1","choices":[{"delta":{}}]}\n\n: comment\n\ndata: [DONE]\n\n'

    counted = with_usage(stream)

    assert counted.count('"usage":null') == 1
    assert '"choices":[],"usage":{' in counted
    assert without_usage(counted) == stream
