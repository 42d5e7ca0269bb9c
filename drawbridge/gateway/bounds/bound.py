"""The most tokens that a call can come to, or why nobody can tell."""

from msgspec import Struct


class Bound(Struct, frozen=True, gc=False):
    """The most that a vendor can count for a call, whatever the answer is. Reasoning is output."""

    input_tokens: int
    output_tokens: int
    """All answers together."""
    answers: int = 1
    """How many answers share the output evenly, each under the same limit."""

    @property
    def output_of_each(self) -> int:
        """The limit of one answer."""
        return self.output_tokens // max(1, self.answers)


class Unbounded(Struct, frozen=True, gc=False):
    """A call of which the most cannot be told beforehand."""

    reason: str
    """A sentence that names what it is."""
    remedy: str
    """What the caller or the operator can do about it, as a clause: `send ...`."""


NOTHING: Bound = Bound(0, 0)
"""Of a call that runs no model."""
