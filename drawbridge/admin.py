"""The admin API: every product's routes in one FastAPI application, under /api."""

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from drawbridge import __version__
from drawbridge.core.clock import Clock
from drawbridge.core.errors import DrawbridgeError
from drawbridge.db.engine import Database
from drawbridge.identity.http import admin_check, identity_router
from drawbridge.usage.http import usage_router

DESCRIPTION: Final = "/api/openapi.json"
"""Where the API describes itself, to anybody."""


def build_admin_api(database: Database, clock: Clock) -> FastAPI:
    """Put the admin API together."""
    api = FastAPI(title="Drawbridge", version=__version__, openapi_url=DESCRIPTION, docs_url=None, redoc_url=None)
    require_admin = admin_check(database, clock)
    api.include_router(identity_router(database, clock, require_admin))
    api.include_router(usage_router(database, require_admin))
    api.add_exception_handler(DrawbridgeError, _answer)
    api.add_exception_handler(RequestValidationError, _answer_invalid)
    return api


async def _answer(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DrawbridgeError)
    headers = {} if error.retry_after_s is None else {"retry-after": str(max(1, round(error.retry_after_s)))}
    body = {"error": {"code": error.code, "message": error.message}}
    return JSONResponse(body, status_code=error.status, headers=headers)


async def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Any: pydantic's report of a problem is a plain dict.
    problems: list[dict[str, Any]] = list(error.errors())
    message = "; ".join(f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}" for problem in problems)
    return JSONResponse({"error": {"code": "invalid_request", "message": message}}, status_code=422)
