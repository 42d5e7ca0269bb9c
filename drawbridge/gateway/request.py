"""What the gateway reads of a call's body, and the few bytes of it that it changes."""

from contextlib import suppress
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import structs

from drawbridge.gateway.bodies import Edit, TopLevel, scan, splice
from drawbridge.gateway.dialects import UsageInStream
from drawbridge.gateway.endpoints import CHAT, COMPLETIONS, Endpoint
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.inner_models import rename_inner_models
from drawbridge.gateway.multipart import Form, is_form, read_form
from drawbridge.gateway.names import names_at
from drawbridge.gateway.objects.references import TOP_MEMBERS
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Deployment
from drawbridge.gateway.wire.asked_usage import ask
from drawbridge.usage.estimates import text_bytes_in, with_media

READ_MEMBERS: Final = TOP_MEMBERS | {
    "model",
    "stream",
    "background",
    "stream_format",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "generationConfig",
    "generation_config",
    "generateContentRequest",
    "generate_content_request",
    "requests",
    "models",
    "tools",
    "n",
    "store",
    "metadata",
    "modalities",
    "prompt_cache_key",
    "service_tier",
    "user",
}
"""Members that policy and metering read: written twice or with escapes, vendor and gateway could differ on them."""

_TELL_WHEN_ASKED: Final = (CHAT, COMPLETIONS)

_LIMITS: Final = frozenset({"max_tokens", "max_completion_tokens", "max_output_tokens"})

# Google takes both spellings of every field.
GEMINI_CONFIGS: Final = frozenset({"generationConfig", "generation_config"})
GEMINI_LIMITS: Final = ("maxOutputTokens", "max_output_tokens")

_REMEMBERED: Final = 256
_REMEMBERED_BYTES: Final = 1_024


class CallRequest(msgspec.Struct, frozen=True, gc=False):
    """A call as it was asked for, before it is known which deployment answers."""

    endpoint: Endpoint
    model: str
    streamed: bool
    top: TopLevel
    """The members of a JSON body; none where the body is a form."""
    max_output_tokens: int | None
    form: Form | None = None
    clamped_output_tokens: int | None = None
    """The limit of each answer where it is not the caller's own; the body has it too."""
    called_instead: str | None = None
    """The model that is called where it is not the caller's own; the body has it too."""
    only: Deployment | None = None
    """The one deployment in whose words it is said; None where any that the model leads to may answer."""
    asks_deployment: bool = False
    """Whether `only` itself is asked, be it on a route or not; `model` is its own name then."""

    @property
    def is_background(self) -> bool:
        """Whether the vendor is to go on with it when it has answered."""
        return self.top.raw("background") == b"true"

    @property
    def text_bytes(self) -> int:
        """How many bytes of text are worth the request's tokens."""
        if self.form is None:
            return text_bytes_in(self.top.body)
        return with_media(self.form.text_bytes, self.form.files)

    @property
    def size(self) -> int:
        """How many bytes its body has."""
        return len(self.top.body if self.form is None else self.form.body)


def read_request(
    endpoint: Endpoint, model_in_path: str | None, body: bytes, content_type: str | None = None
) -> CallRequest:
    """Read a body. Raises Refusal, or a gateway error that names what is wrong with it."""
    if endpoint.takes_form and content_type is not None and is_form(content_type):
        form = read_form(body, content_type)
        streamed = (form.text("stream") or "").lower() in _YES
        return CallRequest(endpoint, _model(form.text("model"), endpoint), streamed, _NO_MEMBERS, None, form)
    top = scan(body, READ_MEMBERS)
    model = _model(model_in_path if model_in_path is not None else top.text("model"), endpoint)
    streamed = endpoint.operation == "streamGenerateContent" or (model_in_path is None and _asks_for_stream(top))
    return CallRequest(endpoint, model, streamed, top, _max_output_tokens(top))


def asking_itself(request: CallRequest, deployment: Deployment) -> CallRequest:
    """Return a call to a deployment as such: it goes nowhere else, and is booked by the name of what it serves."""
    name, *_ = names_at(deployment.provider.name, deployment.upstream_model)
    return structs.replace(request, model=name, only=deployment, asks_deployment=True)


_NO_MEMBERS: Final = scan(b"{}")
_YES: Final = frozenset({"true", "1"})


def _model(named: str | None, endpoint: Endpoint) -> str:
    model = named or endpoint.default_model
    if not model:
        raise Refusal("bad_request", "The request names no model: set 'model' to one of GET /v1/models.", param="model")
    return model


def _asks_for_stream(top: TopLevel) -> bool:
    # Speech is streamed as events by a member of its own.
    return bool(top.flag("stream")) or top.raw("stream_format") == b'"sse"'


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """The body for the vendor. `took_usage` is whether the reply holds usage that only we asked for."""

    body: bytes
    asked_usage: bool


def write_body(request: CallRequest, upstream_model: str, usage_in_stream: UsageInStream) -> Outgoing:
    """Return the body with the upstream's model name, and with usage asked for where a stream would not tell it."""
    if request.form is not None:
        same = request.form.text("model") == upstream_model
        form_edits = [] if same else [request.form.replace_text("model", upstream_model)]
        return Outgoing(splice(request.form.body, form_edits), asked_usage=False)
    edits = _renamed(request, upstream_model) if request.model != upstream_model else []
    asked = None
    if request.streamed and request.endpoint in _TELL_WHEN_ASKED and usage_in_stream == "asked":
        asked = ask(request.top)
        if asked is not None:
            edits.append(asked)
    return Outgoing(splice(request.top.body, edits), asked is not None)


def with_model(request: CallRequest, model: str) -> CallRequest:
    """Return a call with a JSON body as if its caller had asked for another model."""
    top = scan(splice(request.top.body, _renamed(request, model)), READ_MEMBERS)
    return structs.replace(request, model=model, top=top)


def _renamed(request: CallRequest, upstream_model: str) -> list[Edit]:
    """Return what writes the upstream's name wherever the body has the caller's."""
    if "{model}" in request.endpoint.upstream_path:
        return rename_inner_models(request.top, request.model, upstream_model)
    return [request.top.put("model", msgspec.json.encode(upstream_model))]


def _max_output_tokens(top: TopLevel) -> int | None:
    stated = [limit for name in top.names & _LIMITS if (limit := top.count(name)) is not None]
    for name in top.names & GEMINI_CONFIGS:
        # Google reads more spellings of a number than we do: what we cannot read is for Google to judge.
        with suppress(MalformedBody):
            config = gemini_config(top, name)
            stated += [limit for field in GEMINI_LIMITS if config and (limit := config.count(field)) is not None]
    return max(stated, default=None)


def gemini_config(top: TopLevel, name: str) -> TopLevel | None:
    """Scan what Gemini is told beside the conversation; None where it is absent or null. Raises MalformedBody."""
    raw = top.raw(name) or b"null"
    return scan_config(raw) if raw.startswith(b"{") else top.inner(name)


def scan_config(raw: bytes) -> TopLevel:
    """Scan such a configuration. Raises MalformedBody.

    A caller says the same in all of its calls, and it is looked at in several places: small ones are remembered.
    """
    return _scan_small(raw) if len(raw) <= _REMEMBERED_BYTES else scan(raw)


@lru_cache(maxsize=_REMEMBERED)
def _scan_small(raw: bytes) -> TopLevel:
    return scan(raw)
