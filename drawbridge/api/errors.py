"""How every error of the admin API is told: one form, whoever raised it."""

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from drawbridge.config.errors import DocumentError, EntryError, EntryProblem
from drawbridge.core.errors import DrawbridgeError
from drawbridge.core.text import escape_unprintable
from drawbridge.identity.errors import NotAllowedError, UnknownObjectError
from drawbridge.policy.denials import DenialLog

_CODES: Final = {404: "not_found", 405: "method_not_allowed"}


def add_error_answers(api: FastAPI, denials: DenialLog) -> None:
    """Let an application tell errors in the form of `error_body`, and record what was denied."""

    async def answer(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, DrawbridgeError)
        if isinstance(error, NotAllowedError | UnknownObjectError) and error.denial is not None:
            denials.note(error.denial)
        headers = {} if error.retry_after_s is None else {"retry-after": str(max(1, round(error.retry_after_s)))}
        body = error_body(error.code, error.message, error.problems if isinstance(error, EntryError) else ())
        if isinstance(error, DocumentError):
            body["error"]["problems"] = _places(error)
        return JSONResponse(body, status_code=error.status, headers=headers)

    api.add_exception_handler(DrawbridgeError, answer)
    api.add_exception_handler(RequestValidationError, _answer_invalid)
    api.add_exception_handler(HTTPException, _answer_http)


# Any: JSON.
def error_body(code: str, message: str, problems: tuple[EntryProblem, ...] = ()) -> dict[str, Any]:
    """Write an error as it is answered; `problems` name each thing that is wrong with the request."""
    error: dict[str, Any] = {"code": code, "message": message}
    if problems:
        error["problems"] = [
            {"path": escape_unprintable(problem.path), "message": escape_unprintable(problem.message)}
            for problem in problems
        ]
    return {"error": error}


# Any: JSON.
def _places(error: DocumentError) -> list[dict[str, Any]]:
    return [
        {
            "path": escape_unprintable(problem.where),
            "message": escape_unprintable(problem.message),
            "file": escape_unprintable(problem.source),
            "line": problem.line,
        }
        for problem in error.problems
    ]


async def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Any: pydantic's report of a problem is a plain dict.
    found: list[dict[str, Any]] = list(error.errors())
    problems = tuple(EntryProblem(_place(problem["loc"]), str(problem["msg"])) for problem in found)
    message = "; ".join(escape_unprintable(f"{problem.path}: {problem.message}") for problem in problems)
    return JSONResponse(error_body("invalid_request", message, problems), status_code=422)


def _place(steps: "tuple[str | int, ...]") -> str:
    """Write where a problem is: a JSON path in the body, else the name of the parameter."""
    source, *rest = steps
    if source == "body":
        return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)
    return ".".join(str(step) for step in rest) or str(source)


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "refused")
    return JSONResponse(error_body(code, error.detail), status_code=error.status_code, headers=error.headers)
