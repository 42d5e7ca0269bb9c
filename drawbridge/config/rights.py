"""Who may do what with the configuration: plugged in by policy, which stands above."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from drawbridge.audit.acts import Actor
from drawbridge.config.sections import Concerned, Reached
from drawbridge.core.errors import DrawbridgeError
from drawbridge.db.engine import AsyncConnection


class Judge(Protocol):
    """What one who asks may do with the objects of one section."""

    def may(self, action: str, name: str) -> bool:
        """Tell whether this may be done with an object."""
        ...

    def require(self, action: str, name: str) -> None:
        """Check the right to one object; raises what becomes the answer."""
        ...

    def unknown(self, name: str) -> DrawbridgeError:
        """Return the error for a name that does not exist, which is that for one that may not be seen."""
        ...


class Rights(Protocol):
    """What policy says."""

    async def judge(self, actor: Actor, kind: str, connection: AsyncConnection | None = None) -> Judge:
        """Return what the actor may do with the objects of a kind, as a transaction sees them; None: as they are."""
        ...

    async def require_usable(self, connection: AsyncConnection, actor: Actor, reached: Sequence[Reached]) -> None:
        """Check that the actor may use what others would get at; raises what becomes the answer."""
        ...

    async def require_managing(self, connection: AsyncConnection, actor: Actor, concerned: Iterable[Concerned]) -> None:
        """Check that the actor may manage what an entry binds; raises what becomes the answer."""
        ...

    def unwidened(self, connection: AsyncConnection, actor: Actor) -> AbstractAsyncContextManager[None]:
        """Hold what is changed within to the rule that nobody gives away what is not theirs."""
        ...


@dataclass(slots=True)
class Judges:
    """The judges of many objects, one for each kind: as things stood in a transaction when it was first asked for."""

    rights: Rights
    actor: Actor
    connection: AsyncConnection
    _found: dict[str, Judge] = field(default_factory=dict[str, Judge], init=False)

    async def of(self, kind: str) -> Judge:
        """Return what the actor may do with the objects of a kind."""
        if kind not in self._found:
            self._found[kind] = await self.rights.judge(self.actor, kind, self.connection)
        return self._found[kind]
