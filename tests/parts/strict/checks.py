"""What the rules of all dialects share: the request that they judge, and what they say against it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

ISSUED = "aXNzdWVk"
"""How every signature and encrypted content begins that the scripted vendor hands out: base64, as the real ones are."""

# Any: what JSON can hold.
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its body, the model (of the body or the path) and the betas that its headers turn on."""

    body: Body
    model: str = ""
    betas: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a vendor refuses a request."""

    message: str
    status: int = 400


Rule = Callable[[Asked], Iterator[str | Complaint]]


def first_complaint(rules: Iterable[Rule], asked: Asked) -> Complaint | None:
    """Return what the first rule that is broken says; None where none is."""
    for rule in rules:
        for complaint in rule(asked):
            return Complaint(complaint) if isinstance(complaint, str) else complaint
    return None


def members(value: object) -> list[Body]:
    """Return the objects of a JSON array; none where it is something else."""
    if not isinstance(value, list):
        return []
    return [member for member in cast("list[Any]", value) if isinstance(member, dict)]


def member(value: object) -> Body:
    """Return a JSON object; an empty one where it is something else."""
    return cast("Body", value) if isinstance(value, dict) else {}


def unknown(body: Body, known: frozenset[str]) -> Iterator[str]:
    """Yield the members that are not known, in order."""
    return (name for name in body if name not in known)


def too_long(place: str, text: object, limit: int) -> Iterator[str]:
    """Complain of a text that is too long, in OpenAI's words."""
    if isinstance(text, str) and len(text) > limit:
        yield (
            f"Invalid '{place}': string too long. Expected a string with maximum length {limit}, "
            f"but got a string with length {len(text)} instead."
        )


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())
