"""Bounds held against what real vendors counted, in all recorded traffic: never below, mostly by bytes alone."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import pytest

from drawbridge.gateway.bounds import NOTHING, Bound, Unbounded, bound_call
from drawbridge.gateway.bounds.plain import PLAIN
from drawbridge.gateway.cost_bounds import price_at
from drawbridge.gateway.endpoints import Target, find_target
from drawbridge.gateway.entries import ProfileEntry
from drawbridge.gateway.request import CallRequest
from drawbridge.gateway.wire.meter import meter_for
from drawbridge.usage.events import Tokens
from drawbridge.usage.prices import price_tokens
from drawbridge.usage.pricing.book import PriceBook
from tests.gateway.bounds.calls import call, deployment
from tests.parts.recordings import FOLDER, Recording, load_recordings

pytestmark = [
    pytest.mark.recorded_traffic,
    pytest.mark.skipif(not FOLDER.exists(), reason="the recorded traffic is not beside the project"),
]

LARGE = ProfileEntry(context_tokens=2_000_000)
"""Whatever the model: the limit of an answer is looked at only where the caller gives one."""
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


@cache
def counted() -> tuple[tuple[Recording, CallRequest, Tokens], ...]:
    """Read every recorded call with the usage that its vendor counted."""
    return tuple(_counted())


def _counted() -> Iterator[tuple[Recording, CallRequest, Tokens]]:
    for recording in load_recordings():
        target = find_target("POST", recording.path("/v1beta" if recording.model_is_in_path else "/v1", "m"))
        assert isinstance(target, Target)
        assert target.endpoint is not None
        if target.endpoint.answers_with == "count":
            continue
        meter = meter_for(target.endpoint.operation)
        if recording.is_event_stream:
            meter.piece(recording.reply)
        else:
            meter.reply(recording.reply)
        tokens = meter.result().tokens
        if recording.status < 300 and tokens is not None:
            yield recording, call(target.endpoint.operation, recording.body), tokens


def bounded() -> Iterator[tuple[Recording, CallRequest, Tokens, Bound]]:
    for recording, request, tokens in counted():
        bound = bound_call(request, deployment(recording.model, profile=LARGE))
        if not isinstance(bound, Unbounded) and bound != NOTHING:
            yield recording, request, tokens, bound


def test_no_vendor_counted_more_input_or_output_than_the_bound() -> None:
    above = [
        (recording.id, recording.operation, recording.model, tokens, bound)
        for recording, _, tokens, bound in bounded()
        if tokens.input > bound.input_tokens or tokens.output > bound.output_tokens
    ]

    assert not above


def test_no_priced_call_cost_more_than_its_bound() -> None:
    priced = 0
    for recording, _, tokens, bound in bounded():
        for vendor in ("openai", "anthropic", "google", "x-ai", "mistral", "groq"):
            cost = price_tokens(vendor, recording.model, tokens, SINCE).cost_nanousd
            at = deployment(recording.model, pricing_id=vendor)
            most = price_at(at, PriceBook(), SINCE)(bound.tokens())
            if cost is not None and most is not None:
                priced += 1
                assert cost <= most, recording.id
    assert priced > 800


def test_most_calls_are_bounded_by_their_bytes_and_few_not_at_all() -> None:
    kinds = Counter[str]()
    for recording, request, _ in counted():
        bound = bound_call(request, deployment(recording.model, profile=LARGE))
        is_plain = not PLAIN[request.endpoint.operation].strange(request.top) if bound != NOTHING else False
        kinds["none" if isinstance(bound, Unbounded) else "bytes" if is_plain else "read"] += 1

    assert kinds.total() > 1_900
    assert kinds["bytes"] > 0.75 * kinds.total()
    assert kinds["none"] < 0.16 * kinds.total()


def test_what_could_not_be_bounded_says_why_and_what_to_do() -> None:
    told = [bound_call(request, deployment(recording.model, profile=LARGE)) for recording, request, _ in counted()]

    for bound in told:
        if isinstance(bound, Unbounded):
            assert bound.reason.endswith((".", "data.")), bound.reason
            assert bound.remedy
