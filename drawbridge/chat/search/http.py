"""The route of searching."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from drawbridge.audit.acts import Actor
from drawbridge.chat.bodies import FoundMessageBody, FoundPage, FoundTitleBody, StorableText, piece_bodies
from drawbridge.chat.conversations import owned_by
from drawbridge.chat.search.finding import FoundMessage, FoundTitle, Search
from drawbridge.core.paging import PageRequest
from drawbridge.identity.access import Access
from drawbridge.identity.http import page_request


def add_search(router: APIRouter, search: Search, access: Access) -> None:
    """Add it to the workspace's routes."""

    @router.get("/search")
    async def search_conversations(
        actor: Annotated[Actor, Depends(access.signed_in())],
        page: Annotated[PageRequest, Depends(page_request)],
        q: Annotated[StorableText, Query(min_length=1, max_length=200)],
    ) -> FoundPage:
        """Find messages and titles by all of these words; "phrases", -without and `or` are understood.

        The last word may be the beginning of one. Temporary conversations are not found.
        """
        found = await search.find(owned_by(actor), q, page)
        return FoundPage(
            titles=[_title_body(each) for each in found.titles],
            messages=[_message_body(each) for each in found.messages.items],
            next_cursor=found.messages.next_cursor,
        )

    del search_conversations  # The router holds it.


def _title_body(found: FoundTitle) -> FoundTitleBody:
    return FoundTitleBody(
        conversation_id=found.conversation.id,
        title=found.conversation.title,
        updated_at=found.conversation.updated_at,
        pieces=piece_bodies(found.pieces),
    )


def _message_body(found: FoundMessage) -> FoundMessageBody:
    return FoundMessageBody(
        message_id=found.message.id,
        conversation_id=found.conversation.id,
        conversation_title=found.conversation.title,
        role=found.message.role,
        created_at=found.message.created_at,
        pieces=piece_bodies(found.pieces),
        file=found.file,
    )
