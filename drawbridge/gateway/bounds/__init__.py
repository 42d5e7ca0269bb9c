"""The most that a call can come to in tokens, told before it is made."""

from drawbridge.gateway.bounds.bound import NOTHING, Bound, Unbounded
from drawbridge.gateway.bounds.calls import bound_beside, bound_call

__all__ = ["NOTHING", "Bound", "Unbounded", "bound_beside", "bound_call"]
