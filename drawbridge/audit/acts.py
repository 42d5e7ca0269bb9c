"""An act, and who did it, as the audit record keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from drawbridge.core.ids import OrganisationId, PrincipalId

ActorKind = Literal["user", "service_account", "agent", "platform_administrator", "operator", "system", "nobody"]
"""`operator`: whoever runs commands on the machine; `system`: Drawbridge itself; `nobody`: not signed in."""
Via = Literal["key", "session", "command_line", "background", "link", "none"]
Outcome = Literal["done", "denied", "failed"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and how that is known."""

    kind: ActorKind
    via: Via
    organisation_id: OrganisationId | None = None
    """None: nobody's organisation, as of a platform administrator or somebody not signed in."""
    principal_id: PrincipalId | None = None
    name: str = ""
    via_id: UUID | None = None
    """The key or session."""
    address: str = ""
    """Where the request came from; empty where there was none."""


# Any JSON value, but in effect text, numbers and lists of them. Never a secret, a key's text or content.
Detail = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody did or was denied."""

    actor: Actor
    action: str
    """Object and verb in the past, such as `key.created`, `user.suspended`, `session.began`, `model.use_denied`."""
    object_kind: str = ""
    """As in policy, such as `key`."""
    object_name: str = ""
    """Its name, else its id."""
    outcome: Outcome = "done"
    detail: Detail = field(default_factory=dict[str, object])
    """What changed, as the entry in `drawbridge.yaml` would say it: no more than 8 KB as JSON."""


COMMAND_LINE = Actor("operator", "command_line")
SYSTEM = Actor("system", "background")
