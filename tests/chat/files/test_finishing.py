"""Finishing a file, while something else happens to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from drawbridge.chat.files.errors import IncompleteFileError, UnknownFileError, UnreadableFileError
from drawbridge.chat.files.files import Files
from drawbridge.chat.files.reading.outcome import Found
from drawbridge.chat.records import Owner
from drawbridge.core.ids import PrincipalId
from drawbridge.identity.store import find_principal
from tests.chat.conftest import Place


@dataclass(slots=True)
class HeldReader:
    """Reads a file when a test lets it."""

    kind: str = "text"
    reads: bool = True
    begun: list[str] = field(default_factory=list[str])
    going_on: asyncio.Event = field(default_factory=asyncio.Event)
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self, name: str, data: AsyncIterator[bytes]) -> tuple[Found, bytes]:
        content = b"".join([piece async for piece in data])
        async with self._more:
            self.begun.append(name)
            self._more.notify_all()
        await self.going_on.wait()
        if not self.reads:
            raise UnreadableFileError(f"{name} is broken.")
        kind = "image" if self.kind == "image" else "text"
        return Found(kind=kind, media_type="text/plain", about={}), content

    async def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Wait until what was begun is as it should be."""
        async with asyncio.timeout(5), self._more:
            await self._more.wait_for(is_so)


@dataclass(frozen=True, slots=True)
class Bringing:
    """Files of Ana and Ben."""

    place: Place
    ana: Owner
    ben: Owner

    def files(self, reader: HeldReader) -> Files:
        """Return files as one process has them."""
        return Files(self.place.database, self.place.clock, reader)

    async def send(self, files: Files, owner: Owner, name: str = "sea.txt", data: bytes = b"The sea.") -> UUID:
        """Send a file; return its id."""
        file = await files.begin(owner, name, "text/plain", len(data))
        await files.take(owner, file.id, 0, data)
        return file.id


@pytest.fixture
async def bringing(place: Place) -> Bringing:
    owners: list[Owner] = []
    async with place.database.organisation(place.organisation_id) as connection:
        for name in ("ana", "ben"):
            found = await find_principal(connection, place.organisation_id, name)
            assert found is not None
            owners.append(Owner(place.organisation_id, PrincipalId(found.id)))
    return Bringing(place, *owners)


@pytest.mark.parametrize("kind", ["text", "image"])
async def test_a_file_that_is_deleted_while_it_is_read_is_told_to_be_gone(bringing: Bringing, kind: str) -> None:
    reader = HeldReader(kind)
    files = bringing.files(reader)
    file_id = await bringing.send(files, bringing.ana)

    async with asyncio.TaskGroup() as group:
        finishing = group.create_task(_outcome(files, bringing.ana, file_id))
        await reader.wait_for(lambda: len(reader.begun) == 1)
        await files.delete(bringing.ana, file_id)
        reader.going_on.set()

    assert isinstance(finishing.result(), UnknownFileError)


async def test_a_file_never_says_something_else_than_what_was_read_of_it(bringing: Bringing) -> None:
    reader = HeldReader()
    files = bringing.files(reader)
    file_id = await bringing.send(files, bringing.ana)

    async with asyncio.TaskGroup() as group:
        finishing = group.create_task(_outcome(files, bringing.ana, file_id))
        await reader.wait_for(lambda: len(reader.begun) == 1)
        await files.take(bringing.ana, file_id, 0, b"The SEA.")
        reader.going_on.set()

    assert isinstance(finishing.result(), IncompleteFileError)
    assert (await files.finish(bringing.ana, file_id)).state == "ready"


async def test_whoever_cannot_read_a_file_that_another_process_has_read_deletes_nothing(bringing: Bringing) -> None:
    broken, whole = HeldReader(reads=False), HeldReader()
    there, here = bringing.files(broken), bringing.files(whole)
    file_id = await bringing.send(here, bringing.ana)
    whole.going_on.set()

    async with asyncio.TaskGroup() as group:
        finishing = group.create_task(_outcome(there, bringing.ana, file_id))
        await broken.wait_for(lambda: len(broken.begun) == 1)
        await here.finish(bringing.ana, file_id)
        broken.going_on.set()

    assert finishing.result() is None
    assert (await here.get(bringing.ana, file_id)).state == "ready"


async def test_whoever_brings_many_files_does_not_keep_others_from_theirs(bringing: Bringing) -> None:
    reader = HeldReader()
    files = bringing.files(reader)
    many = [await bringing.send(files, bringing.ana, f"{number}.txt") for number in range(3)]
    bens = await bringing.send(files, bringing.ben, "ben.txt")

    async with asyncio.TaskGroup() as group:
        for file_id in many:
            group.create_task(files.finish(bringing.ana, file_id))
        await reader.wait_for(lambda: len(reader.begun) == 1)
        group.create_task(files.finish(bringing.ben, bens))
        await reader.wait_for(lambda: len(reader.begun) == 2)
        begun = list(reader.begun)
        reader.going_on.set()

    assert begun == ["0.txt", "ben.txt"]
    assert len(reader.begun) == 4


async def _outcome(files: Files, owner: Owner, file_id: UUID) -> Exception | None:
    try:
        await files.finish(owner, file_id)
    except (UnknownFileError, IncompleteFileError, UnreadableFileError) as error:
        return error
    return None
