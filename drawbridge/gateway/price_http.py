"""The route of prices: what models cost."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel

from drawbridge.audit.acts import Actor
from drawbridge.core.clock import Clock
from drawbridge.db.engine import Database
from drawbridge.gateway.known_models import load_models
from drawbridge.gateway.price_list import list_prices
from drawbridge.identity.access import Access, organisation_of
from drawbridge.identity.http import PrintableText


class ModelPriceBody(BaseModel):
    """What a deployment of a model costs in a service tier, for prompts with more input tokens than stated.

    Amounts are dollars, as text. `unknown` says what becomes of calls whose price nobody knows.
    """

    model: str
    deployment: str
    provider: str
    upstream_model: str
    tier: str
    origin: Literal["own", "list", "discounted", "unknown"]
    price_id: str | None
    source: str
    above_input_tokens: int
    per_million: dict[str, str]
    per_request: str | None
    per_unit: dict[str, str]
    unknown: Literal["ceiling", "refused", "unpriced"] | None

    model_config = {"from_attributes": True}


class ModelPricesBody(BaseModel):
    """The prices of models at a time."""

    at: AwareDatetime
    prices: list[ModelPriceBody]


def prices_router(database: Database, clock: Clock, access: Access) -> APIRouter:
    """Make the route under /api."""
    router = APIRouter(prefix="/api", tags=["prices"])
    may_read = access.requires("read", "price")

    @router.get("/prices/models")
    async def list_model_prices(
        actor: Annotated[Actor, Depends(may_read)],
        at: AwareDatetime | None = None,
        model: PrintableText | None = None,
    ) -> ModelPricesBody:
        """Tell what models cost now, or at a time, and where each price comes from."""
        when = at or clock.now()
        async with database.organisation(organisation_of(actor)) as connection:
            snapshot = await load_models(connection, organisation_of(actor))
        shown = list_prices(snapshot, when, model)
        return ModelPricesBody(at=when, prices=[ModelPriceBody.model_validate(price) for price in shown])

    del list_model_prices  # The router holds it.
    return router
