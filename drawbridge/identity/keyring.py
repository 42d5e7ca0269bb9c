"""Create, rotate and revoke keys, never so that nobody could administer the organisation any more."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from drawbridge.audit.acts import COMMAND_LINE, Act, Actor, Detail
from drawbridge.audit.record import record
from drawbridge.core.clock import Clock
from drawbridge.core.ids import KeyId, OrganisationId, uuid7
from drawbridge.core.text import require_printable
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.identity import store
from drawbridge.identity.administration import StillAdministered, keeping_an_administrator
from drawbridge.identity.errors import (
    AdminKeyOfProjectError,
    BadLifetimeError,
    KeyInactiveError,
    LastAdminKeyError,
    NotOfTheTeamError,
    SuspendedError,
    UnknownKeyError,
    unknown_principal,
    unknown_project,
)
from drawbridge.identity.keys import make_key
from drawbridge.identity.membership import teams_of
from drawbridge.identity.records import KeyRecord, KeyToStore, Principal

Permitted = Callable[[AsyncConnection], Awaitable[None]]
"""Checks, in the transaction that makes a key, that it may be made; raises what undoes it."""

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_LIFETIME = re.compile(r"([0-9]{1,9})([smhdw])")
_LONGEST_LIFETIME = timedelta(days=100 * 365)
_LONGEST_NAME = 200
_IN_WORDS = "100 years"


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A key that somebody wants."""

    owner: str
    """Name of the principal that the key will speak for."""
    name: str = ""
    """What the key is for; empty names it after its owner."""
    admin: bool = False
    expires_at: datetime | None = None
    """None: never."""
    strict: bool = False
    """Refuse calls that a translation could not say in full."""
    project: str | None = None
    """Name of the project that its calls belong to."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key, with the text that is shown this once."""

    text: str = field(repr=False)
    record: KeyRecord


class Keyring:
    """The keys of every organisation."""

    def __init__(
        self, database: Database, clock: Clock, still_administered: StillAdministered = store.has_admin_key
    ) -> None:
        self._database = database
        self._clock = clock
        self._still_administered = still_administered

    async def create(
        self,
        organisation_id: OrganisationId,
        request: KeyRequest,
        actor: Actor = COMMAND_LINE,
        permitted: Permitted | None = None,
    ) -> IssuedKey:
        """Make a key, once it is `permitted`.

        Raises UnknownPrincipalError, SuspendedError, UnknownProjectError, NotOfTheTeamError, AdminKeyOfProjectError,
        BadLifetimeError, UnprintableTextError.
        """
        require_printable(request.owner, "The owner's name", longest=_LONGEST_NAME)
        require_printable(request.name, "The key's name", longest=_LONGEST_NAME)
        _require_expiry(request.expires_at, self._clock.now())
        async with self._database.change(organisation_id) as connection:
            if permitted is not None:
                await permitted(connection)
            issued = await self._issue(connection, organisation_id, request, replaces=None)
            await record(connection, organisation_id, _act(actor, "created", issued.record))
            return issued

    async def rotate(
        self,
        organisation_id: OrganisationId,
        key_id: KeyId,
        *,
        grace: timedelta = timedelta(0),
        expires_at: datetime | None = None,
        actor: Actor = COMMAND_LINE,
        permitted: Permitted | None = None,
    ) -> IssuedKey:
        """Make a key in place of another, which ends after the grace, once it is `permitted`.

        The new key lives as long as the old one was made to, unless `expires_at` says otherwise.

        Raises UnknownKeyError, KeyInactiveError, BadLifetimeError.
        """
        now = self._clock.now()
        if not timedelta(0) <= grace <= _LONGEST_LIFETIME:
            raise BadLifetimeError(f"A grace cannot be negative or longer than {_IN_WORDS}.")
        _require_expiry(expires_at, now)
        async with self._database.change(organisation_id) as connection:
            if permitted is not None:
                await permitted(connection)
            old = await _require_key(connection, organisation_id, key_id)
            if (state := old.state(now)) != "active":
                raise KeyInactiveError(f"Key {old.hint} is {state}: create a new one instead.")
            request = KeyRequest(
                old.principal_name,
                old.name,
                old.admin,
                expires_at or _same_lifetime(old, now),
                old.strict,
                old.project_name,
            )
            issued = await self._issue(connection, organisation_id, request, replaces=old.id)
            ends_at = now + grace if old.expires_at is None else min(old.expires_at, now + grace)
            await store.set_expiry(connection, organisation_id, old.id, ends_at)
            more = {"replaces": str(old.id), "old_ends_at": ends_at.isoformat()}
            await record(connection, organisation_id, _act(actor, "rotated", issued.record, more))
            return issued

    async def revoke(self, organisation_id: OrganisationId, key_id: KeyId, actor: Actor = COMMAND_LINE) -> KeyRecord:
        """End a key at once and for good. Revoking it again changes nothing.

        Raises UnknownKeyError, LastAdminKeyError, LastAdministratorError.
        """
        async with self._database.organisation(organisation_id) as connection:
            key = await _require_key(connection, organisation_id, key_id)
        if key.revoked_at is not None:
            return key
        now = self._clock.now()
        async with (
            self._database.change(organisation_id) as connection,
            keeping_an_administrator(self._still_administered, connection, organisation_id, now),
        ):
            await store.set_revoked(connection, organisation_id, key_id, now)
            if key.admin and key.state(now) == "active":
                await self._require_a_way_in(connection, organisation_id, now)
            await record(connection, organisation_id, _act(actor, "revoked", key))
            return await _require_key(connection, organisation_id, key_id)

    async def unfreeze(self, organisation_id: OrganisationId, key_id: KeyId, actor: Actor = COMMAND_LINE) -> KeyRecord:
        """Let a key make calls again, of which one cost more than was held. One that is not frozen stays as it is.

        Raises UnknownKeyError.
        """
        async with self._database.change(organisation_id) as connection:
            key = await _require_key(connection, organisation_id, key_id)
            if key.frozen_at is None:
                return key
            await store.unfreeze_key(connection, organisation_id, key_id)
            more = {"frozen_at": key.frozen_at.isoformat()}
            await record(connection, organisation_id, _act(actor, "unfrozen", key, more))
            return await _require_key(connection, organisation_id, key_id)

    async def _require_a_way_in(
        self, connection: AsyncConnection, organisation_id: OrganisationId, now: datetime
    ) -> None:
        """Raise LastAdminKeyError, which undoes the transaction, if no admin key works and nobody signs in."""
        if await store.has_admin_key(connection, organisation_id, now):
            return
        if not await self._still_administered(connection, organisation_id, now):
            raise LastAdminKeyError

    async def _issue(
        self,
        connection: AsyncConnection,
        organisation_id: OrganisationId,
        request: KeyRequest,
        *,
        replaces: KeyId | None,
    ) -> IssuedKey:
        principal = await store.find_principal(connection, organisation_id, request.owner)
        if principal is None:
            raise unknown_principal(request.owner)
        if principal.suspended_at is not None:
            raise SuspendedError(f"{request.owner!r} is suspended, so a key would be refused: reactivate them first.")
        project_id = None
        if request.project is not None:
            project_id = await _require_project(connection, organisation_id, request, principal)
        key = make_key()
        key_id = KeyId(uuid7())
        row = KeyToStore(
            id=key_id,
            principal_id=principal.id,
            name=request.name or request.owner,
            hash=key.hash,
            hint=key.hint,
            admin=request.admin,
            expires_at=request.expires_at,
            replaces=replaces,
            strict=request.strict,
            project_id=project_id,
        )
        await store.insert_key(connection, organisation_id, row)
        return IssuedKey(key.text, await _require_key(connection, organisation_id, key_id))


def _act(actor: Actor, verb: str, key: KeyRecord, more: Detail | None = None) -> Act:
    """Tell what was done with a key: never its text."""
    stated: dict[str, object] = {
        "hint": key.hint,
        "name": key.name,
        "owner": key.principal_name,
        "owner_kind": key.principal_kind,
        "admin": key.admin,
    }
    if key.expires_at is not None:
        stated["expires_at"] = key.expires_at.isoformat()
    if key.project_name is not None:
        stated["project"] = key.project_name
    if key.strict:
        stated["strict"] = True
    return Act(actor, f"key.{verb}", "key", str(key.id), detail={**stated, **(more or {})})


def parse_lifetime(written: str) -> timedelta:
    """Read a length of time such as `30d`, `12h`, `90m`, `45s`, `2w`.

    Raises BadLifetimeError.
    """
    match = _LIFETIME.fullmatch(written.strip())
    if match is None:
        raise BadLifetimeError(f"{written!r} is no length of time: write 30d, 12h, 90m, 45s or 2w.")
    seconds = int(match[1]) * _UNITS_S[match[2]]
    if seconds > _LONGEST_LIFETIME.total_seconds():  # Before a timedelta is made, which holds less than can be asked.
        raise BadLifetimeError(f"{written!r} is too long: at most {_IN_WORDS}.")
    return timedelta(seconds=seconds)


async def _require_project(
    connection: AsyncConnection, organisation_id: OrganisationId, request: KeyRequest, owner: Principal
) -> UUID:
    """Return the id of the project that a key is for, which its owner may have keys of."""
    if request.admin:
        raise AdminKeyOfProjectError(
            "An admin key belongs to no project: make one without, or a key that is no admin key."
        )
    project = await store.find_project(connection, organisation_id, request.project or "")
    if project is None:
        raise unknown_project(request.project or "")
    if project.team_id is not None and project.team_id not in await teams_of(connection, organisation_id, owner.id):
        raise NotOfTheTeamError(
            f"{owner.name!r} is not in the team that project {project.name!r} belongs to, nor in one below: that comes"
            " first."
        )
    return project.id


def _require_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is None:
        return
    if expires_at <= now:
        raise BadLifetimeError("The key would expire in the past: give a later time.")
    if expires_at - now > _LONGEST_LIFETIME:
        raise BadLifetimeError(f"The key would expire too late: at most {_IN_WORDS} ahead, or never.")


def _same_lifetime(old: KeyRecord, now: datetime) -> datetime | None:
    return None if old.expires_at is None else now + (old.expires_at - old.created_at)


async def _require_key(connection: AsyncConnection, organisation_id: OrganisationId, key_id: KeyId) -> KeyRecord:
    key = await store.get_key(connection, organisation_id, key_id)
    if key is None:
        raise UnknownKeyError(f"There is no key {key_id}: see `drawbridge keys list`.")
    return key
