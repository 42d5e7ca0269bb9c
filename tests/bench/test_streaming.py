import pytest

from bench.workspace.streaming import seen_while_all_came


def test_gaps_are_those_of_each_stream_by_itself() -> None:
    seen = seen_while_all_came([[0.0, 0.1, 0.2, 0.3], [0.05, 0.15, 0.25, 0.35]])

    assert seen.gap_p50_ms == pytest.approx(100)
    assert seen.worst_ms == pytest.approx(100)


def test_only_the_time_counts_in_which_all_streams_came() -> None:
    seen = seen_while_all_came([[0.0, 5.0, 5.1, 5.2, 9.0], [4.9, 5.0, 5.1, 5.2, 5.3]])

    assert seen.worst_ms == pytest.approx(100)


def test_streams_that_came_one_after_the_other_are_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="at the same time"):
        seen_while_all_came([[0.0, 0.1], [5.0, 5.1]])
