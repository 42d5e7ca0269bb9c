"""The door of the admin API: identifies who asks, and lets policy decide. Implements identity's `Access`."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Never
from uuid import UUID

from fastapi.routing import APIRoute
from starlette.requests import Request

from drawbridge.audit.acts import Actor, Via
from drawbridge.config.sections import Concerned, Reached
from drawbridge.core.clock import Clock
from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.core.operations import NEEDS_STEP_UP
from drawbridge.db.engine import AsyncConnection, Database, DatabaseAway
from drawbridge.identity.access import NO_TEAMS, Check, Sessions, SignedIn, Wanted, organisation_of
from drawbridge.identity.errors import NotAdminError, NotAuthenticatedError
from drawbridge.identity.keys import parse_key
from drawbridge.identity.records import Bar
from drawbridge.identity.signin.errors import StepUpRequiredError
from drawbridge.identity.standing import Standing, load_standing, teams_of
from drawbridge.identity.store import find_key
from drawbridge.policy.judging import (
    Abilities,
    Asker,
    KindJudge,
    abilities_of,
    refuse_kinds,
    refuse_own_keys,
    require_every,
)
from drawbridge.policy.rules import RuleSet
from drawbridge.policy.unwidened import require_covered, require_unwidened, require_usable, take_stock

LoadRules = Callable[[AsyncConnection, OrganisationId], Awaitable[RuleSet]]
"""Reads the rules of an organisation, as a transaction sees them."""

_MOST_KEPT: Final = 64
_LOOK_EVERY_S: Final = 0.7
_SEND_A_KEY: Final = "Send a valid admin key: Authorization: Bearer dbk_..., or sign in."


@dataclass(frozen=True, slots=True)
class _Presented:
    """Whom a request claims to come from, before it is known how they stand."""

    organisation_id: OrganisationId
    principal_id: PrincipalId
    via: Via
    via_id: UUID
    is_fresh: bool = True
    """Whether this is enough for what needs a fresh sign-in: a key always is."""


class PolicyAccess:
    """Lets a request through by an admin key or a session, as far as its principal's grants go."""

    def __init__(
        self, database: Database, clock: Clock, load_rules: LoadRules, sessions: Sessions | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions
        self._rules = _RulesByRevision(load_rules)

    def requires(self, action: str, *kinds: str) -> Check:
        """Make the check that a route begins with."""
        return self._checking(lambda asker: refuse_kinds(asker, action, kinds))

    def requires_every(self, rights: Iterable[tuple[str, str]]) -> Check:
        """Make the check of a route for those who may do all of this, by action and kind, with every object."""
        wanted = tuple(rights)

        def refuse(asker: Asker) -> None:
            for action, kind in wanted:
                require_every(asker, action, kind)

        return self._checking(refuse)

    def requires_own_keys(self) -> Check:
        """Make the check of a route about the keys of the one who asks."""
        return self._checking(refuse_own_keys)

    async def require_own_keys(self, connection: AsyncConnection, actor: Actor) -> None:
        """Check the right to the own keys, as a transaction sees it."""
        refuse_own_keys(await self._asker(actor, connection))

    def _checking(self, refuse: Callable[[Asker], None]) -> Check:
        async def check(request: Request) -> Actor:
            presented = await self._presented(request)
            asker = await self._identify(request, presented)
            refuse(asker)
            if not presented.is_fresh and _needs_step_up(request):
                raise StepUpRequiredError
            return asker.actor

        return check

    def signed_in(self) -> Check:
        """Make the check of a route that is about the one who asks."""

        async def check(request: Request) -> Actor:
            return (await self._identify(request, await self._presented(request))).actor

        return check

    async def attend(self, request: Request, actor: Actor) -> Never:
        """Wait as long as whoever made a request is let in."""
        if actor.via == "session":
            assert self._sessions is not None
            assert actor.principal_id is not None
            assert actor.via_id is not None
            await self._sessions.attend(SignedIn(organisation_of(actor), actor.principal_id, actor.via_id))
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            # While the database is away nothing can be revoked.
            with contextlib.suppress(DatabaseAway):
                await self._identify(request, await self._presented(request))

    async def abilities(self, actor: Actor) -> Abilities:
        """Return in outline what the actor may do."""
        return abilities_of(await self._asker(actor))

    async def require(
        self,
        actor: Actor,
        action: str,
        kind: str,
        name: str,
        teams: frozenset[UUID],
        *,
        unknown: DrawbridgeError | None = None,
    ) -> None:
        """Check the right to one object."""
        asker = await self._asker(actor)
        KindJudge(asker, kind, {name: teams}, unknown).require(action, name)

    async def require_within(self, connection: AsyncConnection, actor: Actor, wanted: Wanted) -> None:
        """Check the right to one object, as a transaction sees it."""
        asker = await self._asker(actor, connection)
        KindJudge(asker, wanted.kind, {wanted.name: wanted.teams}, wanted.unknown).require(wanted.action, wanted.name)

    async def judge(self, actor: Actor, kind: str, connection: AsyncConnection | None = None) -> KindJudge:
        """Return what the actor may do with the objects of a kind."""
        if connection is not None:
            asker = await self._asker(actor, connection)
            return KindJudge(asker, kind, await self._teams(connection, asker, kind))
        async with self._database.organisation(organisation_of(actor), steady=True) as own:
            asker = await self._asker_within(own, actor)
            return KindJudge(asker, kind, await self._teams(own, asker, kind))

    @asynccontextmanager
    async def unwidened(self, connection: AsyncConnection, actor: Actor) -> AsyncGenerator[None]:
        """Hold what is changed within to the rule that nobody gives away what is not theirs."""
        organisation_id = organisation_of(actor)
        asker = self._asking(actor, await self._rules.load(connection, organisation_id))
        if asker.is_administrator:
            yield
            return
        before = await take_stock(connection, organisation_id, asker.rules)
        yield
        after = await take_stock(connection, organisation_id, await self._rules.load(connection, organisation_id))
        require_unwidened(asker, before, after)

    async def require_usable(self, connection: AsyncConnection, actor: Actor, reached: Sequence[Reached]) -> None:
        """Check that the actor may use, in all circumstances, what others would get at by another name of it."""
        require_usable(await self._asker(actor, connection), reached)

    async def require_managing(self, connection: AsyncConnection, actor: Actor, concerned: Iterable[Concerned]) -> None:
        """Check that the actor may manage what an entry binds, as a transaction sees it."""
        asker = await self._asker(actor, connection)
        if asker.is_administrator:
            return
        wanted = sorted({(one.kind, one.name) for one in concerned})
        for kind in dict.fromkeys(kind for kind, _ in wanted):
            judge = KindJudge(asker, kind, await self._teams(connection, asker, kind))
            for name in (name for other, name in wanted if other == kind):
                if kind == "organisation" and not judge.may("manage", name):
                    # That there is one is no secret.
                    raise asker.refusal(asker.decide("manage", kind, name, NO_TEAMS), "manage", kind, name)
                judge.require("manage", name)

    async def require_no_stronger(
        self, actor: Actor, owner_id: PrincipalId, project_id: UUID | None, connection: AsyncConnection | None = None
    ) -> None:
        """Check that the holder of a new key could do nothing by it that the actor cannot."""
        if owner_id == actor.principal_id and project_id is None:
            return
        require_covered(await self._asker(actor, connection), owner_id, project_id)

    async def _identify(self, request: Request, presented: _Presented) -> Asker:
        async with self._database.organisation(presented.organisation_id, steady=True) as connection:
            standing = await load_standing(connection, presented.organisation_id, presented.principal_id)
            if standing is None:
                raise NotAuthenticatedError(_SEND_A_KEY)
            if standing.is_suspended:
                raise NotAuthenticatedError("This principal or organisation is suspended: ask an administrator.")
            rules = await self._rules.kept(connection, presented.organisation_id, standing.revision)
        return self._asking(_actor(presented, standing, request), rules)

    async def _presented(self, request: Request) -> _Presented:
        keys = _presented_keys(request)
        if keys:
            return await self._key_holder(keys)
        signed_in: SignedIn | None = None if self._sessions is None else await self._sessions.identify(request)
        if signed_in is None:
            raise NotAuthenticatedError(_SEND_A_KEY)
        return _Presented(
            signed_in.organisation_id,
            signed_in.principal_id,
            "session",
            signed_in.session_id,
            is_fresh=signed_in.is_fresh,
        )

    async def _key_holder(self, keys: frozenset[str]) -> _Presented:
        if len(keys) > 1:
            raise NotAuthenticatedError("This request carries two different keys. Send only one of them.")
        key_hash = parse_key(next(iter(keys)))
        key = None if key_hash is None else await find_key(self._database, key_hash)
        if key is None:
            raise NotAuthenticatedError(_SEND_A_KEY)
        if isinstance(key, Bar):
            raise NotAuthenticatedError(key.message)
        if (state := key.state(self._clock.now())) != "active":
            raise NotAuthenticatedError(f"Key {key.hint} is {state}: use another one.")
        if not key.admin:
            raise NotAdminError(f"Key {key.hint} is no admin key: ask an administrator for one.")
        return _Presented(key.organisation_id, key.principal_id, "key", key.id)

    async def _asker(self, actor: Actor, connection: AsyncConnection | None = None) -> Asker:
        if connection is not None:
            return self._asking(actor, await self._rules.load(connection, organisation_of(actor)))
        async with self._database.organisation(organisation_of(actor), steady=True) as own:
            return await self._asker_within(own, actor)

    async def _asker_within(self, connection: AsyncConnection, actor: Actor) -> Asker:
        organisation_id = organisation_of(actor)
        assert actor.principal_id is not None
        standing = await load_standing(connection, organisation_id, actor.principal_id)
        if standing is None:
            raise NotAuthenticatedError(_SEND_A_KEY)
        return self._asking(actor, await self._rules.kept(connection, organisation_id, standing.revision))

    def _asking(self, actor: Actor, rules: RuleSet) -> Asker:
        return Asker(actor, rules, self._clock.now())

    async def _teams(self, connection: AsyncConnection, asker: Asker, kind: str) -> Mapping[str, frozenset[UUID]]:
        if not asker.is_bound_to_teams(kind):
            return {}
        return await teams_of(connection, organisation_of(asker.actor), kind)


@dataclass(slots=True)
class _RulesByRevision:
    """The rules of the organisations asked for last. What they are made of cannot change without a revision."""

    load: LoadRules
    _kept: OrderedDict[OrganisationId, tuple[int, RuleSet]] = field(
        default_factory=OrderedDict[OrganisationId, tuple[int, RuleSet]]
    )

    async def kept(self, connection: AsyncConnection, organisation_id: OrganisationId, revision: int) -> RuleSet:
        """Return the rules as of a revision, which a steady transaction sees."""
        kept = self._kept.get(organisation_id)
        if kept is not None and kept[0] == revision:
            self._kept.move_to_end(organisation_id)
            return kept[1]
        rules = await self.load(connection, organisation_id)
        self._kept[organisation_id] = (revision, rules)
        self._kept.move_to_end(organisation_id)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return rules


def _actor(presented: _Presented, standing: Standing, request: Request) -> Actor:
    return Actor(
        standing.kind,
        presented.via,
        presented.organisation_id,
        presented.principal_id,
        standing.name,
        presented.via_id,
        request.client.host if request.client else "",
    )


def _needs_step_up(request: Request) -> bool:
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    return bool((route.openapi_extra or {}).get(NEEDS_STEP_UP))


def _presented_keys(request: Request) -> frozenset[str]:
    """Return the keys that came as bearer or x-api-key."""
    given: set[str] = set()
    for name, value in request.headers.items():
        scheme, _, token = value.partition(" ")
        if name == "authorization":
            # Also what is no bearer: a request that tries to sign in by something else is not taken for a session.
            given.add(token.strip() if scheme.lower() == "bearer" else value)
        elif name == "x-api-key":
            given.add(value.strip())
    return frozenset(given)
