"""What answers came to whose process died before it could say so: usage knows, once it has booked their calls."""

from dataclasses import replace
from uuid import UUID

from drawbridge.chat.messages import store as messages
from drawbridge.chat.records import Message, Owner
from drawbridge.core.money import Nanousd
from drawbridge.core.paging import PageRequest
from drawbridge.db.engine import AsyncConnection
from drawbridge.usage.report import UsageFilter, UsageRow
from drawbridge.usage.store import list_usage


async def learn_costs(connection: AsyncConnection, owner: Owner, conversation_id: UUID) -> bool:
    """Write down what usage has of such answers by now; tell whether there was anything."""
    has_learned = False
    for answer in await messages.unheard_answers(connection, owner, conversation_id):
        wanted = UsageFilter(session_id=str(conversation_id), call_id=UUID(dict(answer.ending or {})["call_id"]))
        booked = await list_usage(connection, owner.organisation_id, wanted, PageRequest(1))
        for call in booked.items:
            await messages.note_cost(connection, owner, _heard(answer, call))
            has_learned = True
    return has_learned


def _heard(answer: Message, call: UsageRow) -> Message:
    told = {
        "deployment": call.deployment,
        "answered_by": call.model if call.model != answer.model else None,
        "estimated": call.estimated or None,
    }
    return replace(
        answer,
        ending=dict(answer.ending or {}) | {name: value for name, value in told.items() if value is not None},
        cost=None if call.cost_nanousd is None else Nanousd(call.cost_nanousd),
        input_tokens=call.input_tokens,
        output_tokens=call.output_tokens,
    )
