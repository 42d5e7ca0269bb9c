from datetime import UTC, datetime, timedelta
from functools import cache

import genai_prices.data
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawbridge.usage.events import Tokens
from drawbridge.usage.prices import look_up_price, price_tokens
from tests.parts.size import pick

_AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@cache
def _every_model() -> list[tuple[str, str]]:
    return [(provider.id, model.id) for provider in genai_prices.data.providers for model in provider.models]


@st.composite
def _tokens(draw: st.DrawFn) -> Tokens:
    count = st.integers(0, 1_200_000)
    cached, write_5m, write_1h, plain = draw(count), draw(count), draw(count), draw(count)
    return Tokens(
        input=draw(st.sampled_from([cached + write_5m + write_1h + plain, plain, cached])),
        input_cached=draw(st.sampled_from([0, cached])),
        input_cache_write_5m=draw(st.sampled_from([0, write_5m])),
        input_cache_write_1h=draw(st.sampled_from([0, write_1h])),
        input_audio=draw(st.sampled_from([0, 0, 0, 7])),
        output=draw(count),
        output_reasoning=draw(st.integers(0, 10)),
        output_image=draw(st.sampled_from([0, 0, 0, 3])),
    )


@settings(max_examples=pick(500, full=20_000), deadline=None)
@given(
    model=st.sampled_from(_every_model()),
    tokens=_tokens(),
    minutes=st.integers(0, 3 * 365 * 24 * 60),
    seconds=st.integers(0, 59),
    tier=st.sampled_from([None, "batch", "flex", "priority", "default"]),
)
def test_rates_worked_out_beforehand_reckon_what_the_price_data_does(
    model: tuple[str, str], tokens: Tokens, minutes: int, seconds: int, tier: str | None
) -> None:
    at = _AT - timedelta(minutes=minutes, seconds=seconds)

    priced = price_tokens(*model, tokens, at, tier)

    assert priced == look_up_price(*model, tokens, at, tier)


@pytest.mark.parametrize("length", [0, 1, 127_999, 128_000, 128_001, 200_000, 200_001, 272_000, 272_001])
def test_every_model_is_reckoned_by_the_rate_of_the_prompts_length(length: int) -> None:
    tokens = Tokens(input=length, output=101, input_cached=length // 2, input_cache_write_1h=length // 3)

    for provider, model in _every_model():
        assert price_tokens(provider, model, tokens, _AT) == look_up_price(provider, model, tokens, _AT), model


def test_a_model_without_a_price_is_unpriced_and_not_free() -> None:
    assert price_tokens("openai", "no-such-model", Tokens(input=1), _AT).cost_nanousd is None
    assert price_tokens(None, "gpt-5", Tokens(input=1), _AT).cost_nanousd is None


@pytest.mark.parametrize("model", ["whisper-1", "tts-1"])
def test_a_model_that_is_charged_by_other_things_than_tokens_is_unpriced_and_not_free(model: str) -> None:
    assert price_tokens("openai", model, Tokens(input=1_000, output=1_000), _AT).cost_nanousd is None
