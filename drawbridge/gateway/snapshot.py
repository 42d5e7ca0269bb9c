"""What the hot path decides from: immutable, in memory, swapped in whole for each organisation."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drawbridge.core.ids import KeyId, OrganisationId, PrincipalId
from drawbridge.gateway.dialects import AuthStyle, Dialect, UsageInStream
from drawbridge.gateway.entries import ProfileEntry


@dataclass(frozen=True, slots=True)
class Provider:
    """A vendor's account and where it is reached, with its credential at hand."""

    name: str
    dialects: frozenset[Dialect]
    base_url: str
    """The API's root with its version, without a slash at the end; `rehearsal:` is answered in this process."""
    auth: AuthStyle = "none"
    credential: str | None = field(default=None, repr=False)
    credential_problem: str | None = None
    """Why there is no credential although one is configured, in words for the operator."""
    pricing_id: str | None = None
    """The vendor's name in the price data."""
    usage_in_stream: UsageInStream = "asked"
    claims: tuple[str, ...] | None = None
    """Beginnings of model names that may be called without being listed; None: listed models only."""
    max_body_bytes: int | None = None
    """The largest request that the vendor takes; None where it tells none."""
    prefers: Dialect | None = None
    """The dialect in which to say what comes in one that it does not speak."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One upstream model at one provider."""

    name: str
    provider: Provider
    upstream_model: str
    profile: ProfileEntry | None = None
    """What the operator says of the model, over what is known of it; None where that is nothing."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A deployment that a route leads to, with its share of the calls."""

    deployment: Deployment
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Model:
    """The name that callers use, and the deployments behind it."""

    name: str
    route: tuple[Leg, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OrganisationSnapshot:
    """All that one organisation's calls are decided from."""

    organisation_id: OrganisationId
    revision: int
    models: Mapping[str, Model]
    providers: Mapping[str, Provider]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds a key. Whether it has expired is for the clock of the call to say."""

    organisation_id: OrganisationId
    principal_id: PrincipalId
    principal_name: str
    key_id: KeyId
    admin: bool = False
    expires_at: datetime | None = None
    strict: bool = False
    """Calls from which a translation would lose something are refused."""


class Snapshots:
    """The present snapshot of every organisation, and the newest revision they hold."""

    def __init__(self) -> None:
        self._by_organisation: Mapping[OrganisationId, OrganisationSnapshot] = {}
        self.revision = -1
        """-1 until the first load."""

    def get(self, organisation_id: OrganisationId) -> OrganisationSnapshot | None:
        """Return an organisation's snapshot by reference; None for one that is not known (yet)."""
        return self._by_organisation.get(organisation_id)

    def swap(self, revision: int, changed: Mapping[OrganisationId, OrganisationSnapshot]) -> None:
        """Put new snapshots in place of the old ones of the same organisations, in one step."""
        self._by_organisation = {**self._by_organisation, **changed}
        self.revision = revision


class KeyCache:
    """The keys seen lately, by hash: who holds them, or None for one that does not exist or is revoked."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._callers: OrderedDict[bytes, Caller | None] = OrderedDict()

    def __contains__(self, key_hash: bytes) -> bool:
        return key_hash in self._callers

    def get(self, key_hash: bytes) -> Caller | None:
        """Return who holds a key that the cache contains."""
        self._callers.move_to_end(key_hash)
        return self._callers[key_hash]

    def put(self, key_hash: bytes, caller: Caller | None) -> None:
        """Remember a key, forgetting the one unused for longest when full."""
        self._callers[key_hash] = caller
        self._callers.move_to_end(key_hash)
        if len(self._callers) > self._capacity:
            self._callers.popitem(last=False)

    def held_in(self, organisations: Collection[OrganisationId]) -> list[bytes]:
        """Return the keys at hand of some organisations."""
        return [
            key_hash
            for key_hash, caller in self._callers.items()
            if caller is not None and caller.organisation_id in organisations
        ]

    def renew(self, organisations: Collection[OrganisationId], callers: Mapping[bytes, Caller]) -> None:
        """Take over who holds the keys of some organisations now, and forget every key that is not among them.

        A key put in while its holder was being asked for is forgotten too: it may have been read before the change.
        """
        for key_hash, caller in list(self._callers.items()):
            if caller is None or caller.organisation_id in organisations:
                if key_hash in callers:
                    self._callers[key_hash] = callers[key_hash]
                else:
                    del self._callers[key_hash]
