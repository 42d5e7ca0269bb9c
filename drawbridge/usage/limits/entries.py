"""Rate limits as they stand in `drawbridge.yaml`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Per = Literal["second", "minute", "hour", "day"]
EachLimited = Literal["principal", "key", "project", "team"]

_Text = Annotated[str, Meta(min_length=1)]
_Names = Annotated[tuple[_Text, ...], Meta(min_length=1)]
# Up to here, whatever is reckoned with it fits into the database's whole numbers.
_Amount = Annotated[int, Meta(ge=1, le=10**10)]


class RateEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How much may be used in which time: at once, and then as it comes back, evenly."""

    most: _Amount
    per: Per = "minute"


class LimitEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How fast who may use what."""

    of: Annotated[
        _Text,
        Meta(description="organisation, or user: (service_account:, agent:, group:, team:, project:) and a name."),
    ] = "organisation"
    each: Annotated[
        EachLimited | None, Meta(description="Everyone of this kind within it has the limit for themselves.")
    ] = None
    models: Annotated[_Names | None, Meta(description="Only calls of these models, * for any characters.")] = None
    products: Annotated[_Names | None, Meta(description="Only calls through these products.")] = None
    requests: Annotated[RateEntry | None, Meta(description="How many calls.")] = None
    tokens: Annotated[RateEntry | None, Meta(description="How many tokens, of input and output together.")] = None
    concurrency: Annotated[_Amount | None, Meta(description="How many calls at the same time.")] = None
