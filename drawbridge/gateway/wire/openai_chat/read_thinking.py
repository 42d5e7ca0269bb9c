"""Reads the reasoning in an assistant's message, by the names that vendors give it.

DeepSeek's and Z.AI's is `reasoning_content`, Groq's and Ollama's is `reasoning`; OpenRouter has `reasoning` and, with
signatures, `reasoning_details`. (Recorded 2026-08; https://openrouter.ai/docs/use-cases/reasoning-tokens, 2026-11.)

None of them signs plain words, but DeepSeek refuses a history of tool calls without them
(https://api-docs.deepseek.com/guides/thinking_mode, reported from 2026-04 to 2026-08). So plain words get a seal that
only says where they stood: through a caller of another dialect they find their way back.
"""

from collections.abc import Mapping
from typing import Final

from drawbridge.gateway.wire.canonical import Json, Opaque, Thinking
from drawbridge.gateway.wire.json_text import decode, elements, encode, members
from drawbridge.gateway.wire.openai_chat.members import Fields

DETAILS: Final = "reasoning_details"
PLAIN: Final = ("reasoning_content", "reasoning")
CONTENT: Final = "content"
"""In the list of content, as Mistral has it."""

_WORDS: Final[Mapping[str, str]] = {"reasoning.text": "text", "reasoning.summary": "summary"}


def read_thoughts(fields: Fields, raw: dict[str, Json], at: str, provider: str | None = None) -> list[Thinking]:
    """Take the reasoning of a message, from one of the places where it stands."""
    details = elements(raw.get(DETAILS))
    if details and all(_is_detail(detail) for detail in details):
        fields.list(DETAILS)
        thoughts = [
            read_detail(members(item), f"{at}.{DETAILS}[{index}]", provider) for index, item in enumerate(details)
        ]
    else:
        thoughts = _plain_thoughts(fields, raw, at, provider)
    return thoughts


def take_repeats(thoughts: list[Thinking], fields: Fields, raw: dict[str, Json]) -> None:
    """Take the members of a reply's message that repeat its reasoning: the first part's shape notes them.

    Those of a request stay what they are, extras, so that each is reported where the reasoning is.
    """
    words = "".join(text for thought in thoughts for text in thought.paragraphs)
    for member in PLAIN:
        if thoughts and member not in thoughts[0].shape.split() and raw.get(member) == words:
            fields.text(member)
            thoughts[0].shape += f" {member}"


def read_detail(raw: dict[str, Json], at: str, provider: str | None) -> Thinking:
    """Read an element of OpenRouter's list. All but its words is the seal."""
    word = words_member(raw)
    text = raw.get(word)
    return Thinking(
        at=at,
        raw=raw,
        paragraphs=[text] if isinstance(text, str) else [],
        is_summary=word == "summary",
        is_redacted=raw.get("type") == "reasoning.encrypted",
        seal=Opaque(detail_seal(raw), "openai-chat", provider),
        shape=DETAILS,
        names={"paragraphs": word, "is_summary": "type", "is_redacted": "type", "seal": "signature"},
    )


def detail_seal(raw: dict[str, Json]) -> str:
    """Return what a detail is beside its words, as JSON."""
    word = words_member(raw)
    return encode({name: value for name, value in raw.items() if name != word or not isinstance(value, str)}).decode()


def write_detail(thought: Thinking) -> dict[str, Json]:
    """Return the element of the list that a thought with such a seal was."""
    sealed = members(decode(thought.seal.value)) if thought.seal is not None else {}
    words = {words_member(sealed): text for text in thought.paragraphs}
    return {**sealed, **words}


def write_thoughts(raw: dict[str, Json], thoughts: list[Thinking]) -> None:
    """Put the reasoning that was read from a message back into its members; what stood in the content is left out."""
    outside = [thought for thought in thoughts if thought.shape != CONTENT]
    if not outside:
        return
    places = outside[0].shape.split()
    if DETAILS in places:
        raw[DETAILS] = [write_detail(thought) for thought in outside]
    words = "".join(text for thought in outside for text in thought.paragraphs)
    raw.update({member: words for member in PLAIN if member in places})


def words_in(thought: Thinking) -> str:
    """Return the name of the member of a detail that has such words."""
    return "summary" if thought.is_summary else "text"


def words_member(detail: dict[str, Json]) -> str:
    """Return the name of the member that has a detail's words."""
    kind = detail.get("type")
    return _WORDS.get(kind, "text") if isinstance(kind, str) else "text"


def _plain_thoughts(fields: Fields, raw: dict[str, Json], at: str, provider: str | None) -> list[Thinking]:
    for member in PLAIN:
        text = raw.get(member)
        if isinstance(text, str):
            seal = Opaque(member, "openai-chat", provider)
            names = {"paragraphs": ""}
            place = f"{at}.{member}"
            fields.text(member)
            return [Thinking(at=place, raw=text, paragraphs=[text], seal=seal, shape=member, names=names)]
    return []


def _is_detail(detail: Json) -> bool:
    return isinstance(detail, dict) and isinstance(members(detail).get("type"), str)
