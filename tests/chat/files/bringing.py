"""Somebody who brings files over the API, as pages do."""

from dataclasses import dataclass
from typing import Any

import httpx2

from drawbridge.chat.files.records import PIECE_BYTES
from tests.parts.admin import Asker

# Any: JSON as it came over the wire.
Json = dict[str, Any]
_BYTES = {"content-type": "application/octet-stream"}


@dataclass(frozen=True, slots=True)
class Bringer:
    """One who brings files."""

    asker: Asker

    async def begin(self, name: str, size: int) -> Json:
        """Begin a file."""
        reply = await self.asker.ask("POST", "/api/chat/files", {"name": name, "size": size})
        assert reply.status_code == 201, reply.text
        return reply.json()

    async def send(self, file_id: str, number: int, data: bytes) -> httpx2.Response:
        """Send a piece."""
        path = f"/api/chat/files/{file_id}/pieces/{number}"
        return await self.asker.client.put(path, content=data, headers=_BYTES)

    async def send_all(self, name: str, data: bytes) -> str:
        """Begin a file, and send all of it; return its id."""
        file_id = (await self.begin(name, len(data)))["id"]
        for number, at in enumerate(range(0, len(data), PIECE_BYTES)):
            sent = await self.send(file_id, number, data[at : at + PIECE_BYTES])
            assert sent.status_code == 204, sent.text
        return file_id

    async def bring(self, name: str, data: bytes) -> Json:
        """Bring a file that can be read."""
        file_id = await self.send_all(name, data)
        reply = await self.asker.ask("POST", f"/api/chat/files/{file_id}/finish")
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def content(self, file_id: str, form: str = "original", kept: str | None = None) -> httpx2.Response:
        """Take a file back; `kept` is the tag of what one has of it."""
        headers = {} if kept is None else {"if-none-match": kept}
        return await self.asker.client.get(f"/api/chat/files/{file_id}/content", params={"form": form}, headers=headers)
