"""A database of keys for tests, whose every answer can be held up before it is read, and a caller's after it."""

from collections.abc import Coroutine, Generator, Iterable
from dataclasses import dataclass, field
from types import coroutine
from uuid import UUID

from drawbridge.core.ids import KeyId, OrganisationId, PrincipalId
from drawbridge.gateway.refresh import SourceAwayError
from drawbridge.gateway.snapshot import Caller, OrganisationSnapshot, Rights
from drawbridge.policy.rules import RuleSet

OURS, THEIRS = OrganisationId(UUID(int=1)), OrganisationId(UUID(int=2))


@coroutine
def hold() -> Generator[None]:
    """Let others go first."""
    yield


def advance(running: Coroutine[object, None, object]) -> bool:
    """Let a coroutine go on to where it is held up next. Return False when it has ended."""
    try:
        running.send(None)
    except StopIteration:
        return False
    return True


@dataclass(slots=True)
class Vault:
    """Keys by hash, and the revision of the last change. Satisfies `Source`, and looks up keys."""

    number: int = 1
    away: bool = False
    callers_by_hash: dict[bytes, Caller] = field(default_factory=dict[bytes, Caller])
    changed: dict[OrganisationId, int] = field(default_factory=lambda: {OURS: 1})
    loaded: list[OrganisationId] = field(default_factory=list[OrganisationId])
    """Every organisation that was loaded, in order."""
    rules: RuleSet = field(default_factory=RuleSet)
    """Those of every organisation."""
    turned_away: int = 0
    """How often it could not be asked."""
    stays_away_for: int | None = None
    """How often it cannot be asked before it is back by itself; None: for good."""

    def create(self, key_hash: bytes) -> None:
        """Add a key."""
        key_id = UUID(int=1 + int.from_bytes(key_hash[:4], "big"))
        self.callers_by_hash[key_hash] = Caller(OURS, PrincipalId(key_id), "somebody", KeyId(key_id))
        self.change(OURS)

    def revoke(self, key_hash: bytes) -> None:
        """Take a key away."""
        del self.callers_by_hash[key_hash]
        self.change(OURS)

    def change(self, organisation_id: OrganisationId) -> None:
        """Take the next revision for a change of an organisation."""
        self.number += 1
        self.changed[organisation_id] = self.number

    async def look_up(self, key_hash: bytes) -> Caller | None:
        await hold()
        found = self.callers_by_hash.get(key_hash)
        await hold()
        return found

    async def revision(self) -> int:
        await self._reach()
        return self.number

    async def changed_since(self, revision: int) -> list[OrganisationId]:
        await self._reach()
        return [organisation_id for organisation_id, number in self.changed.items() if number > revision]

    async def load(self, organisation_id: OrganisationId, revision: int) -> OrganisationSnapshot:
        await self._reach()
        self.loaded.append(organisation_id)
        return OrganisationSnapshot(organisation_id, revision, {}, {})

    async def rights(self, organisation_id: OrganisationId) -> Rights:
        del organisation_id
        await self._reach()
        found = Rights(self.rules)
        await hold()
        return found

    async def callers(self, hashes: Iterable[bytes]) -> dict[bytes, Caller]:
        await self._reach()
        found = {key_hash: self.callers_by_hash[key_hash] for key_hash in hashes if key_hash in self.callers_by_hash}
        await hold()
        return found

    async def _reach(self) -> None:
        await hold()
        if self.away:
            self.turned_away += 1
            self.away = self.turned_away != self.stays_away_for
            raise SourceAwayError("the vault is closed")
