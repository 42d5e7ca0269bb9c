"""What policy forbade: counted in memory and kept as few records, so that a flood of refused calls costs nothing."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

import msgspec

from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.clock import Clock
from drawbridge.core.ids import NO_KEY, KeyId, OrganisationId, PrincipalId, uuid7
from drawbridge.usage.errors import WriteAheadError

WINDOW_S: Final = 60.0
"""The first denial of a kind is kept at once, and what follows once in so long."""

_LOOK_EVERY_S: Final = 1.0
_MOST_OF_KEY: Final = 20
_MOST: Final = 2_000
_MOST_RULES: Final = 8
_SHOWN: Final = 120
_EVERYTHING_ELSE: Final = "*"

Via = Literal["key", "session"]
"""How it is known who was denied."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Denial:
    """Something that a caller may not do. Equal ones are counted together."""

    organisation_id: OrganisationId
    principal_id: PrincipalId
    principal_kind: str
    principal_name: str
    key_id: KeyId
    """Of the session, where it was by one; NO_KEY where neither is known."""
    action: str
    kind: str
    """Of the resource, as in policy."""
    name: str
    rules: tuple[str, ...]
    """Grants that deny it; none where nothing allows it."""
    via: Via = "key"
    address: str = field(default="", compare=False)
    """Where the request came from, of those counted together the first; empty: not told."""


class DenialCount(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """So many denials of one kind, as they are kept. On disk an array: new members go to the end, with a default."""

    id: UUID
    organisation_id: OrganisationId
    principal_id: PrincipalId | None
    """None: of several, whose denials were too many different ones to be told apart."""
    principal_kind: str
    principal_name: str
    key_id: KeyId | None
    action: str
    kind: str
    name: str
    """`*` stands for what is not told apart."""
    rules: tuple[str, ...]
    count: int
    first_at: datetime
    last_at: datetime
    via: Via = "key"
    address: str = ""


class DenialRecord(Protocol):
    """Where counts are kept safe: the write-ahead file."""

    def append_denials(self, counted: DenialCount) -> None:
        """Keep a count. Raises WriteAheadError when there is no room."""
        ...


@dataclass(slots=True)
class _Open:
    """What was denied since it was last kept."""

    began: float
    """When the window did, by the monotonic clock."""
    count: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(slots=True)
class DenialCounts:
    """Counts denials. Run `run` beside it; at the end cancel that, then call `finish`.

    What was kept survives the end of the process. What was counted since, in a window, is lost with it.
    """

    record: DenialRecord
    clock: Clock
    make_id: Callable[[], UUID] = uuid7
    _open: dict[Denial, _Open] = field(default_factory=dict[Denial, _Open], init=False)
    _by_holder: dict[UUID, int] = field(default_factory=dict[UUID, int], init=False)

    def note(self, denial: Denial) -> None:
        """Count a denial. Never raises."""
        denial = self._told_apart(_shortened(denial))
        now, at = self.clock.monotonic(), self.clock.now()
        counted = self._open.get(denial)
        if counted is None:
            # A window of no length: what begins with this denial is kept at once.
            counted = self._open[denial] = _Open(now - WINDOW_S)
            holder = _holder(denial)
            self._by_holder[holder] = self._by_holder.get(holder, 0) + 1
        counted.count += 1
        counted.first_at = counted.first_at or at
        counted.last_at = at
        if now - counted.began >= WINDOW_S:
            self._keep(denial, counted, now)

    def flush(self) -> None:
        """Keep what was counted in windows that are over, and forget those in which nothing was."""
        now = self.clock.monotonic()
        for denial, counted in list(self._open.items()):
            if now - counted.began < WINDOW_S:
                continue
            if counted.count:
                self._keep(denial, counted, now)
            else:
                self._forget(denial)

    def finish(self) -> None:
        """Keep everything that was counted."""
        now = self.clock.monotonic()
        for denial, counted in self._open.items():
            if counted.count:
                self._keep(denial, counted, now)

    async def run(self) -> None:
        """Keep counts as windows end, until cancelled."""
        while True:
            end_if_cancelled()
            await asyncio.sleep(_LOOK_EVERY_S)
            self.flush()

    def _told_apart(self, denial: Denial) -> Denial:
        """Return a denial as it is counted: one among too many different ones goes with the rest of its kind."""
        if denial in self._open:
            return denial
        if self._by_holder.get(_holder(denial), 0) >= _MOST_OF_KEY:
            denial = replace(denial, name=_EVERYTHING_ELSE, rules=())
        if denial not in self._open and len(self._open) >= _MOST:
            return _of_everybody(denial)
        return denial

    def _keep(self, denial: Denial, counted: _Open, now: float) -> None:
        assert counted.first_at is not None
        assert counted.last_at is not None
        try:
            self.record.append_denials(_count(self.make_id(), denial, counted.count, counted.first_at, counted.last_at))
        except WriteAheadError as error:
            # The refusal itself stands. The count goes on, and is kept when there is room again.
            _log.warning("a denial cannot be recorded now: %s", error.message)
            return
        counted.began, counted.count, counted.first_at, counted.last_at = now, 0, None, None

    def _forget(self, denial: Denial) -> None:
        del self._open[denial]
        holder = _holder(denial)
        left = self._by_holder[holder] - 1
        if left:
            self._by_holder[holder] = left
        else:
            del self._by_holder[holder]


_NOBODY: Final = PrincipalId(UUID(int=0))


def _holder(denial: Denial) -> UUID:
    """Return whose different denials are few: a key's, or a person's where there is none."""
    return denial.principal_id if denial.key_id == NO_KEY else denial.key_id


def _count(new_id: UUID, denial: Denial, count: int, first_at: datetime, last_at: datetime) -> DenialCount:
    return DenialCount(
        id=new_id,
        organisation_id=denial.organisation_id,
        principal_id=None if denial.principal_id == _NOBODY else denial.principal_id,
        principal_kind=denial.principal_kind,
        principal_name=denial.principal_name,
        key_id=None if denial.key_id == NO_KEY else denial.key_id,
        action=denial.action,
        kind=denial.kind,
        name=denial.name,
        rules=denial.rules,
        count=count,
        first_at=first_at,
        last_at=last_at,
        via=denial.via,
        address=denial.address,
    )


def _of_everybody(denial: Denial) -> Denial:
    return Denial(
        denial.organisation_id, _NOBODY, "system", "", NO_KEY, denial.action, denial.kind, _EVERYTHING_ELSE, ()
    )


def _shortened(denial: Denial) -> Denial:
    """Cut what callers choose: a name may be as long as a body, and hold what a database does not take."""
    if len(denial.name) <= _SHOWN and len(denial.rules) <= _MOST_RULES and denial.name.isprintable():
        return denial
    name = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in denial.name[:_SHOWN])
    return replace(denial, name=name, rules=denial.rules[:_MOST_RULES])
