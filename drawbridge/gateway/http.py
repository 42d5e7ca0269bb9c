"""The gateway's door: raw ASGI, because a framework here costs more than the rest of a call."""

import logging
from typing import Final

from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import CallId, uuid7
from drawbridge.gateway.clients import recognise_client
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.endpoints import dialect_of, find_target, listing_dialect
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.exchange import CallerLeftError, Exchange, Receive, Scope, Send
from drawbridge.gateway.pipeline import Pipeline
from drawbridge.gateway.refusals import Reason, Refusal, write_refusal

_log = logging.getLogger(__name__)

_REASON: Final[dict[int, Reason]] = {
    413: "too_large",
    415: "unsupported_encoding",
    503: "not_ready",
}


class Gateway:
    """An ASGI application that answers every model call."""

    def __init__(self, pipeline: Pipeline, *, caller_timeout_s: float) -> None:
        self._pipeline = pipeline
        self._caller_timeout_s = caller_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, timeout_s=self._caller_timeout_s)
        call_id = CallId(uuid7())
        listing = listing_dialect(exchange.headers)
        dialect = dialect_of(exchange.path, listing)
        try:
            target = find_target(exchange.method, exchange.path, listing)
            if isinstance(target, frozenset):
                raise _unknown(exchange, target)
            dialect = target.dialect
            await self._pipeline.serve(exchange, target, call_id)
        except CallerLeftError:
            return
        except (Refusal, DrawbridgeError) as error:
            await _answer(exchange, error, dialect, call_id)
        except Exception:
            _log.exception("call %s failed", call_id)
            await _answer(exchange, _our_fault(call_id), dialect, call_id)


def _our_fault(call_id: CallId) -> Refusal:
    return Refusal(
        "internal",
        f"Drawbridge failed at this call. Give the operator the number {call_id}: the log tells more.",
        retry_after_s=5,
    )


async def _answer(exchange: Exchange, error: Refusal | DrawbridgeError, dialect: Dialect, call_id: CallId) -> None:
    refusal = error if isinstance(error, Refusal) else _refusal(error)
    if exchange.started:
        return
    status = refusal.status(recognise_client(exchange.headers))
    headers = [
        (b"content-type", b"application/json"),
        (b"x-drawbridge-call", str(call_id).encode()),
    ]
    if refusal.retry_after_s is not None:
        headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
    elif status < 500:
        # Understood by the SDKs of OpenAI and Anthropic: what is refused once stays refused.
        headers.append((b"x-should-retry", b"false"))
    await exchange.reply(status, headers, write_refusal(refusal, dialect, status))


def _refusal(error: DrawbridgeError) -> Refusal:
    reason = _REASON.get(error.status, "bad_request" if error.status < 500 else "internal")
    retry_after_s = None if error.retry_after_s is None else max(1, round(error.retry_after_s))
    param = error.member if isinstance(error, MalformedBody) else None
    return Refusal(reason, error.message, retry_after_s=retry_after_s, param=param)


def _unknown(exchange: Exchange, methods: frozenset[str]) -> Refusal:
    if methods:
        takes = " or ".join(sorted(methods))
        return Refusal("method_not_allowed", f"{exchange.path} takes {takes}, not {exchange.method}.")
    return Refusal(
        "unknown_path",
        f"There is no {exchange.path} here. Served are /v1/chat/completions, /v1/responses, /v1/embeddings, "
        "/v1/messages, /v1/messages/count_tokens, /v1/models, and /v1beta/models/{model}:generateContent, "
        ":streamGenerateContent, :countTokens, :embedContent and :batchEmbedContents.",
    )
