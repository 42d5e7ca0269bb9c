from hypothesis import given
from hypothesis import strategies as st

from drawbridge.usage.at_hand import AtHand, Located

_LIMIT = 4


def _event(end: int) -> Located:
    return Located(b"%d" % end, end)


def test_events_are_given_away_once_and_in_order() -> None:
    at_hand = AtHand(0, _LIMIT)
    for end in (10, 20, 30):
        at_hand.add(_event(end))

    taken = [at_hand.take(0), at_hand.take(30)]

    assert taken == [[_event(10), _event(20), _event(30)], []]


def test_what_was_taken_and_not_stored_is_in_the_file_only() -> None:
    at_hand = AtHand(0, _LIMIT)
    at_hand.add(_event(10))
    at_hand.take(0)
    at_hand.add(_event(20))

    assert at_hand.take(0) is None
    assert at_hand.take(10) == [_event(20)]


def test_what_was_read_from_the_file_meanwhile_does_not_come_again() -> None:
    at_hand = AtHand(0, _LIMIT)
    for end in (10, 20, 30):
        at_hand.add(_event(end))

    assert at_hand.take(20) == [_event(30)]


@given(count=st.integers(0, 3 * _LIMIT), start=st.integers(0, 3 * _LIMIT))
def test_all_events_behind_an_offset_are_given_or_none_of_them(count: int, start: int) -> None:
    at_hand = AtHand(0, _LIMIT)
    for end in range(1, count + 1):
        at_hand.add(_event(end))

    taken = at_hand.take(start)

    assert taken is None or list(taken) == [_event(end) for end in range(start + 1, count + 1)]
    assert taken is not None or start < count - 1
    assert len(taken or ()) <= _LIMIT


def test_what_was_forgotten_is_in_the_file_only() -> None:
    at_hand = AtHand(0, _LIMIT)
    at_hand.add(_event(10))
    at_hand.forget()
    at_hand.add(_event(20))

    assert at_hand.take(0) is None
    assert at_hand.take(10) == [_event(20)]
