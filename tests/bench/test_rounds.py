import pytest

from bench.gateway.rounds import Cost, Costs, Series


def test_a_series_is_told_by_what_stands_in_the_middle_and_its_ends() -> None:
    series = Series([3.0, 1.0, 20.0])

    assert series.median == 3.0
    assert str(series) == "from 1 to 20 in 3 rounds"


def test_ratios_are_taken_round_by_round() -> None:
    ours, theirs = Series([10.0, 40.0, 10.0]), Series([1.0, 4.0, 2.0])

    assert ours.over(theirs).values == [10.0, 10.0, 5.0]


def test_differences_are_taken_round_by_round() -> None:
    assert Series([5.0, 7.0]).minus(Series([4.0, 2.0])).values == [1.0, 5.0]


def test_one_number_stands_for_every_round() -> None:
    assert Series([5.0, 7.0]).minus(1.0).over(2.0).values == [2.0, 3.0]


def test_series_of_unequal_length_are_not_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        Series([1.0]).over(Series([1.0, 2.0]))


def test_costs_give_a_series_of_each_measure() -> None:
    costs = Costs([Cost(cpu_us=20.0, p50_us=100.0, p99_us=900.0), Cost(cpu_us=22.0, p50_us=110.0, p99_us=800.0)])

    assert costs.cpu_us.values == [20.0, 22.0]
    assert costs.p50_us.values == [100.0, 110.0]
    assert costs.p99_us.values == [900.0, 800.0]
