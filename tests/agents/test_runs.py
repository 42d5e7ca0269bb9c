"""Runs from their start to their end, over the real queue and database."""

import asyncio

import pytest

from drawbridge.agents import Run, RunRef, UnknownRunError
from drawbridge.agents.records import RunId
from drawbridge.core.ids import uuid7
from drawbridge.db.engine import Database
from drawbridge.gateway import Asked, Ended, Failed, Grew, PartBegan, Refusal, Text, Thinking
from tests.parts.runs import (
    WORDS,
    Author,
    Notebook,
    Speaker,
    make_author,
    make_runner,
    read_all,
    running,
    said,
    words_of,
)


async def test_a_run_tells_its_answer_and_hands_it_to_its_product(
    author: Author, database: Database, database_url: str
) -> None:
    speaker = Speaker()

    async with running(make_runner(database, database_url, speaker), database_url) as runner:
        ref = await author.start(runner)
        events = await read_all(runner, ref)

    kinds = [event.kind for event in events]
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert kinds[:2] == ["run.started", "call.intended"]
    assert kinds[-2:] == ["message.completed", "run.completed"]
    assert words_of(events) == "".join(WORDS)
    assert await author.notes(ref.id) == [("completed", "".join(WORDS), None)]
    [(who, asked, call_id)] = speaker.asked
    assert (who.principal_id, asked.model, str(call_id)) == (author.principal_id, "small", events[1].data["call_id"])
    assert events[-1].data["cost_nanousd"] == 1000


async def test_a_run_knows_how_it_ended_and_what_it_cost(author: Author, database: Database, database_url: str) -> None:
    async with running(make_runner(database, database_url, Speaker()), database_url) as runner:
        ref = await author.start(runner)
        before = await runner.runs.get(ref)
        await read_all(runner, ref)
        after = await runner.runs.get(ref)

    assert before is not None
    assert before.state in ("queued", "running")
    assert after is not None
    assert (after.state, after.input_tokens, after.output_tokens, after.cost) == ("completed", 3, 7, 1000)
    assert after.principal_id == author.principal_id


async def test_reasoning_and_words_are_told_apart_and_in_order(
    author: Author, database: Database, database_url: str
) -> None:
    script = [
        PartBegan(index=0, part=Thinking(paragraphs=["Hm."])),
        Grew(index=0, text="Well.", paragraph=1),
        PartBegan(index=1, part=Text(text="Fo")),
        Grew(index=1, text="ur."),
        Ended(reason="end"),
    ]

    async with running(make_runner(database, database_url, Speaker(script)), database_url) as runner:
        events = await read_all(runner, await author.start(runner))

    deltas = [event.data for event in events if event.kind == "delta"]
    assert deltas == [
        {"part": 0, "kind": "reasoning", "text": "Hm.\n\nWell."},
        {"part": 1, "kind": "text", "text": "Four."},
    ]
    parts = next(event.data["parts"] for event in events if event.kind == "message.completed")
    assert parts == [{"type": "reasoning", "text": "Hm.\n\nWell."}, {"type": "text", "text": "Four."}]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (Refusal("forbidden", "Not this model."), "forbidden"),
        (Failed(kind="overloaded", message="Come back later."), "overloaded"),
        (RuntimeError("what nobody expected"), "internal_error"),
    ],
)
async def test_a_call_that_fails_ends_the_run_with_the_words_so_far_and_a_reason(
    author: Author, database: Database, database_url: str, step: Failed | Exception, code: str
) -> None:
    speaker = Speaker([*said("Well, ")[:-1], step])

    async with running(make_runner(database, database_url, speaker), database_url) as runner:
        ref = await author.start(runner)
        events = await read_all(runner, ref)

    assert (events[-1].kind, events[-1].data["code"]) == ("run.failed", code)
    assert events[-1].data["message"]
    assert await author.notes(ref.id) == [("failed", "Well, ", code)]


async def test_an_answer_that_does_not_end_is_cut_with_the_words_so_far(
    author: Author, database: Database, database_url: str
) -> None:
    words = "on and " * 100_000
    speaker = Speaker([PartBegan(index=0, part=Text(text="")), *[Grew(index=0, text=words)] * 40, Ended(reason="end")])

    async with running(make_runner(database, database_url, speaker), database_url) as runner:
        ref = await author.start(runner)
        events = await read_all(runner, ref)

    assert (events[-1].kind, events[-1].data["code"]) == ("run.failed", "answer_too_long")
    [(state, kept, code)] = await author.notes(ref.id)
    assert (state, code) == ("failed", "answer_too_long")
    assert 16_000_000 < len(kept) < 18_000_000


class _Refused(Notebook):
    """Has to ask the gateway what to ask, and is refused."""

    async def read(self, run: Run) -> Asked:
        raise Refusal("forbidden", "This account is suspended.")


async def test_a_question_that_the_gateway_refuses_to_its_product_ends_the_run_with_its_reason(
    author: Author, database: Database, database_url: str
) -> None:
    speaker = Speaker()

    async with running(make_runner(database, database_url, speaker, turns=_Refused()), database_url) as runner:
        events = await read_all(runner, await author.start(runner))

    told = events[-1].data
    assert (events[-1].kind, told["code"], told["message"]) == ("run.failed", "forbidden", "This account is suspended.")
    assert speaker.asked == []


async def test_a_run_is_taken_only_by_a_process_that_knows_its_product(
    author: Author, database: Database, database_url: str
) -> None:
    speaker = Speaker()
    older = make_runner(database, database_url, Speaker(), lease_s=0.2)
    newer = make_runner(database, database_url, speaker, product="typewriter", lease_s=0.2)

    async with running(older, database_url):
        ref = await author.start(older, product="typewriter")
        await read_all(older, await author.start(older))
        waiting = await older.runs.get(ref)
        async with running(newer, database_url):
            await read_all(older, ref)

    assert waiting is not None
    assert waiting.state == "queued"
    assert len(speaker.asked) == 1


async def test_a_start_that_is_rolled_back_is_never_taken(
    author: Author, database: Database, database_url: str
) -> None:
    speaker = Speaker()
    runner = make_runner(database, database_url, speaker)
    run_id = RunId(uuid7())

    with pytest.raises(ZeroDivisionError):
        async with database.organisation(author.organisation_id) as connection:
            run_id = await runner.runs.start(connection, author.what())
            raise ZeroDivisionError
    async with running(runner, database_url):
        await read_all(runner, await author.start(runner))

    assert await runner.runs.get(RunRef(author.organisation_id, run_id)) is None
    assert len(speaker.asked) == 1


async def test_another_organisations_run_is_unknown(author: Author, database: Database, database_url: str) -> None:
    other = await make_author(database, "other")

    async with running(make_runner(database, database_url, Speaker()), database_url) as runner:
        ref = await author.start(runner)
        await read_all(runner, ref)
        theirs = RunRef(other.organisation_id, ref.id)
        with pytest.raises(UnknownRunError):
            await read_all(runner, theirs)
        await runner.runs.cancel(theirs)

        assert await runner.runs.get(theirs) is None
    with pytest.raises(UnknownRunError):
        await read_all(runner, RunRef(author.organisation_id, RunId(uuid7())))


async def test_many_runs_at_once_all_end_each_with_its_own_answer(
    author: Author, database: Database, database_url: str
) -> None:
    async with running(make_runner(database, database_url, Speaker()), database_url) as runner:
        refs = [await author.start(runner) for _ in range(60)]
        journals = await asyncio.gather(*(read_all(runner, ref) for ref in refs))

    for ref, journal in zip(refs, journals, strict=True):
        assert [event.number for event in journal] == list(range(1, len(journal) + 1))
        assert words_of(journal) == "".join(WORDS)
        assert await author.notes(ref.id) == [("completed", "".join(WORDS), None)]
