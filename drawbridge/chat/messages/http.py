"""The routes of messages, and of the runs that make answers."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from drawbridge.agents import RunId, RunRef
from drawbridge.audit.acts import Actor
from drawbridge.chat.bodies import (
    AgainBody,
    FeedbackBody,
    MessageBody,
    MessagePage,
    QuestionBody,
    TurnBody,
    message_body,
    settings_of,
)
from drawbridge.chat.conversations import Conversations, owned_by
from drawbridge.chat.stream.places import parse_place
from drawbridge.chat.stream.telling import HEADERS, MEDIA_TYPE, tell
from drawbridge.chat.turns import Question, Turn, Turns
from drawbridge.core.paging import PageRequest
from drawbridge.identity.access import Access
from drawbridge.identity.http import page_request


def add_messages(router: APIRouter, conversations: Conversations, turns: Turns, access: Access) -> None:
    """Add them to the workspace's routes."""
    _add_reading(router, conversations, access)
    _add_turns(router, turns, access)
    _add_runs(router, turns, access)
    _add_feedback(router, turns, access)


def _add_reading(router: APIRouter, conversations: Conversations, access: Access) -> None:
    @router.get("/conversations/{conversation_id}/messages")
    async def list_messages(
        actor: Annotated[Actor, Depends(access.signed_in())],
        conversation_id: UUID,
        page: Annotated[PageRequest, Depends(page_request)],
        last: UUID | None = None,
    ) -> MessagePage:
        """List a branch from its end upwards: the one that was looked at last, or the one that ends with `last`."""
        branch = await conversations.branch(owned_by(actor), conversation_id, page, last)
        return MessagePage(
            messages=[message_body(message, branch.beside[message.id]) for message in branch.messages.items],
            next_cursor=branch.messages.next_cursor,
        )

    del list_messages  # The router holds it.


def _add_turns(router: APIRouter, turns: Turns, access: Access) -> None:
    signed_in = access.signed_in()

    @router.post("/conversations/{conversation_id}/turns", status_code=201)
    async def ask_model(
        actor: Annotated[Actor, Depends(signed_in)], conversation_id: UUID, body: QuestionBody
    ) -> TurnBody:
        """Put a question, and begin its answer, which the stream of its run tells."""
        parts = [part.model_dump(mode="json") for part in body.parts]
        question = Question(body.parent_id, parts, body.model, settings_of(body.parameters))
        return _turn_body(await turns.ask(owned_by(actor), conversation_id, question))

    @router.post("/messages/{message_id}/regenerate", status_code=201)
    async def answer_again(
        actor: Annotated[Actor, Depends(signed_in)], message_id: UUID, body: AgainBody | None = None
    ) -> TurnBody:
        """Begin another answer beside one, or an answer to a question that has none: a branch."""
        wanted = AgainBody() if body is None else body
        settings = None if wanted.parameters is None else settings_of(wanted.parameters)
        return _turn_body(await turns.answer_again(owned_by(actor), message_id, wanted.model, settings))

    del ask_model, answer_again  # The router holds them.


def _add_runs(router: APIRouter, turns: Turns, access: Access) -> None:
    signed_in = access.signed_in()

    @router.post("/runs/{run_id}/stop", status_code=204)
    async def stop_answer(actor: Annotated[Actor, Depends(signed_in)], run_id: UUID) -> None:
        """Stop an answer that is being written. What there is of it stays, and is paid for."""
        await turns.stop(owned_by(actor), run_id)

    @router.get(
        "/runs/{run_id}/stream",
        response_class=StreamingResponse,
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def stream_answer(
        request: Request,
        actor: Annotated[Actor, Depends(signed_in)],
        run_id: UUID,
        after: Annotated[str | None, Query(max_length=40)] = None,
        last_event_id: Annotated[str | None, Header(max_length=40)] = None,
    ) -> StreamingResponse:
        """Tell an answer while it is written, in the UI message stream protocol v1 of the AI SDK.

        Any number of readers may ask, at any time, also when it is over. `after`, or the header Last-Event-ID, is the
        id of the last event that was got: the stream goes on behind it. It ends without `[DONE]` where whoever reads is
        signed out or suspended meanwhile.
        """
        place = parse_place(after or last_event_id or "0")
        owner = owned_by(actor)
        answer = await turns.answer_of(owner, run_id)
        events = turns.engine.events(RunRef(owner.organisation_id, RunId(run_id)))
        attend = partial(access.attend, request, actor)
        return StreamingResponse(tell(answer, events, place, attend), media_type=MEDIA_TYPE, headers=HEADERS)

    del stop_answer, stream_answer  # The router holds them.


def _add_feedback(router: APIRouter, turns: Turns, access: Access) -> None:
    @router.put("/messages/{message_id}/feedback")
    async def rate_answer(
        actor: Annotated[Actor, Depends(access.signed_in())], message_id: UUID, body: FeedbackBody
    ) -> MessageBody:
        """Say what you think of an answer."""
        rated = await turns.rate(owned_by(actor), message_id, body.rating, body.note)
        return message_body(rated, [rated.id])

    del rate_answer  # The router holds it.


def _turn_body(turn: Turn) -> TurnBody:
    return TurnBody(message_id=turn.answer_id, run_id=turn.run_id, question_id=turn.question_id)
