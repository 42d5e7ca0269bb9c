"""What a model can do, as far as it matters to how a request is written for it."""

from typing import Literal

from msgspec import Struct

ThinkingStyle = Literal["none", "budget", "effort", "adaptive"]
"""How a model is told to think: not at all, with so many tokens, with an effort by name, or as it sees fit."""


OutputLimitMember = Literal["max_tokens", "max_completion_tokens"]


class Profile(Struct, frozen=True):
    """A model's abilities. None is for what is not known: then nothing is refused or changed on its account."""

    tools: bool | None = None
    images: bool | None = None
    documents: bool | None = None
    audio: bool | None = None
    video: bool | None = None
    output_schema: bool | None = None
    """The answer can be held to a JSON schema by the vendor."""
    thinking: ThinkingStyle | None = None
    takes_sampling: bool | None = None
    """Temperature and the like are not refused."""
    takes_temperature_with_top_p: bool | None = None
    takes_prefill: bool | None = None
    """The conversation may end with a message of the assistant."""
    takes_late_system: bool | None = None
    """Messages of the system may stand within the conversation."""
    takes_responses: bool | None = None
    """It is served in OpenAI's responses too, not in chat completions only."""
    needs_call_seals: bool | None = None
    """History without the signatures of its tool calls is refused (Gemini 3)."""
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    output_limit_member: OutputLimitMember | None = None
    """What a chat completions vendor calls the limit of the output."""
    ceiling_usd: str | None = None
    """What a call is held at where nobody can tell what it costs at most, such as `0.50`; the operator's word only."""
    extensions: frozenset[str] = frozenset()
    """Members beyond the dialect's own that the vendor takes, such as `reasoning_content`."""
    refuses: frozenset[str] = frozenset()
    """Members of the dialect that the vendor does not take, such as `store`."""


UNKNOWN: Profile = Profile()
