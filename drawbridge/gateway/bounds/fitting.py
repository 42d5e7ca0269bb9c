"""What a call is held at: the most that it can cost, the ceiling where nobody can tell, or a refusal that says why."""

from typing import Final

from msgspec import Struct

from drawbridge.gateway.bounds.bound import NOTHING, Bound, Unbounded
from drawbridge.gateway.bounds.calls import bound_beside
from drawbridge.gateway.bounds.clamping import Price, clamp, clamp_call, say_limit
from drawbridge.gateway.providers.profiles import find_profile
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment
from drawbridge.policy.notation import parse_usd
from drawbridge.usage.events import Tokens

_MUCH: Final = 10**9
_MUCH_OF_ALL: Final = Tokens(
    input=_MUCH,
    input_audio=_MUCH,
    input_image=_MUCH,
    output=_MUCH,
    output_audio=_MUCH,
    output_image=_MUCH,
)


class Reckoned(Struct, frozen=True, gc=False):
    """The most that a call can cost."""

    cost_nanousd: int
    bound: Bound | None
    """None where it is the ceiling that the operator has set."""


class Fitted(Struct, frozen=True):
    """A call that can be paid for, and the most that it can cost as it is now."""

    call: CallRequest
    cost_nanousd: int


def is_free(price: Price) -> bool:
    """Tell whether whatever a call comes to costs nothing, as of the rehearsal, unless the operator gave it a price."""
    return price(_MUCH_OF_ALL) == 0


def reckon(bound: Bound | Unbounded, deployment: Deployment, price: Price) -> Reckoned:
    """Return the most that a call can cost at a deployment. Raises Refusal where neither bound nor ceiling tells it."""
    if isinstance(bound, Unbounded):
        return Reckoned(0, NOTHING) if is_free(price) else Reckoned(_ceiling(deployment, bound), None)
    cost = 0 if bound == NOTHING else price(bound.tokens())
    if cost is None:
        return Reckoned(_ceiling(deployment, _unpriced(deployment)), None)
    return Reckoned(cost, bound)


async def reckon_call(
    call: CallRequest, deployment: Deployment, price: Price, bound: Bound | Unbounded | None = None
) -> tuple[CallRequest, Reckoned]:
    """Return a call as it says what it is held at, and the most that it can cost. Raises Refusal as `reckon` does.

    `bound` is the call's own, where it is told already.
    """
    if bound is None:
        bound = await bound_beside(call, deployment)
    reckoned = reckon(bound, deployment, price)
    return call if reckoned.bound is None else say_limit(call, deployment, reckoned.bound), reckoned


def fit_call(
    call: CallRequest, reckoned: Reckoned, deployment: Deployment, price: Price, room_nanousd: int
) -> Fitted | None:
    """Return a call that costs no more than the room, clamped if need be; None where even that does not fit."""
    if reckoned.cost_nanousd <= room_nanousd:
        return Fitted(call, reckoned.cost_nanousd)
    bound = reckoned.bound
    limit = None if bound is None else clamp(call, bound, price, room_nanousd)
    if bound is None or limit is None:
        return None
    cost = price(bound.tokens(limit))
    return None if cost is None else Fitted(clamp_call(call, deployment, limit), cost)


def ceiling_of(deployment: Deployment) -> int | None:
    """Return what a call is taken to cost at most where that cannot be told, in nano-dollars; None where nobody said.

    A deployment's own word stands over its provider's.
    """
    said = find_profile(deployment).ceiling_usd or deployment.provider.ceiling_usd
    return None if said is None else parse_usd(said)


def _ceiling(deployment: Deployment, unbounded: Unbounded) -> int:
    ceiling = ceiling_of(deployment)
    if ceiling is None:
        raise Refusal(
            "unbounded_cost",
            f"{unbounded.reason} So it cannot be held against the budget for it, which must not be exceeded:"
            f" {unbounded.remedy}.",
        )
    return ceiling


def _unpriced(deployment: Deployment) -> Unbounded:
    return Unbounded(
        f"No price is known of '{deployment.upstream_model}' at provider '{deployment.provider.name}'.",
        "ask for another model, or have the operator set a price, or `ceiling_usd` in the deployment's `profile` or the"
        " provider's `quirks`",
    )
