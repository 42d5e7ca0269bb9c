"""A model server as people run one on their own machine: two models, which always say the same, and make one title."""

import json
from typing import Final

from tests.parts.wire import Answer, Request

_LISTED: Final = Answer(pieces=((b'{"data": [{"id": "llama-large"}, {"id": "llama-small"}]}', 0.0),))
_WRONG: Final = Answer(status=401, pieces=((b'{"error": {"message": "Incorrect API key provided."}}', 0.0),))
_WORDS: Final = "Hello! I explain, write, translate and summarise. Ask me anything."
TITLE: Final = "What a model can do"
"""What it says where a title is asked for."""

_USAGE: Final = {"prompt_tokens": 24, "completion_tokens": 17, "total_tokens": 41}


def serve(request: Request) -> Answer:
    """Answer in the words of OpenAI's chat completions; a wrong key is refused."""
    if request.header("authorization") == "Bearer wrong":
        return _WRONG
    if request.path == "/v1/models":
        return _LISTED
    # Any: JSON.
    asked: dict[str, object] = json.loads(request.body)
    model, words = asked["model"], TITLE if b"Reply with the title only." in request.body else _WORDS
    return _streamed(model, words) if asked.get("stream") else _whole(model, words)


def _whole(model: object, said: str) -> Answer:
    message = {"role": "assistant", "content": said}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return Answer(
        headers=(("content-type", "application/json"),),
        pieces=((json.dumps({**_head(model, "chat.completion"), "choices": choices, "usage": _USAGE}).encode(), 0.0),),
    )


def _streamed(model: object, said: str) -> Answer:
    head = _head(model, "chat.completion.chunk")
    words = [f"{word} " for word in said.split()]
    deltas = [({"role": "assistant", "content": word}, None) for word in words]
    chunks: list[dict[str, object]] = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
        for delta, reason in [*deltas, ({}, "stop")]
    ]
    chunks.append({**head, "choices": [], "usage": _USAGE})
    lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
    return Answer(
        headers=(("content-type", "text/event-stream"),),
        pieces=tuple((line, 0.0) for line in (*lines, b"data: [DONE]\n\n")),
        framing="chunked",
    )


def _head(model: object, kind: str) -> dict[str, object]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_790_000_000, "model": model}
