"""The rows of a price book: whom each is for, from when to when, and which of several holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from drawbridge.policy.patterns import fits, has_star
from drawbridge.usage.pricing.entries import Tier
from drawbridge.usage.rates import Rates


class Offer(NamedTuple):
    """What is bought, and of whom."""

    provider: str
    """The provider's name in the organisation."""
    upstream_model: str
    pricing_id: str | None
    """The vendor's name in the price data; None where its prices are unknown."""
    deployment: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """Minutes since 1970: those from `begin` on, before `end`. None: without a bound."""

    begin: int | None = None
    end: int | None = None

    def holds(self, minute: int) -> bool:
        """Tell whether a minute is in it."""
        return (self.begin is None or self.begin <= minute) and (self.end is None or minute < self.end)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price of one's own. `rates` are of its own currency, in the place of dollars."""

    name: str
    digest: str
    provider: str
    model: str
    rates: Rates
    deployment: str = "*"
    tier: Tier | None = None
    region: str | None = None
    currency: str = "USD"
    period: Period = Period()
    source: str = ""

    def is_for(self, offer: Offer, tier: Tier, region: str | None, minute: int) -> bool:
        """Tell whether it prices what is offered."""
        return (
            self.period.holds(minute)
            and self.tier in (None, tier)
            and self.region in (None, region)
            and fits(self.provider, offer.provider)
            and fits(self.model, offer.upstream_model)
            and fits(self.deployment, offer.deployment)
        )

    @property
    def rank(self) -> tuple[object, ...]:
        """How closely it says what it is for; of two that fit, the greater holds."""
        return (
            *(_closeness(pattern) for pattern in (self.deployment, self.model, self.provider)),
            self.tier is not None,
            self.region is not None,
            self.period.begin or 0,
            self.name,
        )


@dataclass(frozen=True, slots=True)
class DiscountRow:
    """What a vendor takes off its list prices."""

    name: str
    digest: str
    provider: str
    model: str
    percent: Fraction
    period: Period = Period()
    source: str = ""

    def is_for(self, offer: Offer, minute: int) -> bool:
        """Tell whether it is about what is offered."""
        return (
            self.period.holds(minute) and fits(self.provider, offer.provider) and fits(self.model, offer.upstream_model)
        )


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """What one unit of a currency is worth in dollars, from a minute since 1970 on."""

    currency: str
    usd: Fraction
    written: str
    begin: int


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What is booked where nobody knows the price."""

    digest: str
    rates: Rates

    @property
    def price_id(self) -> str:
        """What says in an event that its price was unknown, and by what it was reckoned."""
        return f"ceiling@{self.digest}"


_NO_RATE_NEEDED: Final = ExchangeRate("USD", Fraction(1), "1", 0)


def choose_row(rows: Iterable[PriceRow], offer: Offer, tier: Tier, region: str | None, minute: int) -> PriceRow | None:
    """Return the row that says most closely what it is for; None where none fits."""
    fitting = (row for row in rows if row.is_for(offer, tier, region, minute))
    return max(fitting, key=lambda row: row.rank, default=None)


def choose_discount(rows: Iterable[DiscountRow], offer: Offer, minute: int) -> DiscountRow | None:
    """Return the largest discount: they do not add up."""
    fitting = (row for row in rows if row.is_for(offer, minute))
    return max(fitting, key=lambda row: (row.percent, row.name), default=None)


def choose_rate(rates: Iterable[ExchangeRate], currency: str, minute: int) -> ExchangeRate | None:
    """Return the rate of a currency that began last; None where none had begun."""
    if currency == _NO_RATE_NEEDED.currency:
        return _NO_RATE_NEEDED
    begun = (rate for rate in rates if rate.currency == currency and rate.begin <= minute)
    return max(begun, key=lambda rate: rate.begin, default=None)


def _closeness(pattern: str) -> tuple[bool, int]:
    return (not has_star(pattern), len(pattern.replace("*", "")))
