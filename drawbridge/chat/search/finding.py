"""Search over all that somebody may see: their own conversations, by title and by what was said in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class FoundTitle:
    """A conversation whose title was found."""

    conversation: Conversation
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that was found, and where it was said."""

    message: Message
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
            shown = await messages.read_messages(connection, owner, ids[: page.limit], now)
            wanted = [*titled, *(message.conversation_id for message in shown)]
            texts = await _texts_of_files(connection, owner, shown, words)
            known = await conversations.read_conversations(connection, owner, wanted, now)
        titles = [FoundTitle(known[each], excerpt(known[each].title, words)) for each in titled if each in known]
        # Between two reads a conversation can be deleted.
        there = [(message, known[message.conversation_id]) for message in shown if message.conversation_id in known]
        found = tuple(_found(message, conversation, texts, words) for message, conversation in there)
        return Found(titles, Page(found, encode_cursor(ids[page.limit - 1]) if len(ids) > page.limit else None))


async def _texts_of_files(
    connection: AsyncConnection, owner: Owner, shown: Sequence[Message], words: Sequence[str]
) -> Mapping[FileId, str]:
    """Return the words in files of messages that do not say themselves what was looked for."""
    silent = [message for message in shown if not _says(excerpt(text_of(message.parts), words))]
    ids = [UUID(part["id"]) for message in silent for part in message.parts if part.get("type") == "file"]
    return await files.beginnings_of(connection, owner, ids, SEARCHED_CHARACTERS) if ids else {}


def _found(
    message: Message, conversation: Conversation, texts: Mapping[FileId, str], words: Sequence[str]
) -> FoundMessage:
    pieces = excerpt(text_of(message.parts), words)
    for part in message.parts if not _says(pieces) else ():
        if part.get("type") != "file":
            continue
        for text in (texts.get(FileId(UUID(part["id"])), ""), part["filename"]):
            within = excerpt(text, words)
            if _says(within):
                return FoundMessage(message, conversation, within, part["filename"])
    return FoundMessage(message, conversation, pieces)


def _says(pieces: Sequence[Piece]) -> bool:
    return any(piece.is_match for piece in pieces)
