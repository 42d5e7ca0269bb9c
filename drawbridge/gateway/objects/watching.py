"""Looks for vendor objects in a reply on its way to the caller, and has them recorded before its end is there."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

from drawbridge.core.ids import AttemptId
from drawbridge.gateway.objects.created import Reader, StreamReader
from drawbridge.gateway.objects.kinds import Reference, VendorObject
from drawbridge.gateway.objects.ownership import Owner, Ownership
from drawbridge.gateway.wire.meter import Meter, Metered, meter_for


class Watch(Protocol):
    """What a relay shows a successful reply to, while it passes."""

    async def piece(self, data: bytes, *, is_last: bool) -> None:
        """Look at the next bytes of a streamed reply, before they are passed on. `is_last`: they hold its end."""
        ...

    async def whole(self, body: bytes) -> None:
        """Look at a whole reply, unpacked, before it is passed on."""
        ...

    async def recorded(self) -> None:
        """Wait until what was seen is kept."""
        ...


@dataclass(slots=True)
class CreationWatch:
    """Records what a reply tells of for its caller."""

    owners: Ownership
    owner: Owner
    provider: str
    deployment: str | None
    read: Reader
    records_at_once: bool = False
    """Whether a caller may use what it is told of while the reply goes on: a response in the background."""
    batch_models: tuple[str, ...] | None = None
    """Kept with the file of a batch: what its lines name."""
    attempt_id: AttemptId | None = None
    """Kept with a response in the background: the attempt that made it."""
    _stream: StreamReader | None = field(default=None, init=False)
    _number: int = field(default=0, init=False)

    async def piece(self, data: bytes, *, is_last: bool) -> None:
        """Look at the next bytes of a streamed reply."""
        if self._stream is None:
            self._stream = StreamReader(self.read)
        found = self._stream.piece(data)
        self._add(found)
        if is_last or (found and self.records_at_once):
            await self.recorded()

    async def whole(self, body: bytes) -> None:
        """Look at a whole reply."""
        self._add(list(self.read(body)))
        await self.recorded()

    async def recorded(self) -> None:
        """Wait until what was seen is kept."""
        await self.owners.recorded(self._number)

    def _add(self, found: Collection[Reference]) -> None:
        if not found:
            return
        owner = self.owner
        self._number = self.owners.add(
            VendorObject(
                owner.organisation_id,
                owner.principal_id,
                self.provider,
                reference.kind,
                reference.id,
                self.deployment,
                self.batch_models if reference.kind == "batch_input" else None,
                self.attempt_id if reference.kind == "response" else None,
            )
            for reference in dict.fromkeys(found)
        )


@dataclass(slots=True)
class EndWatch:
    """Tells the vendor's count of a response that is asked for, once it has ended."""

    objects: Watch
    ended: Callable[[Metered], Awaitable[None]]
    _meter: Meter = field(default_factory=lambda: meter_for("responses"), init=False)
    _is_told: bool = field(default=False, init=False)

    async def piece(self, data: bytes, *, is_last: bool) -> None:
        """Look at the next bytes of a streamed reply."""
        self._meter.piece(data)
        await self.objects.piece(data, is_last=is_last)

    async def whole(self, body: bytes) -> None:
        """Look at a whole reply."""
        self._meter.reply(body)
        await self.objects.whole(body)
        await self._tell()

    async def recorded(self) -> None:
        """Wait until what was seen is kept."""
        await self.objects.recorded()
        await self._tell()

    async def _tell(self) -> None:
        if self._is_told:
            return
        self._is_told = True
        metered = self._meter.result()
        if metered.exact:
            await self.ended(metered)


@dataclass(frozen=True, slots=True)
class DeletionWatch:
    """Forgets objects when their vendor has deleted them."""

    owners: Ownership
    owner: Owner
    provider: str
    references: tuple[Reference, ...]

    async def piece(self, data: bytes, *, is_last: bool) -> None:
        """Pass: a deletion is not answered by a stream."""

    async def whole(self, body: bytes) -> None:
        """Forget them: only successes are shown here."""
        del body
        await self.owners.forget(self.owner, self.provider, self.references)

    async def recorded(self) -> None:
        """Return at once."""
