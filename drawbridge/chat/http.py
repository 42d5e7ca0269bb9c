"""The routes of the workspace: one's own conversations. Own things need no grant, and nobody sees those of others."""

from dataclasses import dataclass, field
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from drawbridge.audit.acts import Actor
from drawbridge.chat.bodies import (
    ConversationBody,
    ConversationChangeBody,
    ConversationPage,
    NewConversationBody,
    OffersBody,
    WholeConversationBody,
    conversation_body,
    offer_body,
    settings_of,
    whole_body,
)
from drawbridge.chat.conversations import Conversations, NewConversation, owned_by
from drawbridge.chat.engine import Engine, Offers, asker
from drawbridge.chat.errors import ModelsRefusedError
from drawbridge.chat.export.files import file_name
from drawbridge.chat.export.telling import Exports
from drawbridge.chat.files.files import Files
from drawbridge.chat.files.http import add_files
from drawbridge.chat.files.reading.reader import FileReader, Reads
from drawbridge.chat.files.records import FileLimits
from drawbridge.chat.messages.http import add_messages
from drawbridge.chat.search.finding import Search
from drawbridge.chat.search.http import add_search
from drawbridge.chat.turns import Turns
from drawbridge.core.clock import Clock
from drawbridge.core.paging import PageRequest
from drawbridge.db.engine import Database
from drawbridge.gateway import Refusal
from drawbridge.identity.access import Access
from drawbridge.identity.http import page_request


@dataclass(frozen=True, slots=True)
class ChatPlugs:
    """What the workspace needs of others."""

    engine: Engine
    offers: Offers
    reader: Reads = field(default_factory=FileReader)
    file_limits: FileLimits = field(default_factory=FileLimits)


def chat_router(database: Database, clock: Clock, access: Access, plugs: ChatPlugs) -> APIRouter:
    """Make the routes under /api/chat."""
    router = APIRouter(prefix="/api/chat", tags=["chat"])
    conversations = Conversations(database, clock, plugs.engine)
    _add_conversations(router, conversations, access)
    _add_one_conversation(router, conversations, access)
    files = Files(database, clock, plugs.reader, plugs.file_limits)
    _add_export(router, Exports(database, clock), access)
    add_messages(router, conversations, Turns(database, clock, plugs.engine), access)
    add_search(router, Search(database, clock), access)
    add_files(router, files, access)
    _add_models(router, plugs.offers, access)
    return router


def _add_conversations(router: APIRouter, conversations: Conversations, access: Access) -> None:
    signed_in = access.signed_in()

    @router.get("/conversations")
    async def list_conversations(
        actor: Annotated[Actor, Depends(signed_in)], page: Annotated[PageRequest, Depends(page_request)]
    ) -> ConversationPage:
        """List one's own conversations, the last changed first; none that is temporary."""
        found = await conversations.recent(owned_by(actor), page)
        return ConversationPage(
            conversations=[conversation_body(each) for each in found.items], next_cursor=found.next_cursor
        )

    @router.post("/conversations", status_code=201)
    async def begin_conversation(
        actor: Annotated[Actor, Depends(signed_in)], body: NewConversationBody
    ) -> ConversationBody:
        """Begin a conversation, without messages."""
        wanted = NewConversation(
            body.title,
            body.model,
            body.system_prompt,
            settings_of(body.parameters),
            is_temporary=body.temporary,
            wants_title=body.title_by_model,
        )
        return conversation_body(await conversations.begin(owned_by(actor), wanted))

    del list_conversations, begin_conversation  # The router holds them.


def _add_one_conversation(router: APIRouter, conversations: Conversations, access: Access) -> None:
    signed_in = access.signed_in()

    @router.get("/conversations/{conversation_id}")
    async def get_conversation(
        actor: Annotated[Actor, Depends(signed_in)], conversation_id: UUID
    ) -> WholeConversationBody:
        """Show a conversation, and what its answers came to."""
        return whole_body(*await conversations.get(owned_by(actor), conversation_id))

    @router.patch("/conversations/{conversation_id}")
    async def change_conversation(
        actor: Annotated[Actor, Depends(signed_in)], conversation_id: UUID, body: ConversationChangeBody
    ) -> WholeConversationBody:
        """Change a conversation's title, model, system prompt, parameters, or the branch that is looked at."""
        changes = body.model_dump(exclude_none=True, exclude={"parameters"})
        if body.parameters is not None:
            changes["parameters"] = settings_of(body.parameters)
        return whole_body(*await conversations.change(owned_by(actor), conversation_id, changes))

    @router.delete("/conversations/{conversation_id}", status_code=204)
    async def delete_conversation(actor: Annotated[Actor, Depends(signed_in)], conversation_id: UUID) -> None:
        """Delete a conversation with all its messages, and stop what is being written in it."""
        await conversations.delete(owned_by(actor), conversation_id, actor)

    del get_conversation, change_conversation, delete_conversation  # The router holds them.


def _add_export(router: APIRouter, exports: Exports, access: Access) -> None:
    @router.get(
        "/conversations/{conversation_id}/export",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/markdown": {}, "application/json": {}}}},
    )
    async def export_conversation(
        actor: Annotated[Actor, Depends(access.signed_in())],
        conversation_id: UUID,
        format: Literal["markdown", "json"] = "markdown",  # noqa: A002  The parameter's name is the API's.
    ) -> StreamingResponse:
        """Take a conversation along: as Markdown the branch that is looked at, as JSON all of it."""
        export = await exports.begin(owned_by(actor), conversation_id, actor)
        if format == "json":
            headers = _as_file(file_name(export.conversation, "json"))
            return StreamingResponse(exports.as_json(export), media_type="application/json", headers=headers)
        headers = _as_file(file_name(export.conversation, "md"))
        return StreamingResponse(exports.as_markdown(export), media_type="text/markdown", headers=headers)

    del export_conversation  # The router holds it.


def _add_models(router: APIRouter, offers: Offers, access: Access) -> None:
    @router.get("/models")
    async def list_chat_models(actor: Annotated[Actor, Depends(access.signed_in())]) -> OffersBody:
        """List the models that one may ask here, with their prices and what they can do, as far as that is known."""
        try:
            found = await offers.models_for(asker(owned_by(actor)))
        except Refusal as refusal:
            raise ModelsRefusedError(refusal) from refusal
        return OffersBody(models=[offer_body(offer) for offer in found])

    del list_chat_models  # The router holds it.


def _as_file(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
