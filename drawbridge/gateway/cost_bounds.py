"""The most that a call can cost, reckoned before it is made, erring upwards."""

from datetime import datetime

from drawbridge.gateway.bounds import NOTHING, Price, Unbounded, bound_call, is_free
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment
from drawbridge.usage.pricing.book import PriceBook
from drawbridge.usage.pricing.rows import Offer


def most_cost(call: CallRequest, deployment: Deployment, prices: PriceBook, at: datetime) -> int | None:
    """Return the most that a call can cost at a deployment, in nano-dollars; None where that cannot be told.

    What the vendor adds to the request from its own store or by tools of its own cannot be told, nor what has no price.
    """
    bound, price = bound_call(call, deployment), price_at(deployment, prices, at)
    if isinstance(bound, Unbounded):
        return 0 if is_free(price) else None
    return 0 if bound == NOTHING else price(bound.tokens())


def price_at(deployment: Deployment, prices: PriceBook, at: datetime) -> Price:
    """Return what tells the most that tokens can cost at a deployment, at a time; None where they have no price."""
    provider = deployment.provider
    offer = Offer(provider.name, deployment.upstream_model, provider.pricing_id, deployment.name)
    return lambda most: prices.dearest(offer, most, at)
