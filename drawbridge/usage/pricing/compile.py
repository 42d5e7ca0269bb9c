"""From the entry in the file to a price book: amounts as exact numbers, times as minutes."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from math import lcm
from typing import Final

import msgspec

from drawbridge.core.money import NANOUSD_PER_USD
from drawbridge.usage.errors import PriceTimeError
from drawbridge.usage.prices import minute_of
from drawbridge.usage.pricing.book import PriceBook
from drawbridge.usage.pricing.entries import (
    CeilingEntry,
    DiscountEntry,
    ExchangeRateEntry,
    PriceEntry,
    PricesEntry,
    TokenPrices,
    UnitPrices,
    UnknownEntry,
)
from drawbridge.usage.pricing.rows import Ceiling, DiscountRow, ExchangeRate, Period, PriceRow
from drawbridge.usage.rates import Bracket, Extras, Rates

_MILLION: Final = 1_000_000
_MS_PER_MINUTE: Final = 60_000
_MS_PER_HOUR: Final = 3_600_000
_DIGEST_DIGITS: Final = 12
_FREE: Final = TokenPrices(input="0", output="0")


def compile_prices(entry: PricesEntry, regions: Mapping[str, str]) -> PriceBook:
    """Make a price book of an entry without complaints. `regions` are those of providers, by name."""
    unknown = entry.unknown
    return PriceBook(
        own=tuple(_price_row(name, row) for name, row in entry.own.items()),
        discounts=tuple(_discount_row(name, row) for name, row in entry.discounts.items()),
        exchange_rates=tuple(_exchange_rate(rate) for rate in entry.exchange_rates),
        unknown=_ceiling(unknown.ceiling) if isinstance(unknown, UnknownEntry) else unknown,
        regions=regions,
    )


def digest_of(name: str, entry: msgspec.Struct) -> str:
    """Return what stands in price ids for a row as it is now: another one after any change."""
    said = msgspec.json.encode([name, entry], order="sorted")
    return hashlib.sha256(said).hexdigest()[:_DIGEST_DIGITS]


def parse_begin(written: str) -> int:
    """Read a day in UTC, or a whole minute with its offset, as minutes since 1970. Raises PriceTimeError."""
    try:
        if len(written) == len("2026-01-01"):
            day = date.fromisoformat(written)
            return minute_of(datetime(day.year, day.month, day.day, tzinfo=UTC))
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.second or moment.microsecond:
        raise PriceTimeError(
            f"{written!r} is no time at which a price can change: write a day, such as 2026-01-01, or a whole minute"
            " with Z or an offset, such as 2026-01-01T08:00Z."
        )
    return minute_of(moment)


def _price_row(name: str, entry: PriceEntry) -> PriceRow:
    return PriceRow(
        name=name,
        digest=digest_of(name, entry),
        provider=entry.provider,
        model=entry.model,
        rates=_rates_of(entry),
        deployment=entry.deployment or "*",
        tier=entry.tier,
        region=entry.region,
        currency=entry.currency,
        period=_period(entry.valid_from, entry.valid_until),
        source=entry.source,
    )


def _discount_row(name: str, entry: DiscountEntry) -> DiscountRow:
    return DiscountRow(
        name=name,
        digest=digest_of(name, entry),
        provider=entry.provider,
        model=entry.model,
        percent=Fraction(entry.percent),
        period=_period(entry.valid_from, entry.valid_until),
        source=entry.source,
    )


def _exchange_rate(entry: ExchangeRateEntry) -> ExchangeRate:
    return ExchangeRate(entry.currency, Fraction(entry.usd), entry.usd, parse_begin(entry.valid_from))


def _ceiling(entry: CeilingEntry) -> Ceiling:
    request = Fraction(entry.per_request or 0)
    return Ceiling(digest_of("ceiling", entry), _whole((), (_bracket(entry.per_million, request),), {}))


def _period(valid_from: str | None, valid_until: str | None) -> Period:
    return Period(
        None if valid_from is None else parse_begin(valid_from),
        None if valid_until is None else parse_begin(valid_until),
    )


def _rates_of(entry: PriceEntry) -> Rates:
    request = Fraction(entry.per_request or 0)
    bands = sorted(entry.bands, key=lambda band: band.above)
    prices = (entry.per_million or _FREE, *(band.per_million for band in bands))
    brackets = tuple(_bracket(tokens, request) for tokens in prices)
    return _whole(tuple(band.above for band in bands), brackets, _extras_of(entry))


def _extras_of(entry: PriceEntry) -> dict[str, Fraction]:
    units, hour = entry.per_unit or UnitPrices(), entry.per_hour
    prices = {
        "web_searches": Fraction(units.web_search or 0),
        "images": Fraction(units.image or 0),
        "audio_ms": Fraction(units.audio_minute or 0) / _MS_PER_MINUTE,
        "pages": Fraction(units.page or 0),
        "cached_token_hours": Fraction(units.cached_million_token_hour or 0) / _MILLION,
        "duration_ms": Fraction(0 if hour is None else hour.amount) / _MS_PER_HOUR,
    }
    if hour is not None:
        prices["duration_ms"] /= hour.shared_by
    return {name: price for name, price in prices.items() if price}


def _bracket(prices: TokenPrices, request: Fraction) -> dict[str, Fraction]:
    """Return the members of a bracket, in whole units of the currency."""
    given, made = Fraction(prices.input), Fraction(prices.output)

    def on_top(part: str | None, whole: Fraction) -> Fraction:
        return Fraction(0) if part is None else (Fraction(part) - whole) / _MILLION

    return {
        "request": request,
        "input": given / _MILLION,
        "cached": on_top(prices.cached_read, given),
        "write_5m": on_top(prices.cache_write_5m, given),
        "write_1h": on_top(prices.cache_write_1h, given),
        "input_audio": on_top(prices.audio_input, given),
        "input_image": on_top(prices.image_input, given),
        "output": made / _MILLION,
        "reasoning": on_top(prices.reasoning, made),
        "output_audio": on_top(prices.audio_output, made),
        "output_image": on_top(prices.image_output, made),
    }


def _whole(
    thresholds: tuple[int, ...], brackets: tuple[dict[str, Fraction], ...], extras: Mapping[str, Fraction]
) -> Rates:
    """Write all prices as whole numbers of the largest unit that makes them so."""
    every = [price for members in (*brackets, extras) for price in members.values()]
    scale = lcm(NANOUSD_PER_USD, *(price.denominator for price in every))
    return Rates(
        thresholds,
        tuple(Bracket(**{name: int(price * scale) for name, price in members.items()}) for members in brackets),
        units_per_nanousd=scale // NANOUSD_PER_USD,
        extras=Extras(**{name: int(price * scale) for name, price in extras.items()}) if extras else None,
        tells_all_parts=True,
    )
