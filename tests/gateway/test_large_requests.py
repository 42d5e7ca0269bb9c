"""A large request is re-said beside the event loop, which serves everybody else meanwhile."""

import sys
from collections.abc import AsyncIterator, Awaitable
from types import FrameType

import pytest

from drawbridge.core.clock import SystemClock
from drawbridge.egress import PoolDoor
from drawbridge.gateway.counting import translate_count
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.endpoints import COUNT_TOKENS, MESSAGES, Endpoint
from drawbridge.gateway.media import MediaFetcher
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.request import CallRequest, read_request
from drawbridge.gateway.snapshot import Deployment, Provider
from drawbridge.gateway.translation import Translators, Wishes
from drawbridge.gateway.wire.json_text import encode

PLAIN = Wishes((), (), strict=False)
LARGE = 3000
"""Messages: to re-say one takes some forty calls of functions."""


@pytest.fixture
async def translators() -> AsyncIterator[Translators]:
    door = PoolDoor()
    yield Translators(MediaFetcher(door), SystemClock())
    await door.close()


def asked(count: int, endpoint: Endpoint = MESSAGES, **more: object) -> CallRequest:
    said = [{"role": "assistant" if number % 2 else "user", "content": "Go on."} for number in range(count)]
    return read_request(endpoint, None, encode({"model": "m", "max_tokens": 9, "messages": said, **more}))


def to(spoken: Dialect) -> Deployment:
    return Deployment("there", Provider("vendor", frozenset({spoken}), "http://vendor"), "upstream")


async def calls_here(work: Awaitable[object]) -> int:
    """Return how many functions are called on this thread, the event loop's, until some work is done."""
    count = 0

    def profile(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        del frame, arg
        count += event == "call"

    # It is set for the thread that sets it.
    sys.setprofile(profile)
    try:
        await work
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("spoken", ["openai-chat", "openai-responses", "gemini"])
async def test_many_messages_are_re_said_beside_the_event_loop(translators: Translators, spoken: Dialect) -> None:
    count = await calls_here(translators.translate(asked(LARGE), to(spoken), PLAIN))

    # To look for media it goes through them once.
    assert count < 2 * LARGE


@pytest.mark.parametrize("spoken", ["openai-chat", "openai-responses", "gemini"])
async def test_many_messages_are_counted_beside_the_event_loop(translators: Translators, spoken: Dialect) -> None:
    count = await calls_here(translate_count(translators, asked(LARGE, COUNT_TOKENS), to(spoken), PLAIN))

    assert count < 2 * LARGE


async def test_what_is_said_beside_the_event_loop_is_what_is_said_on_it(translators: Translators) -> None:
    small = await translators.translate(asked(2), to("openai-chat"), PLAIN)
    # The same once more, large by a member that no other dialect knows.
    large = await translators.translate(asked(2, odd=[{"is": "odd"}] * LARGE), to("openai-chat"), PLAIN)

    assert (large.body, len(large.losses)) == (small.body, LARGE)


async def test_a_large_request_that_cannot_be_said_is_refused(translators: Translators) -> None:
    call = asked(0, messages=[{"role": "user", "content": "Go on."}] * LARGE + [{"role": "nobody", "content": 7}])

    with pytest.raises(Refusal) as refusal:
        await translators.translate(call, to("gemini"), PLAIN)

    assert (refusal.value.reason, refusal.value.param) == ("bad_request", f"messages[{LARGE}].role")
