"""Suspend, reactivate and delete principals, with what becomes of their things."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from drawbridge.audit.acts import Act, Actor
from drawbridge.audit.record import record
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity.administration import StillAdministered, keeping_an_administrator
from drawbridge.identity.directory.store import keys_in_words
from drawbridge.identity.errors import NobodyLeftError, StatedInFileError, UnknownObjectError
from drawbridge.identity.people import store
from drawbridge.identity.people.store import LeftTeam
from drawbridge.identity.records import Principal, PrincipalKind
from drawbridge.identity.store import find_principal, has_admin_key


class EndSessions(Protocol):
    """Ends sessions: plugged in by sign-in. Called when the suspension stands already."""

    async def __call__(
        self, database: Database, organisation_id: OrganisationId, principal_id: PrincipalId | None, /
    ) -> None:
        """End those in which somebody works as this principal; None: everybody's of the organisation."""
        ...


class Bounds(Protocol):
    """Holds what is changed within to what the one who changes it may give away: plugged in by policy."""

    def __call__(self, connection: AsyncConnection, actor: Actor, /) -> AbstractAsyncContextManager[None]:
        """Look before and after. Raises what undoes the transaction."""
        ...


class Grants(Protocol):
    """What policy says about a principal, and what becomes of it: plugged in by policy."""

    async def naming(
        self, connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId, /
    ) -> Sequence[str]:
        """Return the names of the grants to a principal itself."""
        ...

    async def forget(
        self, connection: AsyncConnection, organisation_id: OrganisationId, principal_id: PrincipalId, /
    ) -> None:
        """Take a principal, which is about to be deleted, out of the grants that name it."""
        ...


@dataclass(frozen=True, slots=True)
class Plugs:
    """What other products know and do where a principal is suspended or deleted."""

    still_administered: StillAdministered = has_admin_key
    end_sessions: EndSessions | None = None
    grants: Grants | None = None


@dataclass(frozen=True, slots=True)
class Consequences:
    """What goes with a principal, and what would be left alone."""

    keys: int
    teams: tuple[str, ...]
    groups: tuple[str, ...]
    grants: tuple[str, ...]
    left_alone: tuple[LeftTeam, ...]

    @property
    def goes_with_it(self) -> tuple[str, ...]:
        """What goes, in words."""
        grants = [f"the grant {name!r} to it" for name in self.grants]
        memberships = [f"its place in {name!r}" for name in (*self.teams, *self.groups)]
        return tuple(part for part in (keys_in_words(self.keys), *memberships, *grants) if part)


class People:
    """The principals of every organisation, as far as they come and go otherwise than by a file.

    Every method raises UnknownObjectError for a name that no principal has, or none of the kind where one is given.
    """

    def __init__(self, database: Database, clock: Clock, plugs: Plugs | None = None) -> None:
        self._database = database
        self._clock = clock
        self._plugs = plugs or Plugs()

    async def suspend(
        self, organisation_id: OrganisationId, name: str, actor: Actor, kind: PrincipalKind | None = None
    ) -> Principal:
        """Refuse a principal's keys on all workers within a second, and end its sessions. Again: changes nothing.

        Raises LastAdministratorError.
        """
        principal = await self._find(organisation_id, name, kind)
        if principal.suspended_at is None:
            now = self._clock.now()
            async with (
                self._database.change(organisation_id) as connection,
                keeping_an_administrator(self._plugs.still_administered, connection, organisation_id, now),
            ):
                principal = await _require(connection, organisation_id, name, kind)
                await store.set_suspended(connection, organisation_id, principal.id, now)
                await record(connection, organisation_id, _act(actor, "suspended", principal))
        if self._plugs.end_sessions is not None:
            await self._plugs.end_sessions(self._database, organisation_id, principal.id)
        return await self._find(organisation_id, name, kind)

    async def reactivate(
        self, organisation_id: OrganisationId, name: str, actor: Actor, kind: PrincipalKind | None = None
    ) -> Principal:
        """Let a principal in again, with the keys that it had. Again: changes nothing.

        Raises StatedInFileError where it is the file that suspends it.
        """
        principal = await self._find(organisation_id, name, kind)
        if principal.suspended_at is None:
            return principal
        async with self._database.change(organisation_id) as connection:
            principal = await _require(connection, organisation_id, name, kind)
            if await store.suspended_by_file(connection, organisation_id, principal.id):
                raise StatedInFileError(
                    f"{name!r} is suspended by drawbridge.yaml: take `suspended: true` out there, and apply it."
                )
            await store.set_suspended(connection, organisation_id, principal.id, None)
            await record(connection, organisation_id, _act(actor, "reactivated", principal))
            return await _require(connection, organisation_id, name, kind)

    async def get(self, organisation_id: OrganisationId, name: str, kind: PrincipalKind | None = None) -> Principal:
        """Return a principal."""
        return await self._find(organisation_id, name, kind)

    async def consequences(
        self, organisation_id: OrganisationId, name: str, kind: PrincipalKind | None = None
    ) -> Consequences:
        """Return what a deletion would take with it, changing nothing."""
        async with self._database.organisation(organisation_id) as connection:
            principal = await _require(connection, organisation_id, name, kind)
            return await self._consequences(connection, organisation_id, principal)

    async def hand_over(
        self, organisation_id: OrganisationId, name: str, to: str, actor: Actor, bounds: Bounds | None = None
    ) -> tuple[str, ...]:
        """Let a user join the teams that would have nobody left without another. Return the teams' names.

        `bounds` is what the actor may change; None: anything.

        Raises NobodyLeftError where the heir is suspended, StatedInFileError where a file says where the heir belongs.
        """
        async with self._database.change(organisation_id) as connection, _within(bounds, connection, actor):
            principal = await _require(connection, organisation_id, name, "user")
            alone = await store.teams_left_alone(connection, organisation_id, principal.id)
            if alone:
                await _hand_over(connection, organisation_id, principal, alone, to)
                detail: dict[str, object] = {"to": to, "teams": [team.name for team in alone]}
                await record(connection, organisation_id, _act(actor, "handed_over", principal, detail))
            return tuple(team.name for team in alone)

    async def delete(
        self,
        organisation_id: OrganisationId,
        name: str,
        actor: Actor,
        *,
        kind: PrincipalKind | None = None,
        hand_over_to: str | None = None,
    ) -> Consequences:
        """Delete a principal with its keys, memberships and grants. What was used, and who did what, is kept.

        Projects, service accounts and agents stay with their teams. Where this is the last person of a team that
        answers for any, `hand_over_to` joins that team.

        Raises StatedInFileError, NobodyLeftError, LastAdministratorError.
        """
        now = self._clock.now()
        async with (
            self._database.change(organisation_id) as connection,
            keeping_an_administrator(self._plugs.still_administered, connection, organisation_id, now),
        ):
            principal = await _require(connection, organisation_id, name, kind)
            _require_unmanaged(principal)
            found = await self._consequences(connection, organisation_id, principal)
            if found.left_alone:
                await _hand_over(connection, organisation_id, principal, found.left_alone, hand_over_to)
            if self._plugs.grants is not None:
                await self._plugs.grants.forget(connection, organisation_id, principal.id)
            await store.delete_principal(connection, organisation_id, principal.id)
            detail: dict[str, object] = {"id": str(principal.id), "goes_with_it": list(found.goes_with_it)}
            if found.left_alone:
                detail["handed_over_to"] = hand_over_to or ""
                detail["teams"] = [team.name for team in found.left_alone]
            await record(connection, organisation_id, _act(actor, "deleted", principal, detail))
        return found

    async def _find(self, organisation_id: OrganisationId, name: str, kind: PrincipalKind | None) -> Principal:
        async with self._database.organisation(organisation_id) as connection:
            return await _require(connection, organisation_id, name, kind)

    async def _consequences(
        self, connection: AsyncConnection, organisation_id: OrganisationId, principal: Principal
    ) -> Consequences:
        teams, groups = await store.names_of_wholes(connection, organisation_id, principal.id)
        grants = self._plugs.grants
        return Consequences(
            keys=await store.count_keys(connection, organisation_id, principal.id),
            teams=tuple(teams),
            groups=tuple(groups),
            grants=() if grants is None else tuple(await grants.naming(connection, organisation_id, principal.id)),
            left_alone=tuple(await store.teams_left_alone(connection, organisation_id, principal.id)),
        )


def _within(bounds: Bounds | None, connection: AsyncConnection, actor: Actor) -> AbstractAsyncContextManager[None]:
    return nullcontext() if bounds is None else bounds(connection, actor)


async def _require(
    connection: AsyncConnection, organisation_id: OrganisationId, name: str, kind: PrincipalKind | None
) -> Principal:
    principal = await find_principal(connection, organisation_id, name)
    if principal is None or (kind is not None and principal.kind != kind):
        raise UnknownObjectError(kind or "principal", name)
    return principal


def _require_unmanaged(principal: Principal) -> None:
    if principal.managed_by_file:
        raise StatedInFileError(
            f"{principal.name!r} is managed by file: take the entry out of drawbridge.yaml, and apply it."
        )


async def require_somebody_left(connection: AsyncConnection, organisation_id: OrganisationId, name: str) -> None:
    """Check that a principal whom no file manages can go. Raises NobodyLeftError."""
    principal = await find_principal(connection, organisation_id, name)
    if principal is None or principal.managed_by_file:
        return
    if alone := await store.teams_left_alone(connection, organisation_id, principal.id):
        raise _nobody_left(principal, alone)


async def _hand_over(
    connection: AsyncConnection,
    organisation_id: OrganisationId,
    principal: Principal,
    alone: Sequence[LeftTeam],
    to: str | None,
) -> None:
    """Let somebody take the place of a principal in the teams that would have nobody left."""
    if to is None or to == principal.name:
        raise _nobody_left(principal, alone)
    heir = await _require(connection, organisation_id, to, "user")
    if heir.suspended_at is not None:
        raise NobodyLeftError(f"{heir.name!r} is suspended and cannot take over: name somebody else.")
    if heir.managed_by_file:
        raise StatedInFileError(
            f"{heir.name!r} is managed by file: add the teams to the entry in drawbridge.yaml, and apply it."
        )
    await store.join_teams(connection, organisation_id, heir.id, [team.id for team in alone])


def _nobody_left(principal: Principal, alone: Sequence[LeftTeam]) -> NobodyLeftError:
    listed = "; ".join(f"{team.name!r}, which answers for {', '.join(team.answers_for)}" for team in alone)
    return NobodyLeftError(
        f"{principal.name!r} is the last person in the team {listed}. Say who takes over: --hand-over-to NAME, or"
        " in the API, before the deletion, POST .../hand-over."
    )


def _act(actor: Actor, verb: str, principal: Principal, detail: dict[str, object] | None = None) -> Act:
    return Act(actor, f"{principal.kind}.{verb}", principal.kind, principal.name, detail=detail or {})
