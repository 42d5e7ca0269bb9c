"""The SQL of the gateway: providers, deployments, models."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, Select, Table, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from drawbridge.config.sections import Present
from drawbridge.config.stored import Rows
from drawbridge.core.ids import OrganisationId, uuid7
from drawbridge.gateway.catalogue import Catalogue, DeploymentRow, ModelRow, ProviderRow, RouteRow
from drawbridge.gateway.entries import (
    Credential,
    DeploymentEntry,
    ModelEntry,
    ProfileEntry,
    ProviderEntry,
    Quirks,
    RouteStep,
    route_in_full,
    traits_of,
)
from drawbridge.gateway.tables import deployments, model_routes, models, providers
from drawbridge.identity.tables import projects
from drawbridge.policy.conditions import DataClass

# Any: values of columns of several types, on their way into one statement.
Values = dict[str, Any]


async def load_organisation(connection: AsyncConnection, organisation_id: OrganisationId) -> Catalogue:
    """Read everything that an organisation can call."""
    provider_rows = await connection.execute(_providers_query(organisation_id))
    deployment_rows = await connection.execute(_deployments_query(organisation_id))
    model_rows = await connection.execute(_models_query(organisation_id))
    return Catalogue(
        tuple(_provider_row(row) for row in provider_rows),
        tuple(_deployment_row(row) for row in deployment_rows),
        tuple(
            ModelRow(row.name, tuple(RouteRow(name, weight) for name, weight in row.route), row.created_at)
            for row in model_rows
        ),
    )


async def load_data_classes(connection: AsyncConnection, organisation_id: OrganisationId) -> Mapping[UUID, DataClass]:
    """Return how sensitive the data of each project is, for those that say it."""
    query = select(projects.c.id, projects.c.data_class).where(
        projects.c.organisation_id == organisation_id, projects.c.data_class.is_not(None)
    )
    return {row.id: row.data_class for row in await connection.execute(query)}


async def read_providers(
    connection: AsyncConnection, organisation_id: OrganisationId
) -> Mapping[str, Present[ProviderEntry]]:
    """Read every provider, as its entry in full."""
    rows = await connection.execute(_providers_query(organisation_id))
    return {row.name: Present(_provider_entry(row), row.managed_by_file) for row in rows}


async def read_deployments(
    connection: AsyncConnection, organisation_id: OrganisationId
) -> Mapping[str, Present[DeploymentEntry]]:
    """Read every deployment, as its entry in full."""
    rows = await connection.execute(_deployments_query(organisation_id))
    return {
        row.name: Present(
            DeploymentEntry(
                provider=row.provider,
                upstream_model=row.upstream_model,
                profile=msgspec.convert(row.profile, ProfileEntry),
            ),
            row.managed_by_file,
        )
        for row in rows
    }


async def read_models(
    connection: AsyncConnection, organisation_id: OrganisationId
) -> Mapping[str, Present[ModelEntry]]:
    """Read every model, as its entry in full."""
    rows = await connection.execute(_models_query(organisation_id))
    return {row.name: Present(_model_entry(row), row.managed_by_file) for row in rows}


async def create_provider(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: ProviderEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Create a provider from its entry in full."""
    await _insert(connection, providers, organisation_id, name, _provider_values(entry, managed_by_file))


async def update_provider(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: ProviderEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Change a provider to its entry in full."""
    await _update(connection, providers, organisation_id, name, _provider_values(entry, managed_by_file))


async def create_deployment(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: DeploymentEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Create a deployment; its provider exists."""
    values = await _deployment_values(connection, organisation_id, entry, managed_by_file=managed_by_file)
    await _insert(connection, deployments, organisation_id, name, values)


async def update_deployment(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: DeploymentEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Change a deployment; its provider exists."""
    values = await _deployment_values(connection, organisation_id, entry, managed_by_file=managed_by_file)
    await _update(connection, deployments, organisation_id, name, values)


async def create_model(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: ModelEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Create a model with its route; the deployments exist."""
    model_id = await _insert(connection, models, organisation_id, name, {"managed_by_file": managed_by_file})
    await _write_route(connection, organisation_id, model_id, entry)


async def update_model(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    name: str,
    entry: ModelEntry,
    *,
    managed_by_file: bool,
) -> None:
    """Change a model's route; the deployments exist."""
    model_id = await _update(connection, models, organisation_id, name, {"managed_by_file": managed_by_file})
    await connection.execute(
        delete(model_routes).where(
            model_routes.c.organisation_id == organisation_id, model_routes.c.model_id == model_id
        )
    )
    await _write_route(connection, organisation_id, model_id, entry)


async def delete_provider(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a provider that no deployment uses."""
    await connection.execute(delete(providers).where(_named(providers, organisation_id, name)))


async def delete_deployment(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a deployment that no model routes to."""
    await connection.execute(delete(deployments).where(_named(deployments, organisation_id, name)))


async def delete_model(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Delete a model with its route."""
    await connection.execute(delete(models).where(_named(models, organisation_id, name)))


PROVIDERS: Final = Rows(read_providers, create_provider, update_provider, delete_provider)
DEPLOYMENTS: Final = Rows(read_deployments, create_deployment, update_deployment, delete_deployment)
MODELS: Final = Rows(read_models, create_model, update_model, delete_model)


def _providers_query(organisation_id: OrganisationId) -> Select[*tuple[Any, ...]]:
    return select(providers).where(providers.c.organisation_id == organisation_id).order_by(providers.c.name)


def _deployments_query(organisation_id: OrganisationId) -> Select[*tuple[Any, ...]]:
    return (
        select(
            deployments.c.name,
            providers.c.name.label("provider"),
            deployments.c.upstream_model,
            deployments.c.profile,
            deployments.c.managed_by_file,
        )
        .join(providers, providers.c.id == deployments.c.provider_id)
        .where(deployments.c.organisation_id == organisation_id)
        .order_by(deployments.c.name)
    )


def _models_query(organisation_id: OrganisationId) -> Select[*tuple[Any, ...]]:
    step = func.jsonb_build_array(deployments.c.name, model_routes.c.weight)
    return (
        select(
            models.c.name,
            models.c.managed_by_file,
            models.c.created_at,
            func.jsonb_agg(aggregate_order_by(step, model_routes.c.position)).label("route"),
        )
        .join(model_routes, model_routes.c.model_id == models.c.id)
        .join(deployments, deployments.c.id == model_routes.c.deployment_id)
        .where(models.c.organisation_id == organisation_id)
        .group_by(models.c.id)
        .order_by(models.c.name)
    )


def _provider_row(row: Row[*tuple[Any, ...]]) -> ProviderRow:
    entry = _provider_entry(row)
    return ProviderRow(
        name=row.name,
        base_url=row.base_url,
        dialects=tuple(row.dialects),
        credential=entry.credential,
        traits=traits_of(row.preset, entry.quirks),
        open_models=row.open_models,
        preset=row.preset,
        region=row.region,
    )


def _deployment_row(row: Row[*tuple[Any, ...]]) -> DeploymentRow:
    return DeploymentRow(row.name, row.provider, row.upstream_model, msgspec.convert(row.profile, ProfileEntry))


def _provider_entry(row: Row[*tuple[Any, ...]]) -> ProviderEntry:
    return ProviderEntry(
        preset=row.preset,
        base_url=row.base_url,
        dialects=tuple(row.dialects),
        credential=msgspec.convert(row.credential, Credential) if row.credential else None,
        quirks=msgspec.convert(row.quirks, Quirks),
        models="any" if row.open_models else None,
        region=row.region,
    )


def _model_entry(row: Row[*tuple[Any, ...]]) -> ModelEntry:
    return ModelEntry(route=tuple(RouteStep(deployment=name, weight=weight) for name, weight in row.route))


def _provider_values(entry: ProviderEntry, managed_by_file: bool) -> Values:
    return {
        "preset": entry.preset,
        "dialects": list(entry.dialects or ()),
        "base_url": entry.base_url,
        "credential": msgspec.to_builtins(entry.credential) if entry.credential else {},
        "quirks": msgspec.to_builtins(entry.quirks),
        "open_models": entry.models == "any",
        "region": entry.region,
        "managed_by_file": managed_by_file,
    }


async def _deployment_values(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    entry: DeploymentEntry,
    *,
    managed_by_file: bool,
) -> Values:
    query = select(providers.c.id).where(_named(providers, organisation_id, entry.provider))
    provider_id = (await connection.execute(query)).scalar_one()
    return {
        "provider_id": provider_id,
        "upstream_model": entry.upstream_model,
        "profile": msgspec.to_builtins(entry.profile),
        "managed_by_file": managed_by_file,
    }


async def _write_route(
    connection: AsyncConnection, organisation_id: OrganisationId, model_id: UUID, entry: ModelEntry
) -> None:
    steps = route_in_full(entry)
    names = [step.deployment for step in steps]
    query = select(deployments.c.name, deployments.c.id).where(
        deployments.c.organisation_id == organisation_id, deployments.c.name.in_(names)
    )
    ids = {row.name: row.id for row in await connection.execute(query)}
    await connection.execute(
        insert(model_routes),
        [
            {
                "organisation_id": organisation_id,
                "model_id": model_id,
                "position": position,
                "deployment_id": ids[step.deployment],
                "weight": step.weight,
            }
            for position, step in enumerate(steps)
        ],
    )


async def _insert(
    connection: AsyncConnection, table: Table, organisation_id: OrganisationId, name: str, values: Values
) -> UUID:
    row_id = uuid7()
    await connection.execute(insert(table).values(id=row_id, organisation_id=organisation_id, name=name, **values))
    return row_id


async def _update(
    connection: AsyncConnection, table: Table, organisation_id: OrganisationId, name: str, values: Values
) -> UUID:
    statement = update(table).where(_named(table, organisation_id, name)).values(**values).returning(table.c.id)
    return (await connection.execute(statement)).scalar_one()


def _named(table: Table, organisation_id: OrganisationId, name: str) -> ColumnElement[bool]:
    return (table.c.organisation_id == organisation_id) & (table.c.name == name)
