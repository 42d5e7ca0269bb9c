"""The routes by which administrators find out whether what they configure works."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path

from drawbridge.audit.acts import Actor
from drawbridge.config.document import NAME_PATTERN
from drawbridge.core.operations import ABOUT_OTHERS
from drawbridge.db.engine import Database
from drawbridge.db.tenancy import organisation_name
from drawbridge.gateway.inner.asked import Asker
from drawbridge.gateway.probing.bodies import PresetBody, PresetsBody, ProbeBody, ServedBody
from drawbridge.gateway.probing.errors import NotTriedError
from drawbridge.gateway.probing.prober import Probes
from drawbridge.gateway.providers.presets import PRESETS, Preset
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.store import read_deployments, read_providers
from drawbridge.identity.access import Access, organisation_of
from drawbridge.identity.http import PrintableText

_PRODUCT = "admin"
"""What such calls are booked for."""


@dataclass(frozen=True, slots=True)
class ProbingPlugs:
    """What these routes need of others."""

    probes: Probes
    variables: Collection[str]
    """The names of the environment variables that the process has."""
    process_owner: str
    """The organisation whose vendors may get what is in them."""


def probing_router(database: Database, access: Access, plugs: ProbingPlugs) -> APIRouter:
    """Make the routes under /api."""
    router = APIRouter(prefix="/api")
    _add_probe(router, database, access, plugs.probes)
    _add_served(router, database, access, plugs.probes)
    _add_presets(router, database, access, plugs)
    return router


def _add_probe(router: APIRouter, database: Database, access: Access, probes: Probes) -> None:
    may_manage = access.requires("manage", "deployment")

    @router.post("/deployments/{name:path}/test", tags=["deployments"], operation_id="test_deployment")
    async def test_deployment(
        actor: Annotated[Actor, Depends(may_manage)],
        name: Annotated[PrintableText, Path(json_schema_extra={"pattern": NAME_PATTERN})],
    ) -> ProbeBody:
        """Make one small call to a deployment, be it on a route or not: by your own rights, limits and budgets.

        It is booked as any call is, for the product `admin`. It takes up to a minute.
        """
        judge = await access.judge(actor, "deployment")
        judge.require("manage", name)
        async with database.organisation(organisation_of(actor)) as connection:
            if name not in await read_deployments(connection, organisation_of(actor)):
                raise judge.unknown(name)
        try:
            return ProbeBody.model_validate(await probes.probe(_asker(actor), name))
        except Refusal as refusal:
            raise NotTriedError(refusal) from refusal

    del test_deployment  # The router holds it.


def _add_served(router: APIRouter, database: Database, access: Access, probes: Probes) -> None:
    may_manage = access.requires("manage", "provider", "deployment")

    @router.get(
        "/provider-models", tags=["providers"], operation_id="list_provider_models", openapi_extra={**ABOUT_OTHERS}
    )
    async def list_provider_models(actor: Annotated[Actor, Depends(may_manage)], provider: PrintableText) -> ServedBody:
        """Ask a provider now which models it serves: for names of upstream models, and to see whether it is reached."""
        judge = await access.judge(actor, "provider")
        judge.require("read", provider)
        async with database.organisation(organisation_of(actor)) as connection:
            if provider not in await read_providers(connection, organisation_of(actor)):
                raise judge.unknown(provider)
        try:
            return ServedBody.model_validate(await probes.served(_asker(actor), provider))
        except Refusal as refusal:
            raise NotTriedError(refusal) from refusal

    del list_provider_models  # The router holds it.


def _add_presets(router: APIRouter, database: Database, access: Access, plugs: ProbingPlugs) -> None:
    may_read = access.requires("read", "provider")

    @router.get("/provider-presets", tags=["providers"], operation_id="list_provider_presets")
    async def list_provider_presets(actor: Annotated[Actor, Depends(may_read)]) -> PresetsBody:
        """List the vendors that are known, the best-known first: what `preset` takes, and what each fills in."""
        async with database.organisation(organisation_of(actor)) as connection:
            is_owner = await organisation_name(connection, organisation_of(actor)) == plugs.process_owner
        variables = plugs.variables if is_owner else ()
        return PresetsBody(presets=[_preset_body(preset, variables) for preset in PRESETS.values()])

    del list_provider_presets  # The router holds it.


def _preset_body(preset: Preset, variables: Collection[str]) -> PresetBody:
    variable = preset.environment[0] if preset.environment else None
    return PresetBody(
        name=preset.name,
        title=preset.title,
        base_url=preset.base_url,
        address_form=preset.address_form,
        dialects=list(preset.dialects),
        hosting=preset.hosting,
        auth=preset.traits.auth,
        variable=variable,
        is_set=variable in variables,
    )


def _asker(actor: Actor) -> Asker:
    assert actor.principal_id is not None
    return Asker(organisation_of(actor), actor.principal_id, _PRODUCT)
