"""Calls and deployments as the tests of bounds need them."""

import json
from typing import get_args

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.endpoints import CALLED_BY_PATH, GEMINI_VERBS
from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.request import CallRequest, read_request
from drawbridge.gateway.snapshot import Deployment, Provider
from tests.parts.caller import Json

ENDPOINTS = {endpoint.operation: endpoint for endpoint in [*CALLED_BY_PATH.values(), *GEMINI_VERBS.values()]}
MODEL = "upstream"
SAID: list[Json] = [{"role": "user", "content": "How are you?"}]
CONTENTS: list[Json] = [{"role": "user", "parts": [{"text": "How are you?"}]}]
BODIES: dict[str, Json] = {
    "chat.completions": {"model": "m", "messages": SAID},
    "responses": {"model": "m", "input": "How are you?"},
    "messages": {"model": "m", "max_tokens": 4_096, "messages": SAID},
    "generateContent": {"contents": CONTENTS},
}
"""A small one of each dialect."""


def deployment(model: str = MODEL, *, pricing_id: str | None = None, profile: ProfileEntry | None = None) -> Deployment:
    return Deployment(
        "d", Provider("p", frozenset(get_args(Dialect)), "http://p", pricing_id=pricing_id), model, profile
    )


AT = deployment(profile=ProfileEntry(max_output_tokens=10_000))
"""A model of which only that is known."""
UNKNOWN = deployment()
"""A model of which nothing is known."""


def call(operation: str, body: Json | bytes) -> CallRequest:
    """Read a body as the gateway does."""
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_request(ENDPOINTS[operation], "m" if "{model}" in ENDPOINTS[operation].upstream_path else None, written)
