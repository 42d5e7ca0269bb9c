"""What each model costs at a time, and where its price comes from."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from drawbridge.gateway.prices import offer_at
from drawbridge.gateway.snapshot import Deployment, Model, OrganisationSnapshot
from drawbridge.usage.pricing.book import Price, PriceBook
from drawbridge.usage.pricing.rows import Ceiling
from drawbridge.usage.pricing.shown import ShownPrice, amounts_of, same_amounts

_TIERS: Final = ("priority", "flex", "batch")


def list_prices(snapshot: OrganisationSnapshot, at: datetime, model: str | None = None) -> list[ShownPrice]:
    """Tell what models cost, in the order of their names: all, or those of one name."""
    wanted = sorted(snapshot.models.values(), key=lambda found: found.name)
    return [
        shown
        for found in wanted
        if model is None or model in found.names
        for leg in found.route
        for shown in _of_deployment(snapshot.prices, found, leg.deployment, at)
    ]


def _of_deployment(book: PriceBook, model: Model, deployment: Deployment, at: datetime) -> Iterator[ShownPrice]:
    offer = offer_at(deployment)
    standard = book.find(offer, at)
    if standard is None:
        yield from _of_unknown(book, model, deployment)
    else:
        yield from _known(model, deployment, "standard", standard)
    for tier in _TIERS:
        price = book.find(offer, at, tier)
        # The price data knows a tier by the price that it has apart.
        if price is not None and (standard is None or not same_amounts(price, standard)):
            yield from _known(model, deployment, tier, price)


def _known(model: Model, deployment: Deployment, tier: str, price: Price) -> Iterator[ShownPrice]:
    for amounts in amounts_of(price.rates):
        yield ShownPrice(
            model=model.name,
            deployment=deployment.name,
            provider=deployment.provider.name,
            upstream_model=deployment.upstream_model,
            tier=tier,
            origin=price.origin,
            price_id=price.price_id,
            source=price.source,
            above_input_tokens=amounts.above_input_tokens,
            per_million=amounts.per_million,
            per_request=amounts.per_request,
            per_unit=amounts.per_unit,
        )


def _of_unknown(book: PriceBook, model: Model, deployment: Deployment) -> Iterator[ShownPrice]:
    unknown = book.unknown
    shown = ShownPrice(
        model=model.name,
        deployment=deployment.name,
        provider=deployment.provider.name,
        upstream_model=deployment.upstream_model,
        tier="standard",
        origin="unknown",
        price_id=None,
        source="",
        above_input_tokens=0,
        per_million={},
        per_request=None,
        per_unit={},
        unknown="refused" if unknown == "refuse" else "unpriced",
    )
    if not isinstance(unknown, Ceiling):
        yield shown
        return
    price = Price(unknown.price_id, unknown.rates, "own", "")
    for known in _known(model, deployment, "standard", price):
        yield msgspec.structs.replace(known, origin="unknown", unknown="ceiling")
