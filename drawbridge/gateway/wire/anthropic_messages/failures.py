"""Errors, as a vendor tells them and as a caller is told.

https://platform.claude.com/docs/en/api/errors, read 2026-11-23.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drawbridge.gateway.wire.anthropic_messages.members import Members
from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.dialect import ReplyHead
from drawbridge.gateway.wire.events import Failed, FailureKind
from drawbridge.gateway.wire.failure_kinds import KINDS_BY_STATUS
from drawbridge.gateway.wire.json_text import members

_KINDS: Final[Mapping[str, FailureKind]] = MappingProxyType(
    {
        "invalid_request_error": "bad_request",
        "authentication_error": "credential",
        "billing_error": "billing",
        "permission_error": "forbidden",
        "not_found_error": "not_found",
        "request_too_large": "too_large",
        "rate_limit_error": "rate_limited",
        "timeout_error": "timeout",
        "api_error": "vendor",
        "overloaded_error": "overloaded",
    }
)
_TYPES: Final[Mapping[FailureKind, tuple[str, int]]] = MappingProxyType(
    {
        "bad_request": ("invalid_request_error", 400),
        "credential": ("authentication_error", 401),
        "billing": ("billing_error", 402),
        "forbidden": ("permission_error", 403),
        "not_found": ("not_found_error", 404),
        "too_large": ("request_too_large", 413),
        "context_length": ("invalid_request_error", 400),
        "rate_limited": ("rate_limit_error", 429),
        "quota": ("rate_limit_error", 429),
        "overloaded": ("overloaded_error", 529),
        "timeout": ("timeout_error", 504),
        "filtered": ("invalid_request_error", 400),
        "broken_reply": ("api_error", 502),
        "vendor": ("api_error", 500),
    }
)
_TOO_LONG: Final = ("prompt is too long", "exceed context limit", "context window")
_NO_MONEY: Final = "credit balance is too low"
_MOST_WORDS: Final = 2000
_LEAST_ERROR_STATUS: Final = 400


def is_failure(value: Json) -> bool:
    """Tell whether a whole reply or an event of a stream is an error."""
    found = members(value)
    return found.get("type") == "error" or ("error" in found and found.get("type") in (None, "error"))


def read_failure(value: Json, status: int | None, retry_after_s: float | None = None) -> tuple[Failed, dict[str, Json]]:
    """Read an error. Returns it and what of its object was left over."""
    outer = Members(members(value))
    outer.is_exactly("type", "error")
    error = outer.below("error")
    kind = message = None
    extras: dict[str, Json] = {}
    if error is not None:
        kind, message = error.text("type"), error.text("message")
        extras = error.rest("error")
    failed = Failed(
        at="error",
        raw=members(value).get("error"),
        names={"code": "type"},
        kind=_kind(kind, status, message or ""),
        message=message or "The vendor reported an error without a message.",
        status=status if status is not None and status >= _LEAST_ERROR_STATUS else None,
        code=kind,
        retry_after_s=retry_after_s,
    )
    return failed, extras | outer.rest()


def failure_of_text(text: bytes, head: ReplyHead) -> Failed:
    """Return the failure that a reply is which is no JSON."""
    words = text.decode("utf-8", "replace").strip()[:_MOST_WORDS]
    if head.status < _LEAST_ERROR_STATUS:
        return Failed(kind="broken_reply", message="The vendor's reply is no message of the Anthropic dialect.")
    return Failed(
        kind=_kind(None, head.status, words),
        message=words or f"The vendor answered with the status {head.status} and without words.",
        status=head.status,
        retry_after_s=retry_after_s(head),
    )


def retry_after_s(head: ReplyHead) -> float | None:
    """Return how long the vendor wants to be left alone."""
    headers = dict(head.headers)
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return float(headers[name]) * unit_s
        except (KeyError, ValueError):
            continue
    return None


def write_failure(failed: Failed, code: str | None = None) -> dict[str, Json]:
    """Write an error, for a whole reply or an event of a stream."""
    return {"type": "error", "error": {"type": code or _TYPES[failed.kind][0], "message": failed.message}}


def status_of(failed: Failed) -> int:
    """Return the HTTP status that an error has for the caller."""
    return failed.status or _TYPES[failed.kind][1]


def _kind(kind: str | None, status: int | None, message: str) -> FailureKind:
    words = message.lower()
    found = _KINDS.get(kind or "") or KINDS_BY_STATUS.get(status or 0, "vendor")
    if found == "bad_request" and any(sign in words for sign in _TOO_LONG):
        return "context_length"
    return "billing" if found == "bad_request" and _NO_MONEY in words else found
