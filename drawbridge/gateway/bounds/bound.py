"""The most tokens that a call can come to, or why nobody can tell."""

from msgspec import Struct

from drawbridge.usage.events import Tokens


class Bound(Struct, frozen=True, gc=False):
    """The most that a vendor can count for a call, whatever the answer is. Reasoning is output."""

    input_tokens: int
    output_tokens: int
    """All answers together."""
    answers: int = 1
    """How many answers share the output evenly, each under the same limit."""
    input_audio_tokens: int = 0
    """How many of the input may be sound."""
    input_image_tokens: int = 0
    """How many of the input may be pictures."""
    may_be_media: bool = False
    """Whether the output may be sound or pictures, for all that the request says."""

    @property
    def output_of_each(self) -> int:
        """The limit of one answer."""
        return self.output_tokens // max(1, self.answers)

    def tokens(self, limit: int | None = None) -> Tokens:
        """Return the most of each kind. `limit` is another one for each answer."""
        output = self.output_tokens if limit is None else limit * self.answers
        media = output if self.may_be_media else 0
        return Tokens(
            input=self.input_tokens,
            input_audio=self.input_audio_tokens,
            input_image=self.input_image_tokens,
            output=output,
            output_audio=media,
            output_image=media,
        )


class Unbounded(Struct, frozen=True, gc=False):
    """A call of which the most cannot be told beforehand."""

    reason: str
    """A sentence that names what it is."""
    remedy: str
    """What the caller or the operator can do about it, as a clause: `send ...`."""


NOTHING: Bound = Bound(0, 0)
"""Of a call that runs no model."""
