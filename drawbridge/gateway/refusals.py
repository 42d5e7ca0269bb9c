"""What a caller is told instead of an answer: in its own dialect, with a status at which its clients stop."""

from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.ids import CallId
from drawbridge.gateway.dialects import Dialect, vendor_of
from drawbridge.gateway.errors import MalformedBody
from drawbridge.usage.denials import Denial

Reason = Literal[
    "bad_request",
    "no_credential",
    "bad_credential",
    "forbidden",
    "over_budget",
    "rate_limited",
    "unknown_path",
    "unknown_model",
    "unknown_object",
    "unsupported_operation",
    "too_large",
    "unsupported_encoding",
    "method_not_allowed",
    "upgrade_refused",
    "timed_out_waiting_for_caller",
    "not_configured",
    "unbounded_cost",
    "not_ready",
    "provider_unreachable",
    "provider_broke_off",
    "provider_timed_out",
    "internal",
]

_STATUS: Final[dict[Reason, int]] = {
    "bad_request": 400,
    "no_credential": 401,
    "bad_credential": 401,
    "forbidden": 403,
    "over_budget": 402,
    "rate_limited": 429,
    "unknown_path": 404,
    "unknown_model": 404,
    "unknown_object": 404,
    "unsupported_operation": 404,
    "too_large": 413,
    "unsupported_encoding": 415,
    "method_not_allowed": 405,
    "upgrade_refused": 426,
    "timed_out_waiting_for_caller": 408,
    "not_configured": 400,
    "unbounded_cost": 400,
    "not_ready": 503,
    "provider_unreachable": 502,
    "provider_broke_off": 502,
    "provider_timed_out": 504,
    "internal": 500,
}

# Clients that take a plain refusal for a passing fault: observed on 2026-11-22. Codex CLI 0.169 sends anything but
# 400 six times, our 404 too; Claude Code 2.1 retries 401 for a minute, strips its features one by one at 400, and stops
# at 403 with our text.
_CLAUDE_STOPS: Final[dict[Reason, int]] = {
    "no_credential": 403,
    "bad_credential": 403,
    "not_configured": 403,
    "unbounded_cost": 403,
}
_STOPS: Final[dict[str, dict[Reason, int]]] = {
    "codex": {
        "no_credential": 400,
        "bad_credential": 400,
        "forbidden": 400,
        "over_budget": 400,
        "unknown_path": 400,
        "unknown_model": 400,
        "unknown_object": 400,
        "unsupported_operation": 400,
        "too_large": 400,
        "unsupported_encoding": 400,
    },
    "claude-code": _CLAUDE_STOPS,
    "claude-agent-sdk": _CLAUDE_STOPS,
}

_OPENAI_TYPE: Final[dict[int, str]] = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
_OPENAI_CODE: Final[dict[Reason, str]] = {"rate_limited": "rate_limit_exceeded"}
"""Where clients know the reason by a code of OpenAI's own."""
_ANTHROPIC_TYPE: Final[dict[int, str]] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_GEMINI_STATUS: Final[dict[int, str]] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "FAILED_PRECONDITION",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_RETRY_INFO: Final = "type.googleapis.com/google.rpc.RetryInfo"


# Not frozen: context managers made of generators set the traceback of what passes them, and would raise over that.
@dataclass(eq=False)
class Refusal(Exception):
    """Why there is no answer, and what to do about it."""

    reason: Reason
    message: str
    retry_after_s: int | None = None
    param: str | None = None
    """The request's field that is to blame, where there is one."""
    denial: Denial | None = None
    """What policy forbade, for the audit record; None where it is not policy that refuses."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """What the reply tells beside its words, in the caller's dialect."""

    def status(self, client: str | None) -> int:
        """Return the HTTP status at which this client stops and shows the message."""
        return _STOPS.get(client or "", {}).get(self.reason, _STATUS[self.reason])


_REASON: Final[dict[int, Reason]] = {
    408: "timed_out_waiting_for_caller",
    413: "too_large",
    415: "unsupported_encoding",
    503: "not_ready",
}


def refusal_of(error: DrawbridgeError) -> Refusal:
    """Return what a caller is told of an error."""
    reason = _REASON.get(error.status, "bad_request" if error.status < 500 else "internal")
    retry_after_s = None if error.retry_after_s is None else max(1, round(error.retry_after_s))
    param = error.member if isinstance(error, MalformedBody) else None
    return Refusal(reason, error.message, retry_after_s=retry_after_s, param=param)


def our_fault(call_id: CallId) -> Refusal:
    """Return what a caller is told of what nobody expected."""
    return Refusal(
        "internal",
        f"Drawbridge failed at this call. Give the operator the number {call_id}: the log tells more.",
        retry_after_s=5,
    )


def write_refusal(refusal: Refusal, dialect: Dialect, status: int) -> bytes:
    """Return the error body of a refusal in a dialect."""
    match vendor_of(dialect):
        case "openai":
            kind = _OPENAI_TYPE.get(status, "invalid_request_error" if status < 500 else "server_error")
            code = _OPENAI_CODE.get(refusal.reason, refusal.reason)
            told = {"message": refusal.message, "type": kind, "param": refusal.param, "code": code}
            error: object = {"error": told}
        case "anthropic":
            kind = _ANTHROPIC_TYPE.get(status, "invalid_request_error" if status < 500 else "api_error")
            error = {"type": "error", "error": {"type": kind, "message": refusal.message}}
        case "gemini":
            label = _GEMINI_STATUS.get(status, "FAILED_PRECONDITION" if status < 500 else "INTERNAL")
            wrong: dict[str, object] = {"code": status, "message": refusal.message, "status": label}
            if refusal.reason == "rate_limited" and refusal.retry_after_s is not None:
                # What Gemini's clients wait by: https://google.aip.dev/193 and google.rpc.RetryInfo, read 2026-11-23.
                wrong["details"] = [{"@type": _RETRY_INFO, "retryDelay": f"{refusal.retry_after_s}s"}]
            error = {"error": wrong}
    return msgspec.json.encode(error)


def write_stream_failure(refusal: Refusal, dialect: Dialect) -> bytes:
    """Return the events that end a broken stream properly, so that clients see a failure and not a short answer."""
    if dialect == "openai-responses":
        return b"event: response.failed\ndata: " + _failed_response(refusal) + b"\n\n"
    # Anthropic's SDKs look at events by their names, the others at their data alone.
    name = b"event: error\n" if vendor_of(dialect) == "anthropic" else b""
    return name + b"data: " + write_refusal(refusal, dialect, 502) + b"\n\n"


def _failed_response(refusal: Refusal) -> bytes:
    error = {"code": "server_error", "message": refusal.message}
    response: dict[str, object] = {"object": "response", "status": "failed", "error": error, "output": []}
    return msgspec.json.encode({"type": "response.failed", "sequence_number": 0, "response": response})
