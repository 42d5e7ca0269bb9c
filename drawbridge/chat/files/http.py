"""The routes of files: one's own, as all of the workspace."""

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from drawbridge.audit.acts import Actor
from drawbridge.chat.conversations import owned_by
from drawbridge.chat.files.files import Files
from drawbridge.chat.files.records import PIECE_BYTES, FileKind, FileState, StoredFile
from drawbridge.identity.access import Access
from drawbridge.identity.http import PrintableText

PIECES: Final = re.compile(r"/api/chat/files/[^/]+/pieces/[^/]+")
"""The paths to which bytes are put as they are."""
_BYTES_TYPE: Final = "application/octet-stream"
_MOST_PIECES: Final = 1_000_000
_PNG: Final = b"\x89PNG"
# What somebody brought is never a page of ours, whatever is in it.
_HARMLESS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    # A browser may keep it, and asks each time that a page shows it whether that may still be.
    "cache-control": "private, no-cache",
}
# Any: a piece of a description.
_BYTES: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {_BYTES_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


class NewChatFileBody(BaseModel):
    """A file to bring: its name, its size in bytes, and what it says to be, which is looked at again."""

    model_config = ConfigDict(extra="forbid")

    name: PrintableText = Field(min_length=1, max_length=255)
    size: int = Field(ge=1, le=1 << 40)
    media_type: PrintableText = Field(default=_BYTES_TYPE, max_length=200)


class ChatFileBody(BaseModel):
    """A file. What is null is not known, or does not apply.

    `kind` says what models are given of it: a picture, words, or the pages of a PDF that has no words. `cut`: the end
    of its words was left out. It takes pieces of `piece_bytes` while its state is `arriving`.
    """

    id: UUID
    name: str
    media_type: str
    size: int
    state: FileState
    kind: FileKind | None
    pages: int | None
    width: int | None
    height: int | None
    characters: int | None
    cut: bool
    piece_bytes: int


def add_files(router: APIRouter, files: Files, access: Access) -> None:
    """Add them to the workspace's routes."""
    _add_bringing(router, files, access)
    _add_reading(router, files, access)


def _add_bringing(router: APIRouter, files: Files, access: Access) -> None:
    signed_in = access.signed_in()

    @router.post("/files", status_code=201)
    async def begin_file(actor: Annotated[Actor, Depends(signed_in)], body: NewChatFileBody) -> ChatFileBody:
        """Begin a file, whose pieces follow. It is deleted after a day unless a question has it."""
        return _file_body(await files.begin(owned_by(actor), _last_of(body.name), body.media_type, body.size))

    @router.put("/files/{file_id}/pieces/{number}", status_code=204, openapi_extra=_BYTES)
    async def put_file_piece(
        actor: Annotated[Actor, Depends(signed_in)],
        request: Request,
        file_id: UUID,
        number: Annotated[int, Path(ge=0, le=_MOST_PIECES)],
    ) -> None:
        """Send a piece of a file as it is, in any order; one that was sent before is replaced."""
        await files.take(owned_by(actor), file_id, number, await request.body())

    @router.post("/files/{file_id}/finish")
    async def finish_file(actor: Annotated[Actor, Depends(signed_in)], file_id: UUID) -> ChatFileBody:
        """Have a file read whose pieces are all there. One that cannot be read is gone, and the answer says why."""
        return _file_body(await files.finish(owned_by(actor), file_id))

    del begin_file, put_file_piece, finish_file  # The router holds them.


def _add_reading(router: APIRouter, files: Files, access: Access) -> None:
    signed_in = access.signed_in()

    @router.get("/files/{file_id}")
    async def get_file(actor: Annotated[Actor, Depends(signed_in)], file_id: UUID) -> ChatFileBody:
        """Show what is known of a file."""
        return _file_body(await files.get(owned_by(actor), file_id))

    @router.get(
        "/files/{file_id}/content",
        response_class=StreamingResponse,
        responses={
            200: {"content": {_BYTES_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
            304: {"description": "What is kept under the tag is what there is"},
        },
    )
    async def get_file_content(
        actor: Annotated[Actor, Depends(signed_in)],
        file_id: UUID,
        form: Literal["original", "shown"] = "original",
        if_none_match: Annotated[PrintableText | None, Header()] = None,
    ) -> Response:
        """Take a file back as it was sent; or, of an image, as people and models see it."""
        # What a file holds never changes.
        headers = _HARMLESS | {"etag": f'"{file_id}-{form}"'}
        if if_none_match == headers["etag"]:
            await files.get(owned_by(actor), file_id)
            return Response(status_code=304, headers=headers)
        file, pieces = await files.content(owned_by(actor), file_id, form)
        if form == "original":
            named = {"content-disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"}
            return StreamingResponse(pieces, media_type=_BYTES_TYPE, headers=headers | named)
        first = await anext(pieces, b"")
        shown_type = "image/png" if first.startswith(_PNG) else "image/jpeg"
        return StreamingResponse(_from(first, pieces), media_type=shown_type, headers=headers)

    @router.delete("/files/{file_id}", status_code=204)
    async def delete_file(actor: Annotated[Actor, Depends(signed_in)], file_id: UUID) -> None:
        """Delete a file that is in no question. Others go with their conversation."""
        await files.delete(owned_by(actor), file_id)

    del get_file, get_file_content, delete_file  # The router holds them.


def _file_body(file: StoredFile) -> ChatFileBody:
    known = file.about
    return ChatFileBody(
        id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        state=file.state,
        kind=file.kind,
        pages=known.get("pages"),
        width=known.get("width"),
        height=known.get("height"),
        characters=known.get("characters"),
        cut=bool(known.get("cut")),
        piece_bytes=PIECE_BYTES,
    )


async def _from(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece


def _last_of(name: str) -> str:
    """Return a name without the folders before it."""
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2] or "file"
