"""A conversation said in the words of whoever is to answer it: from there on it is a call like any other."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar

from msgspec import structs

from drawbridge.gateway.cost_bounds import most_cost
from drawbridge.gateway.endpoints import CHAT, stays_in_place
from drawbridge.gateway.errors import TranslationError
from drawbridge.gateway.inner.asked import Asked
from drawbridge.gateway.inner.fitting import fit
from drawbridge.gateway.inner.hearing import Hearing
from drawbridge.gateway.inner.placing import placed_each, placed_settings
from drawbridge.gateway.media import MediaFetcher, refuse_unreadable, take_in_data_urls
from drawbridge.gateway.permission import Asking, allow_model, shown_to
from drawbridge.gateway.prices import keep_priced
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.request import CallRequest, asking_itself, read_request
from drawbridge.gateway.routing import choose_conversing, conversed_in, deployment_named, find_model, model_of
from drawbridge.gateway.snapshot import Deployment, Model
from drawbridge.gateway.translation import conversing, insist, target_of
from drawbridge.gateway.wire.canonical import Medium, Message, Request, Text, ToolResult
from drawbridge.gateway.wire.dialect import Dialect, Written
from drawbridge.gateway.wire.json_text import encode
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.losses import Losses

_LARGE_BYTES: Final = 256 << 10
_MANY_PARTS: Final = 500
"""Some 10 ms of work, during which a worker would serve nobody else."""

_Result = TypeVar("_Result")


class Saying:
    """One conversation, and what has last been said of it: the pipeline has it said again to a cheaper model."""

    def __init__(self, asking: Asking, asked: Asked, hearing: Hearing, media: MediaFetcher) -> None:
        self.losses = Losses()
        """What of it could not be said."""
        self.request: Request | None = None
        """What its reply is read against."""
        self.dialect: Dialect | None = None
        self._asking = asking
        self._asked = asked
        self._hearing = hearing
        self._media = media
        self._is_large = _is_large(asked.messages)

    async def say(self, instead: str | None, draw: Callable[[], float]) -> CallRequest:
        """Say it to a deployment of the model that is asked for, or of another. Raises Refusal."""
        if instead is not None and self._asked.deployment is not None:
            raise Refusal("over_budget", "No other model is called in the place of a deployment.")
        request = await self._worked_on(lambda: self._read(instead or self._asked.model))
        deployment = self._choose(request, draw)
        dialect = _dialect_of(deployment)
        if dialect.name == "gemini" and not stays_in_place(deployment.upstream_model):
            raise Refusal("unknown_model", f"No model is called '{deployment.upstream_model}'.", param="model")
        try:
            fitted = fit(request, self._asked.instead, target_of(deployment).profile)
            request = fitted.request
            await self._prepare(request, dialect, deployment)
            written, call = await self._worked_on(partial(_write, request, dialect, deployment))
        except TranslationError as error:
            raise Refusal("bad_request", error.message, param=error.param) from None
        written.losses.add(fitted.losses)
        if self._asked.strict:
            insist(written.losses, deployment, dialect.name)
        self.losses, self.request, self.dialect = written.losses, request, dialect
        self._hearing.say(written.wire)
        return call if self._asked.deployment is None else asking_itself(call, deployment)

    def _read(self, model: str) -> Request:
        asked = self._asked
        return Request(
            dialect=None,
            model=model,
            messages=placed_each(asked.messages, "messages"),
            tools=placed_each(asked.tools, "tools"),
            settings=placed_settings(asked.settings),
            streamed=asked.streamed,
        )

    def _choose(self, request: Request, draw: Callable[[], float]) -> Deployment:
        """Find who answers: the pipeline asks policy once more when it has read what is said to them."""
        asking = self._asking
        snapshot, now = asking.snapshot, asking.now

        def cost_at(deployment: Deployment) -> int | None:
            dialect = conversed_in(deployment)
            if dialect is None:
                return None
            fitted = fit(request, self._asked.instead, target_of(deployment).profile)
            try:
                _, call = _write(fitted.request, DIALECTS[dialect], deployment)
            except TranslationError:
                return None
            return most_cost(call, deployment, snapshot.prices, now)

        model = keep_priced(snapshot, allow_model(asking, self._find(request.model), cost_at), now)
        return choose_conversing(model, draw)

    def _find(self, name: str) -> Model:
        asking, wanted = self._asking, self._asked.deployment
        if wanted is None:
            return find_model(asking.snapshot, name, CHAT.dialect, CHAT, shown_to(asking))
        return model_of(asking.snapshot, deployment_named(asking.snapshot, wanted))

    async def _prepare(self, request: Request, dialect: Dialect, deployment: Deployment) -> None:
        target = target_of(deployment)
        take_in_data_urls(request)
        refuse_unreadable(request, target)
        await self._media.fetch_media(request, dialect, target)

    async def _worked_on(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.to_thread(work) if self._is_large else work()


def _dialect_of(deployment: Deployment) -> Dialect:
    spoken = conversed_in(deployment)
    assert spoken is not None, "the deployment was chosen for conversations"
    return DIALECTS[spoken]


def _write(request: Request, dialect: Dialect, deployment: Deployment) -> tuple[Written, CallRequest]:
    """Return a conversation as a call. Raises TranslationError."""
    written = dialect.write_request(request, target_of(deployment))
    endpoint = conversing(dialect.name, streamed=request.streamed)
    named = deployment.upstream_model if "{model}" in endpoint.upstream_path else None
    call = read_request(endpoint, named, encode(written.wire.body))
    return written, structs.replace(call, model=request.model, only=deployment)


def _is_large(messages: Sequence[Message]) -> bool:
    parts = size = 0
    for message in messages:
        for part in message.parts:
            parts += 1
            match part:
                case Text():
                    size += len(part.text)
                case Medium():
                    size += len(part.data or part.url or part.text or "")
                case ToolResult():
                    parts += len(part.parts)
                case _:
                    pass
    return parts > _MANY_PARTS or size > _LARGE_BYTES
