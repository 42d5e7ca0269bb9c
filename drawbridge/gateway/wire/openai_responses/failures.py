"""Errors, as OpenAI tells them.

Sources: https://platform.openai.com/docs/guides/error-codes,
https://platform.openai.com/docs/api-reference/responses-streaming
and recorded traffic, as of 2026-11-23.
"""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.events import Failed, FailureKind
from drawbridge.gateway.wire.failure_kinds import KINDS_BY_STATUS
from drawbridge.gateway.wire.json_text import members, text_or_none

_CODES: Final[Mapping[str, FailureKind]] = {
    "context_length_exceeded": "context_length",
    "insufficient_quota": "quota",
    "billing_hard_limit_reached": "billing",
    "rate_limit_exceeded": "rate_limited",
    "model_not_found": "not_found",
    "invalid_api_key": "credential",
    "content_filter": "filtered",
    "bio_policy": "filtered",
    "misalignment_policy_violation": "filtered",
    "server_error": "vendor",
    "server_is_overloaded": "overloaded",
    "slow_down": "overloaded",
    "invalid_prompt": "bad_request",
}
_SAID: Final[Mapping[FailureKind, tuple[int, str, str | None]]] = {
    "bad_request": (400, "invalid_request_error", None),
    "credential": (401, "invalid_request_error", "invalid_api_key"),
    "billing": (402, "insufficient_quota", "insufficient_quota"),
    "forbidden": (403, "invalid_request_error", None),
    "not_found": (404, "invalid_request_error", None),
    "too_large": (413, "invalid_request_error", None),
    "context_length": (400, "invalid_request_error", "context_length_exceeded"),
    "rate_limited": (429, "rate_limit_error", "rate_limit_exceeded"),
    "quota": (429, "insufficient_quota", "insufficient_quota"),
    "overloaded": (503, "server_error", "server_is_overloaded"),
    "timeout": (504, "server_error", None),
    "filtered": (400, "invalid_request_error", "content_filter"),
    "broken_reply": (502, "server_error", None),
    "vendor": (500, "server_error", None),
}
"""The status, type and code of each kind of failure."""

_IN_STREAM: Final[Mapping[FailureKind, str]] = {
    "bad_request": "invalid_prompt",
    "rate_limited": "rate_limit_exceeded",
    "filtered": "invalid_prompt",
    "too_large": "invalid_prompt",
    "context_length": "context_length_exceeded",
    "quota": "insufficient_quota",
}
"""The code in `response.failed`. The last two are not in the SDK's list, but recorded, and Codex CLI acts on them."""


def read_error(raw: Json, status: int | None = None) -> Failed:
    """Read an error, whatever it is: an object with a message, or anything else."""
    error = members(raw)
    code, kind = text_or_none(error.get("code")), text_or_none(error.get("type"))
    message = text_or_none(error.get("message")) or (
        raw if isinstance(raw, str) and raw else "The vendor gave no reason."
    )
    by_status: FailureKind = KINDS_BY_STATUS.get(status or 0, "vendor")
    found = _CODES.get(code or "") or _CODES.get(kind or "") or by_status
    return Failed(kind=found, message=message, status=status, code=code, param=text_or_none(error.get("param")))


def status_of(failed: Failed) -> int:
    """Return the HTTP status for a failure that came before anything else."""
    if failed.kind == "overloaded" or failed.status is None or failed.status < 400:
        # 529 is Anthropic's alone.
        return _SAID[failed.kind][0]
    return failed.status


def write_error(failed: Failed) -> dict[str, Json]:
    """Write a failure as the body of a reply."""
    _, kind, code = _SAID[failed.kind]
    return {"error": {"message": failed.message, "type": kind, "param": failed.param, "code": failed.code or code}}


def write_stream_error(failed: Failed) -> dict[str, Json]:
    """Write a failure as the `error` of a response."""
    return {"code": _IN_STREAM.get(failed.kind, "server_error"), "message": failed.message}
