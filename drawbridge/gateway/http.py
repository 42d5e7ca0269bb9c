"""The gateway's door: every model call comes in here, and every refusal goes out."""

import logging
from collections.abc import Callable

from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import CallId, uuid7
from drawbridge.gateway.clients import recognise_client
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.endpoints import dialect_of, find_target, listing_dialect
from drawbridge.gateway.objects.paths import ObjectCall, find_object_call
from drawbridge.gateway.objects.serving import ObjectCalls
from drawbridge.gateway.pipeline import Pipeline
from drawbridge.gateway.refusals import Refusal, our_fault, refusal_of, write_refusal
from drawbridge.ingress import CallerLeftError, Exchange
from drawbridge.usage.denials import Denial

_log = logging.getLogger(__name__)


class Gateway:
    """Answers every model call."""

    def __init__(self, pipeline: Pipeline, objects: ObjectCalls, note_denial: Callable[[Denial], None]) -> None:
        self._pipeline = pipeline
        self._objects = objects
        self._note_denial = note_denial

    async def __call__(self, exchange: Exchange) -> None:
        call_id = CallId(uuid7())
        listing = listing_dialect(exchange.headers)
        dialect = dialect_of(exchange.path, listing)
        try:
            target = find_target(exchange.method, exchange.path, listing)
            if not isinstance(target, frozenset):
                dialect = target.dialect
                await self._pipeline.serve(exchange, target, call_id)
                return
            dialect, call = find_object_call(exchange.method, exchange.path, exchange.headers, dialect)
            if not isinstance(call, ObjectCall):
                raise _unknown(exchange, target | call)
            await self._objects.serve(exchange, call, call_id)
        except CallerLeftError:
            return
        except (Refusal, DrawbridgeError) as error:
            if isinstance(error, Refusal) and error.denial is not None:
                self._note_denial(error.denial)
            await _answer(exchange, error, dialect, call_id)
        except Exception:
            _log.exception("call %s failed", call_id)
            await _answer(exchange, our_fault(call_id), dialect, call_id)


async def _answer(exchange: Exchange, error: Refusal | DrawbridgeError, dialect: Dialect, call_id: CallId) -> None:
    refusal = error if isinstance(error, Refusal) else refusal_of(error)
    if exchange.started:
        return
    status = refusal.status(recognise_client(exchange.headers))
    headers = [
        (b"content-type", b"application/json"),
        (b"x-drawbridge-call", str(call_id).encode()),
        *refusal.headers,
    ]
    if refusal.retry_after_s is not None:
        headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
    elif status < 500:
        # Understood by the SDKs of OpenAI and Anthropic: what is refused once stays refused.
        headers.append((b"x-should-retry", b"false"))
    await exchange.reply(status, headers, write_refusal(refusal, dialect, status))


def _unknown(exchange: Exchange, methods: frozenset[str]) -> Refusal:
    if methods:
        takes = " or ".join(sorted(methods))
        return Refusal("method_not_allowed", f"{exchange.path} takes {takes}, not {exchange.method}.")
    return Refusal(
        "unknown_path",
        f"There is no {exchange.path} here. Served are the paths of OpenAI, Anthropic and Gemini that take a model, "
        "such as /v1/chat/completions, /v1/messages and /v1beta/models/{model}:generateContent.",
    )
