"""Recorded replies, told to callers of every other dialect: the same is said, or the rest is in the loss report."""

import functools

import pytest

from drawbridge.gateway.dialects import Dialect
from tests.parts.across import PAIRS
from tests.parts.across_replies import ReplyCase, reply_cases
from tests.parts.oracle.replies import differences
from tests.parts.same_wire import FOLDER

MOST_SHOWN = 20

pytestmark = [
    pytest.mark.wire_across,
    pytest.mark.skipif(not FOLDER.exists(), reason="There is no ../shared/traffic: the recorded replies are missing."),
    pytest.mark.parametrize(
        ("source", "target"), [pytest.param(*pair, marks=pytest.mark.xdist_group(f"told {pair}")) for pair in PAIRS]
    ),
]


def test_what_a_reply_says_is_told_or_reported(source: Dialect, target: Dialect) -> None:
    found = [
        f"{case.record.id} {name}: {what}"
        for case in told(source, target)
        for name, what in differences(case.said, case.told).items()
        if not case.is_reported(name)
    ]

    assert found[:MOST_SHOWN] == []


def test_a_stream_tells_what_a_whole_reply_tells(source: Dialect, target: Dialect) -> None:
    found = [
        f"{case.record.id} {name}: {what}"
        for case in told(source, target)
        for one, other in ((case.told, case.told_otherwise), (case.told_otherwise, case.told))
        for name, what in differences(one, other).items()
    ]

    assert found[:MOST_SHOWN] == []


@functools.cache
def told(source: Dialect, target: Dialect) -> list[ReplyCase]:
    """Return all recorded replies of a dialect, told in another."""
    found = [*reply_cases(source, target)]
    assert len(found) > 300
    return found
