"""Which path is which operation. The path alone chooses the dialect: clients send any credential header."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from drawbridge.gateway.dialects import Dialect, EndpointOperation
from drawbridge.usage.estimates import AnswersWith

Kind = Literal["call", "list_models", "get_model", "websocket_only"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An operation of a dialect, and the path of it below a provider's base URL."""

    operation: EndpointOperation
    dialect: Dialect
    upstream_path: str
    """`{model}` stands for the upstream model where the path carries it."""
    answers_with: AnswersWith = "text"
    takes_form: bool = False
    """The body may be `multipart/form-data` instead of JSON."""
    default_model: str | None = None
    """The model that is meant where a request names none; None where it must name one."""

    def upstream(self, model: str) -> str:
        """Return the path below the base URL for one upstream model."""
        if "{model}" not in self.upstream_path:
            return self.upstream_path
        return self.upstream_path.replace("{model}", quote(model, safe="/-._~@:"))


@dataclass(frozen=True, slots=True)
class Target:
    """What a request line asks for. `model` is set where the path carries it."""

    kind: Kind
    dialect: Dialect
    endpoint: Endpoint | None = None
    model: str | None = None


CHAT: Final = Endpoint("chat.completions", "openai-chat", "/chat/completions")
RESPONSES: Final = Endpoint("responses", "openai-responses", "/responses")
EMBEDDINGS: Final = Endpoint("embeddings", "openai-embeddings", "/embeddings", "vectors")
MESSAGES: Final = Endpoint("messages", "anthropic-messages", "/messages")
COUNT_TOKENS: Final = Endpoint("messages.count_tokens", "anthropic-messages", "/messages/count_tokens", "count")

COMPLETIONS: Final = Endpoint("completions", "openai-completions", "/completions")
_COMPACT: Final = Endpoint("responses.compact", "openai-responses", "/responses/compact")
INPUT_TOKENS: Final = Endpoint("responses.input_tokens", "openai-responses", "/responses/input_tokens", "count")
_GENERATIONS: Final = Endpoint("images.generations", "openai-images", "/images/generations", "media")
_EDITS: Final = Endpoint("images.edits", "openai-images", "/images/edits", "media", takes_form=True)
_VARIATIONS: Final = Endpoint("images.variations", "openai-images", "/images/variations", "media", takes_form=True)
_SPEECH: Final = Endpoint("audio.speech", "openai-audio", "/audio/speech", "media")
_TRANSCRIPTIONS: Final = Endpoint("audio.transcriptions", "openai-audio", "/audio/transcriptions", takes_form=True)
_TRANSLATIONS: Final = Endpoint("audio.translations", "openai-audio", "/audio/translations", takes_form=True)
_MODERATIONS: Final = Endpoint(
    "moderations",
    "openai-moderations",
    "/moderations",
    "verdict",
    # https://developers.openai.com/api/reference/resources/moderations: the default. Read 2026-11-23.
    default_model="omni-moderation-latest",
)
_RERANK: Final = Endpoint("rerank", "rerank", "/rerank", "vectors")

CALLED_BY_PATH: Final = {
    "/v1/chat/completions": CHAT,
    "/v1/completions": COMPLETIONS,
    "/v1/images/generations": _GENERATIONS,
    "/v1/images/edits": _EDITS,
    "/v1/images/variations": _VARIATIONS,
    "/v1/audio/speech": _SPEECH,
    "/v1/audio/transcriptions": _TRANSCRIPTIONS,
    "/v1/audio/translations": _TRANSLATIONS,
    "/v1/moderations": _MODERATIONS,
    "/v1/rerank": _RERANK,
    # Cohere's SDK 5 has its version in the path, and takes a base URL without one.
    "/v2/rerank": _RERANK,
    "/v1/responses/compact": _COMPACT,
    "/v1/responses/input_tokens": INPUT_TOKENS,
    "/v1/responses": RESPONSES,
    "/v1/embeddings": EMBEDDINGS,
    "/v1/messages": MESSAGES,
    "/v1/messages/count_tokens": COUNT_TOKENS,
}

GENERATE: Final = Endpoint("generateContent", "gemini", "/models/{model}:generateContent")
STREAM_GENERATE: Final = Endpoint("streamGenerateContent", "gemini", "/models/{model}:streamGenerateContent")
COUNT_GEMINI: Final = Endpoint("countTokens", "gemini", "/models/{model}:countTokens", "count")
EMBED: Final = Endpoint("embedContent", "gemini", "/models/{model}:embedContent", "vectors")
BATCH_EMBED: Final = Endpoint("batchEmbedContents", "gemini", "/models/{model}:batchEmbedContents", "vectors")

TRANSLATED: Final = frozenset({CHAT, RESPONSES, MESSAGES, GENERATE, STREAM_GENERATE})
"""What can be said in more dialects than one: a conversation, answered by a model."""

COUNTED: Final = frozenset({COUNT_TOKENS, COUNT_GEMINI, INPUT_TOKENS})
"""What asks for the number of tokens in such a conversation."""

EMBEDDED: Final = frozenset({EMBEDDINGS, EMBED, BATCH_EMBED})
"""What asks for vectors of texts, in OpenAI's words or Gemini's."""

TAKE_COMMENTS: Final[frozenset[Dialect]] = frozenset(
    {
        "openai-chat",
        "openai-completions",
        "openai-responses",
        "openai-images",
        "openai-audio",
        "anthropic-messages",
    }
)
"""Dialects whose clients pass over a comment in a stream of events. Google's read one as a broken piece of JSON."""

GEMINI_VERBS: Final = {
    endpoint.operation: endpoint for endpoint in (GENERATE, STREAM_GENERATE, COUNT_GEMINI, EMBED, BATCH_EMBED)
}

# LiteLLM's client leaves the version out, the Google SDK can be told `v1` (seen 2026-11-22).
_GEMINI_ROOTS: Final = ("/v1beta/models", "/models", "/v1/models")


def listing_dialect(headers: Mapping[str, str]) -> Dialect | None:
    """Return the dialect in which the sender of these headers wants `/v1/models`; None for OpenAI's.

    The one path that three SDKs share: Anthropic's sends its version, Google's (3.4.0, 2026-11-22) its client's name.
    """
    if "anthropic-version" in headers:
        return "anthropic-messages"
    return "gemini" if "x-goog-api-client" in headers or "x-goog-api-key" in headers else None


def dialect_of(path: str, listing: Dialect | None = None) -> Dialect:
    """Return the dialect in which to answer a path, known or not. `listing` is the one for `/v1/models`."""
    if listing is not None and (path == "/v1/models" or path.startswith("/v1/models/")):
        return listing
    if path.startswith("/v1/messages"):
        return "anthropic-messages"
    if path.startswith(("/v1beta", "/models")) or path.rpartition(":")[2] in GEMINI_VERBS:
        return "gemini"
    return "openai-responses" if path.startswith("/v1/responses") else "openai-chat"


def served_paths() -> Iterator[tuple[str, str]]:
    """Yield the method and path of everything that `find_target` finds. `{model}` stands for a model's name."""
    for path, endpoint in CALLED_BY_PATH.items():
        yield "POST", path
        if endpoint is RESPONSES:
            yield "GET", path
    for root in _GEMINI_ROOTS:
        yield "GET", root
        yield "GET", f"{root}/{{model}}"
        yield from (("POST", f"{root}/{{model}}:{verb}") for verb in GEMINI_VERBS)


def find_target(method: str, path: str, listing: Dialect | None = None) -> Target | frozenset[str]:
    """Return what a request line asks for, or the methods that its path does take: none for an unknown path."""
    endpoint = CALLED_BY_PATH.get(path)
    if endpoint is not None:
        if method == "POST":
            return Target("call", endpoint.dialect, endpoint)
        if method == "GET" and endpoint is RESPONSES:
            return Target("websocket_only", endpoint.dialect)
        return frozenset({"POST"})
    for root in _GEMINI_ROOTS:
        if path == root or path.startswith(root + "/"):
            return _find_model_target(method, path, path[len(root) + 1 :], listing)
    return frozenset()


def _find_model_target(method: str, path: str, rest: str, listing: Dialect | None = None) -> Target | frozenset[str]:
    model, colon, verb = rest.rpartition(":")
    endpoint = next((found for name, found in GEMINI_VERBS.items() if name == verb), None)
    if endpoint is not None and colon:
        if not stays_in_place(model):
            return frozenset()
        return Target("call", "gemini", endpoint, model) if method == "POST" else frozenset({"POST"})
    if method not in ("GET", "HEAD"):
        # Behind a colon stands a verb that is not served; a model's own name may have one too.
        return frozenset() if colon else frozenset({"GET"})
    dialect = dialect_of(path, listing)
    return Target("get_model", dialect, model=rest) if rest else Target("list_models", dialect)


def stays_in_place(model: str) -> bool:
    """Tell whether a model's name, put into a provider's path, leads to that model and nowhere else."""
    segments = model.split("/")
    verb = model.rpartition(":")[2]
    return (
        model.isprintable()
        and not any(segment in ("", ".", "..") for segment in segments)
        and not any(sign in model for sign in "\\?#%")
        and verb not in GEMINI_VERBS
    )
