"""The inner door: a product asks a model for somebody, through the same pipeline as every call from outside."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self

from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import CallId, OrganisationId, PrincipalId, uuid7
from drawbridge.gateway.admission import KeyLookupFailedError
from drawbridge.gateway.attempt import Attempt
from drawbridge.gateway.inner.asked import Asked, Asker, Ending, Offer, Said, Telling, Told
from drawbridge.gateway.inner.hearing import Hearing
from drawbridge.gateway.inner.offers import offers_to
from drawbridge.gateway.inner.saying import Saying
from drawbridge.gateway.inner.vendor_models import VendorModels
from drawbridge.gateway.permission import Asking
from drawbridge.gateway.pipeline import Admitted, Pipeline
from drawbridge.gateway.refusals import Refusal, our_fault, refusal_of
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.snapshot import Caller, Holder
from drawbridge.gateway.wire.dialect import ReplyHead, ReplyReader
from drawbridge.gateway.wire.events import Closed, Event, Frame
from drawbridge.identity.records import Bar
from drawbridge.usage.denials import Denial
from drawbridge.usage.events import Settlement

PrincipalLookup = Callable[[OrganisationId, PrincipalId], Awaitable[Holder]]
"""From a principal to a caller without a key. May raise KeyLookupFailedError."""

_log = logging.getLogger(__name__)
_RETRY_AFTER_S: Final = 2


@dataclass(frozen=True, slots=True)
class InnerDoor:
    """Makes the calls of the project's own products: `Asks`. One for each worker."""

    pipeline: Pipeline
    look_up: PrincipalLookup
    note_denial: Callable[[Denial], None]
    vendor_models: VendorModels

    def ask(self, who: Asker, asked: Asked, call_id: CallId | None = None) -> AbstractAsyncContextManager[Telling]:
        """Make a call, as `Asks` says."""
        return _Answer(self, who, asked, call_id or CallId(uuid7()))

    async def models_for(self, who: Asker) -> list[Offer]:
        """Return the models that somebody may ask, as `Asks` says."""
        asking = await self.asking(who)
        return offers_to(asking, await self.vendor_models.of(asking.snapshot.providers.values()))

    async def identify(self, who: Asker) -> Caller:
        """Return who asks, as the pipeline knows callers. Raises Refusal."""
        try:
            found = await self.look_up(who.organisation_id, who.principal_id)
        except KeyLookupFailedError:
            raise Refusal(
                "not_ready", "Who you are cannot be checked while the database is away.", retry_after_s=_RETRY_AFTER_S
            ) from None
        if isinstance(found, Bar):
            raise Refusal("forbidden", found.message_to_owner)
        if found is None:
            raise Refusal("forbidden", "This account does not exist any more.")
        return replace(found, project_id=who.project_id, run_id=who.run_id)

    async def asking(self, who: Asker, data_class: str | None = None) -> Asking:
        """Return who asks, for policy. Raises Refusal."""
        return self.pipeline.asking_for(who.product, await self.identify(who), data_class)


class _Answer:
    """One call while it is made: a task of its own makes it, as long as the context lasts."""

    def __init__(self, door: InnerDoor, who: Asker, asked: Asked, call_id: CallId) -> None:
        self._door = door
        self._who = who
        self._asked = asked
        self._call_id = call_id
        self._hearing = Hearing(who.session_id)
        self._made: _Made | None = None
        self._refusal: Refusal | None = None
        self._is_given_up = False
        self._group = asyncio.TaskGroup()
        self._told = self._tell()

    @property
    def ending(self) -> Ending | None:
        made = self._made
        return None if made is None or made.attempt.settlement is None else made.ending(made.attempt.settlement)

    def give_up(self) -> None:
        self._is_given_up = True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Told:
        return await anext(self._told)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._task = self._group.create_task(self._make())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hearing.leave(by_caller=not (self._is_given_up or isinstance(error, Exception)))
        self._task.cancel()
        # Not told of the error: it would come out of the group as a group of errors.
        await self._group.__aexit__(None, None, None)
        await self._told.aclose()

    async def _make(self) -> None:
        try:
            await self._call()
        except (Refusal, DrawbridgeError) as error:
            self._refusal = error if isinstance(error, Refusal) else refusal_of(error)
            if self._refusal.denial is not None:
                self._door.note_denial(self._refusal.denial)
        except Exception:
            _log.exception("call %s failed", self._call_id)
            self._refusal = our_fault(self._call_id)
        await self._hearing.close()

    async def _call(self) -> None:
        pipeline = self._door.pipeline
        asking = await self._door.asking(self._who, self._asked.data_class)
        saying = Saying(asking, self._asked, self._hearing, pipeline.translators.media)

        async def say(instead: str | None) -> CallRequest:
            call = await saying.say(instead, pipeline.draw)
            _check_size(call, pipeline.limits.max_body_bytes)
            return call

        admitted = await pipeline.afford(asking, say)
        attempt = pipeline.attempt(self._hearing, asking, admitted, self._call_id)
        attempt.translates(saying.losses, ())
        self._made = _Made(saying, admitted, attempt)
        await pipeline.answer(self._hearing, asking.caller, admitted, attempt)

    async def _tell(self) -> AsyncGenerator[Told]:
        reader: ReplyReader | None = None
        while (piece := await self._hearing.next()) is not None:
            reader = reader or self._reader()
            for event in _of_answer(reader.feed(piece)):
                yield event
        if self._refusal is not None:
            raise self._refusal
        reader = reader or self._reader()
        for event in _of_answer(reader.close()):
            yield event
        assert self.ending is not None, "a call that was answered is settled"
        yield self.ending

    def _reader(self) -> ReplyReader:
        assert self._made is not None, "what is answered was made"
        return self._made.reader(self._hearing)


@dataclass(frozen=True, slots=True)
class _Made:
    """A call that is being made."""

    saying: Saying
    admitted: Admitted
    attempt: Attempt

    def reader(self, hearing: Hearing) -> ReplyReader:
        """Return what reads the reply, once its head is there."""
        saying = self.saying
        assert saying.dialect is not None
        assert saying.request is not None
        head = ReplyHead(
            hearing.status,
            hearing.reply_headers,
            streamed=saying.request.streamed,
            provider=self.attempt.intent.provider,
        )
        return saying.dialect.read_reply(head, saying.request)

    def ending(self, settlement: Settlement) -> Ending:
        """Return what became of it."""
        intent, request = self.attempt.intent, self.admitted.request
        return Ending(
            call_id=intent.call_id,
            model=intent.model,
            called_instead=request.called_instead is not None,
            deployment=intent.deployment,
            provider=intent.provider,
            upstream_model=intent.upstream_model,
            outcome=settlement.outcome,
            tokens=settlement.tokens,
            estimated=settlement.estimated,
            cost_nanousd=settlement.cost_nanousd,
            time_to_first_byte_ms=settlement.time_to_first_byte_ms,
            duration_ms=settlement.duration_ms,
            losses=tuple(self.saying.losses),
            clamped_output_tokens=request.clamped_output_tokens,
            limits=tuple((name.decode(), value.decode()) for name, value in self.attempt.limit_headers),
            status=settlement.status,
        )


def _check_size(call: CallRequest, most: int) -> None:
    if call.size > most:
        raise Refusal(
            "too_large",
            f"This conversation has {call.size} bytes, and at most {most} are taken: leave out what is large in it, or"
            " begin another.",
        )


def _of_answer(events: Iterable[Event]) -> Iterator[Said]:
    """Leave out what only means something in a vendor's own dialect."""
    for event in events:
        if not isinstance(event, Frame | Closed):
            yield event
