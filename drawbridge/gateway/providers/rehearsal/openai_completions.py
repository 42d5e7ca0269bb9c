"""Replies of OpenAI's legacy completions.

Source: https://platform.openai.com/docs/api-reference/completions, 2026-11-23.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from drawbridge.gateway.providers.rehearsal.failures import Failure
from drawbridge.gateway.providers.rehearsal.reading import compact, read_json
from drawbridge.gateway.providers.rehearsal.reply import EPOCH_S, RehearsedReply, Seed, streamed, whole
from drawbridge.gateway.providers.rehearsal.script import Spoken, Transcript, Wishes, perform, read_effects, split

_FINISH = {"complete": "stop", "stop_sequence": "stop", "calls": "stop", "max_tokens": "length"}


class _StreamOptions(Struct):
    include_usage: bool | None = None


class _Request(Struct):
    model: str
    prompt: str | list[str | int | list[int]] = ""
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    stop: str | list[str] | None = None


def answer(body: bytes, model: str, seed: Seed) -> RehearsedReply:
    """Return the reply to a legacy completion. Raises Failure."""
    request = read_json(body, _Request)
    prompts = _prompts(request)
    effects = read_effects(prompts[-1])
    stop = (request.stop,) if isinstance(request.stop, str) else tuple(request.stop or ())
    spoken = [_spoken(prompt, Wishes(max_tokens=request.max_tokens, stop=stop)) for prompt in prompts]
    input_tokens = sum(heard for heard, _ in spoken)
    output_tokens = sum(said.output_tokens for _, said in spoken)
    usage = {
        "prompt_tokens": input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
    }
    head = {"id": seed.name("cmpl-"), "object": "text_completion", "created": EPOCH_S, "model": model}
    said = [each for _, each in spoken]
    if not request.stream:
        choices = [_choice(index, each.text, _FINISH[each.ending]) for index, each in enumerate(said)]
        return whole({**head, "choices": choices, "usage": usage}, effects)
    is_asked = request.stream_options is not None and bool(request.stream_options.include_usage)
    return streamed(_events(head, said, usage if is_asked else None), effects)


def _prompts(request: _Request) -> list[str]:
    if isinstance(request.prompt, str):
        return [request.prompt]
    if not request.prompt:
        raise Failure("empty", "at least one prompt is required", ("prompt",))
    if any(isinstance(prompt, int) for prompt in request.prompt):
        return [compact(request.prompt)]
    return [prompt if isinstance(prompt, str) else compact(prompt) for prompt in request.prompt]


def _spoken(prompt: str, wishes: Wishes) -> tuple[int, Spoken]:
    heard = Transcript(messages=1)
    heard.hear_user([prompt])
    return heard.input_tokens, perform(heard, wishes)


def _choice(index: int, text: str, finish: str | None) -> dict[str, object]:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish}


def _events(head: Mapping[str, object], spoken: list[Spoken], usage: Mapping[str, object] | None) -> Iterator[bytes]:
    untold = {} if usage is None else {"usage": None}
    for index, said in enumerate(spoken):
        for piece in split(said.text):
            yield _event({**head, "choices": [_choice(index, piece, None)], **untold})
        yield _event({**head, "choices": [_choice(index, "", _FINISH[said.ending])], **untold})
    if usage is not None:
        yield _event({**head, "choices": list[object](), "usage": usage})
    yield b"data: [DONE]\n\n"


def _event(chunk: object) -> bytes:
    return b"data: " + msgspec.json.encode(chunk) + b"\n\n"
