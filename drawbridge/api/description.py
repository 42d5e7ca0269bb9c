"""How the admin API describes itself: OpenAPI, with everything that each operation has in common with the others."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from drawbridge.core.operations import NAMES_OTHERS, NEEDS_STEP_UP

# Any: a description is JSON.
Json = dict[str, Any]

_SIGNING_IN: Final = "/api/auth/"
_OWN: Final = "/api/me"
"""What people do to their own accounts: by their sessions only."""
_OWN_KEYS: Final = "/api/me/keys"

_ABOUT: Final = (
    "Everything that an administrator can set, and what was used. Lists come in pages: give `next_cursor` as `cursor`."
    " A POST with an `Idempotency-Key` can be repeated safely for 24 hours."
)
_ERROR: Final[Json] = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
_SCHEMAS: Final[Json] = {
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": {"type": "string", "description": "For programs: does not change."},
                    "message": {"type": "string", "description": "For people: what happened, and what to do next."},
                    "problems": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
                },
            }
        },
    },
    "Problem": {
        "type": "object",
        "required": ["path", "message"],
        "properties": {
            "path": {"type": "string", "description": "A JSON path in the body, else the name of a parameter."},
            "message": {"type": "string"},
            "file": {"type": "string", "description": "For YAML: the file's name; the path is then one within it."},
            "line": {"type": ["integer", "null"], "description": "For YAML: the line, from 1, where one is to blame."},
        },
    },
}
_SECURITY_SCHEMES: Final[Json] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An admin key; also as `x-api-key`."},
    "session": {"type": "apiKey", "in": "cookie", "name": "drawbridge_session", "description": "Who signed in."},
}
_ALWAYS: Final = {
    "400": "The request cannot be understood.",
    "401": "No valid key or session came with the request.",
    "403": "Policy does not allow it; the message names the grant that refused, and whom to ask.",
    "422": "Something in the request is wrong; `problems` names each.",
    "429": "Too much at once: try again after `retry-after` seconds.",
    "503": "The database is away: try again after `retry-after` seconds.",
}
_OR_STEP_UP: Final = (
    " Or the code is `step_up_required`: in a session, show a password or passkey once more"
    " (POST /api/me/step-up/...), then repeat this."
)
_ON_AN_OBJECT: Final = {"404": "There is no such object, or none that you may see."}
_ON_WHAT_IT_NAMES: Final = {"404": "Something that the request refers to does not exist, or you may not see it."}
_ON_CHANGE: Final = {
    **_ON_WHAT_IT_NAMES,
    "409": "It contradicts what exists, or is managed by file.",
}
_ON_A_VERSION: Final = {"412": "The object is not as If-Match or If-None-Match says."}
_WITH_A_BODY: Final = {"413": "The body is too large.", "415": "The body is not sent as JSON."}
_IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Up to 200 characters of your choice: the request is done once, and repeated with the same answer.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}


class DescribedApi(FastAPI):
    """An application whose OpenAPI description is complete."""

    def __init__(self, *, title: str, version: str, path: str) -> None:
        super().__init__(
            title=title,
            version=version,
            openapi_url=path,
            docs_url=None,
            redoc_url=None,
            description=_ABOUT,
            generate_unique_id_function=_operation_id,
        )
        self._more_schemas: Json = {}
        self._completed: Json | None = None

    def add_schemas(self, schemas: Mapping[str, Any]) -> None:
        """Add schemas that routes refer to by hand."""
        self._more_schemas |= schemas

    def openapi(self) -> Json:
        """Return the description."""
        description = super().openapi()
        if description is not self._completed:
            self._completed = description
            _complete(description, self._more_schemas)
        return description


def is_repeatable(path: str) -> bool:
    """Tell whether a POST can be repeated with an Idempotency-Key: not where people sign in, or change how they do."""
    return path.startswith(_OWN_KEYS) or not path.startswith((_SIGNING_IN, _OWN))


def _security(path: str) -> list[Json]:
    if path.startswith(_SIGNING_IN):
        return []
    return [{"session": []}] if path.startswith(_OWN) else [{"key": []}, {"session": []}]


def _operation_id(route: APIRoute) -> str:
    return route.name


def _complete(description: Json, more_schemas: Json) -> None:
    components: Json = description.setdefault("components", {})
    schemas: Json = components.setdefault("schemas", {})
    for framework_own in ("HTTPValidationError", "ValidationError"):
        schemas.pop(framework_own, None)
    schemas |= {**_SCHEMAS, **more_schemas}
    components["securitySchemes"] = _SECURITY_SCHEMES
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            _complete_operation(path, method, operation)


def _complete_operation(path: str, method: str, operation: Json) -> None:
    operation.setdefault("security", _security(path))
    if said := operation.get("description", ""):
        operation["summary"] = said.partition("\n")[0]
    wanted = {**_ALWAYS}
    wanted |= _ON_WHAT_IT_NAMES if operation.pop(NAMES_OTHERS, False) else {}
    wanted |= _ON_AN_OBJECT if "{" in path else {}
    wanted |= _ON_CHANGE if method != "get" else {}
    wanted |= _ON_A_VERSION if method in {"put", "delete"} else {}
    wanted |= _WITH_A_BODY if "requestBody" in operation else {}
    if method == "post" and is_repeatable(path):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    if operation.get(NEEDS_STEP_UP):
        wanted["403"] += _OR_STEP_UP
    responses: Json = operation["responses"]
    for status, said in wanted.items():
        # The framework's own 422 has another form than ours.
        if status not in responses or status == "422":
            responses[status] = {"description": said, **_ERROR}
