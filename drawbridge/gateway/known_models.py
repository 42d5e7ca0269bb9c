"""The models of an organisation, as policy asks for them to explain rights."""

from collections.abc import Sequence

from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import AsyncConnection
from drawbridge.gateway.credentials import Resolved
from drawbridge.gateway.loading import build_snapshot
from drawbridge.gateway.permission import attributes_of
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.routing import find_model
from drawbridge.gateway.snapshot import Model, OrganisationSnapshot
from drawbridge.gateway.store import load_organisation
from drawbridge.policy.inquiry import KnownModel
from drawbridge.usage.pricing.store import load_prices


class StoredModels:
    """Models as calls would find them, without the credentials that calls need."""

    async def find(
        self, connection: AsyncConnection, organisation_id: OrganisationId, name: str, /
    ) -> KnownModel | None:
        """Return the model that a caller means by a name; None where there is none, or several offer it."""
        snapshot = await load_models(connection, organisation_id)
        try:
            return _known(find_model(snapshot, name, "openai-chat"))
        except Refusal:
            return None

    async def listed(self, connection: AsyncConnection, organisation_id: OrganisationId, /) -> Sequence[KnownModel]:
        """Return every model that is listed by name."""
        snapshot = await load_models(connection, organisation_id)
        return [_known(model) for model in snapshot.models.values()]


async def load_models(connection: AsyncConnection, organisation_id: OrganisationId) -> OrganisationSnapshot:
    """Read the models of an organisation, and what they cost, without the credentials that calls need."""
    catalogue = await load_organisation(connection, organisation_id)
    nothing = {row.name: Resolved() for row in catalogue.providers}
    prices = await load_prices(connection, organisation_id)
    return build_snapshot(organisation_id, 0, catalogue, nothing, prices)


def _known(model: Model) -> KnownModel:
    return KnownModel(model.names, tuple(attributes_of(leg.deployment) for leg in model.route))
