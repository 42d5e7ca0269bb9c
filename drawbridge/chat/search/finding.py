"""Search over all that somebody may see: their own conversations, by title and by what was said in them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from drawbridge.chat import store as conversations
from drawbridge.chat.files import store as files
from drawbridge.chat.files.records import FileId
from drawbridge.chat.messages import store as messages
from drawbridge.chat.records import Conversation, Message, Owner, text_of
from drawbridge.chat.search.pieces import Piece, excerpt
from drawbridge.chat.search.store import find_conversations, find_messages, written_query
from drawbridge.chat.search.words import SEARCHED_CHARACTERS, found_words, parse_query
from drawbridge.core.clock import Clock
from drawbridge.core.paging import Page, PageRequest, encode_cursor
from drawbridge.db.engine import AsyncConnection, Database

_MOST_TITLES = 5
_READ_AT_ONCE: Final = 5
"""Messages have up to 1 MB, and 20 files each."""


@dataclass(frozen=True, slots=True)
class FoundTitle:
    """A conversation whose title was found."""

    conversation: Conversation
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that was found, and where it was said."""

    message: Message
    """Without its parts, which can be large."""
    conversation: Conversation
    pieces: Sequence[Piece]
    file: str | None = None
    """The name of the file in which it was found; None where the message says it itself."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: titles on the first page only."""

    titles: Sequence[FoundTitle]
    messages: Page[FoundMessage]


@dataclass(frozen=True, slots=True)
class Search:
    """Searches."""

    database: Database
    clock: Clock

    async def find(self, owner: Owner, typed: str, page: PageRequest) -> Found:
        """Find messages, the newest first, and the conversations of a title, the last changed first."""
        query, words, now = parse_query(typed), list(found_words(typed)), self.clock.now()
        async with self.database.organisation(owner.organisation_id) as connection:
            written = await written_query(connection, owner, query)
            if written is None:
                return Found((), Page((), None))
            ids = await find_messages(connection, owner, written, page.limit + 1, page.after)
            is_first = page.after is None
            titled = await find_conversations(connection, owner, written, _MOST_TITLES) if is_first else []
            known = await conversations.read_conversations(connection, owner, titled, now)
            found: list[FoundMessage] = []
            for at in range(0, page.limit, _READ_AT_ONCE):
                few = ids[at : min(at + _READ_AT_ONCE, page.limit)]
                found += await self._shown(connection, owner, few, words)
        titles = [FoundTitle(known[each], excerpt(known[each].title, words)) for each in titled if each in known]
        return Found(titles, Page(tuple(found), encode_cursor(ids[page.limit - 1]) if len(ids) > page.limit else None))

    async def _shown(
        self, connection: AsyncConnection, owner: Owner, ids: Sequence[UUID], words: Sequence[str]
    ) -> list[FoundMessage]:
        """Return a few messages as they are shown: none is kept with all that it and its files say."""
        if not ids:
            return []
        now = self.clock.now()
        shown = await messages.read_messages(connection, owner, ids, now)
        wanted: list[UUID] = [message.conversation_id for message in shown]
        known = await conversations.read_conversations(connection, owner, wanted, now)
        texts = await _texts_of_files(connection, owner, shown, words)
        # Between two reads a conversation can be deleted.
        there = [(message, known[message.conversation_id]) for message in shown if message.conversation_id in known]
        # In a thread, since some million characters are looked through.
        return await asyncio.to_thread(lambda: [_found(*one, texts, words) for one in there])


async def _texts_of_files(
    connection: AsyncConnection, owner: Owner, shown: Sequence[Message], words: Sequence[str]
) -> Mapping[FileId, str]:
    """Return the words in files of messages that do not say themselves what was looked for."""
    silent = await asyncio.to_thread(lambda: [message for message in shown if not _says(_excerpt_of(message, words))])
    ids = [UUID(part["id"]) for message in silent for part in message.parts if part.get("type") == "file"]
    return await files.beginnings_of(connection, owner, ids, SEARCHED_CHARACTERS) if ids else {}


def _found(
    message: Message, conversation: Conversation, texts: Mapping[FileId, str], words: Sequence[str]
) -> FoundMessage:
    pieces, head = _excerpt_of(message, words), replace(message, parts=())
    for part in message.parts if not _says(pieces) else ():
        if part.get("type") != "file":
            continue
        for text in (texts.get(FileId(UUID(part["id"])), ""), part["filename"]):
            within = excerpt(text, words)
            if _says(within):
                return FoundMessage(head, conversation, within, part["filename"])
    return FoundMessage(head, conversation, pieces)


def _excerpt_of(message: Message, words: Sequence[str]) -> list[Piece]:
    """Return where a message says itself what was looked for, as far as it can be found by that."""
    return excerpt(text_of(message.parts)[:SEARCHED_CHARACTERS], words)


def _says(pieces: Sequence[Piece]) -> bool:
    return any(piece.is_match for piece in pieces)
