"""From rows to snapshots: what the hot path decides from, with credentials at hand."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager

from drawbridge.config.secrets import MasterKey
from drawbridge.config.store import load_secrets
from drawbridge.core.ids import OrganisationId
from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.db.tenancy import changed_organisations, newest_revision
from drawbridge.gateway.admission import KeyLookupFailedError
from drawbridge.gateway.catalogue import Catalogue, ProviderRow
from drawbridge.gateway.credentials import CredentialFiles, Credentials, Resolved
from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.refresh import SourceAwayError
from drawbridge.gateway.snapshot import Caller, Deployment, Leg, Model, OrganisationSnapshot, Provider
from drawbridge.gateway.store import load_organisation
from drawbridge.identity.keys import KeyHash
from drawbridge.identity.records import KeyRecord
from drawbridge.identity.store import authenticate, keys_by_hash


class DatabaseSource:
    """Reads snapshots from the database, and the credentials they refer to from where they are."""

    def __init__(self, database: Database, environment: Mapping[str, str], master_key: MasterKey) -> None:
        self._database = database
        self._environment = environment
        self._master_key = master_key
        self._files = CredentialFiles()

    async def revision(self) -> int:
        """Return the newest revision."""
        async with _away():
            return await newest_revision(self._database)

    async def changed_since(self, revision: int) -> list[OrganisationId]:
        """Return the organisations that were changed after a revision."""
        async with _away():
            return await changed_organisations(self._database, revision)

    async def load(self, organisation_id: OrganisationId, revision: int) -> OrganisationSnapshot:
        """Return an organisation's present state, which is that of the revision or newer."""
        async with _away(), self._database.organisation(organisation_id, steady=True) as connection:
            catalogue = await load_organisation(connection, organisation_id)
            sealed = await load_secrets(connection, organisation_id)
        credentials = Credentials(organisation_id, self._environment, sealed, self._master_key, self._files)
        resolved = await _resolve_all(catalogue, credentials)
        return build_snapshot(organisation_id, revision, catalogue, resolved)

    async def callers(self, hashes: Iterable[bytes]) -> dict[bytes, Caller]:
        """Return who holds which of these keys now: revoked ones are left out."""
        async with _away():
            found = await keys_by_hash(self._database, [KeyHash(key_hash) for key_hash in hashes])
        return {key_hash: _caller(record) for key_hash, record in found.items()}


class KeyDirectory:
    """Looks up keys that no worker has in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look_up(self, key_hash: KeyHash) -> Caller | None:
        """Return who holds a key; None for one that is unknown or revoked. Raises KeyLookupFailedError."""
        try:
            record = await authenticate(self._database, key_hash)
        except DatabaseAway as error:
            raise KeyLookupFailedError(error.message) from error
        return None if record is None else _caller(record)


def build_snapshot(
    organisation_id: OrganisationId, revision: int, catalogue: Catalogue, resolved: Mapping[str, Resolved]
) -> OrganisationSnapshot:
    """Join an organisation's rows, and its providers' credentials, into the snapshot that calls are decided from."""
    providers = {row.name: _provider(row, resolved[row.name]) for row in catalogue.providers}
    deployments = {
        row.name: Deployment(row.name, providers[row.provider], row.upstream_model, _stated(row.profile))
        for row in catalogue.deployments
    }
    models = {
        row.name: Model(
            row.name,
            tuple(Leg(deployments[step.deployment], step.weight) for step in row.route),
            row.created_at,
        )
        for row in catalogue.models
    }
    return OrganisationSnapshot(organisation_id, revision, models, providers)


def _stated(profile: ProfileEntry) -> ProfileEntry | None:
    return None if profile == ProfileEntry() else profile


async def _resolve_all(catalogue: Catalogue, credentials: Credentials) -> dict[str, Resolved]:
    """Return each provider's credential. All at once: many that hang take no longer than one."""
    rows = catalogue.providers
    async with asyncio.TaskGroup() as group:
        tasks = {row.name: group.create_task(credentials.resolve(row.name, row.credential)) for row in rows}
    return {name: task.result() for name, task in tasks.items()}


def _provider(row: ProviderRow, resolved: Resolved) -> Provider:
    return Provider(
        name=row.name,
        dialects=frozenset(row.dialects),
        base_url=row.base_url.rstrip("/"),
        auth=row.traits.auth,
        credential=resolved.value,
        credential_problem=resolved.problem,
        pricing_id=row.traits.pricing_id,
        usage_in_stream=row.traits.usage_in_stream,
        claims=row.traits.model_patterns if row.open_models else None,
        max_body_bytes=row.traits.max_body_bytes,
        prefers=row.traits.prefers,
    )


def _caller(record: KeyRecord) -> Caller:
    return Caller(
        organisation_id=record.organisation_id,
        principal_id=record.principal_id,
        principal_name=record.principal_name,
        key_id=record.id,
        admin=record.admin,
        expires_at=record.expires_at,
        strict=record.strict,
    )


@asynccontextmanager
async def _away() -> AsyncGenerator[None]:
    try:
        yield
    except DatabaseAway as error:
        raise SourceAwayError(error.message) from error
