"""A vendor that fails as vendors do, in the words of each, for a while or for good."""

from dataclasses import dataclass
from typing import Literal

from tests.clients.model import ScriptedModel
from tests.clients.replies import json_answer
from tests.parts.answers import Json
from tests.parts.wire import Answer, Request

BAD_DAY = "The vendor has a bad day."
_FOR_GOOD = 1_000_000

Status = Literal[401, 429, 500]
_OPENAI = {401: "invalid_request_error", 429: "requests", 500: "server_error"}
_ANTHROPIC = {401: "authentication_error", 429: "rate_limit_error", 500: "api_error"}
_GEMINI = {401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL"}


@dataclass(slots=True)
class FailingModel:
    """Fails the first requests, then does what its model does. A script for the vendor."""

    then: ScriptedModel
    status: Status
    times: int = _FOR_GOOD
    failed: int = 0

    def __call__(self, request: Request) -> Answer:
        if self.failed == self.times:
            return self.then(request)
        self.failed += 1
        return _failure(request.path, self.status)


def _failure(path: str, status: Status) -> Answer:
    headers = (("content-type", "application/json"), *((("retry-after", "1"),) if status == 429 else ()))
    answer = json_answer(_error(path, status), status)
    return Answer(status=status, headers=headers, pieces=answer.pieces)


def _error(path: str, status: Status) -> Json:
    if "/messages" in path:
        return {"type": "error", "error": {"type": _ANTHROPIC[status], "message": BAD_DAY}, "request_id": "req_1"}
    if "enerateContent" in path:
        return {"error": {"code": status, "message": BAD_DAY, "status": _GEMINI[status]}}
    return {"error": {"message": BAD_DAY, "type": _OPENAI[status], "param": None, "code": None}}
