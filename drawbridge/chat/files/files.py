"""Files: begun, sent in pieces, read, and kept for their owner alone until their conversation goes."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from weakref import WeakValueDictionary

from drawbridge.chat.files import store
from drawbridge.chat.files.errors import (
    BadPieceError,
    DiskFullError,
    FileElsewhereError,
    FileInUseError,
    IncompleteFileError,
    NoSpaceError,
    TooLargeFileError,
    TooManyFilesError,
    UnknownFileError,
    UnreadableFileError,
)
from drawbridge.chat.files.reading.outcome import Found
from drawbridge.chat.files.reading.reader import Reads
from drawbridge.chat.files.records import MOST_IN_QUESTION, PIECE_BYTES, FileId, FileLimits, Form, StoredFile, part_of
from drawbridge.chat.records import Conversation, Json, Owner
from drawbridge.core.clock import Clock
from drawbridge.core.ids import OrganisationId, PrincipalId, uuid7
from drawbridge.db.engine import AsyncConnection, Database, DatabaseAway, is_disk_full

KEPT_FOR: Final = timedelta(hours=24)
"""How long a file stays that is in no question."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of everybody."""

    database: Database
    clock: Clock
    reader: Reads
    limits: FileLimits = field(default_factory=FileLimits)
    _turns: WeakValueDictionary[PrincipalId, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[PrincipalId, asyncio.Lock], init=False, repr=False
    )

    async def begin(self, owner: Owner, name: str, media_type: str, size: int) -> StoredFile:
        """Begin a file, whose pieces follow. Raises TooLargeFileError, NoSpaceError, DiskFullError."""
        if size > self.limits.most_bytes:
            raise TooLargeFileError(name, size, self.limits.most_bytes)
        file = StoredFile(FileId(uuid7()), None, name, media_type, size, "arriving", None, {}, self.clock.now())
        async with self._writing(owner) as connection:
            all_bytes = await store.bytes_of(connection, owner) + size
            if all_bytes > self.limits.most_bytes_of_one:
                raise NoSpaceError(all_bytes, self.limits.most_bytes_of_one)
            await store.insert_file(connection, owner, file)
        return file

    async def take(self, owner: Owner, file_id: UUID, number: int, data: bytes) -> None:
        """Take a piece, in any order and as often as it comes.

        Raises UnknownFileError, BadPieceError, DiskFullError.
        """
        async with self._writing(owner) as connection:
            file = await self._require(connection, owner, file_id, to_change=True)
            if file.state != "arriving":
                raise BadPieceError(f"{file.name} is finished: it takes no more pieces.")
            expected = min(PIECE_BYTES, file.size - number * PIECE_BYTES)
            if len(data) != max(0, expected) or expected <= 0:
                raise BadPieceError(
                    f"A file of {file.size} bytes has pieces of {PIECE_BYTES} bytes, numbered from 0, and the last one"
                    f" has the rest: piece {number} cannot have {len(data)}."
                )
            await store.put_pieces(connection, owner, file_id, "original", {number: data})

    async def finish(self, owner: Owner, file_id: UUID) -> StoredFile:
        """Read what is in a file whose pieces are all there; one that was finished before is as it was.

        Raises UnknownFileError, IncompleteFileError, UnreadableFileError, which leaves nothing of it, DiskFullError.
        """
        # Of one person one after another: readers are few, and whoever brings a thousand files must not have them all.
        async with self._turns.setdefault(owner.principal_id, asyncio.Lock()):
            async with self._writing(owner) as connection:
                file = await self._require(connection, owner, file_id)
                there = await store.arrived(connection, owner, file_id)
            if file.state == "ready":
                return file
            _require_all(file, there)
            try:
                found, content = await self.reader.read(file.name, self._pieces_of(owner, file, "original"))
            except UnreadableFileError as error:
                return await self._discard(owner, file_id, there, error)
            async with self._after_reading(owner, file_id, there) as (connection, now):
                return now if now.state == "ready" else await _finished(connection, owner, now, found, content)

    async def _discard(
        self, owner: Owner, file_id: UUID, there: Mapping[int, str], error: UnreadableFileError
    ) -> StoredFile:
        """Delete a file that cannot be read, and raise why; return it where another process could."""
        async with self._after_reading(owner, file_id, there) as (connection, now):
            if now.state == "ready":
                return now
            await store.delete_file(connection, owner, file_id)
        raise error

    @contextlib.asynccontextmanager
    async def _after_reading(
        self, owner: Owner, file_id: UUID, there: Mapping[int, str]
    ) -> AsyncGenerator[tuple[AsyncConnection, StoredFile]]:
        """Hold a file that was read without being held. Raises UnknownFileError, IncompleteFileError."""
        async with self._writing(owner) as connection:
            file = await self._require(connection, owner, file_id, to_change=True)
            if file.state == "arriving" and await store.arrived(connection, owner, file_id) != there:
                raise IncompleteFileError(f"Pieces of {file.name} came while it was read: finish it again.")
            yield connection, file

    async def get(self, owner: Owner, file_id: UUID) -> StoredFile:
        """Return a file. Raises UnknownFileError."""
        async with self.database.organisation(owner.organisation_id) as connection:
            return await self._require(connection, owner, file_id)

    async def delete(self, owner: Owner, file_id: UUID) -> None:
        """Delete a file that is in no question. Raises UnknownFileError, FileInUseError."""
        async with self._writing(owner) as connection:
            file = await self._require(connection, owner, file_id, to_change=True)
            if file.conversation_id is not None:
                raise FileInUseError(file.name)
            await store.delete_file(connection, owner, file_id)

    async def content(self, owner: Owner, file_id: UUID, form: Form) -> tuple[StoredFile, AsyncIterator[bytes]]:
        """Return a file and its bytes, piece by piece. Raises UnknownFileError, IncompleteFileError."""
        file = await self.get(owner, file_id)
        if file.state != "ready":
            raise IncompleteFileError(f"{file.name} is not finished.")
        return file, self._pieces_of(owner, file, form)

    async def sweep(self) -> int:
        """Delete what was begun a day ago and is in no question. Return how many there were."""
        by_organisation: dict[OrganisationId, list[UUID]] = {}
        for organisation_id, file_id in await store.abandoned(self.database, self.clock.now() - KEPT_FOR):
            by_organisation.setdefault(organisation_id, []).append(file_id)
        swept = 0
        for organisation_id, ids in by_organisation.items():
            async with self.database.organisation(organisation_id) as connection:
                swept += await store.delete_abandoned(connection, ids)
        return swept

    async def _pieces_of(self, owner: Owner, file: StoredFile, form: Form) -> AsyncIterator[bytes]:
        # Each in a transaction of its own: whoever takes them slowly holds no connection meanwhile.
        number = 0
        while True:
            async with self.database.organisation(owner.organisation_id) as connection:
                piece = await store.read_piece(connection, owner, file.id, form, number)
            if piece is None:
                return
            yield piece
            number += 1

    async def _require(
        self, connection: AsyncConnection, owner: Owner, file_id: UUID, *, to_change: bool = False
    ) -> StoredFile:
        found = await store.find_files(connection, owner, [file_id], self.clock.now(), to_change=to_change)
        if not found:
            raise UnknownFileError(file_id)
        return found[FileId(file_id)]

    @contextlib.asynccontextmanager
    async def _writing(self, owner: Owner) -> AsyncGenerator[AsyncConnection]:
        try:
            async with self.database.organisation(owner.organisation_id) as connection:
                yield connection
        except DatabaseAway as error:
            if is_disk_full(error):
                raise DiskFullError from error
            raise


async def put_into(
    connection: AsyncConnection, owner: Owner, conversation: Conversation, parts: Sequence[Json], now: datetime
) -> tuple[list[Json], str]:
    """Make the files of a question part of its conversation.

    Return the question's parts as they are kept, and what it is found by beside its own words.

    Raises UnknownFileError, IncompleteFileError, FileElsewhereError, TooManyFilesError.
    """
    wanted = [UUID(part["id"]) for part in parts if part["type"] == "file"]
    if not wanted:
        return list(parts), ""
    if len(wanted) > MOST_IN_QUESTION:
        raise TooManyFilesError(MOST_IN_QUESTION)
    found = await store.find_files(connection, owner, wanted, now, to_change=True)
    for file_id in wanted:
        if file_id not in found:
            raise UnknownFileError(file_id)
    for file in found.values():
        if file.state != "ready":
            raise IncompleteFileError(f"{file.name} is not finished: wait until it was read.")
        if file.conversation_id not in (None, conversation.id):
            raise FileElsewhereError(file.name)
    await store.attach(connection, owner, wanted, conversation.id)
    texts = await store.texts_of(connection, owner, wanted)
    kept = [part_of(found[FileId(UUID(part["id"]))]) if part["type"] == "file" else part for part in parts]
    return kept, "\n".join([*(file.name for file in found.values()), *texts.values()])


async def _finished(
    connection: AsyncConnection, owner: Owner, file: StoredFile, found: Found, content: bytes
) -> StoredFile:
    """Keep what was found in a file that is held."""
    ready = replace(file, state="ready", media_type=found.media_type, kind=found.kind, about=found.about)
    await store.finish_file(connection, owner, ready, content.decode() if found.kind == "text" else None)
    if found.kind == "image":
        cut = range(0, len(content), PIECE_BYTES)
        shown = {at // PIECE_BYTES: content[at : at + PIECE_BYTES] for at in cut}
        await store.put_pieces(connection, owner, file.id, "shown", shown)
    return ready


def _require_all(file: StoredFile, there: Mapping[int, str]) -> None:
    missing = [number for number in range(_pieces(file.size)) if number not in there]
    if missing:
        raise IncompleteFileError(f"{len(missing)} pieces of {file.name} are missing, the first is {missing[0]}.")


def _pieces(size: int) -> int:
    return -(-size // PIECE_BYTES)
