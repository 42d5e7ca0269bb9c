"""Titles that a model makes: a run behind the first answer of a conversation whose owner wants one.

The model is one that its owner may use, of the vendors that have the conversation already, and cheap; where there is
none, the first words stay. The call is one like all others: it passes policy and budgets, and is booked.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from drawbridge.agents import Finish, Run, RunId, Start
from drawbridge.chat import store
from drawbridge.chat.engine import PRODUCT, Offers, asker
from drawbridge.chat.errors import NoTitleError
from drawbridge.chat.messages import store as messages
from drawbridge.chat.records import CameTo, Message, Owner, TitleRun, text_of
from drawbridge.chat.titles import made_title
from drawbridge.core.clock import Clock
from drawbridge.db.engine import AsyncConnection, Database
from drawbridge.gateway import Asked, Offer, Reasoning, SettingName, Text
from drawbridge.gateway import Message as Said

StartRun = Callable[[AsyncConnection, Start], Awaitable[RunId]]
"""Starts a run in a transaction: it begins when that is committed."""

_ABOUT: Final = "title_after"
"""The member of a run's input that names the answer; only runs that make titles have it."""
_OF: Final = "conversation_id"
_TASK: Final = (
    "Give the conversation a title that its owner recognises in a list: at most six words, in the language of the"
    " question. Reply with the title only."
)
_MOST_OF_QUESTION: Final = 1000
_MOST_OF_ANSWER: Final = 500
_MOST_INPUT_TOKENS: Final = 1000
"""More than the most of both come to: a token has two characters or more in most scripts."""
_MOST_TOKENS: Final = 60
_MOST_TOKENS_THINKING: Final = 800
_MOST_USD: Final = Decimal("0.002")
"""A title is not worth more than that. Most cost a twentieth of it."""
_NO_MODELS: Final = frozenset({"rehearsal"})
"""Vendors whose answers are about nothing."""


@dataclass(frozen=True, slots=True)
class Titling:
    """Makes titles, as runs. Implements agents' `Turns` for those that it has begun."""

    database: Database
    clock: Clock
    offers: Offers
    start: StartRun

    async def begin(self, connection: AsyncConnection, run: Run) -> None:
        """Have a title made behind the answer of a run, in the transaction that keeps it, where one is wanted."""
        owner = Owner(run.organisation_id, run.principal_id)
        answer = await messages.answer_of_run(connection, owner, run.id, self.clock.now())
        if answer is None or not await store.wants_title(connection, owner, answer.conversation_id):
            return
        about = {_ABOUT: str(answer.id), _OF: str(answer.conversation_id)}
        what = Start(run.organisation_id, run.principal_id, PRODUCT, run.model, run.session_id, about)
        ref = TitleRun(answer.conversation_id, await self.start(connection, what))
        await store.begin_title(connection, owner, ref)

    @staticmethod
    def has(run: Run) -> bool:
        """Tell whether a run is one that makes a title."""
        return _ABOUT in run.input

    async def read(self, run: Run) -> Asked:
        """Return what a model is asked. Raises NoTitleError."""
        owner, now = Owner(run.organisation_id, run.principal_id), self.clock.now()
        async with self.database.organisation(run.organisation_id, steady=True) as connection:
            answer = await messages.get_message(connection, owner, UUID(run.input[_ABOUT]), now)
            if answer is None or answer.parent_id is None:
                raise NoTitleError("The conversation is gone.")
            question = await messages.get_message(connection, owner, answer.parent_id, now)
        chosen = choose(await self.offers.models_for(asker(owner)), run.model)
        if question is None or chosen is None:
            raise NoTitleError("No model that may be asked is cheap enough to make a title.")
        asked = [
            Said(role="system", parts=[Text(text=_TASK)]),
            Said(role="user", parts=[Text(text=_told(question, answer))]),
        ]
        return Asked(chosen.model, asked, settings=_settings(chosen))

    async def finish(self, connection: AsyncConnection, run: Run, finish: Finish) -> None:
        """Keep the title, and what it came to."""
        words = "".join(part.text for part in finish.parts if isinstance(part, Text))
        title = made_title(words) if finish.state == "completed" else ""
        ending = finish.ending
        came_to = CameTo()
        if ending is not None:
            came_to = CameTo(ending.cost_nanousd, ending.tokens.input, ending.tokens.output)
        owner, ref = Owner(run.organisation_id, run.principal_id), TitleRun(UUID(run.input[_OF]), run.id)
        await store.end_title(connection, owner, ref, title, came_to)


def choose(offers: Sequence[Offer], answered_by: str) -> Offer | None:
    """Return the cheapest model for a title, of the vendors of the one that answered; None where none is cheap."""
    vendors = next((set(offer.vendors) for offer in offers if offer.model == answered_by), set[str]())
    priced = [(cost, offer) for offer in offers if _may_see(offer, vendors) and (cost := _most_usd(offer)) is not None]
    cost, cheapest = min(priced, key=lambda pair: pair[0], default=(None, None))
    return cheapest if cost is not None and cost <= _MOST_USD else None


def _may_see(offer: Offer, vendors: Collection[str]) -> bool:
    """Tell whether all who could answer have the conversation already."""
    return set(offer.vendors) <= set(vendors) and not _NO_MODELS.intersection(offer.vendors)


def _most_usd(offer: Offer) -> Decimal | None:
    if offer.input_usd_per_million is None or offer.output_usd_per_million is None:
        return None
    read = Decimal(offer.input_usd_per_million) * _MOST_INPUT_TOKENS
    return (read + Decimal(offer.output_usd_per_million) * _most_tokens(offer)) / 1_000_000


def _most_tokens(offer: Offer) -> int:
    return _MOST_TOKENS_THINKING if _must_think(offer) else _MOST_TOKENS


def _must_think(offer: Offer) -> bool:
    return offer.thinks is True and "none" not in (offer.efforts or ())


# Any: settings are of several types.
def _settings(offer: Offer) -> dict[SettingName, Any]:
    settings: dict[SettingName, Any] = {"max_output_tokens": _most_tokens(offer)}
    if offer.thinks and offer.efforts:
        effort = offer.efforts[0]
        settings["reasoning"] = Reasoning(is_on=effort != "none", effort=effort)
    return settings


def _told(question: Message, answer: Message) -> str:
    asked, said = text_of(question.parts)[:_MOST_OF_QUESTION], text_of(answer.parts)[:_MOST_OF_ANSWER]
    return f"<question>\n{asked}\n</question>\n<answer>\n{said}\n</answer>"
