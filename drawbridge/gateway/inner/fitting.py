"""A conversation as who is to answer takes it: for media that they are known not to take, words stand there."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import structs

from drawbridge.gateway.wire.canonical import Medium, Message, Part, Request, Text
from drawbridge.gateway.wire.losses import Loss
from drawbridge.gateway.wire.profiles import Profile

Instead = Mapping[tuple[int, int], str]
"""What is said in the place of a part, by the numbers of its message and of itself."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A conversation, and what of it is said in other words."""

    request: Request
    losses: tuple[Loss, ...]


def fit(request: Request, instead: Instead, profile: Profile) -> Fitted:
    """Put words in the place of media that a model is known not to take; of documents, that it is not known to take."""
    losses: list[Loss] = []
    messages = list(request.messages)
    for (message, part), words in instead.items():
        medium = messages[message].parts[part]
        if isinstance(medium, Medium) and not _takes(profile, medium):
            messages[message] = _with(messages[message], part, Text(text=words))
            losses.append(Loss(medium.at, f"the model takes no {_NAMES[medium.kind]}"))
    return Fitted(structs.replace(request, messages=messages) if losses else request, tuple(losses))


_NAMES = {"image": "images", "audio": "sound", "video": "films", "document": "documents that are more than words"}


def _takes(profile: Profile, medium: Medium) -> bool:
    able = {"image": profile.images, "document": profile.documents, "audio": profile.audio, "video": profile.video}
    # Servers that nobody knows mostly take images, and hardly ever documents.
    return able[medium.kind] is not False if medium.kind == "image" else able[medium.kind] is True


def _with(message: Message, at: int, part: Part) -> Message:
    parts = list(message.parts)
    parts[at] = part
    return structs.replace(message, parts=parts)
