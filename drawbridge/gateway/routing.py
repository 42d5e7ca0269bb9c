"""From the name that a caller uses to the deployment that answers it."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.endpoints import COUNTED, EMBEDDED, TRANSLATED, Endpoint
from drawbridge.gateway.names import names_at
from drawbridge.gateway.providers.profiles import find_profile
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Deployment, Leg, Model, OrganisationSnapshot, Provider

_LISTED_IN_REFUSAL = 8
_UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)

IsShown = Callable[[Model], bool]
"""Whether a caller may know of a model from a list."""


def everything_is_shown(model: Model) -> bool:
    """Hide no model."""
    del model
    return True


def find_model(
    snapshot: OrganisationSnapshot,
    name: str,
    dialect: Dialect,
    endpoint: Endpoint | None = None,
    is_shown: IsShown = everything_is_shown,
) -> Model:
    """Return the model that a caller means.

    A listed model goes by its name. An open provider's go by `provider/model`, or by their own name where just
    one such provider that speaks the dialect claims it; where none speaks it, one to which the endpoint's calls can be
    translated. Raises Refusal, which names no model that is not shown to the caller.
    """
    model = snapshot.models.get(name)
    if model is not None:
        return model
    provider_name, slash, upstream_model = name.partition("/")
    named = snapshot.providers.get(provider_name)
    if slash and upstream_model and named is not None and named.claims is not None:
        return model_at(named, upstream_model, name)
    claiming = [*_claiming(snapshot, name)]
    # Those that speak the caller's dialect go before those to which it must be translated.
    known = _tellable(dialect, endpoint)
    claiming = [provider for provider in claiming if dialect in provider.dialects] or [
        provider for provider in claiming if provider.dialects.intersection(known)
    ]
    offered = [model_at(provider, name, name) for provider in claiming]
    if len(offered) < 2:
        if offered:
            return offered[0]
        raise Refusal("unknown_model", _unknown(listed_models(snapshot, is_shown), name), param="model")
    # Where the caller may use none of them, policy has the word about the first.
    shown = [model for model in offered if is_shown(model)]
    if not shown:
        return offered[0]
    choices = " or ".join(model.route[0].deployment.name for model in shown)
    raise Refusal("unknown_model", f"Model '{name}' is offered by several providers: ask for {choices}.")


def deployment_named(snapshot: OrganisationSnapshot, name: str) -> Deployment:
    """Return a deployment, be it on a route or not. Raises Refusal."""
    found = snapshot.deployments.get(name)
    if found is None:
        raise Refusal("unknown_model", f"There is no deployment '{name}'.")
    return found


def model_of(snapshot: OrganisationSnapshot, deployment: Deployment) -> Model:
    """Return a deployment as a model of its own, by all names of what it serves: a rule about any is about it."""
    named, *others = names_at(deployment.provider.name, deployment.upstream_model)
    routed = (
        model.name for model in snapshot.models.values() if any(_serves_same(leg, deployment) for leg in model.route)
    )
    return Model(named, (Leg(deployment),), _UNKNOWN_TIME, tuple(dict.fromkeys((*others, *routed))))


def _serves_same(leg: Leg, deployment: Deployment) -> bool:
    other = leg.deployment
    return (other.provider.name, other.upstream_model) == (deployment.provider.name, deployment.upstream_model)


def choose_deployment(model: Model, endpoint: Endpoint, draw: Callable[[], float]) -> Deployment:
    """Return one deployment that can answer an endpoint's callers, each as often as its weight says.

    Those that speak the caller's dialect come first, since nothing is lost on the way to them. `draw` gives a number
    from 0 up to 1. Raises Refusal where no deployment can answer.
    """
    dialect = endpoint.dialect
    legs = [leg for leg in model.route if dialect in leg.deployment.provider.dialects]
    legs = legs or [leg for leg in model.route if spoken_to(leg.deployment, endpoint) is not None]
    if not legs:
        raise Refusal(
            "unsupported_operation",
            f"Model '{model.name}' cannot be called as {dialect}: its deployments speak {_spoken(model)}. "
            "Call it in one of those, or ask for another model.",
        )
    return _weighted(legs, draw()) if len(legs) > 1 else legs[0].deployment


def choose_conversing(model: Model, draw: Callable[[], float]) -> Deployment:
    """Return one deployment that can hold a conversation that is in no dialect yet, each by its weight.

    Raises Refusal where none can.
    """
    legs = [leg for leg in model.route if conversed_in(leg.deployment) is not None]
    if not legs:
        raise Refusal(
            "unsupported_operation",
            f"Model '{model.name}' holds no conversations: its deployments speak {_spoken(model)}. Ask for another.",
        )
    return _weighted(legs, draw()) if len(legs) > 1 else legs[0].deployment


def keep_deployment(model: Model, deployment: Deployment) -> Model:
    """Return a model with one of its deployments. Raises Refusal where that is not one of them any more."""
    legs = tuple(leg for leg in model.route if leg.deployment.name == deployment.name)
    if not legs:
        raise Refusal("not_ready", f"The route of model '{model.name}' was changed: send the call again.", 1)
    return replace(model, route=legs)


def _spoken(model: Model) -> str:
    return ", ".join(sorted({spoken for leg in model.route for spoken in leg.deployment.provider.dialects}))


def spoken_to(deployment: Deployment, endpoint: Endpoint) -> Dialect | None:
    """Return the dialect in which to speak to a deployment for an endpoint's callers; None where there is none."""
    if endpoint.dialect in deployment.provider.dialects:
        return endpoint.dialect
    if endpoint in TRANSLATED:
        return conversed_in(deployment)
    spoken = _served(deployment)
    return next((told for told in _tellable(endpoint.dialect, endpoint) if told in spoken), None)


def conversed_in(deployment: Deployment) -> Dialect | None:
    """Return the dialect in which to say a conversation of another, or of none, to a deployment; None for no such."""
    spoken, prefers = _served(deployment), deployment.provider.prefers
    if prefers in spoken:
        return prefers
    return next((told for told in _TRANSLATED_TO if told in spoken), None)


def _served(deployment: Deployment) -> AbstractSet[Dialect]:
    dialects = deployment.provider.dialects
    return dialects - {"openai-responses"} if find_profile(deployment).takes_responses is False else dialects


def _tellable(dialect: Dialect, endpoint: Endpoint | None) -> tuple[Dialect, ...]:
    """Return the dialects in which an endpoint's calls can be told; None is for conversations of the dialect."""
    if endpoint is None:
        return _TRANSLATED_TO if dialect in _TRANSLATED_TO else ()
    if endpoint in TRANSLATED:
        return _TRANSLATED_TO
    if endpoint in COUNTED:
        return _COUNTED_IN
    return _EMBEDDED_IN if endpoint in EMBEDDED else ()


_TRANSLATED_TO: Final[tuple[Dialect, ...]] = ("openai-chat", "anthropic-messages", "gemini", "openai-responses")
_COUNTED_IN: Final[tuple[Dialect, ...]] = ("anthropic-messages", "gemini", "openai-responses", "openai-chat")
"""Those that have a counter come first."""
_EMBEDDED_IN: Final[tuple[Dialect, ...]] = ("openai-embeddings", "gemini")


def keep_providers(model: Model, providers: AbstractSet[str]) -> Model:
    """Return a model with those of its deployments that are at these providers. Raises Refusal where none is."""
    legs = tuple(leg for leg in model.route if leg.deployment.provider.name in providers)
    if not legs:
        where = " or ".join(sorted(providers))
        raise Refusal(
            "bad_request",
            f"What this request refers to lives at {where}, where model '{model.name}' has no deployment. "
            "Ask for a model that is served there, or leave the reference out.",
            param="model",
        )
    return replace(model, route=legs)


def listed_models(snapshot: OrganisationSnapshot, is_shown: IsShown = everything_is_shown) -> list[Model]:
    """Return the models that a caller gets listed, by name."""
    return [model for name in sorted(snapshot.models) if is_shown(model := snapshot.models[name])]


def _claiming(snapshot: OrganisationSnapshot, name: str) -> Iterator[Provider]:
    for provider in snapshot.providers.values():
        if provider.claims is not None and name.startswith(provider.claims):
            yield provider


def model_at(provider: Provider, upstream_model: str, name: str | None = None) -> Model:
    """Return a model that a provider offers by a name of its own. `name`: as the caller wrote it."""
    full_name = f"{provider.name}/{upstream_model}"
    asked = name or full_name
    written = names_at(provider.name, upstream_model)
    aliases = tuple(dict.fromkeys(alias for alias in written if alias != asked))
    return Model(asked, (Leg(Deployment(full_name, provider, upstream_model)),), _UNKNOWN_TIME, aliases)


def _weighted(legs: list[Leg], drawn: float) -> Deployment:
    point = drawn * sum(leg.weight for leg in legs)
    for leg in legs:
        point -= leg.weight
        if point < 0:
            return leg.deployment
    return legs[-1].deployment


def _unknown(listed: list[Model], name: str) -> str:
    known = [model.name for model in listed]
    if not known:
        return (
            f"Model '{name}' is not known here, and no model is listed for this key: see `drawbridge apply --help`, or"
            " ask an administrator for the right to use some."
        )
    more = f" and {len(known) - _LISTED_IN_REFUSAL} more" if len(known) > _LISTED_IN_REFUSAL else ""
    return (
        f"Model '{name}' is not known here. Known are: {', '.join(known[:_LISTED_IN_REFUSAL])}{more}. "
        "GET /v1/models lists them all."
    )
