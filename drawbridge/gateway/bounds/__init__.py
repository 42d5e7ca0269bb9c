"""The most that a call can come to in tokens, told before it is made; and how to make it smaller."""

from drawbridge.gateway.bounds.bound import NOTHING, Bound, Unbounded
from drawbridge.gateway.bounds.calls import bound_beside, bound_call
from drawbridge.gateway.bounds.clamping import LEAST_OUTPUT_TOKENS, Price, clamp, clamp_call, least_output
from drawbridge.gateway.bounds.fitting import Fitted, Reckoned, ceiling_of, fit_call, is_free, reckon, reckon_call
from drawbridge.gateway.bounds.output import stops_when_cut

__all__ = [
    "LEAST_OUTPUT_TOKENS",
    "NOTHING",
    "Bound",
    "Fitted",
    "Price",
    "Reckoned",
    "Unbounded",
    "bound_beside",
    "bound_call",
    "ceiling_of",
    "clamp",
    "clamp_call",
    "fit_call",
    "is_free",
    "least_output",
    "reckon",
    "reckon_call",
    "stops_when_cut",
]
