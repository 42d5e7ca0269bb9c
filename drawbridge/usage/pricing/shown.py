"""Prices as people read them: dollars for a million tokens, for one of what is counted, for an hour."""

from collections.abc import Iterator
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final, Literal

import msgspec

from drawbridge.usage.pricing.book import Price
from drawbridge.usage.rates import Bracket, Extras, Rates

_NANOUSD_PER_TOKEN: Final = Fraction(1, 1_000)
"""As dollars for a million."""
_DIGITS: Final = Context(prec=12)
_ON_TOP_OF_INPUT: Final = {
    "cached_read": "cached",
    "cache_write_5m": "write_5m",
    "cache_write_1h": "write_1h",
    "audio_input": "input_audio",
    "image_input": "input_image",
}
_ON_TOP_OF_OUTPUT: Final = {
    "reasoning": "reasoning",
    "audio_output": "output_audio",
    "image_output": "output_image",
}
_USD: Final = Fraction(1, 10**9)
_BESIDE: Final[dict[str, tuple[str, Fraction]]] = {
    "hour": ("duration_ms", 3_600_000 * _USD),
    "web_search": ("web_searches", _USD),
    "image": ("images", _USD),
    "audio_minute": ("audio_ms", 60_000 * _USD),
    "page": ("pages", _USD),
    "cached_million_token_hour": ("cached_token_hours", 1_000_000 * _USD),
}


class ShownPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment of a model costs in a service tier, for prompts above a length. Amounts are dollars."""

    model: str
    deployment: str
    provider: str
    upstream_model: str
    tier: str
    origin: Literal["own", "list", "discounted", "unknown"]
    """`unknown`: nobody knows it, and what is stated is what that means."""
    price_id: str | None
    source: str
    above_input_tokens: int
    per_million: dict[str, str]
    per_request: str | None
    per_unit: dict[str, str]
    unknown: Literal["ceiling", "refused", "unpriced"] | None = None
    """What becomes of a call without a known price; None where it is known."""


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """What prompts above a length cost, in dollars."""

    above_input_tokens: int
    per_million: dict[str, str]
    per_request: str | None
    per_unit: dict[str, str]


def amounts_of(rates: Rates) -> Iterator[Amounts]:
    """Tell prices by length of the prompt: those of a part only where it is not the price of the whole."""
    beside = _beside(rates.extras, rates.units_per_nanousd)
    for above, bracket in zip((0, *rates.thresholds), rates.brackets, strict=True):
        if bracket is None:
            continue
        request = Fraction(bracket.request, rates.units_per_nanousd) * _USD
        yield Amounts(
            above_input_tokens=above,
            per_million=_per_million(bracket, rates.units_per_nanousd),
            per_request=_written(request) if request else None,
            per_unit=beside,
        )


def same_amounts(one: Price, other: Price) -> bool:
    """Tell whether two prices come to the same."""
    return list(amounts_of(one.rates)) == list(amounts_of(other.rates))


def _per_million(bracket: Bracket, units_per_nanousd: int) -> dict[str, str]:
    def usd(units: int) -> str:
        return _written(Fraction(units, units_per_nanousd) * _NANOUSD_PER_TOKEN)

    told = {"input": usd(bracket.input), "output": usd(bracket.output)}
    for whole, parts in ((bracket.input, _ON_TOP_OF_INPUT), (bracket.output, _ON_TOP_OF_OUTPUT)):
        on_top: dict[str, int] = {name: getattr(bracket, member) for name, member in parts.items()}
        told |= {name: usd(whole + units) for name, units in on_top.items() if units}
    return told


def _beside(extras: Extras | None, units_per_nanousd: int) -> dict[str, str]:
    if extras is None:
        return {}
    units: dict[str, int] = {name: getattr(extras, member) for name, (member, _) in _BESIDE.items()}
    return {
        name: _written(Fraction(count, units_per_nanousd) * _BESIDE[name][1]) for name, count in units.items() if count
    }


def _written(amount: Fraction) -> str:
    """Write an amount with up to twelve digits."""
    quotient = _DIGITS.divide(Decimal(amount.numerator), Decimal(amount.denominator))
    return f"{quotient.normalize():f}"
