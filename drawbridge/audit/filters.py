"""Which events somebody wants to see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from drawbridge.audit.acts import Outcome


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Each that is given must hold. `since` is included, `until` is not."""

    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None
    """The name of who did it."""
    principal_id: UUID | None = None
    action: str | None = None
    """The whole of it, or with `*` at its end its beginning, such as `key.*`."""
    object_kind: str | None = None
    object_name: str | None = None
    outcome: Outcome | None = None


EVERYTHING: Final = EventFilter()
