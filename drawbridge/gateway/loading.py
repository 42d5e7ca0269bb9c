"""From rows to snapshots: what the hot path decides from, with credentials at hand."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from drawbridge.config.held_keys import HeldKeys
from drawbridge.config.secret_files import SecretFiles
from drawbridge.config.store import load_secrets
from drawbridge.core.ids import NO_KEY, OrganisationId, PrincipalId
from drawbridge.db.engine import Database, DatabaseAway
from drawbridge.db.tenancy import changed_organisations, newest_revision, organisation_name
from drawbridge.egress import ListedHosts
from drawbridge.gateway.admission import KeyLookupFailedError
from drawbridge.gateway.catalogue import Catalogue, ProviderRow
from drawbridge.gateway.credentials import Credentials, Resolved
from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.refresh import SourceAwayError
from drawbridge.gateway.snapshot import Caller, Deployment, Holder, Leg, Model, OrganisationSnapshot, Provider, Rights
from drawbridge.gateway.store import load_data_classes, load_organisation
from drawbridge.identity.keys import KeyHash
from drawbridge.identity.membership import load_cost_teams, load_subjects
from drawbridge.identity.records import KeyRecord, Principal
from drawbridge.identity.store import find_active, find_key, keys_by_hash
from drawbridge.policy.store import load_rule_set
from drawbridge.usage.budgets.store import load_budgets
from drawbridge.usage.limits.store import load_limits
from drawbridge.usage.pricing.compile import compile_prices
from drawbridge.usage.pricing.entries import PricesEntry
from drawbridge.usage.pricing.store import load_prices


@dataclass(frozen=True, slots=True)
class PrivateNetworks:
    """Whose providers may be in the private networks that this machine reaches.

    Whoever may change an organisation's providers would otherwise learn by them what there is in networks that are the
    operator's, as soon as he has organisations that are somebody else's.
    """

    operator: str
    """The name of the organisation whose providers may be anywhere."""
    hosts: ListedHosts = field(default_factory=ListedHosts)
    """Where the providers of all others may be."""

    def may_hold(self, organisation: str, base_url: str) -> bool:
        """Tell whether the provider of an organisation at an address may be in a private network."""
        return organisation == self.operator or self.hosts.hold_url(base_url)


class DatabaseSource:
    """Reads snapshots from the database, and the credentials they refer to from where they are."""

    def __init__(
        self, database: Database, environment: Mapping[str, str], keys: HeldKeys, private: PrivateNetworks
    ) -> None:
        self._database = database
        self._environment = environment
        self._keys = keys
        self._private = private
        self._files = SecretFiles()

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
            budgets = await load_budgets(connection, organisation_id)
            limits = await load_limits(connection, organisation_id)
            prices = await load_prices(connection, organisation_id)
            name = await organisation_name(connection, organisation_id)
        keys = await self._keys.opening({secret.key_id for secret in sealed.values()})
        credentials = Credentials(organisation_id, self._environment, sealed, keys, self._files)
        resolved = await _resolve_all(catalogue, credentials)
        may_be_private = partial(self._private.may_hold, name)
        snapshot = build_snapshot(organisation_id, revision, catalogue, resolved, prices, may_be_private)
        return replace(snapshot, budgets=budgets, limits=limits)

    async def rights(self, organisation_id: OrganisationId) -> Rights:
        """Return who may use what in an organisation now."""
        async with _away(), self._database.organisation(organisation_id, steady=True) as connection:
            subjects = await load_subjects(connection, organisation_id)
            rules = await load_rule_set(connection, organisation_id, subjects)
            data_classes = await load_data_classes(connection, organisation_id)
            return Rights(rules, data_classes, await load_cost_teams(connection, organisation_id))

    async def callers(self, hashes: Iterable[bytes]) -> dict[bytes, Caller]:
        """Return who holds which of these keys now: revoked ones are left out."""
        async with _away():
            found = await keys_by_hash(self._database, [KeyHash(key_hash) for key_hash in hashes])
        return {key_hash: _caller(record) for key_hash, record in found.items()}


class KeyDirectory:
    """Looks up keys that no worker has in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look_up(self, key_hash: KeyHash) -> Holder:
        """Return who holds a key. Raises KeyLookupFailedError."""
        try:
            found = await find_key(self._database, key_hash)
        except DatabaseAway as error:
            raise KeyLookupFailedError(error.message) from error
        return _caller(found) if isinstance(found, KeyRecord) else found


class PrincipalDirectory:
    """Looks up who makes a call without a key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look_up(self, organisation_id: OrganisationId, principal_id: PrincipalId) -> Holder:
        """Return a principal as a caller, or why it may make no calls. Raises KeyLookupFailedError."""
        try:
            async with self._database.organisation(organisation_id) as connection:
                found = await find_active(connection, organisation_id, principal_id)
        except DatabaseAway as error:
            raise KeyLookupFailedError(error.message) from error
        if not isinstance(found, Principal):
            return found
        return Caller(organisation_id, found.id, found.name, NO_KEY, principal_kind=found.kind)


def build_snapshot(
    organisation_id: OrganisationId,
    revision: int,
    catalogue: Catalogue,
    resolved: Mapping[str, Resolved],
    prices: PricesEntry | None = None,
    may_be_private: Callable[[str], bool] = lambda _: False,
) -> OrganisationSnapshot:
    """Join an organisation's rows, and its providers' credentials, into the snapshot that calls are decided from.

    Without `prices` it pays list prices. `may_be_private` tells whether a base URL may be in a private network.
    """
    providers = {
        row.name: _provider(row, resolved[row.name], allow_private=may_be_private(row.base_url))
        for row in catalogue.providers
    }
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
    regions = {row.name: row.region for row in catalogue.providers if row.region is not None}
    book = compile_prices(prices or PricesEntry(), regions)
    return OrganisationSnapshot(organisation_id, revision, models, providers, prices=book, deployments=deployments)


def _stated(profile: ProfileEntry) -> ProfileEntry | None:
    return None if profile == ProfileEntry() else profile


async def _resolve_all(catalogue: Catalogue, credentials: Credentials) -> dict[str, Resolved]:
    """Return each provider's credential. All at once: many that hang take no longer than one."""
    rows = catalogue.providers
    async with asyncio.TaskGroup() as group:
        tasks = {row.name: group.create_task(credentials.resolve(row.name, row.credential)) for row in rows}
    return {name: task.result() for name, task in tasks.items()}


def _provider(row: ProviderRow, resolved: Resolved, *, allow_private: bool) -> Provider:
    return Provider(
        name=row.name,
        dialects=frozenset(row.dialects),
        base_url=row.base_url.rstrip("/"),
        auth=row.traits.auth,
        credential=resolved.value,
        credential_problem=resolved.problem,
        pricing_id=row.traits.pricing_id,
        ceiling_usd=row.traits.ceiling_usd,
        usage_in_stream=row.traits.usage_in_stream,
        claims=row.traits.model_patterns if row.open_models else None,
        max_body_bytes=row.traits.max_body_bytes,
        prefers=row.traits.prefers,
        vendor=row.preset,
        region=row.region,
        hosting=row.hosting,
        allow_private=allow_private,
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
        project_id=record.project_id,
        frozen=record.frozen_at is not None,
        principal_kind=record.principal_kind,
    )


@asynccontextmanager
async def _away() -> AsyncGenerator[None]:
    try:
        yield
    except DatabaseAway as error:
        raise SourceAwayError(error.message) from error
