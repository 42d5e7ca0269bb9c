"""Recorded conversations, asked by a product: vendors are told of them what they are told of any other caller's."""

import re

import msgspec
import pytest

from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.errors import TranslationError
from drawbridge.gateway.inner.placing import placed_each, placed_settings
from drawbridge.gateway.wire.canonical import Json, Request
from drawbridge.gateway.wire.dialect import Target
from drawbridge.gateway.wire.known import DIALECTS
from drawbridge.gateway.wire.profiles import UNKNOWN
from tests.parts.across import PAIRS, read, recorded_requests
from tests.parts.size import pick

EACH = pick(7, full=1)
"""Of so many recorded requests one is looked at."""
_MADE_UP = re.compile(rb'"msg_[a-z2-7]{24}"')
TARGET = Target("other", "some-model", UNKNOWN)

# Gemini's clients send streamed words back in pieces, and Responses asks for schemas that are not strict: both are
# retold otherwise where it is known who said them.
OTHER_PAIRS = [(source, target) for source, target in PAIRS if source not in ("gemini", "openai-responses")]


def asked_by_a_product(request: Request) -> Request:
    return Request(
        dialect=None,
        model=request.model,
        messages=placed_each(request.messages, "messages"),
        tools=placed_each(request.tools, "tools"),
        settings=placed_settings({name: setting.value for name, setting in request.settings.items()}),
        streamed=request.streamed,
    )


def said(request: Request, target: Dialect) -> tuple[Json, list[str]]:
    """Return the body in a dialect, or None where it cannot be said, and the paths of what is lost.

    Ids that are made up are from where a part stands, which products call otherwise: all of them are the same here.
    """
    try:
        written = DIALECTS[target].write_request(request, TARGET)
    except TranslationError:
        return None, []
    body = msgspec.json.decode(_MADE_UP.sub(b'"msg_made_up"', msgspec.json.encode(written.wire.body)))
    return body, [loss.path for loss in written.losses]


@pytest.mark.parametrize(("source", "target"), OTHER_PAIRS)
def test_a_vendor_is_told_the_same_of_a_products_conversation(source: Dialect, target: Dialect) -> None:
    for record in [*recorded_requests(source)][::EACH]:
        assert record.request is not None

        from_product, lost = said(asked_by_a_product(read(source, record.request)), target)

        from_outside, _ = said(read(source, record.request), target)
        assert from_product == from_outside
        assert all(path.startswith(("messages[", "tools[", "settings.")) for path in lost)


@pytest.mark.parametrize("dialect", ["openai-chat", "openai-responses", "anthropic-messages", "gemini"])
def test_any_recorded_conversation_can_be_asked_of_the_vendor_that_took_it(dialect: Dialect) -> None:
    for record in [*recorded_requests(dialect)][::EACH]:
        assert record.request is not None

        body, _ = said(asked_by_a_product(read(dialect, record.request)), dialect)

        assert body is not None
