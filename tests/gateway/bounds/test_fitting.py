"""What a call is held at: its bound, the operator's ceiling, nothing for the rehearsal, or a refusal."""

from datetime import UTC, datetime

import pytest

from drawbridge.gateway.bounds import NOTHING, Bound, Price, Reckoned, Unbounded, ceiling_of, reckon
from drawbridge.gateway.cost_bounds import price_at
from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Deployment, Provider
from drawbridge.usage.events import Tokens
from drawbridge.usage.pricing.book import PriceBook
from drawbridge.usage.pricing.rows import PriceRow
from drawbridge.usage.rates import Bracket, Rates
from tests.gateway.bounds.calls import UNKNOWN, deployment

BOUND = Bound(100, 200)
UNBOUNDED = Unbounded("What it adds cannot be told.", "leave it out")
AT = datetime(2026, 10, 1, tzinfo=UTC)
CEILING = deployment(profile=ProfileEntry(ceiling_usd="0.25"))


def price(most: Tokens) -> int:
    return most.input + 10 * most.output


def no_price(most: Tokens) -> None:
    del most


def for_rehearsal() -> PriceRow:
    """Return the same price, as an operator gives it to the rehearsal."""
    per_token = Bracket(
        request=0,
        input=1,
        cached=0,
        write_5m=0,
        write_1h=0,
        input_audio=0,
        input_image=0,
        output=10,
        reasoning=0,
        output_audio=0,
        output_image=0,
    )
    return PriceRow("own", "digest", "p", "*", Rates((), (per_token,), units_per_nanousd=1))


def test_what_is_bounded_is_held_at_its_price_whatever_the_ceiling() -> None:
    assert reckon(BOUND, CEILING, price) == Reckoned(2_100, BOUND)


def test_what_runs_no_model_is_held_at_nothing_without_a_price() -> None:
    assert reckon(NOTHING, UNKNOWN, no_price) == Reckoned(0, NOTHING)


def test_the_rehearsal_is_held_at_nothing_whatever_it_is_asked() -> None:
    rehearsal = deployment(pricing_id="rehearsal")
    free = price_at(rehearsal, PriceBook(), AT)

    assert reckon(UNBOUNDED, rehearsal, free) == Reckoned(0, NOTHING)
    assert reckon(BOUND, rehearsal, free).cost_nanousd == 0


def test_a_rehearsal_with_a_price_of_its_own_is_held_at_it() -> None:
    rehearsal = deployment(pricing_id="rehearsal", profile=ProfileEntry(ceiling_usd="0.25"))
    own = price_at(rehearsal, PriceBook(own=(for_rehearsal(),)), AT)

    assert reckon(BOUND, rehearsal, own) == Reckoned(2_100, BOUND)
    assert reckon(UNBOUNDED, rehearsal, own) == Reckoned(250_000_000, None)


@pytest.mark.parametrize(("bound", "asked"), [(UNBOUNDED, price), (BOUND, no_price)])
def test_what_cannot_be_told_is_held_at_the_ceiling(bound: Bound | Unbounded, asked: Price) -> None:
    assert reckon(bound, CEILING, asked) == Reckoned(250_000_000, None)


def test_without_a_ceiling_it_is_refused_with_what_cannot_be_told_and_what_to_do() -> None:
    with pytest.raises(Refusal) as refused:
        reckon(UNBOUNDED, UNKNOWN, price)

    assert refused.value.reason == "unbounded_cost"
    assert refused.value.message.startswith("What it adds cannot be told. ")
    assert refused.value.message.endswith(": leave it out.")


def test_a_deployments_ceiling_stands_over_its_providers() -> None:
    provider = Provider("p", frozenset(), "http://p", ceiling_usd="3")

    assert ceiling_of(Deployment("d", provider, "m", ProfileEntry(ceiling_usd="0.000000001"))) == 1
    assert ceiling_of(Deployment("d", provider, "m")) == 3_000_000_000
    assert ceiling_of(UNKNOWN) is None
