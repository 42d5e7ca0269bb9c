"""Errors of chat completions vendors, in whatever form they send them, and of ours for callers."""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.events import Failed, FailureKind
from drawbridge.gateway.wire.failure_kinds import KINDS_BY_STATUS
from drawbridge.gateway.wire.json_text import elements, encode, members, text_or_none, whole_number

_MOST_TEXT: Final = 2000

_BY_CODE: Final[Mapping[str, FailureKind]] = {
    "context_length_exceeded": "context_length",
    "content_filter": "filtered",
    "insufficient_quota": "quota",
    "rate_limit_exceeded": "rate_limited",
    "invalid_api_key": "credential",
    "model_not_found": "not_found",
    "server_error": "vendor",
    "overloaded_error": "overloaded",
    "service_unavailable": "overloaded",
    "rate_limit_error": "rate_limited",
    "invalid_request_error": "bad_request",
    "timeout": "timeout",
}
_TYPES: Final[Mapping[FailureKind, tuple[int, str, str | None]]] = {
    "bad_request": (400, "invalid_request_error", None),
    "credential": (401, "invalid_request_error", "invalid_api_key"),
    "billing": (402, "insufficient_quota", "billing_not_active"),
    "forbidden": (403, "invalid_request_error", None),
    "not_found": (404, "invalid_request_error", "model_not_found"),
    "too_large": (413, "invalid_request_error", None),
    "context_length": (400, "invalid_request_error", "context_length_exceeded"),
    "rate_limited": (429, "rate_limit_error", "rate_limit_exceeded"),
    "quota": (429, "insufficient_quota", "insufficient_quota"),
    "overloaded": (503, "server_error", "service_unavailable"),
    "timeout": (504, "server_error", "timeout"),
    "filtered": (400, "invalid_request_error", "content_filter"),
    "broken_reply": (502, "server_error", "broken_reply"),
    "vendor": (502, "server_error", None),
}


def read_failure(body: dict[str, Json], head: ReplyHead, text: bytes = b"") -> Failed:
    """Read an error, of the reply's status or named in a stream."""
    error = body.get("error")
    named = members(error) or body
    code = named.get("code")
    status = head.status if head.status >= 400 else _status_in(code, named)
    message = _message(error, named)
    if not message and head.status < 400:
        return broken("The vendor sent something that is no chat completion.")
    return Failed(
        raw=body,
        kind=_kind(status, text_or_none(code), text_or_none(named.get("type"))),
        message=message or _snippet(text) or f"The vendor answered with status {head.status}.",
        status=status,
        code=text_or_none(code),
        param=text_or_none(named.get("param")),
        retry_after_s=_retry_after_s(head),
    )


def broken(message: str) -> Failed:
    """Return the failure for a reply that cannot be read."""
    return Failed(kind="broken_reply", message=message, status=502)


def write_failure(failed: Failed) -> dict[str, Json]:
    """Return the body of an error, or the event of a stream."""
    _, kind, code = _TYPES[failed.kind]
    error = {"message": failed.message, "type": kind, "param": failed.param, "code": failed.code or code}
    return {"error": error}


def status_of(failed: Failed) -> int:
    """Return the HTTP status that a caller is given."""
    return failed.status if failed.status is not None and failed.status >= 400 else _TYPES[failed.kind][0]


def _status_in(code: Json, named: dict[str, Json]) -> int | None:
    # OpenRouter names the status as the code (recorded 2026-08).
    for found in (code, named.get("status"), named.get("status_code")):
        status = whole_number(found) or (int(found) if isinstance(found, str) and found.isdecimal() else None)
        if status is not None and 400 <= status < 600:
            return status
    return None


def _kind(status: int | None, code: str | None, error_type: str | None) -> FailureKind:
    found = _BY_CODE.get(code or "")
    if found is not None:
        return found
    if status is not None:
        return KINDS_BY_STATUS.get(status, "bad_request" if status < 500 else "vendor")
    return _BY_CODE.get(error_type or "", "vendor")


def _message(error: Json, named: dict[str, Json]) -> str:
    if isinstance(error, str):
        return error
    for name in ("message", "detail", "details", "error_description"):
        found = named.get(name)
        if isinstance(found, str) and found:
            return found
        if found:
            # FastAPI's lists of what is wrong, as Mistral and vLLM send them.
            words = [text_or_none(members(one).get("msg")) for one in elements(found)]
            return "; ".join(word for word in words if word) or _snippet(encode(found))
    return ""


def _snippet(text: bytes) -> str:
    return text[:_MOST_TEXT].decode("utf-8", "replace").strip()


def _retry_after_s(head: ReplyHead) -> float | None:
    headers = dict(head.headers)
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit_s
        except ValueError:
            continue
        if 0 <= seconds < 1e9:
            return seconds
    return None
