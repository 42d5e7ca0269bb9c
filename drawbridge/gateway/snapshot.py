"""What the hot path decides from: immutable, in memory, swapped in whole for each organisation."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from drawbridge.core.ids import KeyId, OrganisationId, PrincipalId
from drawbridge.gateway.dialects import AuthStyle, Dialect, UsageInStream
from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.providers.presets import Hosting
from drawbridge.identity.records import Bar, PrincipalKind
from drawbridge.policy.conditions import DataClass
from drawbridge.policy.decide import Decision
from drawbridge.policy.rules import Kind, RuleSet
from drawbridge.usage.budgets.book import BudgetBook
from drawbridge.usage.limits.book import LimitBook
from drawbridge.usage.pricing.book import PriceBook


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
    ceiling_usd: str | None = None
    """What a call is held at where nobody can tell what it costs at most; None where nobody said so."""
    usage_in_stream: UsageInStream = "asked"
    claims: tuple[str, ...] | None = None
    """Beginnings of model names that may be called without being listed; None: listed models only."""
    max_body_bytes: int | None = None
    """The largest request that the vendor takes; None where it tells none."""
    prefers: Dialect | None = None
    """The dialect in which to say what comes in one that it does not speak."""
    vendor: str | None = None
    """The preset that it was made from; None where its entry says everything itself."""
    region: str | None = None
    """Where it works on what it is sent; None where nobody said so."""
    hosting: Hosting | None = None
    """Who runs it; None where that is not known."""
    allow_private: bool = False
    """Whether it may have an address in a private network."""


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
    aliases: tuple[str, ...] = ()
    """Other names by which the same model can be asked for: a rule about any of them is about it."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names of it."""
        return (self.name, *self.aliases)


Asked = tuple[UUID, UUID | None, Kind, tuple[str, ...]]
"""Who, for which project, and a resource with all of its names."""


@dataclass(frozen=True, slots=True)
class Circumstantial:
    """What takes the place of a decision that is not the same in all circumstances."""

    asks_for_cost: bool
    """Whether what a call can cost is among them."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Who may use what in an organisation.

    Renewed before the rest of a snapshot: what makes that slow, such as a credential on a mount that hangs, must not
    keep a right alive that was taken away.
    """

    rules: RuleSet = field(default_factory=RuleSet)
    data_classes: Mapping[UUID, DataClass] = field(default_factory=dict[UUID, DataClass])
    """Of the projects that have one."""
    cost_teams: Mapping[UUID, UUID] = field(default_factory=dict[UUID, UUID])
    """The team that bears the costs of each principal and project that has one."""
    settled: dict[Asked, Decision | Circumstantial] = field(
        default_factory=dict[Asked, Decision | Circumstantial], init=False, compare=False, repr=False
    )
    """What was decided from these rules lately."""


@dataclass(frozen=True, slots=True)
class OrganisationSnapshot:
    """All that one organisation's calls are decided from."""

    organisation_id: OrganisationId
    revision: int
    models: Mapping[str, Model]
    providers: Mapping[str, Provider]
    rights: Rights = field(default_factory=Rights)
    budgets: BudgetBook = field(default_factory=BudgetBook)
    limits: LimitBook = field(default_factory=LimitBook)
    prices: PriceBook = field(default_factory=PriceBook)
    """What its calls cost."""
    deployments: Mapping[str, Deployment] = field(default_factory=dict[str, Deployment])
    """All of them, on a route or on none."""

    def cost_team_of(self, caller: "Caller") -> UUID | None:
        """Return the team that bears the cost of a caller's calls: the project's, if the key is for one."""
        return self.rights.cost_teams.get(caller.principal_id if caller.project_id is None else caller.project_id)

    def subjects_of(self, caller: "Caller") -> frozenset[UUID]:
        """Return everything that rules for a caller may be written for."""
        return self.rights.rules.subjects_of(caller.principal_id, caller.project_id)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a call, by a key or signed in. Whether a key has expired is for the clock of the call to say."""

    organisation_id: OrganisationId
    principal_id: PrincipalId
    principal_name: str
    key_id: KeyId
    """NO_KEY of somebody who is signed in to one of the project's own products."""
    admin: bool = False
    expires_at: datetime | None = None
    strict: bool = False
    """Calls from which a translation would lose something are refused."""
    project_id: UUID | None = None
    """The project for which the key was made."""
    principal_kind: PrincipalKind = "user"
    frozen: bool = False
    """A call of the key cost more than was held for it: it makes no further ones until somebody has looked."""
    run_id: UUID | None = None
    """The run that its call is a part of; None of callers from outside."""


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


Holder = Caller | Bar | None
"""Who holds a key; why that lets nobody in; or None for a key that does not exist or is revoked."""


class KeyCache:
    """The keys seen lately, by hash, with their holders."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._holders: OrderedDict[bytes, Holder] = OrderedDict()

    def __contains__(self, key_hash: bytes) -> bool:
        return key_hash in self._holders

    def get(self, key_hash: bytes) -> Holder:
        """Return who holds a key that the cache contains."""
        self._holders.move_to_end(key_hash)
        return self._holders[key_hash]

    def put(self, key_hash: bytes, holder: Holder) -> None:
        """Remember a key, forgetting the one unused for longest when full."""
        self._holders[key_hash] = holder
        self._holders.move_to_end(key_hash)
        if len(self._holders) > self._capacity:
            self._holders.popitem(last=False)

    def held_in(self, organisations: Collection[OrganisationId]) -> list[bytes]:
        """Return the keys at hand of some organisations."""
        return [
            key_hash
            for key_hash, holder in self._holders.items()
            if isinstance(holder, Caller) and holder.organisation_id in organisations
        ]

    def renew(self, organisations: Collection[OrganisationId], callers: Mapping[bytes, Caller]) -> None:
        """Take over who holds the keys of some organisations now, and forget every key that is not among them.

        A key put in while its holder was being asked for is forgotten too: it may have been read before the change.
        """
        for key_hash, holder in list(self._holders.items()):
            if not isinstance(holder, Caller) or holder.organisation_id in organisations:
                if key_hash in callers:
                    self._holders[key_hash] = callers[key_hash]
                else:
                    del self._holders[key_hash]
