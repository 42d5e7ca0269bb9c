"""Pieces that are like the one before are told without a closer look, and nothing that they say is missed."""

import pytest

from drawbridge.gateway.dialects import Dialect
from tests.gateway.wire.retelling import CHAT, GEMINI, MESSAGES, RESPONSES, Json, candidate, chunks, events, told
from tests.gateway.wire.test_regressions_of_replies import ASKED

OTHERS: list[Dialect] = [CHAT, RESPONSES, MESSAGES]


def counted(tokens: int) -> Json:
    return {"promptTokenCount": 40, "candidatesTokenCount": tokens, "totalTokenCount": 40 + tokens}


@pytest.mark.parametrize("dialect", OTHERS)
def test_of_many_counts_the_last_holds(dialect: Dialect) -> None:
    said = [candidate({"text": f"{number},"}, finish=None, usage=counted(number)) for number in range(1, 7)]
    end = candidate({"text": "."})
    del end["usageMetadata"]

    reply = told(dialect, ASKED[dialect], GEMINI, events(*said, end))

    assert reply.facts.answer == "1,2,3,4,5,6,."
    assert reply.facts.usage["output"] == 6


@pytest.mark.parametrize("dialect", OTHERS)
def test_thoughts_and_words_stay_apart(dialect: Dialect) -> None:
    thought = [candidate({"text": f"h{number}", "thought": True}, finish=None) for number in range(3)]
    said = [candidate({"text": f"w{number}"}, finish=None) for number in range(3)]

    reply = told(dialect, ASKED[dialect], GEMINI, events(*thought, *said, *said, candidate({"text": ""})))

    assert (reply.facts.thinking, reply.facts.answer) == ("h0h1h2", "w0w1w2w0w1w2")


@pytest.mark.parametrize("dialect", OTHERS)
def test_what_a_later_piece_of_geminis_says_anew_is_reported(dialect: Dialect) -> None:
    said = [candidate({"text": f"{number}"}, finish=None) for number in range(5)]
    said[3]["candidates"][0]["news"] = "new"
    said[4]["candidates"][0]["content"]["parts"][0]["more"] = 1

    reply = told(dialect, ASKED[dialect], GEMINI, events(*said, candidate({"text": ""})))

    assert reply.facts.answer == "01234"
    assert any(path.endswith("news") for path in reply.lost)
    assert any(path.endswith("more") for path in reply.lost)


@pytest.mark.parametrize("dialect", [RESPONSES, MESSAGES, GEMINI])
def test_what_a_later_chunk_says_anew_is_reported(dialect: Dialect) -> None:
    deltas: list[Json] = [{"content": f"{number}"} for number in range(6)]
    deltas[4]["news"] = "new"

    reply = told(dialect, ASKED[dialect], CHAT, chunks(*deltas))

    assert reply.facts.answer == "012345"
    assert "choices[].delta.news" in reply.lost


@pytest.mark.parametrize("dialect", [RESPONSES, MESSAGES, GEMINI])
def test_words_of_several_kinds_in_chunks_stay_apart(dialect: Dialect) -> None:
    thoughts: list[Json] = [{"reasoning_content": f"h{number}"} for number in range(3)]
    words: list[Json] = [{"content": f"w{number}"} for number in range(3)]

    reply = told(dialect, ASKED[dialect], CHAT, chunks(*thoughts, *words, {"refusal": "no"}, *words))

    assert (reply.facts.thinking, reply.facts.answer.count("w")) == ("h0h1h2", 6)
