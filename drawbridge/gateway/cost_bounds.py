"""The most that a call can cost, reckoned before it is made, erring upwards."""

from datetime import datetime
from typing import Final

from msgspec import structs

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
    return 0 if bound == NOTHING else dearest(deployment, bound.tokens(), at)


def dearest(deployment: Deployment, most: Tokens, at: datetime) -> int | None:
    """Price tokens in the dearest way that a vendor may count them, in nano-dollars; None where they have no price."""
    vendor, model = deployment.provider.pricing_id, deployment.upstream_model
    plain = structs.replace(most, input_audio=0, input_image=0)
    if price_tokens(vendor, model, plain, at).cost_nanousd is None:
        return None
    ways = [plain, structs.replace(plain, input_cache_write_1h=most.input)]
    if most.input_audio or most.input_image:
        ways += [structs.replace(most, input_image=0), structs.replace(most, input_audio=0)]
    costs = [price_tokens(vendor, model, counted, at, tier).cost_nanousd for counted in ways for tier in _TIERS]
    return max(cost for cost in costs if cost is not None)
