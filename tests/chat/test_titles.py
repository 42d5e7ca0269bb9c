"""Titles: the first words of a question, and what a model makes of a conversation, by which model."""

from decimal import Decimal

import msgspec
import pytest

from drawbridge.chat.titles import made_title, title_of
from drawbridge.chat.titling import choose
from drawbridge.gateway import Offer

_OFFER = Offer(
    model="small",
    vendors=("openai",),
    input_usd_per_million="0.1",
    output_usd_per_million="0.4",
    context_tokens=None,
    max_output_tokens=None,
    tools=None,
    images=None,
    documents=None,
    audio=None,
    video=None,
    thinks=False,
    takes_temperature=None,
    efforts=(),
)


def _offer(model: str, vendor: str = "openai", usd: str = "0.1", **more: object) -> Offer:
    prices = {"input_usd_per_million": usd, "output_usd_per_million": usd}
    return msgspec.structs.replace(_OFFER, model=model, vendors=(vendor,), **prices, **more)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How deep is the sea?", "How deep is the sea?"),
        ("\n\n# A  heading\twith\x07spaces\nand more", "A heading with spaces"),
        ("word " * 30, "word " * 11 + "word…"),
        ("x" * 100, "x" * 60 + "…"),
        ("\n \n", ""),
    ],
)
def test_a_title_is_first_the_first_words_in_one_line(question: str, title: str) -> None:
    assert title_of(question) == title


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Depth of the sea", "Depth of the sea"),
        ('Title: "Depth of the sea."\nIt is about the sea.', "Depth of the sea"),
        ("**Tiefe des Meeres**", "Tiefe des Meeres"),
        ("„Tiefe des Meeres“", "Tiefe des Meeres"),
        ("\n\nLate\u2028line", "Late"),
        ("Sure! I would be glad to give that conversation a title, and here it is, after some more words: Sea", ""),
        ("", ""),
        ('""', ""),
    ],
)
def test_what_a_model_says_becomes_a_title_in_one_line_or_none(said: str, title: str) -> None:
    assert made_title(said) == title


def test_the_cheapest_model_of_the_vendors_that_have_the_conversation_makes_the_title() -> None:
    offers = [_offer("large", usd="3"), _offer("small", usd="0.2"), _offer("foreign", "elsewhere", usd="0.01")]

    chosen = choose(offers, "large")

    assert chosen is not None
    assert chosen.model == "small"


def test_a_model_that_answers_at_several_vendors_is_chosen_only_where_each_has_the_conversation() -> None:
    both = msgspec.structs.replace(_offer("both", usd="0.01"), vendors=("openai", "elsewhere"))

    assert choose([_offer("large", usd="0.2"), both], "large") != both
    assert choose([both], "both") == both


@pytest.mark.parametrize(
    "offers",
    [
        [_offer("asked", usd="2")],
        [msgspec.structs.replace(_offer("asked"), output_usd_per_million=None)],
        [_offer("asked", "rehearsal", usd="0")],
        [_offer("other", "elsewhere")],
        [],
    ],
)
def test_no_title_is_made_where_no_model_is_cheap_or_its_price_is_unknown(offers: list[Offer]) -> None:
    assert choose(offers, "asked") is None


def test_a_model_that_cannot_but_think_is_reckoned_with_its_thoughts() -> None:
    usd = Decimal("1.5")
    plain = _offer("plain", usd=str(usd))
    can_do_without = _offer("can-do-without", usd=str(usd), thinks=True, efforts=("none", "low"))
    must = _offer("must", usd=str(usd), thinks=True, efforts=("low", "high"))

    assert choose([plain], "plain") == plain
    assert choose([can_do_without], "can-do-without") == can_do_without
    assert choose([must], "must") is None
