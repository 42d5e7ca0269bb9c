"""Requests of other dialects, as they are in the canonical form, and what a Responses vendor gets of them."""

from typing import Any

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.wire.canonical import Message, Part, Request, Role, Setting, SettingName, Tool
from drawbridge.gateway.wire.dialect import Target, WireRequest, Written
from drawbridge.gateway.wire.openai_responses.read_request import read_request
from drawbridge.gateway.wire.openai_responses.write_request import write_request
from drawbridge.gateway.wire.profiles import UNKNOWN, Profile
from tests.parts.sdk_types import complaints
from tests.parts.strict.checks import Asked, first_complaint
from tests.parts.strict.responses import RESPONSES_RULES

# Any: a JSON value, as a test wrote it.
Body = dict[str, Any]

PROVIDER = "vendor"


def read(body: Body) -> Request:
    """Read a request of this dialect."""
    return read_request(WireRequest("POST", "/responses", body={"model": "m", **body}))


def again(body: Body) -> Body:
    """Read and write a request of this dialect."""
    request = read(body)
    return write_request(request, Target(PROVIDER, request.model, UNKNOWN)).wire.body


def asked(
    *messages: Message,
    tools: tuple[Tool, ...] = (),
    dialect: Dialect = "anthropic-messages",
    **settings: Any,
) -> Request:
    """Return a request of another dialect."""
    named: dict[SettingName, Setting] = {
        name: Setting(at=name, raw=value, value=value)  # pyright: ignore[reportAssignmentType]
        for name, value in settings.items()
    }
    return Request(dialect=dialect, model="m", messages=list(messages), tools=list(tools), settings=named)


def message(role: Role, *parts: Part, at: str = "messages[0]") -> Message:
    """Return a message with these parts."""
    return Message(at=at, raw={}, role=role, parts=list(parts))


def write(request: Request, profile: Profile = UNKNOWN) -> Written:
    """Write a request for a vendor: the strict one must take it, and the SDK's types must hold it."""
    written = write_request(request, Target(PROVIDER, "up", profile))
    complaint = first_complaint(RESPONSES_RULES, Asked(written.wire.body, "up"))
    assert complaint is None, complaint
    assert not complaints("openai-responses", written.wire.body)
    return written


def lost(written: Written) -> list[str]:
    """Return the paths of what was lost."""
    return [loss.path for loss in written.losses]
