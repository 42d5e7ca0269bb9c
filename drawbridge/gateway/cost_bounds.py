"""The most that a call can cost, reckoned before it is made, erring upwards."""

from datetime import datetime
from typing import Final

from drawbridge.gateway.bounds import NOTHING, Unbounded, bound_call
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment
from drawbridge.usage.events import Tokens
from drawbridge.usage.prices import REHEARSAL, price_tokens

_TIERS: Final = (None, "priority")
"""Those at which a vendor may charge more than a caller asked for."""


def most_cost(call: CallRequest, deployment: Deployment, at: datetime) -> int | None:
    """Return the most that a call can cost at a deployment, in nano-dollars; None where that cannot be told.

    What the vendor adds to the request from its own store or by tools of its own cannot be told, nor an answer without
    a limit, nor what has no price.
    """
    if deployment.provider.pricing_id == REHEARSAL:
        return 0
    bound = bound_call(call, deployment)
    if isinstance(bound, Unbounded):
        return None
    return 0 if bound == NOTHING else dearest(deployment, bound.input_tokens, bound.output_tokens, at)


def dearest(deployment: Deployment, input_tokens: int, output_tokens: int, at: datetime) -> int | None:
    """Price tokens in the dearest way that a vendor may count them, in nano-dollars; None where they have no price."""
    vendor, model = deployment.provider.pricing_id, deployment.upstream_model
    plain = Tokens(input=input_tokens, output=output_tokens)
    if price_tokens(vendor, model, plain, at).cost_nanousd is None:
        return None
    written = Tokens(input=input_tokens, input_cache_write_1h=input_tokens, output=output_tokens)
    ways = [price_tokens(vendor, model, counted, at, tier) for counted in (plain, written) for tier in _TIERS]
    return max(priced.cost_nanousd for priced in ways if priced.cost_nanousd is not None)
