"""Carries a run out: reads its journal, asks the model, writes down what is told, and ends it.

The order is what makes a restart safe: `call.intended` is on disk before the call can begin. A journal without it is
begun as if nothing had been; one with it is never asked for again, since that call may have been made and billed.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from drawbridge.agents.answer import Answer, shown, words_told
from drawbridge.agents.errors import AnswerTooLong, LeaseLost
from drawbridge.agents.held import Held
from drawbridge.agents.journal import Journal
from drawbridge.agents.records import NewEvent, Run, RunEvent, new_event
from drawbridge.agents.store import Addition, Close, RunStore, Taken, append, close
from drawbridge.agents.turns import Finish, Speaks, Turns
from drawbridge.core.clock import Clock
from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import CallId, uuid7
from drawbridge.db.engine import DatabaseAway
from drawbridge.gateway import Asked, Asker, Loss, Refusal, Telling

_log = logging.getLogger(__name__)

_AGAIN_S: Final = 0.5
_MOST_TRIES: Final = 5
_LONGEST: Final = 16_000_000
"""Characters of an answer, its reasoning included: ten times what models make."""
_INTERRUPTED: Final = "The answer broke off when the server that was writing it stopped. Ask again."
_GAVE_UP: Final = "The answer could not be begun, whoever tried. Ask again, and tell the operator the run's number."
_OUR_FAULT: Final = "Drawbridge failed at this answer. Tell the operator the run's number: the log tells more."


class Engine:
    """Carries out runs that were taken."""

    def __init__(
        self, store: RunStore, journal: Journal, clock: Clock, *, speaks: Speaks, turns: Mapping[str, Turns]
    ) -> None:
        """Take what asks models, and the products by name."""
        self._store = store
        self._clock = clock
        self._journal = journal
        self._speaks = speaks
        self._turns = turns

    async def carry_out(self, taken: Taken, held: Held) -> bool:
        """Carry a run out to its end; False where it was stopped before it had begun, and others can begin it.

        Raises LeaseLost.
        """
        turns = self._turns[held.run.product]
        finish = _broken_off(taken.journal)
        if finish is None and taken.times_taken > _MOST_TRIES:
            finish = Finish("failed", code="gave_up", message=_GAVE_UP)
        finish = finish or await self._answer(held, turns)
        if finish is None:
            return False
        # A product that cannot take what became of it must not keep a run from its end for ever. It may be the words
        # that it cannot take: it is told that it ended, and nothing only where that is too much as well.
        if taken.times_taken > 2 * _MOST_TRIES:
            finish = replace(finish, parts=())
        await self._finish(held, finish, turns if taken.times_taken <= 3 * _MOST_TRIES else None)
        return True

    async def _answer(self, held: Held, turns: Turns) -> Finish | None:
        if held.number == 0:
            started = {"model": held.run.model, "product": held.run.product}
            await self._journal.write(held, new_event("run.started", started))
        asked = await self._read(held, turns)
        match held.stop:
            case "cancelled":
                return Finish("cancelled")
            case "lost":
                raise LeaseLost(held.id)
            case "leaving":
                return None
            case None:
                return asked if isinstance(asked, Finish) else await self._ask(held, asked)

    async def _read(self, held: Held, turns: Turns) -> Asked | Finish:
        """Return what is to be asked, or why nothing can be."""
        while True:
            try:
                return await turns.read(held.run)
            except DatabaseAway as error:
                _log.warning("run %s waits: %s", held.id, error.message)
            except (Refusal, DrawbridgeError) as error:
                return _failed(error)
            except Exception:
                # The edge of a job: whatever a product raises, the run has an end.
                _log.exception("what run %s is to ask cannot be read", held.id)
                return Finish("failed", code="internal_error", message=_OUR_FAULT)
            if held.stop is not None:
                return Finish("cancelled")
            await asyncio.sleep(_AGAIN_S)

    async def _ask(self, held: Held, asked: Asked) -> Finish:
        call = _Call(CallId(uuid7()))
        intended = {"call_id": str(call.id), "model": asked.model}
        await self._journal.write(held, new_event("call.intended", intended))
        async with asyncio.TaskGroup() as group:
            hearing = group.create_task(self._hear(held, asked, call))
            stopping = group.create_task(held.stopped.wait())
            try:
                await asyncio.wait((hearing, stopping), return_when=asyncio.FIRST_COMPLETED)
            finally:
                if held.stop != "cancelled" and call.telling is not None:
                    call.telling.give_up()
            hearing.cancel()
            stopping.cancel()
        if not hearing.cancelled():
            return hearing.result()
        told = call.ended(Finish("cancelled"))
        if held.stop == "cancelled":
            return told
        return replace(told, state="failed", code="interrupted", message=_INTERRUPTED)

    async def _hear(self, held: Held, asked: Asked, call: "_Call") -> Finish:
        """Write down what is told of an answer, to its end."""
        try:
            async with self._speaks.ask(_asker(held.run), asked, call.id) as call.telling:
                await self._write_down(held, call)
        except (Refusal, DrawbridgeError) as error:
            finish = _failed(error)
        except Exception:
            # The edge of a job: whatever the path to the model raises, the run has an end.
            _log.exception("run %s failed", held.id)
            finish = Finish("failed", code="internal_error", message=_OUR_FAULT)
        else:
            finish = _told(call.answer)
        return call.ended(finish)

    async def _write_down(self, held: Held, call: "_Call") -> None:
        assert call.telling is not None
        async for said in call.telling:
            piece = call.answer.take(said)
            if call.answer.size > _LONGEST:
                raise AnswerTooLong(_LONGEST)
            if piece is not None:
                await self._journal.tell(held, piece)

    async def _finish(self, held: Held, finish: Finish, turns: Turns | None) -> None:
        await self._journal.flush(held)
        told_at = self._clock.now()
        while True:
            try:
                await self._close(held, finish, turns, told_at)
            except DatabaseAway as error:
                _log.warning("the end of run %s waits: %s", held.id, error.message)
                await asyncio.sleep(_AGAIN_S)
            else:
                return

    async def _close(self, held: Held, finish: Finish, turns: Turns | None, told_at: datetime) -> None:
        """Write the last events, end the run, and hand its product what became of it: all of that, or nothing."""
        events = _last_events(finish)
        addition = Addition(held.id, held.lease, held.number, events)
        async with self._store.within(held.run.organisation_id) as connection:
            result = (await append(connection, [addition], self._journal.writer, told_at))[held.id]
            if result == "lost":
                raise LeaseLost(held.id)
            if result == "appended":
                await close(connection, held.id, _close_of(finish))
                if turns is not None:
                    await turns.finish(connection, held.run, finish)
        self._journal.note_written(held, events, told_at)


@dataclass(slots=True)
class _Call:
    """The call of a run: what was told of its answer so far, whoever ends it."""

    id: CallId
    answer: Answer = field(default_factory=Answer)
    telling: Telling | None = None

    def ended(self, finish: Finish) -> Finish:
        """Add what there is of the answer, and what the call came to, which is known once it was left."""
        ending = None if self.telling is None else self.telling.ending
        return replace(finish, parts=self.answer.parts, call_id=self.id, ending=ending)


def _broken_off(journal: Sequence[RunEvent]) -> Finish | None:
    """Return how a run ends whose call was intended by a process that is gone; None where none was."""
    for event in journal:
        if event.kind == "call.intended":
            call_id = CallId(UUID(event.data["call_id"]))
            return Finish("failed", words_told(journal), call_id, code="interrupted", message=_INTERRUPTED)
    return None


def _asker(run: Run) -> Asker:
    return Asker(run.organisation_id, run.principal_id, run.product, run.project_id, run.session_id, run.id)


def _failed(error: Refusal | DrawbridgeError) -> Finish:
    code = error.reason if isinstance(error, Refusal) else error.code
    return Finish("failed", code=code, message=error.message, retry_after_s=error.retry_after_s)


def _told(answer: Answer) -> Finish:
    """Return how an answer ended whose stream is over."""
    if answer.failed is not None:
        failed = answer.failed
        return Finish("failed", code=failed.kind, message=failed.message, retry_after_s=failed.retry_after_s)
    return Finish("completed", stop_reason=None if answer.ended is None else answer.ended.reason)


def _last_events(finish: Finish) -> list[NewEvent]:
    ending = finish.ending
    spent: dict[str, object] = {
        "call_id": None if finish.call_id is None else str(finish.call_id),
        "usage": None
        if ending is None
        else {"input_tokens": ending.tokens.input, "output_tokens": ending.tokens.output},
        "cost_nanousd": None if ending is None else ending.cost_nanousd,
        "estimated": None if ending is None else ending.estimated,
    }
    match finish.state:
        case "completed":
            return [new_event("message.completed", _message(finish) | spent), new_event("run.completed", spent)]
        case "failed":
            why = {"code": finish.code, "message": finish.message, "retry_after_s": finish.retry_after_s}
            return [new_event("run.failed", why | spent)]
        case "cancelled":
            return [new_event("run.cancelled", spent)]


def _message(finish: Finish) -> dict[str, object]:
    ending = finish.ending
    return {
        "parts": [shown(part) for part in finish.parts],
        "stop_reason": finish.stop_reason,
        "model": None if ending is None else ending.model,
        "deployment": None if ending is None else ending.deployment,
        "losses": [] if ending is None else [_loss(loss) for loss in ending.losses],
    }


def _loss(loss: Loss) -> dict[str, str]:
    return {"path": loss.path, "reason": loss.reason, "effect": loss.effect}


def _close_of(finish: Finish) -> Close:
    ending = finish.ending
    if ending is None:
        return Close(finish.state, finish.code)
    return Close(finish.state, finish.code, ending.tokens.input, ending.tokens.output, ending.cost_nanousd)
