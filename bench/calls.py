"""Calls in every dialect, plain and streamed."""

from collections.abc import Iterator, Mapping

Call = tuple[str, Mapping[str, object]]

CHAT: Call = ("/v1/chat/completions", {"model": "rehearsal", "messages": [{"role": "user", "content": "Hello!"}]})


def calls_in_every_dialect(chat: str, messages: str, gemini: str, embedding: str) -> Iterator[Call]:
    """Yield a round of calls, of the models named for each dialect."""
    prompt = [{"role": "user", "content": "How are you?"}]
    contents = [{"role": "user", "parts": [{"text": "How are you?"}]}]
    for stream in (False, True):
        yield "/v1/chat/completions", {"model": chat, "messages": prompt, "stream": stream}
        yield "/v1/responses", {"model": chat, "input": "How are you?", "stream": stream}
        yield "/v1/messages", {"model": messages, "max_tokens": 64, "messages": prompt, "stream": stream}
    yield "/v1/messages/count_tokens", {"model": messages, "messages": prompt}
    yield "/v1/embeddings", {"model": embedding, "input": "How are you?"}
    yield f"/v1beta/models/{gemini}:generateContent", {"contents": contents}
    yield f"/v1beta/models/{gemini}:streamGenerateContent?alt=sse", {"contents": contents}
    yield f"/v1beta/models/{gemini}:countTokens", {"contents": contents}


def rehearsal_calls() -> Iterator[Call]:
    """Yield a round of calls of the built-in provider, which cost nothing."""
    return calls_in_every_dialect("rehearsal", "rehearsal", "rehearsal", "rehearsal-embedding")


def vendor_calls() -> Iterator[Call]:
    """Yield a round of calls of models that have prices."""
    return calls_in_every_dialect("gpt-5", "claude-sonnet-4-5", "gemini-2.5-pro", "text-embedding-3-small")
