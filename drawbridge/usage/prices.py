"""What tokens cost: list prices from the price data that ships with Drawbridge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import msgspec

from drawbridge.core.money import NANOUSD_PER_USD, Nanousd
from drawbridge.usage.events import Tokens
from drawbridge.usage.rates import Ask, Rates, work_out

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice, PriceCalculation

REHEARSAL: Final = "rehearsal"
"""The pricing id of the built-in provider, which costs nothing because it is no model."""

PRICED_TIERS: Final = frozenset({"batch", "flex", "priority"})
"""Names of service tiers that have prices of their own; every other is the standard one."""

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_EPOCH_DAY: Final = _EPOCH.toordinal()
_PRICE_LISTS: Final = 1024
_SOME: Final = 1_000


class Priced(msgspec.Struct, frozen=True, gc=False):
    """A cost and the price it was reckoned by; both None where no price is known."""

    cost_nanousd: Nanousd | None
    price_id: str | None


UNPRICED: Final = Priced(None, None)


def price_tokens(
    pricing_id: str | None,
    upstream_model: str,
    tokens: Tokens,
    at: datetime,
    service_tier: str | None = None,
) -> Priced:
    """Reckon the cost of one attempt at the list price that held when it started.

    The price id names the data set, its version, the vendor, the model and the service tier that was charged, so
    that a figure can be reckoned again. Rounded half to even, once, at the end.
    """
    listed = list_price(pricing_id, upstream_model, service_tier, minute_of(at))
    if listed is None:
        return UNPRICED
    cost = listed.rates.cost(tokens)
    if cost is None:
        usd = listed.whole_rule(tokens)
        return UNPRICED if usd is None else Priced(in_nanousd(usd), listed.price_id)
    return Priced(cost, listed.price_id)


def minute_of(at: datetime) -> int:
    """Return the minute since 1970: no price changes within one."""
    if at.tzinfo is UTC:
        # Half the time of asking for the timestamp.
        return ((at.toordinal() - _EPOCH_DAY) * 24 + at.hour) * 60 + at.minute
    return int(at.timestamp() // 60)


def in_nanousd(usd: Decimal) -> Nanousd:
    """Round an amount half to even."""
    return Nanousd(int((usd * NANOUSD_PER_USD).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)))


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What one model costs at one time, by the price data."""

    price_id: str
    rates: Rates
    whole_rule: Ask
    """The price data itself, in some 150 us, for what the rates do not tell."""


def list_price(pricing_id: str | None, upstream_model: str, service_tier: str | None, minute: int) -> ListPrice | None:
    """Find what a model costs in a minute since 1970, in a tier as the vendor tells it; None where it has no price."""
    if pricing_id is None:
        return None
    if pricing_id == REHEARSAL:
        return _FREE_REHEARSAL
    # A vendor's own word: only those that change a price are looked up, and stand in a price id.
    return _price_list(pricing_id, upstream_model, service_tier if service_tier in PRICED_TIERS else None, minute)


def context_window(pricing_id: str | None, upstream_model: str) -> int | None:
    """Return how many tokens a model reads and writes at most; None where the price data does not tell."""
    if pricing_id is None or pricing_id == REHEARSAL:
        return None
    # Imported late, as below.
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, model = get_snapshot().find_provider_model(upstream_model, None, pricing_id, None)
    except LookupError:
        return None
    return model.context_window


def look_up_price(
    pricing_id: str,
    upstream_model: str,
    tokens: Tokens,
    at: datetime,
    service_tier: str | None = None,
) -> Priced:
    """Reckon the same as `price_tokens` from the price data itself, in some 150 us: the rule that it keeps to."""
    tier = service_tier if service_tier in PRICED_TIERS else None
    if _price_list(pricing_id, upstream_model, tier, minute_of(at)) is None:
        return UNPRICED
    calculated = _calculate(pricing_id, upstream_model, tokens, at, tier)
    if calculated is None:
        return UNPRICED
    return Priced(in_nanousd(calculated.total_price), _price_id(calculated.provider.id, calculated.model.id, tier))


def _free(tokens: Tokens) -> Decimal:
    del tokens
    return Decimal(0)


_FREE_REHEARSAL: Final = ListPrice("rehearsal/free", replace(work_out(_free, ()), tells_all_parts=True), _free)


@lru_cache(maxsize=_PRICE_LISTS)
def _price_list(pricing_id: str, upstream_model: str, tier: str | None, minute: int) -> ListPrice | None:
    """Return what a model costs in a minute since 1970; None where no price is known."""
    # The data has prices by the day and by the time of day: none changes within a minute.
    at = _EPOCH + timedelta(minutes=minute)

    def ask(tokens: Tokens) -> Decimal | None:
        # Where cached tokens have no price of their own, only the whole rule can tell what becomes of them.
        calculated = _calculate(pricing_id, upstream_model, tokens, at, tier)
        return None if calculated is None else calculated.total_price

    try:
        calculated = _calculate(pricing_id, upstream_model, Tokens(), at, tier)
    except LookupError:
        return None
    if calculated is None:
        return None
    rates = _rates_of(calculated.model_price, ask)
    if rates is None:
        return None
    return ListPrice(_price_id(calculated.provider.id, calculated.model.id, tier), rates, ask)


_worked_out: Final[dict[str, Rates | None]] = {}


def _rates_of(price: "ModelPrice", ask: Ask) -> Rates | None:
    """Work rates out once for each price that stands in the data, however often it is met again."""
    told = repr(price)
    if told not in _worked_out:
        if len(_worked_out) >= _PRICE_LISTS:
            _worked_out.clear()
        searches = price.web_searches_kcount
        each = searches / 1000 if isinstance(searches, Decimal) else None
        _worked_out[told] = None if _is_charged_otherwise(price, ask) else work_out(ask, _thresholds(price), each)
    return _worked_out[told]


def _is_charged_otherwise(price: "ModelPrice", ask: Ask) -> bool:
    """Tell whether a model has a price, and none for tokens: such as by the hour of sound, which nobody counts yet."""
    kinds = (
        Tokens(input=_SOME, output=_SOME),
        Tokens(input=_SOME, input_audio=_SOME),
        Tokens(input=_SOME, input_image=_SOME),
        Tokens(output=_SOME, output_audio=_SOME),
        Tokens(output=_SOME, output_image=_SOME),
    )
    return any(vars(price).values()) and not any(ask(tokens) for tokens in kinds)


def _thresholds(price: "ModelPrice") -> tuple[int, ...]:
    from genai_prices.types import TieredPrices

    kinds: Mapping[str, object] = vars(price)
    return tuple(
        sorted({tier.start for kind in kinds.values() if isinstance(kind, TieredPrices) for tier in kind.tiers})
    )


def _calculate(
    pricing_id: str, upstream_model: str, tokens: Tokens, at: datetime, tier: str | None
) -> "PriceCalculation | None":
    """Ask the price data; None where it refuses the counts. Raises LookupError where it has no such model."""
    # Imported late: the price data takes 0.2 s to load, and the process must answer before that.
    import genai_prices

    for parts in (_ALL_PARTS, _WITHOUT_CACHE):
        usage = genai_prices.Usage(**{key: count for key, read in parts.items() if (count := read(tokens))})
        try:
            return genai_prices.calc_price(
                usage,
                upstream_model,
                provider_id=pricing_id,
                genai_request_timestamp=at,
                price_context={"service_tier": tier} if tier else None,
            )
        except ValueError:
            # Cached tokens beside audio ones are refused unless their overlap is known, and vendors do not tell
            # it. Then the cache's discount is left out: a cost may err upwards, never downwards.
            continue
    return None


_WITHOUT_CACHE: Final[dict[str, Callable[[Tokens], int]]] = {
    "input_tokens": lambda tokens: tokens.input,
    "input_audio_tokens": lambda tokens: tokens.input_audio,
    "input_image_tokens": lambda tokens: tokens.input_image,
    "output_tokens": lambda tokens: tokens.output,
    "output_audio_tokens": lambda tokens: tokens.output_audio,
    "output_image_tokens": lambda tokens: tokens.output_image,
}
_ALL_PARTS: Final[dict[str, Callable[[Tokens], int]]] = {
    **_WITHOUT_CACHE,
    "cache_read_tokens": lambda tokens: tokens.input_cached,
    "cache_write_tokens": lambda tokens: tokens.input_cache_write_5m + tokens.input_cache_write_1h,
    "cache_write_5m_tokens": lambda tokens: tokens.input_cache_write_5m,
    "cache_write_1h_tokens": lambda tokens: tokens.input_cache_write_1h,
    "output_reasoning_tokens": lambda tokens: min(tokens.output_reasoning, tokens.output),
}


@cache
def _price_id(provider_id: str, model_id: str, service_tier: str | None) -> str:
    tier = f"/{service_tier}" if service_tier else ""
    return f"genai-prices@{version('genai-prices')}/{provider_id}/{model_id}{tier}"
