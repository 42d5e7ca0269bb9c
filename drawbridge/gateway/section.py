"""The gateway's sections of `drawbridge.yaml`: providers, deployments, models."""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final
from urllib.parse import urlsplit

import msgspec

from drawbridge.config.sections import SECRETS, AnySection, Reached, Reference, Taken, World
from drawbridge.config.shape import Complaint
from drawbridge.config.stored import StoredSection
from drawbridge.gateway import store
from drawbridge.gateway.entries import (
    Credential,
    DeploymentEntry,
    ModelEntry,
    ProviderEntry,
    provider_in_full,
    provider_in_short,
    route_in_full,
    route_in_short,
    traits_of,
    usual_credential,
)
from drawbridge.gateway.names import names_at
from drawbridge.gateway.providers.presets import PRESETS, REHEARSAL_URL
from drawbridge.policy.notation import NotationError, parse_usd

PROVIDERS: Final = "providers"
DEPLOYMENTS: Final = "deployments"
MODELS: Final = "models"

_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


def _provider_complaints(entry: ProviderEntry) -> Iterator[Complaint]:
    yield from _address_complaints(entry)
    yield from _ceiling_complaints(entry.quirks.ceiling_usd, ("quirks", "ceiling_usd"))
    if entry.credential is not None:
        yield from _credential_complaints(entry, entry.credential)
    if entry.dialects is None and entry.preset is None:
        yield Complaint((), "'dialects' is missing: name the wire formats that it speaks, or give a preset.")
    if entry.models == "any" and not _claims_something(entry):
        yield Complaint(
            ("models",),
            "'any' needs to know which names: add quirks: {model_patterns: [...]} with the beginnings of its model"
            ' names ("" for every name).',
        )


def _claims_something(entry: ProviderEntry) -> bool:
    """Tell whether some model can be called by name. Of a hosted vendor every one can, as `provider/name`."""
    preset = PRESETS.get(entry.preset or "")
    is_hosted = preset is not None and bool(preset.environment)
    return is_hosted or bool(traits_of(entry.preset, entry.quirks).model_patterns)


def _address_complaints(entry: ProviderEntry) -> Iterator[Complaint]:
    preset = PRESETS.get(entry.preset or "")
    if preset is not None and preset.base_url == REHEARSAL_URL:
        if entry.base_url not in {None, REHEARSAL_URL}:
            yield Complaint(("base_url",), "has no meaning for the built-in rehearsal provider: leave it out.")
    elif entry.base_url is not None:
        yield from _url_complaints(entry.base_url)
    elif preset is None:
        yield Complaint((), "'base_url' is missing: give the API's root, such as https://host/v1, or a preset.")
    elif preset.base_url is None:
        yield Complaint((), f"'base_url' is missing: preset {preset.name} needs it, such as {preset.address_form}.")


def _url_complaints(base_url: str) -> Iterator[Complaint]:
    try:
        parts = urlsplit(base_url)
        _ = parts.port  # Reading it checks it.
    except ValueError:
        yield Complaint(("base_url",), "is no URL.")
        return
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(c.isspace() for c in base_url):
        yield Complaint(("base_url",), "must be an http:// or https:// URL, such as https://host/v1.")
    elif parts.username is not None or parts.password is not None:
        yield Complaint(("base_url",), "must hold no user name or password: put the credential under `credential`.")
    elif "?" in base_url or "#" in base_url:
        yield Complaint(("base_url",), "must end with the path: leave out ? and # and what follows.")


def _credential_complaints(entry: ProviderEntry, credential: Credential) -> Iterator[Complaint]:
    given = [key for key, value in msgspec.structs.asdict(credential).items() if value is not None]
    if len(given) != 1:
        yield Complaint(("credential",), "must have exactly one of env, file, stored.")
        return
    if traits_of(entry.preset, entry.quirks).auth == "none":
        yield Complaint(
            ("credential",), "would never be sent: this provider's auth is none. Set quirks: {auth: bearer}."
        )
    # The messages do not repeat the value: it may be the credential itself, put here by mistake.
    if credential.env is not None and not _VARIABLE.match(credential.env):
        yield Complaint(("credential", "env"), "must be the name of an environment variable, not its value.")
    if credential.file is not None and not PurePath(credential.file).is_absolute():
        yield Complaint(("credential", "file"), "must be an absolute path: Drawbridge may run in any folder.")


def _provider_references(entry: ProviderEntry) -> Iterator[Reference]:
    if entry.credential is not None and entry.credential.stored is not None:
        yield Reference(SECRETS, entry.credential.stored, ("credential", "stored"))


def _deployment_complaints(entry: DeploymentEntry) -> Iterator[Complaint]:
    yield from _ceiling_complaints(entry.profile.ceiling_usd, ("profile", "ceiling_usd"))


def _ceiling_complaints(ceiling_usd: str | None, path: tuple[str, ...]) -> Iterator[Complaint]:
    if ceiling_usd is None:
        return
    try:
        parse_usd(ceiling_usd)
    except NotationError as error:
        yield Complaint(path, error.message)


def _provider_from_process(entry: ProviderEntry) -> Iterator[Taken]:
    """Name the variable or file of a credential, and whether it is that of a preset's vendor at his own address."""
    credential, preset = entry.credential, PRESETS.get(entry.preset or "")
    if credential is None or credential.stored is not None:
        return
    is_usual = preset is not None and credential == usual_credential(entry) and entry.base_url == preset.base_url
    what = f"file:{credential.file}" if credential.env is None else f"env:{credential.env}"
    yield Taken(("credential",), what, entry.base_url or "", is_meant_for_it=is_usual)


def _deployment_references(entry: DeploymentEntry) -> Iterator[Reference]:
    yield Reference(PROVIDERS, entry.provider, ("provider",))


def _model_complaints(entry: ModelEntry) -> Iterator[Complaint]:
    seen: set[str] = set()
    for place, step in enumerate(route_in_full(entry)):
        if step.deployment in seen:
            message = f"{step.deployment!r} is on the route already: give it more weight there."
            yield Complaint(("route", place), message)
        seen.add(step.deployment)


def _model_references(entry: ModelEntry) -> Iterator[Reference]:
    for place, step in enumerate(route_in_full(entry)):
        yield Reference(DEPLOYMENTS, step.deployment, ("route", place))


def _model_reaches(name: str, entry: ModelEntry, world: World) -> Iterator[Reached]:
    """Name the deployments that come on a model's route, by the names of what they serve."""
    present = world.objects[MODELS].get(name)
    before = frozenset[str]() if present is None else _deployments_of(present.entry)
    for wanted in sorted(_deployments_of(entry) - before):
        deployment = world.objects[DEPLOYMENTS].get(wanted)
        if deployment is not None:
            served = _names_of_served(deployment.entry, world, but_model=name)
            yield Reached(f"deployment {wanted}", "model", served)


def _deployment_reaches(name: str, entry: DeploymentEntry, world: World) -> Iterator[Reached]:
    """Name the model that a deployment comes to serve."""
    present = world.objects[DEPLOYMENTS].get(name)
    if present is None or _served(present.entry) != _served(entry):
        yield Reached(
            f"upstream model {entry.upstream_model}", "model", _names_of_served(entry, world, but_deployment=name)
        )


def _names_of_served(
    entry: DeploymentEntry, world: World, *, but_model: str = "", but_deployment: str = ""
) -> tuple[str, ...]:
    """Return the names at its provider of what a deployment serves, and those of the models that route to the same."""
    same = {
        name
        for name, other in world.objects[DEPLOYMENTS].items()
        if name != but_deployment and _served(other.entry) == _served(entry)
    }
    models = (
        name
        for name, model in world.objects[MODELS].items()
        if name != but_model and not same.isdisjoint(_deployments_of(model.entry))
    )
    return (*names_at(entry.provider, entry.upstream_model), *models)


def _served(entry: DeploymentEntry) -> tuple[str, str]:
    return entry.provider, entry.upstream_model


def _deployments_of(entry: ModelEntry) -> frozenset[str]:
    return frozenset(step.deployment for step in route_in_full(entry))


GATEWAY_SECTIONS: Final[tuple[AnySection, ...]] = (
    StoredSection(
        PROVIDERS,
        ProviderEntry,
        complaints=_provider_complaints,
        in_full=provider_in_full,
        in_short=provider_in_short,
        references=_provider_references,
        from_process=_provider_from_process,
        rows=store.PROVIDERS,
    ),
    StoredSection(
        DEPLOYMENTS,
        DeploymentEntry,
        complaints=_deployment_complaints,
        references=_deployment_references,
        reaches=_deployment_reaches,
        rows=store.DEPLOYMENTS,
    ),
    StoredSection(
        MODELS,
        ModelEntry,
        complaints=_model_complaints,
        in_full=lambda entry: ModelEntry(route=route_in_full(entry)),
        in_short=lambda entry: ModelEntry(route=route_in_short(entry)),
        references=_model_references,
        reaches=_model_reaches,
        rows=store.MODELS,
    ),
)
"""In the order in which their objects need each other."""
