"""What kind of failure an HTTP status tells of, in every dialect."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drawbridge.gateway.wire.events import FailureKind

KINDS_BY_STATUS: Final[Mapping[int, FailureKind]] = MappingProxyType(
    {
        400: "bad_request",
        401: "credential",
        402: "billing",
        403: "forbidden",
        404: "not_found",
        408: "timeout",
        413: "too_large",
        422: "bad_request",
        429: "rate_limited",
        503: "overloaded",
        504: "timeout",
        # Anthropic's, and what others have taken from it.
        529: "overloaded",
    }
)
"""Those that say more than whose fault it was; the rest is for each dialect to judge."""
