"""Who owns what at the vendors: told from memory where this process knows it, else by the database."""

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from drawbridge.core.cancellation import end_if_cancelled
from drawbridge.core.ids import OrganisationId, PrincipalId
from drawbridge.gateway.objects.kinds import RENEWED, Kind, Page, Reference, VendorObject
from drawbridge.gateway.refusals import Refusal

_log = logging.getLogger(__name__)

_BATCH_ROWS: Final = 1_000
_REMEMBERED: Final = 50_000
_MOST_WAITING: Final = 100_000
_RECORDED_WITHIN_S: Final = 2.0
_LOOK_UP_WITHIN_S: Final = 5.0
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0
_CLEARING_EVERY_S: Final = 3_600.0

Place = tuple[str, str]
"""An object's id and the provider where it lives."""


class OwnersAwayError(Exception):
    """The database that knows the owners cannot be asked now."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A principal as an owner of objects: all of its keys share them."""

    organisation_id: OrganisationId
    principal_id: PrincipalId


class ObjectStore(Protocol):
    """Where owners are kept. Every method may raise OwnersAwayError."""

    async def record(self, objects: Sequence[VendorObject]) -> set[VendorObject]:
        """Keep objects of one organisation and return those that are new: the first owner stays."""
        ...

    async def providers_of(self, owner: Owner, references: Collection[Reference]) -> dict[Reference, frozenset[str]]:
        """Return where each of an owner's objects lives; what is not the owner's is left out."""
        ...

    async def models_of(self, owner: Owner, provider: str, batch_input: Reference) -> tuple[str, ...] | None:
        """Return what the lines of an owner's file name; None where that is not known."""
        ...

    async def forget(self, owner: Owner, provider: str, references: Collection[Reference]) -> None:
        """Forget an owner's objects at a provider."""
        ...

    async def listed(
        self, owner: Owner, kind: Kind, providers: Collection[str], page: Page
    ) -> tuple[list[Place], bool]:
        """Return a page of an owner's objects of a kind, in the order they were made, and whether more follow."""
        ...

    async def remove_expired(self, owner: Owner) -> bool:
        """Forget some of the owner's objects that their vendor has removed by itself, and tell whether none is left."""
        ...


class Ownership(Protocol):
    """What the hot path asks about objects at vendors."""

    async def providers_of(self, owner: Owner, references: Collection[Reference]) -> Mapping[Reference, frozenset[str]]:
        """Return the providers that hold each object. Raises Refusal where one is not the owner's, or unknown."""
        ...

    def add(self, objects: Iterable[VendorObject]) -> int:
        """Take in what a reply told of. Return a number for `recorded`."""
        ...

    async def recorded(self, number: int) -> None:
        """Wait until what was taken in up to a number is kept, or for as long as a caller should be kept waiting."""
        ...

    async def forget(self, owner: Owner, provider: str, references: Collection[Reference]) -> None:
        """Forget objects that are deleted at the vendor."""
        ...


class Owners:
    """Ownership in front of a store. Run `run` beside it; at the end cancel that, then call `finish`.

    Objects that reply after reply tells of are written in groups: all that gather while one insert is under way go
    with the next. While the store is away they wait in memory, and their owners can use them on this process.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._waiting: OrderedDict[VendorObject, None] = OrderedDict()
        self._unwritten: dict[tuple[Owner, Reference], str] = {}
        self._known: OrderedDict[tuple[Owner, Reference], frozenset[str]] = OrderedDict()
        self._makers: set[Owner] = set()
        self._cleared: set[Owner] = set()
        self._next_clearing = 0.0
        self._added = 0
        self._written = 0
        self._is_away = False
        self._due = asyncio.Event()
        self._progress = asyncio.Event()

    async def providers_of(self, owner: Owner, references: Collection[Reference]) -> Mapping[Reference, frozenset[str]]:
        """Return the providers that hold each object. Raises Refusal where one is not the owner's, or unknown."""
        found = {reference: held for reference in references if (held := self._at_hand(owner, reference))}
        missing = [reference for reference in references if reference not in found]
        if missing:
            looked_up = await self._look_up(owner, missing)
            for reference in missing:
                if reference not in looked_up:
                    raise unknown_object(reference)
                self._remember(owner, reference, looked_up[reference])
            found.update(looked_up)
        return found

    def add(self, objects: Iterable[VendorObject]) -> int:
        """Take in what a reply told of. Return a number for `recorded`."""
        for found in objects:
            if found in self._waiting or found.provider in self._remembered(found):
                continue
            if len(self._waiting) >= _MOST_WAITING:
                _log.error("object %s of provider %s is not recorded: too many wait", found.id, found.provider)
                continue
            self._waiting[found] = None
            self._unwritten[_key(found)] = found.provider
            self._added += 1
            self._due.set()
        return self._added

    async def recorded(self, number: int) -> None:
        """Wait until what was taken in up to a number is kept, or for as long as a caller should be kept waiting."""
        if self._written >= number:
            return
        try:
            async with asyncio.timeout(_RECORDED_WITHIN_S):
                while self._written < number and not self._is_away:
                    await self._progress.wait()
        except TimeoutError:
            _log.warning("objects at vendors are not recorded within %g s; they will be", _RECORDED_WITHIN_S)

    async def forget(self, owner: Owner, provider: str, references: Collection[Reference]) -> None:
        """Forget objects that are deleted at the vendor."""
        for reference in references:
            self._known.pop((owner, reference), None)
        try:
            async with asyncio.timeout(_LOOK_UP_WITHIN_S):
                await self._store.forget(owner, provider, references)
        except (OwnersAwayError, TimeoutError):
            # The row outlives the object: the vendor itself then says that it is gone.
            _log.warning("deleted objects are not forgotten: the database is away")

    async def listed(
        self, owner: Owner, kind: Kind, providers: Collection[str], page: Page
    ) -> tuple[list[Place], bool]:
        """Return a page of an owner's objects of a kind, in the order they were made, and whether more follow."""
        try:
            async with asyncio.timeout(_LOOK_UP_WITHIN_S):
                return await self._store.listed(owner, kind, providers, page)
        except (OwnersAwayError, TimeoutError):
            raise _away() from None

    async def models_of(self, owner: Owner, provider: str, batch_input: Reference) -> tuple[str, ...] | None:
        """Return what the lines of a batch's file name; None where that is not known. Raises Refusal."""
        try:
            async with asyncio.timeout(_LOOK_UP_WITHIN_S):
                return await self._store.models_of(owner, provider, batch_input)
        except (OwnersAwayError, TimeoutError):
            raise _away() from None

    async def require_store(self, owner: Owner) -> None:
        """Refuse while what is about to be made could not be recorded. Raises Refusal."""
        await self._look_up(owner, ())

    async def claim(self, owner: Owner, provider: str, name: str) -> None:
        """Keep the name of a file of Gemini's for its owner. Raises Refusal where it is another's.

        Google refuses a name that a file has, and gives it to whoever asks once that file is gone
        (https://github.com/googleapis/python-genai/issues/913, 2025-06-02). For whom it was kept first must be over
        with it until then, since calls about the old file may still be under way.
        """
        wanted = VendorObject(owner.organisation_id, owner.principal_id, provider, "gemini_name", name)
        try:
            async with asyncio.timeout(_LOOK_UP_WITHIN_S):
                is_free = await self._store.record([wanted])
        except (OwnersAwayError, TimeoutError):
            raise _away() from None
        if not is_free:
            raise Refusal(
                "bad_request", f"The name '{name}' already exists: choose another one, or none.", param="name"
            )

    async def run(self) -> None:
        """Write what waits, until cancelled."""
        pause_s = _FIRST_PAUSE_S
        while True:
            end_if_cancelled()
            await self._due.wait()
            self._due.clear()
            while self._waiting:
                end_if_cancelled()
                if await self._write():
                    pause_s = _FIRST_PAUSE_S
                else:
                    await asyncio.sleep(pause_s)
                    pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            await self._remove_expired()

    async def finish(self, within_s: float) -> None:
        """Write what still waits at the end of the process."""
        try:
            async with asyncio.timeout(within_s):
                while self._waiting and await self._write():
                    pass
        except TimeoutError:
            pass
        if self._waiting:
            _log.error("%d objects at vendors are lost to their owners: the database is away", len(self._waiting))

    async def _write(self) -> bool:
        """Write one group; False where the store is away and the group still waits."""
        group = [found for found, _ in zip(self._waiting, range(_BATCH_ROWS), strict=False)]
        try:
            new = await self._insert(group)
        except OwnersAwayError as error:
            _log.warning("objects at vendors wait in memory: %s", error)
            self._is_away = True
            self._wake()
            return False
        except Exception:
            # The edge of a job: one group that the database will never take must not hold up all others.
            _log.exception("%d objects at vendors could not be recorded", len(group))
            new = set[VendorObject]()
        self._is_away = False
        for found in group:
            del self._waiting[found]
            self._makers.add(_key(found)[0])
            self._unwritten.pop(_key(found), None)
        for found in new:
            self._remember(*_key(found), self._remembered(found) | {found.provider})
        self._written += len(group)
        self._wake()
        return True

    async def _remove_expired(self) -> None:
        """Clear up, now and then, behind those who make new objects."""
        now = asyncio.get_running_loop().time()
        if now >= self._next_clearing:
            self._next_clearing = now + _CLEARING_EVERY_S
            self._cleared.clear()
        try:
            async with asyncio.timeout(_LOOK_UP_WITHIN_S):
                makers = self._makers - self._cleared
                self._cleared |= {owner for owner in makers if await self._store.remove_expired(owner)}
        except Exception:
            # The edge of a job: nothing waits for it, and it is done again.
            _log.warning("old objects at vendors are not cleared up now", exc_info=True)
        self._makers.clear()

    async def _insert(self, group: Sequence[VendorObject]) -> set[VendorObject]:
        by_organisation: defaultdict[OrganisationId, list[VendorObject]] = defaultdict(list)
        for found in group:
            by_organisation[found.organisation_id].append(found)
        new: set[VendorObject] = set()
        for objects in by_organisation.values():
            new |= await self._store.record(objects)
        return new

    def _wake(self) -> None:
        progress, self._progress = self._progress, asyncio.Event()
        progress.set()

    async def _look_up(self, owner: Owner, references: Collection[Reference]) -> dict[Reference, frozenset[str]]:
        try:
            async with asyncio.timeout(_LOOK_UP_WITHIN_S):
                return await self._store.providers_of(owner, references)
        except (OwnersAwayError, TimeoutError):
            raise _away() from None

    def _at_hand(self, owner: Owner, reference: Reference) -> frozenset[str]:
        held = self._known.get((owner, reference))
        if held is not None:
            self._known.move_to_end((owner, reference))
            return held
        # Not before its row is there, since another may have been the first to own it; unless nobody can tell.
        unwritten = self._unwritten.get((owner, reference)) if self._is_away else None
        return frozenset() if unwritten is None else frozenset({unwritten})

    def _remembered(self, found: VendorObject) -> frozenset[str]:
        return self._known.get(_key(found), frozenset())

    def _remember(self, owner: Owner, reference: Reference, providers: frozenset[str]) -> None:
        if reference.kind in RENEWED:
            # Another worker may see its life end, and another's begin.
            return
        self._known[owner, reference] = providers
        self._known.move_to_end((owner, reference))
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


_NOBODYS: Final[dict[Kind, str]] = {
    "prompt": "Stored prompts belong to the vendor's account, not to a caller: send the prompt's text instead.",
    "vector_store": "Vector stores belong to the vendor's account, not to a caller: send what is needed as files.",
    "skill": "Skills of the vendor's account belong to no caller: use those that the vendor offers to everybody.",
    "search_store": "File search stores belong to the vendor's account, not to a caller: send what is needed as files.",
}


def unknown_object(reference: Reference) -> Refusal:
    """Say that there is no such object: the same words whether it is another's or nobody's."""
    told = f"There is no object '{reference.id}' here that this key may use."
    return Refusal("unknown_object", " ".join((told, *filter(None, [_NOBODYS.get(reference.kind)]))))


def _away() -> Refusal:
    return Refusal(
        "not_ready",
        "Who owns an object at a vendor cannot be looked up while the database is away: try again in a moment.",
        retry_after_s=2,
    )


def _key(found: VendorObject) -> tuple[Owner, Reference]:
    return Owner(found.organisation_id, found.principal_id), Reference(found.kind, found.id)
