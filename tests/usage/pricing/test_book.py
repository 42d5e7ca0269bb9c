"""The laws of a price book: what a call costs, whichever rows there are, and the most that it can cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import genai_prices.data
import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drawbridge.usage.events import Tokens
from drawbridge.usage.prices import look_up_price
from drawbridge.usage.pricing.book import Price, PriceBook
from drawbridge.usage.pricing.compile import compile_prices
from drawbridge.usage.pricing.entries import (
    BandEntry,
    CeilingEntry,
    DiscountEntry,
    ExchangeRateEntry,
    HourEntry,
    PriceEntry,
    PricesEntry,
    TokenPrices,
    UnitPrices,
    UnknownEntry,
)
from drawbridge.usage.pricing.rows import Offer
from drawbridge.usage.rates import Extras, work_out
from tests.parts.size import pick

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
OURS = Offer("vllm", "qwen3", None, "qwen-main")
TIERS = [None, "priority", "flex", "batch", "default"]
MILLION = 1_000_000
USD = 1_000_000_000


def book(entry: PricesEntry, **regions: str) -> PriceBook:
    return compile_prices(entry, regions)


def own(**rows: PriceEntry) -> PricesEntry:
    return PricesEntry(own=rows)


def flat(price: str, **more: str) -> TokenPrices:
    return TokenPrices(input=price, output=price, **more)


def cost(entry: PricesEntry, tokens: Tokens, offer: Offer = OURS, at: datetime = AT, tier: str | None = None) -> int:
    priced = book(entry).price(offer, tokens, at, tier).cost_nanousd
    assert priced is not None
    return priced


@cache
def every_offer() -> list[Offer]:
    return [
        Offer("vendor", model.id, provider.id) for provider in genai_prices.data.providers for model in provider.models
    ]


_AMOUNTS = st.integers(0, 10**12).map(lambda pico: f"{pico // 10**9}.{pico % 10**9:09d}")
_COUNTS = st.integers(0, 1_200_000)


@st.composite
def token_prices(draw: st.DrawFn) -> TokenPrices:
    parts = ("cached_read", "cache_write_5m", "cache_write_1h", "audio_input", "image_input")
    parts += ("reasoning", "audio_output", "image_output")
    named = {part: draw(st.none() | _AMOUNTS) for part in parts}
    return TokenPrices(input=draw(_AMOUNTS), output=draw(_AMOUNTS), **named)


@st.composite
def rows(draw: st.DrawFn) -> PriceEntry:
    above = draw(st.lists(st.integers(1, 1_000_000), max_size=2, unique=True))
    return PriceEntry(
        provider=draw(st.sampled_from(["*", "vllm", "v*"])),
        model=draw(st.sampled_from(["*", "qwen3", "q*3"])),
        tier=draw(st.sampled_from([None, "standard", "priority", "batch"])),
        currency=draw(st.sampled_from(["USD", "EUR"])),
        per_million=draw(token_prices()),
        bands=tuple(BandEntry(above=start, per_million=draw(token_prices())) for start in above),
        per_request=draw(st.none() | _AMOUNTS),
    )


@st.composite
def books(draw: st.DrawFn) -> PriceBook:
    entry = PricesEntry(
        own=draw(st.dictionaries(st.sampled_from("abc"), rows(), min_size=1)),
        exchange_rates=(ExchangeRateEntry(currency="EUR", usd=draw(_AMOUNTS), valid_from="2026-01-01"),),
        unknown=UnknownEntry(ceiling=CeilingEntry(per_million=draw(token_prices()))),
    )
    return book(entry)


@st.composite
def usages(draw: st.DrawFn, *, media: bool = True) -> Tokens:
    given, made = draw(_COUNTS), draw(_COUNTS)

    def part(total: int) -> int:
        return draw(st.sampled_from([0, 0, total, total // 3]) | st.integers(0, total))

    kinds = {
        "input_cached": part(given),
        "input_cache_write_5m": part(given),
        "input_cache_write_1h": part(given),
        "output_reasoning": part(made),
    }
    if media:
        kinds |= {"input_audio": part(given), "input_image": part(given)}
        kinds |= {"output_audio": part(made), "output_image": part(made)}
    return Tokens(input=given, output=made, **kinds)


def room_for(tokens: Tokens, more_input: int, more_output: int) -> Tokens:
    return Tokens(
        input=tokens.input + more_input,
        output=tokens.output + more_output,
        input_audio=tokens.input_audio,
        input_image=tokens.input_image,
        output_audio=tokens.output_audio,
        output_image=tokens.output_image,
    )


@settings(max_examples=pick(300, full=10_000), deadline=None)
@given(prices=books(), tokens=usages(), more=st.tuples(_COUNTS, _COUNTS), tier=st.sampled_from(TIERS))
def test_no_call_within_a_bound_costs_more_than_the_dearest(
    prices: PriceBook, tokens: Tokens, more: tuple[int, int], tier: str | None
) -> None:
    spent = prices.price(OURS, tokens, AT, tier).cost_nanousd

    bound = prices.dearest(OURS, room_for(tokens, *more), AT)

    assert spent is not None
    assert bound is not None
    assert 0 <= spent <= bound


@settings(max_examples=pick(500, full=20_000), deadline=None)
@given(
    offer=st.deferred(lambda: st.sampled_from(every_offer())),
    tokens=usages(),
    more=st.tuples(_COUNTS, _COUNTS),
    tier=st.sampled_from(TIERS),
    percent=st.sampled_from([None, "0", "12.5", "100"]),
)
def test_no_call_within_a_bound_costs_more_than_the_dearest_by_any_list_price(
    offer: Offer, tokens: Tokens, more: tuple[int, int], tier: str | None, percent: str | None
) -> None:
    discounts = {} if percent is None else {"ours": DiscountEntry(provider="*", percent=percent)}
    prices = book(PricesEntry(discounts=discounts))
    spent = prices.price(offer, tokens, AT, tier).cost_nanousd
    assume(spent is not None)

    bound = prices.dearest(offer, room_for(tokens, *more), AT)

    assert spent is not None
    assert bound is not None
    assert 0 <= spent <= bound


@settings(max_examples=pick(300, full=10_000), deadline=None)
@given(prices=token_prices(), one=usages(media=False), other=usages(media=False))
def test_without_bands_two_calls_cost_what_one_with_the_tokens_of_both_does(
    prices: TokenPrices, one: Tokens, other: Tokens
) -> None:
    for tokens in (one, other):
        assume(tokens.input_cached + tokens.input_cache_write_5m + tokens.input_cache_write_1h <= tokens.input)
    fields = Tokens.__struct_fields__
    both = Tokens(**{name: getattr(one, name) + getattr(other, name) for name in fields})
    entry = own(a=PriceEntry(provider="*", per_million=prices))

    together = cost(entry, both)

    # Each of the three is rounded once, by half a nano-dollar at most.
    assert abs(cost(entry, one) + cost(entry, other) - together) <= 1


@settings(max_examples=pick(300, full=10_000), deadline=None)
@given(prices=books(), tokens=usages(), extra=_COUNTS, tier=st.sampled_from(TIERS))
def test_more_output_never_costs_less(prices: PriceBook, tokens: Tokens, extra: int, tier: str | None) -> None:
    longer = msgspec.structs.replace(tokens, output=tokens.output + extra)
    assume(tokens.output_reasoning + tokens.output_audio + tokens.output_image <= tokens.output)

    spent, more = prices.price(OURS, tokens, AT, tier).cost_nanousd, prices.price(OURS, longer, AT, tier).cost_nanousd

    assert spent is not None
    assert more is not None
    assert spent <= more


@settings(max_examples=pick(200, full=5_000), deadline=None)
@given(tokens=usages(media=False), percent=st.integers(0, 1_000_000))
def test_a_discount_takes_its_part_off_the_list_price_and_never_goes_below_zero(tokens: Tokens, percent: int) -> None:
    assume(tokens.input_cached + tokens.input_cache_write_5m + tokens.input_cache_write_1h <= tokens.input)
    written = f"{percent // 10_000}.{percent % 10_000:04d}" if percent < 1_000_000 else "100"
    entry = PricesEntry(discounts={"deal": DiscountEntry(provider="openai", model="gpt-5*", percent=written)})
    offer = Offer("openai", "gpt-5", "openai")

    discounted = cost(entry, tokens, offer)

    listed = look_up_price("openai", "gpt-5", tokens, AT).cost_nanousd
    assert listed is not None
    assert discounted >= 0
    assert abs(discounted - listed * (1_000_000 - percent) / 1_000_000) <= 2


@pytest.mark.parametrize(
    ("at", "usd"),
    [
        (datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC), 1),
        (datetime(2026, 2, 1, tzinfo=UTC), 2),
        (datetime(2026, 3, 1, 7, 59, 59, tzinfo=UTC), 2),
        (datetime(2026, 3, 1, 8, tzinfo=UTC), 1),
    ],
)
def test_a_price_holds_from_its_beginning_on_and_no_longer_at_its_end(at: datetime, usd: int) -> None:
    entry = own(
        always=PriceEntry(provider="vllm", per_million=flat("1")),
        once=PriceEntry(
            provider="vllm", valid_from="2026-02-01", valid_until="2026-03-01T09:00+01:00", per_million=flat("2")
        ),
    )

    assert cost(entry, Tokens(input=MILLION), at=at) == usd * USD


def test_of_two_prices_that_fit_the_one_that_says_most_closely_what_it_is_for_holds() -> None:
    entry = own(
        a=PriceEntry(provider="*", per_million=flat("1")),
        b=PriceEntry(provider="vllm", per_million=flat("2")),
        c=PriceEntry(provider="*", model="qwen*", per_million=flat("3")),
        d=PriceEntry(provider="*", model="qwen3", tier="batch", per_million=flat("4")),
        e=PriceEntry(provider="*", deployment="qwen-main", per_million=flat("5")),
        f=PriceEntry(provider="*", deployment="qwen-other", per_million=flat("6")),
    )
    tokens = Tokens(input=MILLION)

    assert cost(entry, tokens, Offer("other", "llama", None)) == 1 * USD
    assert cost(entry, tokens, Offer("vllm", "llama", None)) == 2 * USD
    assert cost(entry, tokens, Offer("vllm", "qwen3", None)) == 3 * USD
    assert cost(entry, tokens, Offer("vllm", "qwen3", None), tier="batch") == 4 * USD
    assert cost(entry, tokens) == 5 * USD


def test_a_price_for_a_region_holds_at_providers_there() -> None:
    entry = own(eu=PriceEntry(provider="*", region="eu", per_million=flat("1")))
    prices = book(entry, here="eu", there="us")
    tokens = Tokens(input=MILLION)

    assert prices.price(Offer("here", "m", None), tokens, AT).cost_nanousd == USD
    assert prices.price(Offer("there", "m", None), tokens, AT).cost_nanousd is None
    assert prices.price(Offer("nowhere", "m", None), tokens, AT).cost_nanousd is None


def test_another_currency_is_worth_what_it_was_when_the_call_began_and_the_price_id_says_so() -> None:
    entry = PricesEntry(
        own={"ours": PriceEntry(provider="*", currency="EUR", per_million=flat("2"))},
        exchange_rates=(
            ExchangeRateEntry(currency="EUR", usd="1.25", valid_from="2026-11-23"),
            ExchangeRateEntry(currency="EUR", usd="1.10", valid_from="2026-11-01"),
        ),
    )
    tokens = Tokens(input=MILLION)
    prices = book(entry)

    today, before = prices.price(OURS, tokens, AT), prices.price(OURS, tokens, AT - timedelta(days=1))

    assert today.cost_nanousd == 2_500_000_000
    assert before.cost_nanousd == 2_200_000_000
    assert today.price_id is not None
    assert before.price_id is not None
    assert today.price_id.endswith("/EUR=1.25")
    assert before.price_id.endswith("/EUR=1.10")
    assert prices.price(OURS, tokens, AT - timedelta(days=60)).cost_nanousd is None


def test_a_row_that_was_changed_stands_under_another_price_id() -> None:
    tokens = Tokens(input=1)
    row = PriceEntry(provider="*", per_million=flat("2"))

    first = book(own(ours=row)).price(OURS, tokens, AT).price_id
    changed = book(own(ours=msgspec.structs.replace(row, per_million=flat("3")))).price(OURS, tokens, AT).price_id

    assert first is not None
    assert changed is not None
    assert first.startswith("own/ours@")
    assert first != changed


def test_an_unknown_price_is_unpriced_or_the_ceiling_and_never_free() -> None:
    tokens = Tokens(input=MILLION, output=MILLION)
    ceiling = UnknownEntry(ceiling=CeilingEntry(per_million=TokenPrices(input="20", output="100")))

    unpriced = PriceBook().price(OURS, tokens, AT)
    at_ceiling = book(PricesEntry(unknown=ceiling)).price(OURS, tokens, AT)

    assert unpriced.cost_nanousd is None
    assert PriceBook().dearest(OURS, tokens, AT) is None
    assert at_ceiling.cost_nanousd == 120 * USD
    assert at_ceiling.price_id is not None
    assert at_ceiling.price_id.startswith("ceiling@")
    assert book(PricesEntry(unknown=ceiling)).dearest(OURS, tokens, AT) == 120 * USD


def test_a_price_that_only_the_price_data_can_reckon_has_a_bound_too() -> None:
    def rule(tokens: Tokens) -> Decimal:
        third = Decimal(1) / 3
        return third * tokens.input + tokens.input_cached + 2 * third * tokens.output_reasoning

    price = Price("id", work_out(rule, (100,)), "list", "", rule)
    dearest = price.dearest(Tokens(input=300, output=30))

    assert price.rates.brackets == (None, None)
    assert dearest is not None
    # All of the input is cached, and all of the output thought.
    assert 420 * USD <= dearest <= 420 * USD + 2


def test_a_policy_of_refusal_is_about_unknown_prices_only() -> None:
    prices = book(PricesEntry(unknown="refuse"))

    assert prices.refuses(OURS, AT)
    assert not prices.refuses(Offer("openai", "gpt-5", "openai"), AT)
    assert not PriceBook().refuses(OURS, AT)


def test_hardware_by_the_hour_is_borne_by_attempts_for_as_long_as_they_take() -> None:
    entry = own(box=PriceEntry(provider="vllm", per_hour=HourEntry(amount="36", shared_by=10)))
    prices = book(entry)
    tokens = Tokens(input=10, output=10)

    # 36 dollars an hour are a cent a second, and ten calls share it.
    assert prices.price(OURS, tokens, AT, more=Extras(duration_ms=2_500)).cost_nanousd == 2_500_000
    assert prices.dearest(OURS, tokens, AT) is None
    assert prices.dearest(OURS, tokens, AT, Extras(duration_ms=600_000)) == 600_000_000


def test_longer_prompts_are_in_the_next_band_with_all_their_tokens() -> None:
    bands = (BandEntry(above=200, per_million=flat("2")), BandEntry(above=100, per_million=flat("5")))
    entry = own(ours=PriceEntry(provider="*", per_million=flat("1"), bands=bands))

    spent = [cost(entry, Tokens(input=length)) for length in (100, 101, 200, 201)]

    assert spent == [100_000, 505_000, 1_000_000, 402_000]
    # The middle band is the dearest that a prompt of 300 tokens at most can come to.
    assert book(entry).dearest(OURS, Tokens(input=300), AT) == 1_000_000


def test_costs_are_rounded_once_and_half_to_even() -> None:
    entry = own(ours=PriceEntry(provider="*", per_million=flat("0.0005")))

    assert [cost(entry, Tokens(input=count)) for count in (1, 2, 3, 4, 5)] == [0, 1, 2, 2, 2]


def test_thinking_is_output_unless_a_row_prices_it_apart() -> None:
    tokens = Tokens(output=MILLION, output_reasoning=MILLION // 2)

    assert cost(own(a=PriceEntry(provider="*", per_million=flat("2"))), tokens) == 2 * USD
    assert cost(own(a=PriceEntry(provider="*", per_million=flat("2", reasoning="1"))), tokens) == 1_500_000_000
    # The only model in the price data that does: https://docs.perplexity.ai/getting-started/pricing, 2026-11-23.
    perplexity = Offer("perplexity", "sonar-deep-research", "perplexity")
    assert cost(PricesEntry(), tokens, perplexity) == 5_500_000_000


def test_prompt_caching_costs_what_the_examples_of_focus_say() -> None:
    """https://github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec, appendix "AI Prompt Caching", read 2026-11-23."""
    tokens = Tokens(input=10_500_000, input_cache_write_5m=2_000_000, input_cached=8_000_000)
    output = Tokens(output=1_500_000)
    writes = TokenPrices(input="3", output="15", cached_read="0.30", cache_write_5m="3.75")
    stores = TokenPrices(input="3", output="15", cached_read="0.30")
    by_writing = book(own(a=PriceEntry(provider="*", per_million=writes)))
    storage = UnitPrices(cached_million_token_hour="1.00")
    by_storing = book(own(b=PriceEntry(provider="*", per_million=stores, per_unit=storage)))

    # Two million tokens are kept for three hours.
    kept = Extras(cached_token_hours=6_000_000)

    assert by_writing.price(OURS, tokens, AT).cost_nanousd == 11_400_000_000
    assert by_storing.price(OURS, tokens, AT, more=kept).cost_nanousd == 15_900_000_000
    assert by_writing.price(OURS, Tokens(input=10_500_000), AT).cost_nanousd == 31_500_000_000
    assert by_writing.price(OURS, output, AT).cost_nanousd == 22_500_000_000


def test_what_is_priced_by_other_things_than_tokens_is_not_free_where_nobody_counts_them() -> None:
    entry = PricesEntry(own={"dear": PriceEntry(provider="*", per_unit=UnitPrices(image="0.04", audio_minute="0.006"))})
    prices, tokens = book(entry), Tokens(input=9, output=1_000)

    images = prices.price(OURS, tokens, AT, more=Extras(images=3))
    spoken = prices.price(OURS, tokens, AT, more=Extras(audio_ms=90_000))

    assert images.cost_nanousd == 120_000_000
    assert images.price_id is not None
    assert images.price_id.endswith("+images=3")
    assert spoken.cost_nanousd == 9_000_000
    assert prices.price(OURS, tokens, AT).cost_nanousd is None
    assert prices.dearest(OURS, tokens, AT) is None
