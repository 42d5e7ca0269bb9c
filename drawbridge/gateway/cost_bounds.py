"""The most that a call can cost, for grants that ask for it: reckoned before it is made, erring upwards."""

from datetime import datetime
from typing import Final

from drawbridge.gateway.endpoints import EMBEDDED, TRANSLATED
from drawbridge.gateway.errors import TranslationError
from drawbridge.gateway.providers.profiles import find_profile
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Deployment
from drawbridge.gateway.translation import Wishes, wire_of
from drawbridge.gateway.wire.canonical import HostedTool, Request
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.token_bounds import most_tokens
from drawbridge.usage.events import Tokens
from drawbridge.usage.prices import price_tokens

_PLAIN: Final = Wishes((), (), strict=False)
_TIERS: Final = (None, "priority")
"""Those at which a vendor may charge more than a caller asked for."""


def most_cost(call: CallRequest, deployment: Deployment, at: datetime) -> int | None:
    """Return the most that a call can cost at a deployment, in nano-dollars; None where that cannot be told.

    What the vendor adds to the request from its own store or by tools of its own cannot be told, nor an answer without
    a limit, nor what has no price.
    """
    if call.endpoint.answers_with == "count":
        return 0
    if call.endpoint in EMBEDDED:
        # No tokenizer makes more tokens of a text than it has bytes.
        return _dearest(deployment, Tokens(input=len(call.top.body)), at)
    if call.endpoint not in TRANSLATED:
        return None
    dialect = DIALECTS[call.endpoint.dialect]
    try:
        request = dialect.read_request(wire_of(call, _PLAIN))
        dialect.refuse_state(request)
        tokens = _most_of(request, deployment)
    except TranslationError:
        return None
    return None if tokens is None else _dearest(deployment, tokens, at)


def _most_of(request: Request, deployment: Deployment) -> Tokens | None:
    if any(isinstance(tool, HostedTool) for tool in request.tools) or request.value("modalities") not in (None, _TEXT):
        return None
    limit = request.value("max_output_tokens")
    if limit is None:
        limit = find_profile(deployment).max_output_tokens
    answers = request.value("candidates") or 1
    if not isinstance(limit, int) or not isinstance(answers, int):
        return None
    return Tokens(input=most_tokens(request, deployment.upstream_model), output=limit * answers)


_TEXT: Final = ["text"]


def _dearest(deployment: Deployment, tokens: Tokens, at: datetime) -> int | None:
    """Price tokens in the dearest way that a vendor may count them; None where they have no price."""
    vendor, model = deployment.provider.pricing_id, deployment.upstream_model
    if price_tokens(vendor, model, tokens, at).cost_nanousd is None:
        return None
    written = Tokens(input=tokens.input, input_cache_write_1h=tokens.input, output=tokens.output)
    ways = [price_tokens(vendor, model, counted, at, tier) for counted in (tokens, written) for tier in _TIERS]
    return max(priced.cost_nanousd for priced in ways if priced.cost_nanousd is not None)
