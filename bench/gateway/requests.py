"""The requests of the load: OpenAI's Chat Completions, as bytes."""

import json
from collections.abc import Mapping
from typing import Any, Final

PATH: Final = "/v1/chat/completions"
MODEL: Final = "gpt-4o-mini"
CHAT_ONLY_MODEL: Final = "gpt-4o-mini-by-chat"
"""The same at a vendor that only speaks Chat Completions."""
BIG_BODY_BYTES: Final = 160_000

Headers = Mapping[str, str]

_SYSTEM = "You are a friendly assistant of the support team. Answer in one short sentence, and name your sources."


def small(headers: Headers) -> bytes:
    """Return a call with a small body; the answer is not streamed."""
    return _request(headers, {**_body("How do I change the address on my account?"), "stream": False})


def small_message(headers: Headers) -> bytes:
    """Return what `small` says as a request of Anthropic's Messages, which this vendor does not speak."""
    said = _body("How do I change the address on my account?")
    system, question = said["messages"]
    body = {**said, "model": CHAT_ONLY_MODEL, "system": system["content"], "messages": [question]}
    return _request(headers, body, "/v1/messages")


def streamed(headers: Headers, chunks: int, every_ms: int = 0) -> bytes:
    """Return a call with a streamed answer of so many chunks: all at once, or one in so many milliseconds."""
    pace = f" every_ms={every_ms}" if every_ms else ""
    return _request(headers, {**_body(f"chunks={chunks}{pace}"), "stream": True})


def big(headers: Headers) -> bytes:
    """Return a call with a body of 160 KB; the answer is small and not streamed."""
    text = 'The committee met on a Tuesday, and "adjourned" at noon.\n'
    return _request(headers, _body(text * (BIG_BODY_BYTES // len(json.dumps(text)[1:-1]))))


# Any: a request's JSON is as its vendor wants it.
def _body(text: str) -> dict[str, Any]:
    messages = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": text}]
    return {"model": MODEL, "messages": messages, "temperature": 0.2, "max_tokens": 256}


def _request(headers: Headers, body: Mapping[str, object], path: str = PATH) -> bytes:
    content = json.dumps(body).encode()
    sent = {
        "host": "127.0.0.1",
        "content-type": "application/json",
        "accept": "application/json",
        "user-agent": "bench",
        **headers,
        "content-length": str(len(content)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + content
