"""What tokens cost: list prices from the price data that ships with Drawbridge."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from importlib.metadata import version
from typing import Final

from drawbridge.core.money import NANOUSD_PER_USD, Nanousd
from drawbridge.usage.events import Tokens

REHEARSAL: Final = "rehearsal"
"""The pricing id of the built-in provider, which costs nothing because it is no model."""


@dataclass(frozen=True, slots=True)
class Priced:
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
    if pricing_id is None:
        return UNPRICED
    if pricing_id == REHEARSAL:
        return Priced(Nanousd(0), "rehearsal/free")
    # Imported late: the price data takes 0.2 s to load, and the process must answer before that.
    import genai_prices

    # A vendor's own word: only those that change a price are looked up, and stand in a price id.
    tier = service_tier if service_tier in _PRICED_TIERS else None
    for parts in (_ALL_PARTS, _WITHOUT_CACHE):
        usage = genai_prices.Usage(**{key: count for key, read in parts.items() if (count := read(tokens))})
        context = {"service_tier": tier} if tier else None
        try:
            calculated = genai_prices.calc_price(
                usage,
                upstream_model,
                provider_id=pricing_id,
                genai_request_timestamp=at,
                price_context=context,
            )
        except LookupError:
            return UNPRICED
        except ValueError:
            # Cached tokens beside audio ones are refused unless their overlap is known, and vendors do not tell
            # it. Then the cache's discount is left out: a cost may err upwards, never downwards.
            continue
        nanousd = (calculated.total_price * NANOUSD_PER_USD).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        return Priced(Nanousd(int(nanousd)), _price_id(calculated.provider.id, calculated.model.id, tier))
    return UNPRICED


_PRICED_TIERS: Final = frozenset({"batch", "flex", "priority"})
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
}


@cache
def _price_id(provider_id: str, model_id: str, service_tier: str | None) -> str:
    tier = f"/{service_tier}" if service_tier else ""
    return f"genai-prices@{version('genai-prices')}/{provider_id}/{model_id}{tier}"
