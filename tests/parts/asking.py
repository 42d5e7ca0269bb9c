"""Somebody who is signed in, and asks models by the inner door of a running gateway."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from drawbridge.core.ids import CallId, PrincipalId
from drawbridge.gateway.inner.asked import Asked, Asker, Ending, Said
from drawbridge.gateway.inner.door import InnerDoor
from drawbridge.gateway.wire.canonical import Json, Message, SettingName, Text
from drawbridge.gateway.wire.events import Grew, PartBegan
from drawbridge.identity.store import create_principal
from tests.parts.gateway import RunningGateway


@dataclass(slots=True)
class Heard:
    """All that was told of an answer."""

    said: list[Said] = field(default_factory=list[Said])
    ending: Ending | None = None

    @property
    def text(self) -> str:
        """The words of the answer."""
        return "".join(self._words())

    def _words(self) -> Iterator[str]:
        for event in self.said:
            match event:
                case PartBegan(part=Text(text=text)) | Grew(text=text):
                    yield text
                case _:
                    pass

    @property
    def ended(self) -> Ending:
        """The ending, which must have been told."""
        assert self.ending is not None
        return self.ending


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks."""

    door: InnerDoor
    who: Asker

    async def ask(self, asked: Asked, call_id: CallId | None = None) -> Heard:
        """Ask, and hear the whole answer. Raises Refusal."""
        heard = Heard()
        async with self.door.ask(self.who, asked, call_id) as told:
            async for each in told:
                if isinstance(each, Ending):
                    heard.ending = each
                else:
                    heard.said.append(each)
        return heard


def saying(model: str, words: str = "Hello", *, max_output_tokens: int | None = None, streamed: bool = True) -> Asked:
    """Return what asks a model with a few words."""
    settings: dict[SettingName, Json] = {"max_output_tokens": max_output_tokens}
    return Asked(model, [Message(role="user", parts=[Text(text=words)])], settings=settings, streamed=streamed)


async def new_person(gateway: RunningGateway, name: str) -> Person:
    """Make somebody who has no key."""
    async with gateway.database.change(gateway.organisation_id) as connection:
        principal_id = await create_principal(connection, gateway.organisation_id, "user", name)
    return person(gateway, principal_id)


def person(gateway: RunningGateway, principal_id: PrincipalId) -> Person:
    """Return somebody in the chat."""
    return Person(gateway.inner, Asker(gateway.organisation_id, principal_id, "chat", session_id="a-chat"))
