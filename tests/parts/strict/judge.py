"""Judges a request by the rules of the dialect that its path stands for, and refuses it in that vendor's shape."""

import json
import re
from dataclasses import dataclass
from typing import Literal

from tests.parts.answers import json_bytes
from tests.parts.strict.anthropic import ANTHROPIC_RULES, COUNT_TOKENS_RULES
from tests.parts.strict.chat import CHAT_RULES
from tests.parts.strict.checks import Asked, Body, Complaint, Rule, first_complaint
from tests.parts.strict.gemini import GEMINI_RULES
from tests.parts.strict.responses import RESPONSES_RULES
from tests.parts.wire import Answer, Request

Shape = Literal["openai", "anthropic", "gemini"]

_GEMINI_PATH = re.compile(r".*/models/(?P<model>[^:/]+):(?:streamGenerateContent|generateContent)")


@dataclass(frozen=True, slots=True)
class _Judged:
    shape: Shape
    rules: tuple[Rule, ...]


_BY_ENDING = {
    "/chat/completions": _Judged("openai", CHAT_RULES),
    "/responses": _Judged("openai", RESPONSES_RULES),
    "/messages": _Judged("anthropic", ANTHROPIC_RULES),
    "/messages/count_tokens": _Judged("anthropic", COUNT_TOKENS_RULES),
}


def refuse(request: Request) -> Answer | None:
    """Return the refusal of a request that a strict vendor would not take; None for any other request."""
    judged = _judged(request.path)
    if judged is None:
        return None
    complaint = first_complaint(judged.rules, _read(request))
    return None if complaint is None else write_refusal(judged.shape, complaint)


def write_refusal(shape: Shape, complaint: Complaint) -> Answer:
    """Write a refusal as the vendor does."""
    kind = "invalid_request_error" if complaint.status == 400 else "not_found_error"
    match shape:
        case "openai":
            body: Body = {"error": {"message": complaint.message, "type": kind, "param": None, "code": None}}
        case "anthropic":
            body = {"type": "error", "error": {"type": kind, "message": complaint.message}, "request_id": "req_1"}
        case "gemini":
            status = "INVALID_ARGUMENT" if complaint.status == 400 else "NOT_FOUND"
            body = {"error": {"code": complaint.status, "message": complaint.message, "status": status}}
    headers = (("content-type", "application/json"),)
    return Answer(status=complaint.status, headers=headers, pieces=((json_bytes(body), 0.0),))


def _judged(path: str) -> _Judged | None:
    if _GEMINI_PATH.fullmatch(path):
        return _Judged("gemini", GEMINI_RULES)
    return next((judged for ending, judged in _BY_ENDING.items() if path.endswith(ending)), None)


def _read(request: Request) -> Asked:
    body: Body = json.loads(request.body)
    named = _GEMINI_PATH.fullmatch(request.path)
    model = named["model"] if named else str(body.get("model"))
    betas = (request.header("anthropic-beta") or "").split(",")
    return Asked(body, model, tuple(beta.strip() for beta in betas if beta.strip()))
