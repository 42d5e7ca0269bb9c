"""The routes that tell and explain rights: one's own to anybody, those of others to who may read grants."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from drawbridge.audit.acts import Actor
from drawbridge.core.clock import Clock
from drawbridge.core.operations import ABOUT_OTHERS
from drawbridge.db.engine import Database
from drawbridge.identity.access import NO_TEAMS, Access, organisation_of
from drawbridge.identity.http import PrintableText
from drawbridge.policy.access import PolicyAccess
from drawbridge.policy.conditions import DataClass
from drawbridge.policy.errors import NotationError
from drawbridge.policy.inquiry import Asker, Inquiry, Models, Supposed
from drawbridge.policy.notation import parse_attributes, parse_named, parse_usd
from drawbridge.policy.rules import Action, Kind
from drawbridge.policy.shown import ExplanationBody, shown

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998

_Name = Annotated[PrintableText, Field(min_length=1, max_length=300)]


class ModelsBody(BaseModel):
    """Names of models, in order."""

    models: list[str]


class AbilitiesBody(BaseModel):
    """The kinds of objects with some of which one may do something: what is worth showing to somebody."""

    use: list[Kind]
    read: list[Kind]
    manage: list[Kind]
    approve: list[Kind]
    own_keys: bool
    """Whether one may make and look after keys of one's own."""


def abilities_router(access: PolicyAccess) -> APIRouter:
    """Make the route of one's own rights, in outline."""
    router = APIRouter(prefix="/api/me", tags=["policy"])

    @router.get("/abilities")
    async def list_abilities(actor: Annotated[Actor, Depends(access.signed_in())]) -> AbilitiesBody:
        """List the kinds of objects with some of which one may do something. Which ones, each object says."""
        abilities = await access.abilities(actor)
        return AbilitiesBody(**abilities.kinds, own_keys=abilities.own_keys)

    del list_abilities  # The router holds it.
    return router


def explain_router(database: Database, clock: Clock, access: Access, models: Models) -> APIRouter:
    """Make the routes under /api."""
    router = APIRouter(prefix="/api", tags=["policy"])
    asker_of, supposed_of = _asker_of(access), _supposed_of(clock)
    signed_in = access.signed_in()

    @router.get("/explain", openapi_extra={**ABOUT_OTHERS})
    async def explain_decision(
        actor: Annotated[Actor, Depends(signed_in)],
        asker: Annotated[Asker, Depends(asker_of)],
        supposed: Annotated[Supposed, Depends(supposed_of)],
        on: Annotated[_Name, Query(description="The resource, such as model:gpt-5, key:ID, usage:*.")],
        may: Action = "use",
    ) -> ExplanationBody:
        """Say whether somebody may do something, by which rules, and the least that would turn the answer."""
        resource = parse_named(on)
        organisation_id = organisation_of(actor)
        async with database.organisation(organisation_id, steady=True) as connection:
            return shown(await Inquiry(connection, organisation_id, models).explain(asker, may, resource, supposed))

    @router.get("/explain/models", openapi_extra={**ABOUT_OTHERS})
    async def list_usable_models(
        actor: Annotated[Actor, Depends(signed_in)],
        asker: Annotated[Asker, Depends(asker_of)],
        supposed: Annotated[Supposed, Depends(supposed_of)],
    ) -> ModelsBody:
        """List the models that somebody may use."""
        organisation_id = organisation_of(actor)
        async with database.organisation(organisation_id, steady=True) as connection:
            return ModelsBody(models=await Inquiry(connection, organisation_id, models).usable_models(asker, supposed))

    del explain_decision, list_usable_models  # The router holds them.
    return router


def _asker_of(access: Access) -> Callable[..., Awaitable[Asker]]:
    signed_in = access.signed_in()

    async def read(
        actor: Annotated[Actor, Depends(signed_in)],
        who: Annotated[
            list[_Name] | None, Query(max_length=5, description="Principals by name; whoever asks if left out.")
        ] = None,
        project: _Name | None = None,
    ) -> Asker:
        own = (actor.name, f"{actor.kind}:{actor.name}")
        wanted = tuple(who or own[:1])
        if project is not None or any(name not in own for name in wanted):
            await access.require(actor, "read", "grant", "*", NO_TEAMS)
        return Asker(wanted, project)

    return read


def _in_utc(at: datetime) -> datetime:
    # A calendar's first and last days are none in every time zone.
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise NotationError(f"The year {at.year} is out of reach: ask about one from {_FIRST_YEAR} to {_LAST_YEAR}.")
    return at.astimezone(UTC)


def _supposed_of(clock: Clock) -> Callable[..., Supposed]:
    def read(
        product: _Name | None = None,
        data_class: DataClass | None = None,
        where: Annotated[
            list[_Name] | None, Query(max_length=20, description="Attributes of the resource, such as region=eu.")
        ] = None,
        at: AwareDatetime | None = None,
        cost_usd: Annotated[str | None, Query(description="The most that it can cost, such as 0.50.")] = None,
    ) -> Supposed:
        return Supposed(
            now=clock.now() if at is None else _in_utc(at),
            product=product,
            data_class=data_class,
            attributes=parse_attributes(where or ()),
            cost_nanousd=None if cost_usd is None else parse_usd(cost_usd),
        )

    return read
