"""Errors in the shapes of the vendors, for requests that they would refuse and for failures that were asked for.

    DrawbridgeError
      +-- Failure

Sources, all read 2026-11-22: recorded errors of the vendors; https://docs.claude.com/en/api/errors;
https://platform.openai.com/docs/guides/error-codes; https://ai.google.dev/gemini-api/docs/troubleshooting.
"""

from typing import Final, Literal

import msgspec

from drawbridge.core.errors import DrawbridgeError
from drawbridge.gateway.dialects import Vendor
from drawbridge.gateway.providers.rehearsal.reply import JSON_TYPE, Piece, RehearsedReply, Seed

Reason = Literal["unreadable", "missing", "invalid", "empty", "not_found", "refused", "rehearsed"]

RETRY_AFTER_S: Final = 1

_ANTHROPIC_TYPE: Final = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_GEMINI_STATUS: Final = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_OPENAI_REASON: Final[dict[Reason, str | None]] = {
    "unreadable": None,
    "missing": "missing_required_parameter",
    "invalid": "invalid_value",
    "empty": "empty_array",
    "not_found": "previous_response_not_found",
    "refused": None,
    "rehearsed": None,
}
_OPENAI_STATUS: Final = {
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
    503: ("service_unavailable_error", None),
}


class Failure(DrawbridgeError):
    """A request that gets an error instead of an answer.

    `path` holds the keys and positions that lead to the field at fault, from the outside in.
    """

    code = "rehearsed_failure"
    fault = "caller"

    def __init__(self, reason: Reason, message: str, path: tuple[str | int, ...] = (), status: int = 400) -> None:
        super().__init__(message, retry_after_s=RETRY_AFTER_S if status == 429 else None)
        self.reason: Reason = reason
        self.path = path
        self.status = status


def missing(*path: str | int) -> Failure:
    """Return the failure of a request that lacks a field."""
    return Failure("missing", "Field required", path)


def write_failure(failure: Failure, vendor: Vendor, seed: Seed, *, as_array: bool = False) -> RehearsedReply:
    """Return the reply with which a vendor tells a failure. `as_array` is for Gemini's stream as a JSON array."""
    match vendor:
        case "openai":
            body: object = _openai(failure)
        case "anthropic":
            body = _anthropic(failure, seed)
        case "gemini":
            body = [_gemini(failure)] if as_array else _gemini(failure)
    headers = [("content-type", JSON_TYPE)]
    if failure.retry_after_s is not None:
        headers.append(("retry-after", f"{failure.retry_after_s:.0f}"))
    return RehearsedReply(failure.status, tuple(headers), (Piece(msgspec.json.encode(body)),))


def _openai(failure: Failure) -> object:
    param = _openai_path(failure.path)
    match failure.reason:
        case "missing":
            message = f"Missing required parameter: '{param}'."
        case "invalid":
            message = f"Invalid value for '{param}': {failure.message}."
        case "empty":
            message = f"Invalid '{param}': empty array. Expected an array with minimum length 1."
        case _:
            message = failure.message
    kind, code = _openai_kind(failure)
    return {"error": {"message": message, "type": kind, "param": param or None, "code": code}}


def _openai_kind(failure: Failure) -> tuple[str, str | None]:
    if failure.reason != "rehearsed":
        return "invalid_request_error", _OPENAI_REASON[failure.reason]
    default = ("invalid_request_error" if failure.status < 500 else "server_error", None)
    return _OPENAI_STATUS.get(failure.status, default)


def _openai_path(path: tuple[str | int, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _anthropic(failure: Failure, seed: Seed) -> object:
    where = ".".join(str(step) for step in failure.path)
    text = "at least one item is required" if failure.reason == "empty" else failure.message
    default = "invalid_request_error" if failure.status < 500 else "api_error"
    kind = _ANTHROPIC_TYPE.get(failure.status, default)
    message = f"{where}: {text}" if where else text
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": seed.name("req_")}


def _gemini(failure: Failure) -> dict[str, object]:
    where = _openai_path(failure.path)
    match failure.reason:
        case "missing":
            message = f"* GenerateContentRequest.{where}: {where} is not specified\n"
        case "empty":
            message = f"* GenerateContentRequest.{where}: {where} must not be empty\n"
        case "invalid":
            message = f"Invalid value at '{where}': {failure.message}"
        case _:
            message = failure.message
    default = "INVALID_ARGUMENT" if failure.status < 500 else "INTERNAL"
    error: dict[str, object] = {
        "code": failure.status,
        "message": message,
        "status": _GEMINI_STATUS.get(failure.status, default),
    }
    if failure.retry_after_s is not None:
        retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{failure.retry_after_s:.0f}s"}
        error["details"] = [retry]
    return {"error": error}
