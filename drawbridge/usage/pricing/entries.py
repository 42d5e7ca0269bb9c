"""The entry `prices` in `drawbridge.yaml`: what an organisation pays, where that is not the list price."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

Tier = Literal["standard", "priority", "flex", "batch"]

LIST_CURRENCY: Final = "USD"

_Text = Annotated[str, Meta(min_length=1)]
_Amount = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,12})?$", description='An amount, such as "0.50".')]
_Percent = Annotated[
    str, Meta(pattern=r"^(100|[0-9]{1,2}(\.[0-9]{1,4})?)$", description='So many percent off, such as "12.5".')
]
_Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$", description="ISO 4217, such as EUR.")]
_From = Annotated[
    str | None, Meta(description="For what began at this time or later: 2026-01-01, or with a time 2026-01-01T08:00Z.")
]
_Until = Annotated[str | None, Meta(description="For what began before this time.")]
_Provider = Annotated[_Text, Meta(description="Names of providers; * stands for any characters.")]
_Model = Annotated[_Text, Meta(description="Names of upstream models; * stands for any characters.")]


class TokenPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The price of a million tokens of each kind. What is left out costs as much as the whole of which it is a part."""

    input: _Amount
    output: _Amount
    cached_read: Annotated[_Amount | None, Meta(description="Input that was read from a cache.")] = None
    cache_write_5m: Annotated[_Amount | None, Meta(description="Input written to a cache for minutes.")] = None
    cache_write_1h: Annotated[_Amount | None, Meta(description="Input written to a cache for an hour.")] = None
    audio_input: _Amount | None = None
    image_input: _Amount | None = None
    reasoning: Annotated[_Amount | None, Meta(description="Output that is thinking.")] = None
    audio_output: _Amount | None = None
    image_output: _Amount | None = None


class UnitPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The price of one of each, beside tokens."""

    web_search: _Amount | None = None
    image: _Amount | None = None
    audio_minute: _Amount | None = None
    page: _Amount | None = None
    cached_million_token_hour: Annotated[
        _Amount | None, Meta(description="A million tokens kept in the vendor's cache for an hour.")
    ] = None


class BandEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all tokens of a call cost whose input is long."""

    above: Annotated[int, Meta(ge=1, description="For calls with more input tokens than this.")]
    per_million: TokenPrices


class HourEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What hardware costs that is paid by the hour: each attempt bears its share for as long as it takes."""

    amount: Annotated[_Amount, Meta(description="An hour of everything that the model runs on.")]
    shared_by: Annotated[int, Meta(ge=1, le=100_000, description="Calls that it answers at once, on average.")] = 1


class PriceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What some models cost at some providers, in the place of list prices."""

    provider: _Provider
    model: _Model = "*"
    deployment: Annotated[_Text | None, Meta(description="Only of these deployments; * stands for any characters.")] = (
        None
    )
    tier: Annotated[Tier | None, Meta(description="Only in this service tier; left out: in all of them.")] = None
    region: Annotated[_Text | None, Meta(description="Only at providers of this region.")] = None
    currency: _Currency = LIST_CURRENCY
    valid_from: _From = None
    valid_until: _Until = None
    per_million: TokenPrices | None = None
    bands: tuple[BandEntry, ...] = ()
    per_request: Annotated[_Amount | None, Meta(description="For each request, whatever it holds.")] = None
    per_unit: UnitPrices | None = None
    per_hour: HourEntry | None = None
    source: Annotated[str, Meta(max_length=200, description="Where the price is from, such as a contract.")] = ""


class DiscountEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a vendor takes off its list prices."""

    provider: _Provider
    model: _Model = "*"
    percent: _Percent
    valid_from: _From = None
    valid_until: _Until = None
    source: Annotated[str, Meta(max_length=200, description="Where the discount is from, such as a contract.")] = ""


class ExchangeRateEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a currency is worth from a day on, until the next rate of it begins."""

    currency: _Currency
    usd: Annotated[_Amount, Meta(description='US dollars for one unit, such as "1.0850".')]
    valid_from: Annotated[_Text, Meta(description="From this time on, such as 2026-01-01.")]


class CeilingEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What is booked where nobody knows the price: dear enough to be on the safe side."""

    per_million: TokenPrices
    per_request: _Amount | None = None


class UnknownEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a call costs whose price is unknown."""

    ceiling: CeilingEntry


class PricesEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What an organisation pays."""

    own: Annotated[dict[str, PriceEntry], Meta(description="Prices in the place of list prices, by a name.")] = {}
    discounts: Annotated[dict[str, DiscountEntry], Meta(description="Off list prices, by a name.")] = {}
    exchange_rates: tuple[ExchangeRateEntry, ...] = ()
    unknown: Annotated[
        Literal["refuse"] | UnknownEntry | None,
        Meta(description="Calls whose price is unknown: refused, or booked at a ceiling price. Left out: unpriced."),
    ] = None
