"""Values that only their maker can read come back to it, and to nobody else."""

from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from drawbridge.gateway.wire.canonical import Opaque
from drawbridge.gateway.wire.opaque import WRAPPED, hand_out, readable_by, take_back


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.none() | st.text(st.characters(codec="ascii")))
def test_a_value_comes_back_through_a_caller_of_another_dialect(value: str, provider: str | None) -> None:
    sealed = Opaque(value, "gemini", provider)

    held = hand_out(sealed, "anthropic-messages")

    assert take_back(held, "anthropic-messages") == sealed


def test_within_a_dialect_a_value_is_handed_out_as_it_is() -> None:
    assert hand_out(Opaque("EqQB", "anthropic-messages", "claude"), "anthropic-messages") == "EqQB"


def test_what_is_handed_out_is_base64_since_sdks_decode_signatures() -> None:
    held = hand_out(Opaque("no base64: {}", "openai-responses", "openai"), "gemini")

    assert held.startswith(WRAPPED)
    assert b64decode(held, validate=True)


def test_only_the_maker_reads_a_value() -> None:
    sealed = Opaque("x", "openai-responses", "openai")

    assert readable_by(sealed, "openai-responses", "openai")
    assert not readable_by(sealed, "openai-responses", "azure")
    assert not readable_by(sealed, "anthropic-messages", "openai")


def test_a_value_of_an_unknown_maker_is_for_its_dialect() -> None:
    assert readable_by(take_back("EqQB", "anthropic-messages"), "anthropic-messages", "claude")


@given(st.text(st.characters(codec="ascii")))
def test_what_only_looks_wrapped_is_taken_as_it_is(rest: str) -> None:
    assert take_back(WRAPPED + "!" + rest, "gemini") == Opaque(WRAPPED + "!" + rest, "gemini")
