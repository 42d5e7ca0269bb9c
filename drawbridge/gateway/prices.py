"""Which deployments an organisation lets be called, by whether anybody knows what they cost."""

from dataclasses import replace
from datetime import datetime

from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Deployment, Model, OrganisationSnapshot
from drawbridge.usage.pricing.rows import Offer


def offer_at(deployment: Deployment) -> Offer:
    """Return what a call at a deployment buys, as prices are found by it."""
    provider = deployment.provider
    return Offer(provider.name, deployment.upstream_model, provider.pricing_id, deployment.name)


def keep_priced(snapshot: OrganisationSnapshot, model: Model, at: datetime) -> Model:
    """Return a model with those of its deployments whose price is known, where it must be.

    Raises Refusal where there is none.
    """
    prices = snapshot.prices
    if prices.unknown != "refuse":
        return model
    legs = tuple(leg for leg in model.route if not prices.refuses(offer_at(leg.deployment), at))
    if not legs:
        deployment = model.route[0].deployment
        raise Refusal(
            "not_configured",
            f"Nobody knows what model '{model.name}' costs: '{deployment.upstream_model}' at provider"
            f" '{deployment.provider.name}' has no price, and this organisation makes no calls without one. Ask an"
            " administrator to state it under prices: own: in the configuration.",
            param="model",
        )
    return model if len(legs) == len(model.route) else replace(model, route=legs)


def require_no_price(snapshot: OrganisationSnapshot, provider: str) -> None:
    """Refuse what a vendor will charge for and not tell in its reply, where prices must be known. Raises Refusal."""
    if snapshot.prices.unknown == "refuse":
        raise Refusal(
            "not_configured",
            f"What provider '{provider}' will charge for this is not known before it is done, and this organisation"
            " makes no calls without a known price. Send the requests one by one.",
        )
