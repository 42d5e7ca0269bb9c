"""A price book: all that prices one organisation's calls, at the time at which each began. Pure, and in memory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import Final, Literal

import msgspec

from drawbridge.core.money import NANOUSD_PER_USD, Nanousd
from drawbridge.usage.events import Tokens
from drawbridge.usage.prices import PRICED_TIERS, UNPRICED, Priced, list_price, minute_of
from drawbridge.usage.pricing.entries import Tier
from drawbridge.usage.pricing.rows import (
    Ceiling,
    DiscountRow,
    ExchangeRate,
    Offer,
    PriceRow,
    choose_discount,
    choose_rate,
    choose_row,
)
from drawbridge.usage.rates import NO_EXTRAS, Ask, Extras, Rates, rounded

Origin = Literal["own", "list", "discounted"]

_TIERS: Final[dict[str | None, Tier]] = {None: "standard", "priority": "priority", "flex": "flex", "batch": "batch"}
"""Every tier that a vendor may charge, by its name in the price data."""
_REMEMBERED: Final = 4_096
_COUNTED: Final = ("web_searches", "images", "audio_ms", "pages", "cached_token_hours")


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs in one tier at one time, in dollars."""

    price_id: str
    """Names the row it is from, its version, and what became of it, so that a cost can be reckoned again."""
    rates: Rates
    origin: Origin
    source: str
    whole_rule: Ask | None = None
    """The price data itself, for what the rates do not tell; None where they tell all."""
    kept: Fraction = Fraction(1)
    """What a discount leaves."""

    def dearest(self, most: Tokens, more: Extras = NO_EXTRAS) -> Nanousd | None:
        """Reckon the most that a call within these counts can cost; None where that cannot be told."""
        if self.is_by_the_hour and not more.duration_ms:
            return None
        if self.is_beside_tokens and not self.rates.beside(more):
            return None
        bound = self.rates.dearest(most, more)
        if bound is not None:
            return bound
        costs = [self.by_whole_rule(counted, more) for counted in _ways(most, self.rates.thresholds)]
        known = [cost for cost in costs if cost is not None]
        # Upwards: what the price data rounds is a part of a nano-dollar.
        return Nanousd(max(known) + 1) if known else None

    @property
    def is_beside_tokens(self) -> bool:
        """Whether nothing is charged for tokens and the request, but for something else: which is not free.

        What a discount takes off whole is.
        """
        extras = self.rates.extras
        return extras is not None and any(msgspec.structs.astuple(extras)) and self.rates.is_nothing_by_tokens

    @property
    def is_by_the_hour(self) -> bool:
        """Whether an attempt costs the more the longer it takes."""
        return self.rates.extras is not None and self.rates.extras.duration_ms > 0

    def by_whole_rule(self, tokens: Tokens, more: Extras) -> Nanousd | None:
        """Reckon what the rates do not tell, rounded once; None where the price data refuses such counts."""
        usd = None if self.whole_rule is None else self.whole_rule(tokens)
        if usd is None:
            return None
        nanousd = Fraction(usd) * self.kept * NANOUSD_PER_USD
        nanousd += Fraction(self.rates.beside(more), self.rates.units_per_nanousd)
        return rounded(nanousd.numerator, nanousd.denominator)


_Key = tuple[Offer, str | None, int]
_Moment = tuple[Offer, int]


@dataclass(frozen=True, slots=True)
class PriceBook:
    """What an organisation pays: own prices first, then list prices with its discounts off, then the ceiling."""

    own: tuple[PriceRow, ...] = ()
    discounts: tuple[DiscountRow, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
    unknown: Ceiling | Literal["refuse"] | None = None
    """What a price means that nobody knows. None: the call is booked as unpriced."""
    regions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Where each provider works on what it is sent, for those that say it."""
    _found: dict[_Key, Price | None] = field(
        default_factory=dict[_Key, Price | None], init=False, compare=False, repr=False
    )
    _by_tier: dict[_Moment, Sequence[tuple[str | None, Price | None]]] = field(
        default_factory=dict[_Moment, Sequence[tuple[str | None, Price | None]]], init=False, compare=False, repr=False
    )

    def find(self, offer: Offer, at: datetime, tier: str | None = None) -> Price | None:
        """Find what holds for a call that began at a time, in a tier as the vendor tells it; None where none is known.

        Within a minute every price stays the same.
        """
        key = (offer, tier if tier in PRICED_TIERS else None, minute_of(at))
        try:
            return self._found[key]
        except KeyError:
            found = self._look_up(*key)
        if len(self._found) >= _REMEMBERED:
            self._found.clear()
        self._found[key] = found
        return found

    def reckon(self, price: Price | None, tokens: Tokens, more: Extras = NO_EXTRAS) -> Priced:
        """Reckon a call at a price that was found, or at the ceiling. Without either it is unpriced, not free."""
        if price is not None:
            cost = price.rates.cost(tokens, more)
            if cost is None:
                cost = price.by_whole_rule(tokens, more)
            if cost or (cost is not None and not price.is_beside_tokens):
                return Priced(cost, price.price_id if more is NO_EXTRAS else _with_counts(price, more))
        if isinstance(self.unknown, Ceiling):
            return Priced(self.unknown.rates.cost(tokens, more), self.unknown.price_id)
        return UNPRICED

    def price(
        self, offer: Offer, tokens: Tokens, at: datetime, tier: str | None = None, more: Extras = NO_EXTRAS
    ) -> Priced:
        """Reckon what a call cost that began at a time."""
        return self.reckon(self.find(offer, at, tier), tokens, more)

    def dearest(self, offer: Offer, most: Tokens, at: datetime, more: Extras = NO_EXTRAS) -> Nanousd | None:
        """Return the most that a call can cost that begins at a time; None where that cannot be told.

        `most` bounds each total, and sound and pictures among them: what of the rest is cached, written to a cache or
        thought, how long the prompt is and in which tier it is charged, is taken in the dearest way. `more` bounds what
        is charged beside tokens; what is paid by the hour has no bound without a duration. It is at least what `price`
        returns for the same time and any counts within.
        """
        bounds: list[Nanousd] = []
        for tier, price in self._in_each_tier(offer, at):
            bound = None if price is None else price.dearest(most, more)
            if bound is not None:
                bounds.append(bound)
            elif price is not None and price.is_by_the_hour:
                return None
            elif isinstance(self.unknown, Ceiling):
                bounds.append(self._at_ceiling(self.unknown, most))
            elif tier is None:
                return None
        return max(bounds)

    def refuses(self, offer: Offer, at: datetime) -> bool:
        """Tell whether a call is not to be made because nobody knows what it costs."""
        return self.unknown == "refuse" and self.find(offer, at) is None

    def _in_each_tier(self, offer: Offer, at: datetime) -> Sequence[tuple[str | None, Price | None]]:
        """Return the prices of all tiers, but for those whose rates are the same as those of one before."""
        key = (offer, minute_of(at))
        found = self._by_tier.get(key)
        if found is None:
            of_all = [(tier, self.find(offer, at, tier)) for tier in _TIERS]
            found = [
                (tier, price)
                for number, (tier, price) in enumerate(of_all)
                if not any(_is_as_dear(price, before) for _, before in of_all[:number])
            ]
            if len(self._by_tier) >= _REMEMBERED:
                self._by_tier.clear()
            self._by_tier[key] = found
        return found

    def _at_ceiling(self, ceiling: Ceiling, most: Tokens) -> Nanousd:
        bound = ceiling.rates.dearest(most)
        assert bound is not None, "own rates tell everything"
        return bound

    def _look_up(self, offer: Offer, tier: str | None, minute: int) -> Price | None:
        row = choose_row(self.own, offer, _TIERS[tier], self.regions.get(offer.provider), minute)
        if row is not None:
            return self._own(row, minute)
        listed = list_price(offer.pricing_id, offer.upstream_model, tier, minute)
        if listed is None:
            return None
        price = Price(listed.price_id, listed.rates, "list", "", listed.whole_rule)
        discount = choose_discount(self.discounts, offer, minute)
        return price if discount is None else _discounted(price, discount)

    def _own(self, row: PriceRow, minute: int) -> Price | None:
        rate = choose_rate(self.exchange_rates, row.currency, minute)
        if rate is None:
            return None
        price_id = f"own/{row.name}@{row.digest}"
        if rate.usd == 1:
            return Price(price_id, row.rates, "own", row.source)
        return Price(f"{price_id}/{row.currency}={rate.written}", row.rates.times(rate.usd), "own", row.source)


def _is_as_dear(price: Price | None, other: Price | None) -> bool:
    """Tell whether two prices come to the same for any call, as far as that is sure."""
    if price is None or other is None:
        return price is other
    return price.rates == other.rates and None not in price.rates.brackets


def _with_counts(price: Price, more: Extras) -> str:
    """Say what else was charged for: an event has the tokens and how long it took, and no such counts."""
    charged = price.rates.extras
    if charged is None:
        return price.price_id
    counts = [f"+{name}={getattr(more, name)}" for name in _COUNTED if getattr(more, name) and getattr(charged, name)]
    return price.price_id + "".join(counts)


def _discounted(price: Price, discount: DiscountRow) -> Price:
    kept = 1 - discount.percent / 100
    return replace(
        price,
        price_id=f"{price.price_id}/discount/{discount.name}@{discount.digest}",
        rates=price.rates.times(kept),
        origin="discounted",
        source=discount.source,
        kept=kept,
    )


def _ways(most: Tokens, thresholds: tuple[int, ...]) -> Iterator[Tokens]:
    """Yield the counts among which the dearest is: prompts of each length at which prices change, of one kind each."""
    for length in {min(most.input, top) for top in (*thresholds, most.input)}:
        plain = msgspec.structs.replace(
            most,
            input=length,
            input_cached=0,
            input_cache_write_5m=0,
            input_cache_write_1h=0,
            input_audio=min(length, most.input_audio),
            input_image=min(length, most.input_image),
        )
        for made in _ways_out(most):
            counted = msgspec.structs.replace(plain, **made)
            yield counted
            for kind in ("input_cached", "input_cache_write_5m", "input_cache_write_1h"):
                yield msgspec.structs.replace(counted, **{kind: length})


def _ways_out(most: Tokens) -> Iterator[dict[str, int]]:
    """Yield what the output may be: words, thoughts, as much sound as may be, or as many pictures."""
    none = {"output_reasoning": 0, "output_audio": 0, "output_image": 0}
    yield none
    for kind, count in (
        ("output_reasoning", most.output),
        ("output_audio", min(most.output, most.output_audio)),
        ("output_image", min(most.output, most.output_image)),
    ):
        if count:
            yield none | {kind: count}
