"""Why an answer ended, in Gemini's words and in everybody's."""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import Json
from drawbridge.gateway.wire.events import FailureKind, StopReason
from drawbridge.gateway.wire.failure_kinds import KINDS_BY_STATUS

# https://ai.google.dev/api/generate-content#FinishReason and google-genai 3.4.0, read 2026-11-23.
_REASONS: Final[Mapping[str, StopReason]] = {
    "STOP": "end",
    "MAX_TOKENS": "length",
    "SAFETY": "filtered",
    "RECITATION": "filtered",
    "LANGUAGE": "filtered",
    "BLOCKLIST": "filtered",
    "PROHIBITED_CONTENT": "filtered",
    "SPII": "filtered",
    "MODEL_ARMOR": "filtered",
    "ESCALATION": "filtered",
    "IMAGE_SAFETY": "filtered",
    "IMAGE_PROHIBITED_CONTENT": "filtered",
    "IMAGE_RECITATION": "filtered",
    "MALFORMED_FUNCTION_CALL": "malformed_call",
    "UNEXPECTED_TOOL_CALL": "malformed_call",
}

# Asked with enum-encoding=int, Vertex tells numbers:
# https://docs.cloud.google.com/python/docs/reference/aiplatform/latest/google.cloud.aiplatform_v1.types.Candidate.FinishReason
# read 2026-11-23.
_NUMBERS: Final = (
    "FINISH_REASON_UNSPECIFIED",
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "OTHER",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MALFORMED_FUNCTION_CALL",
    "MODEL_ARMOR",
)

_WORDS: Final[Mapping[StopReason, str]] = {
    "end": "STOP",
    "length": "MAX_TOKENS",
    "stop_sequence": "STOP",
    "tool_calls": "STOP",
    # "The model stopped generating because the content potentially violates safety policies" (google-genai 3.4.0): no
    # other reason is nearer to a model that will not answer, and after STOP its words would pass for an answer.
    "refusal": "SAFETY",
    "filtered": "SAFETY",
    "paused": "OTHER",
    "context_length": "MAX_TOKENS",
    "malformed_call": "MALFORMED_FUNCTION_CALL",
    "other": "OTHER",
}


def read_reason(said: Json, *, has_calls: bool) -> StopReason:
    """Return why an answer ended. Gemini stops for calls as for anything else."""
    if isinstance(said, int) and 0 <= said < len(_NUMBERS):
        said = _NUMBERS[said]
    reason: StopReason = _REASONS.get(said, "other") if isinstance(said, str) else "other"
    return "tool_calls" if reason == "end" and has_calls else reason


def write_reason(reason: StopReason) -> str:
    """Return a finishReason."""
    return _WORDS[reason]


# https://ai.google.dev/gemini-api/docs/troubleshooting, read 2026-11-23.
_STATUSES: Final[Mapping[int, str]] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "FAILED_PRECONDITION",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    529: "UNAVAILABLE",
}
_CODES: Final[Mapping[FailureKind, int]] = {
    "bad_request": 400,
    "credential": 401,
    "billing": 402,
    "forbidden": 403,
    "not_found": 404,
    "too_large": 413,
    "context_length": 400,
    "rate_limited": 429,
    "quota": 429,
    "overloaded": 503,
    "timeout": 504,
    "filtered": 400,
    "broken_reply": 502,
    "vendor": 500,
}


def failure_kind(status: int | None, message: str) -> FailureKind:
    """Return what went wrong, by the code of an error and its words."""
    kind: FailureKind = KINDS_BY_STATUS.get(status or 500, "vendor")
    if kind == "bad_request" and "exceeds the maximum number of tokens" in message:
        return "context_length"
    if kind == "bad_request" and "API key" in message:
        return "credential"
    if kind == "rate_limited" and "exceeded your current quota" in message:
        return "quota"
    return kind


def status_of(kind: FailureKind, status: int | None) -> tuple[int, str]:
    """Return the code of an error and its name: the vendor's own code, where it is one of an error."""
    code = status if status is not None and 400 <= status < 600 else _CODES[kind]
    return code, _STATUSES.get(code, "INTERNAL" if code >= 500 else "FAILED_PRECONDITION")
