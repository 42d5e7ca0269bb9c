"""Recorded traffic of real vendors, as calls that go through the gateway.

Read from the folder `shared/traffic` beside the project, where it is there; its README describes the records.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parts.spelling import spell

FOLDER = Path(__file__).parents[3] / "shared" / "traffic"

_FILES = ("chat", "responses", "messages", "gemini", "embeddings", "other")
_PATHS = {
    "chat/completions": "/chat/completions",
    "responses": "/responses",
    "embeddings": "/embeddings",
    "messages": "/messages",
    "messages/count_tokens": "/messages/count_tokens",
    "responses/compact": "/responses/compact",
    "responses/input_tokens": "/responses/input_tokens",
    "completions": "/completions",
    "moderations": "/moderations",
    "cohere/v1/rerank": "/rerank",
    "cohere/v2/rerank": "/rerank",
    "rerank": "/rerank",
}
_GEMINI_OPERATIONS = ("generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents")
_GEMINI_PATH = re.compile(r"models/(?P<model>[^:/]+):(?P<operation>\w+)$")
_AZURE_PATH = re.compile(r"/deployments/(?P<model>[^/]+)/")

# Any: what a vendor's JSON holds is for its dialect to say.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recording:
    """One interaction: a request as a caller makes it, and the reply of the vendor."""

    id: str
    operation: str
    model: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: Json
    status: int
    reply_headers: tuple[tuple[str, str], ...]
    reply: bytes
    is_event_stream: bool

    @property
    def model_is_in_path(self) -> bool:
        """Gemini's requests name the model there."""
        return self.operation in _GEMINI_OPERATIONS

    @property
    def counts_when_asked(self) -> bool:
        """The kinds of stream that count their tokens only when asked: of chats and legacy completions."""
        return (
            self.operation in {"chat/completions", "completions"}
            and self.is_event_stream
            and self.body.get("stream") is True
        )

    def path(self, root: str, model: str) -> str:
        """Return the path below a root such as `/v1`, for a model by that name."""
        if self.model_is_in_path:
            return f"{root}/models/{model}:{self.operation}"
        return root + _PATHS[self.operation]


def load_recordings() -> Iterator[Recording]:
    """Read every interaction that has a request in one of the gateway's dialects."""
    for name in _FILES:
        lines = gzip.decompress((FOLDER / f"{name}.jsonl.gz").read_bytes()).split(b"\n")
        for line in filter(None, lines):
            recording = _recording(json.loads(line))
            if recording is not None:
                yield recording


def _recording(record: Json) -> Recording | None:
    request, response, operation = record["request"], record["response"], record["endpoint"]
    if request is None or request["method"] != "POST" or not isinstance(request["body"], dict):
        return None
    if operation not in _PATHS and operation not in _GEMINI_OPERATIONS:
        return None
    path, _, query = request["path"].partition("?")
    body: Json = request["body"]
    model = _model(path, operation, body)
    if operation in _PATHS:
        body = {**body, "model": model}
    return Recording(
        record["id"],
        operation,
        model,
        query,
        tuple(request["headers"].items()),
        body,
        response["status"],
        tuple(response["headers"].items()),
        _reply(response),
        "sse" in response,
    )


def _model(path: str, operation: str, body: Json) -> str:
    if operation in _GEMINI_OPERATIONS:
        found = _GEMINI_PATH.search(path)
        assert found is not None, path
        return found["model"]
    azure = _AZURE_PATH.search(path)
    # Azure's older paths name the deployment, and then the body may leave the model out.
    return body.get("model") or (azure["model"] if azure else "recorded")


def _reply(response: Json) -> bytes:
    text = response.get("sse", response.get("text"))
    if text is not None:
        return text.encode()
    body = response["body"]
    return b"" if body is None else spell(body, "compact", random.Random(0)).encode()
