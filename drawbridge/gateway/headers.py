"""Which headers cross the gateway. Everything not named here stays on its side.

A caller's credentials and cookies never go up; a vendor's cookies and account names never come down.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from drawbridge.core.ids import PrincipalId
from drawbridge.gateway.dialects import Dialect
from drawbridge.gateway.snapshot import Provider

Headers = tuple[tuple[str, str], ...]

_REMEMBERED_NAMES: Final = 512

_UP: Final = frozenset(
    {
        "accept",
        "anthropic-beta",
        "anthropic-dangerous-direct-browser-access",
        "anthropic-version",
        "content-type",
        "conversation_id",
        "idempotency-key",
        "openai-beta",
        "originator",
        "session-id",
        "session_id",
        "thread-id",
        "user-agent",
        "x-app",
        "x-client-request-id",
        "x-goog-api-client",
        "x-openai-internal-codex-responses-lite",
        "x-openai-subagent",
        "x-server-timeout",
        "x-session-affinity",
        "x-session-id",
    }
)
_UP_FAMILIES: Final = ("x-stainless-", "x-codex-", "x-claude-code-")

_DOWN: Final = frozenset(
    {
        "apim-request-id",
        "content-encoding",
        "content-type",
        "inference-id",
        "mistral-correlation-id",
        "openai-model",
        "openai-processing-ms",
        "openai-version",
        "request-id",
        "retry-after",
        "retry-after-ms",
        "server-timing",
        "x-amzn-requestid",
        "x-codex-turn-state",
        "x-debug-trace-id",
        "x-ds-trace-id",
        "x-generation-id",
        "x-models-etag",
        "x-ms-client-request-id",
        "x-reasoning-included",
        "x-request-id",
        "x-should-retry",
    }
)
_DOWN_FAMILIES: Final = (
    "x-ratelimit",
    "ratelimit",
    "anthropic-ratelimit-",
    "anthropic-priority-",
    "anthropic-fast-",
    "x-gemini-",
)
LIMIT_FAMILIES: Final = (b"x-ratelimit-", b"anthropic-ratelimit-")
"""What a vendor tells of its own limits: left out where the caller has one here, which is told by these names."""
_ACROSS: Final = frozenset({b"request-id", b"retry-after", b"retry-after-ms", b"x-request-id", b"x-should-retry"})
"""Limits of rates, models and versions are told in the vendor's own words, which clients of others misread."""

# Required by the Messages API, and not sent by every client: https://docs.claude.com/en/api/versioning, 2026-11-22.
_ANTHROPIC_VERSION: Final = ("anthropic-version", "2023-06-01")


def headers_up(
    received: Iterable[tuple[str, str]],
    dialect: Dialect,
    provider: Provider,
    principal_id: PrincipalId,
    *,
    is_json: bool = True,
) -> Headers:
    """Return what goes to the vendor: the caller's headers that may, and our credential in its style.

    Names come in lower case. A body that was read as JSON is sent as JSON, whatever the caller called it. The reply is
    asked for unpacked, since its usage must be read as it passes.
    """
    sent = [_own(header, principal_id) for header in received if _goes_up(header[0])]
    if is_json:
        sent = [header for header in sent if header[0] != "content-type" or _is_json(header[1])]
    names = {name for name, _ in sent}
    if "content-type" not in names:
        sent.append(("content-type", "application/json"))
    if dialect == "anthropic-messages" and "anthropic-version" not in names:
        sent.append(_ANTHROPIC_VERSION)
    sent.append(("accept-encoding", "identity"))
    sent.extend(_credential(provider))
    return tuple(sent)


def headers_down(received: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return what goes to the caller of a vendor's reply headers. Names come in lower case."""
    return [header for header in received if _comes_down(header[0])]


def headers_across(received: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return what goes to a caller of another dialect than the vendor's: what means the same to every client."""
    return [header for header in received if header[0] in _ACROSS]


def _own(header: tuple[str, str], principal_id: PrincipalId) -> tuple[str, str]:
    name, value = header
    if name != "idempotency-key":
        return header
    # All callers share a credential: a vendor would give one caller the reply to another's request by the same key.
    return name, hashlib.sha256(f"{principal_id}:{value}".encode()).hexdigest()


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


@lru_cache(maxsize=_REMEMBERED_NAMES)
def _goes_up(name: str) -> bool:
    return name in _UP or name.startswith(_UP_FAMILIES)


@lru_cache(maxsize=_REMEMBERED_NAMES)
def _comes_down(raw_name: bytes) -> bool:
    name = raw_name.decode("latin-1")
    return name in _DOWN or name.startswith(_DOWN_FAMILIES)


def _credential(provider: Provider) -> Headers:
    if provider.credential is None or provider.auth == "none":
        return ()
    if provider.auth == "bearer":
        return (("authorization", f"Bearer {provider.credential}"),)
    return ((provider.auth, provider.credential),)
