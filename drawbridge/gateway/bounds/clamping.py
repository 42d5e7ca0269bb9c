"""Makes a call fit into what is left to pay for it, by a lower limit of its output; all other bytes stay."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import structs

from drawbridge.gateway.bodies import Edit, TopLevel, scan, splice
from drawbridge.gateway.bounds.bound import Bound
from drawbridge.gateway.bounds.output import LIMIT_MEMBERS, limit_to_say, only_member
from drawbridge.gateway.errors import MalformedBody
from drawbridge.gateway.request import GEMINI_CONFIGS, GEMINI_LIMITS, READ_MEMBERS, CallRequest
from drawbridge.gateway.snapshot import Deployment
from drawbridge.usage.events import Tokens

Price = Callable[[Tokens], int | None]
"""The most that a call within these counts costs, in nano-dollars; None where they have no price."""

LEAST_OUTPUT_TOKENS: Final = 256
"""An answer shorter than this is of little use to most callers: it is refused instead, unless they asked for less."""

_GEMINI_THINKING: Final = ("thinkingConfig", "thinking_config")
_GEMINI_BUDGETS: Final = ("thinkingBudget", "thinking_budget")
_BUDGETS: Final = (("thinking", "budget_tokens"), ("reasoning", "max_tokens"))
"""How many tokens to think with, which some vendors refuse unless it is below the limit of the output."""


def clamp(call: CallRequest, bound: Bound, price: Price, room_nanousd: int) -> int | None:
    """Return the highest limit of each answer with which a call fits into the room; None where none does.

    Not above what the call may have anyway, and not below `least_output`. `price` must not fall with the output.
    """
    most, least = bound.output_of_each, least_output(call, bound)

    def fits(limit: int) -> bool:
        cost = price(bound.tokens(limit))
        return cost is not None and cost <= room_nanousd

    if not fits(least):
        return None
    while least < most:
        middle = (least + most + 1) // 2
        if fits(middle):
            least = middle
        else:
            most = middle - 1
    return least


def least_output(call: CallRequest, bound: Bound) -> int:
    """Return the limit of an answer below which a call is not clamped, in tokens.

    What it may think with stays as the caller said, and leaves room for as much of an answer as any call has: a vendor
    would refuse a limit below it, or spend all of it on thoughts. An operation that takes no limit is not clamped.
    """
    asked = bound.output_of_each
    if call.endpoint.dialect != "gemini" and call.endpoint.operation not in LIMIT_MEMBERS:
        return asked
    thinking = max(_thinking(call), default=0)
    return min(asked, thinking + LEAST_OUTPUT_TOKENS)


def clamp_call(call: CallRequest, deployment: Deployment, limit: int) -> CallRequest:
    """Return a call that allows each answer so many tokens, in its own dialect's words.

    Only the member that says so is another, or one more. Whatever reads the call from here on, to pass it on or to
    translate it, finds the new limit.
    """
    top = call.top
    edits = _gemini_edits(top, limit) if call.endpoint.dialect == "gemini" else _edits(call, deployment, limit)
    clamped = scan(splice(top.body, edits), READ_MEMBERS)
    return structs.replace(call, top=clamped, max_output_tokens=limit, clamped_output_tokens=limit)


def say_limit(call: CallRequest, deployment: Deployment, bound: Bound) -> CallRequest:
    """Return a call that allows no more than it is bounded at: its vendor may not know the model's limit as we do."""
    limit = limit_to_say(call, deployment) if bound.output_tokens else None
    return call if limit is None else clamp_call(call, deployment, limit)


def _edits(call: CallRequest, deployment: Deployment, limit: int) -> list[Edit]:
    top, members = call.top, LIMIT_MEMBERS[call.endpoint.operation]
    stated = {name: count for name in members if (count := top.count(name))}
    edits = [top.replace(name, b"%d" % limit) for name, count in stated.items() if count > limit]
    wanted = only_member(call, deployment)
    if not stated or (wanted is not None and wanted not in stated):
        # What the caller said under another name is no reason to allow more.
        edits.append(top.put(wanted or members[-1], b"%d" % min([limit, *stated.values()])))
    return edits


def _gemini_edits(top: TopLevel, limit: int) -> list[Edit]:
    written = b"%d" % limit
    configs = [name for name in ("generationConfig", "generation_config") if name in top]
    if all(top.raw(name) == b"null" for name in configs):
        return [top.put(configs[0] if configs else "generationConfig", b'{"maxOutputTokens":%d}' % limit)]
    edits: list[Edit] = []
    for name in configs:
        inner = top.inner(name)
        if inner is not None:
            start = top.members[name].value
            stated = [field for field in GEMINI_LIMITS if field in inner]
            changes = [inner.put(field, written) for field in stated or GEMINI_LIMITS[:1]]
            edits += [Edit(start + edit.start, start + edit.end, edit.text) for edit in changes]
    return edits


def _thinking(call: CallRequest) -> Iterator[int]:
    top = call.top
    places = [(top, holder, (budget,)) for holder, budget in _BUDGETS]
    if call.endpoint.dialect == "gemini":
        configs = [inner for name in top.names & GEMINI_CONFIGS if (inner := top.inner(name)) is not None]
        places = [(config, holder, _GEMINI_BUDGETS) for config in configs for holder in _GEMINI_THINKING]
    for outer, holder, names in places:
        if outer.raw(holder) is not None:
            yield from _counts(outer, holder, names)


def _counts(outer: TopLevel, holder: str, names: tuple[str, ...]) -> Iterator[int]:
    try:
        inner = outer.inner(holder)
    except MalformedBody:
        # Such as `"thinking": true`: then there is no number in it.
        return
    for name in names:
        try:
            yield 0 if inner is None else inner.count(name) or 0
        except MalformedBody:
            # Gemini's -1 leaves it to the model.
            continue
