from bench.figures import Measured, weigh


def test_a_value_at_its_upper_bound_is_met_and_one_above_is_not() -> None:
    assert weigh("gateway", Measured("latency added, p99, Drawbridge", 1.0))["met"]
    assert not weigh("gateway", Measured("latency added, p99, Drawbridge", 1.01))["met"]


def test_a_value_at_its_lower_bound_is_met_and_one_below_is_not() -> None:
    assert weigh("gateway", Measured("2 workers on two cores, against 1 on one", 1.8))["met"]
    assert not weigh("gateway", Measured("2 workers on two cores, against 1 on one", 1.79))["met"]


def test_a_value_is_held_against_its_target_before_it_is_rounded() -> None:
    assert not weigh("gateway", Measured("latency added, p99, Drawbridge", 1.000001))["met"]


def test_a_figure_without_a_bound_is_told_and_never_missed() -> None:
    figure = weigh("gateway", Measured("CPU per call, nginx", 21.456))

    assert figure["met"]
    assert figure["target"] is None
    assert figure["value"] == 21.46
