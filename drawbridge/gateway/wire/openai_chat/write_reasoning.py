"""Writes how much a model shall think into a chat completions request."""

from typing import Final

from drawbridge.gateway.wire.canonical import Json, Reasoning
from drawbridge.gateway.wire.openai_chat.writing import NO_MEMBER, Writing

_EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh")
_LOW_TOKENS, _MEDIUM_TOKENS = 4096, 16384


def write_reasoning(body: dict[str, Json], reasoning: Reasoning, writing: Writing) -> None:
    """Set what the vendor has: OpenRouter's `reasoning`, `thinking`, or OpenAI's `reasoning_effort`."""
    writing.leave_extras(reasoning)
    if writing.target.profile.thinking == "none":
        writing.lose(reasoning, "the model does not think", effect="none" if reasoning.is_on is False else "answer")
        return
    if writing.has("reasoning"):
        _write_all(body, reasoning, writing)
        return
    if writing.has("thinking") and reasoning.is_on is not None:
        body["thinking"] = {"type": "enabled" if reasoning.is_on else "disabled"}
        _write_effort(body, reasoning, writing, is_on_said=True)
    else:
        _write_effort(body, reasoning, writing, is_on_said=False)
    _lose_what_is_shown(reasoning, writing)


def _write_all(body: dict[str, Json], reasoning: Reasoning, writing: Writing) -> None:
    # https://openrouter.ai/docs/use-cases/reasoning-tokens (2026-11): an effort or a budget, not both.
    said: dict[str, Json] = {}
    if reasoning.is_on is not None:
        said["enabled"] = reasoning.is_on
    if reasoning.effort is not None:
        said["effort"] = reasoning.effort
    if reasoning.budget_tokens is not None and reasoning.effort is None:
        said["max_tokens"] = reasoning.budget_tokens
    elif reasoning.budget_tokens is not None:
        writing.lose(reasoning, "the vendor takes an effort or a budget, not both", field="budget_tokens")
    if reasoning.shows is not None:
        said["exclude"] = not reasoning.shows
    if reasoning.summary is not None:
        said["summary"] = reasoning.summary
    if reasoning.is_adaptive:
        writing.lose(reasoning, "how much to think is always left to the model", field="is_adaptive", effect="none")
    if reasoning.keeps_sealed is not None:
        writing.lose(reasoning, NO_MEMBER, field="keeps_sealed", effect="none")
    if said:
        body["reasoning"] = said


def _write_effort(body: dict[str, Json], reasoning: Reasoning, writing: Writing, *, is_on_said: bool) -> None:
    effort = _effort(reasoning, writing)
    if effort is not None and "reasoning_effort" in writing.target.profile.refuses:
        for field in ("effort", "budget_tokens"):
            if getattr(reasoning, field) is not None:
                writing.lose(reasoning, "the vendor does not take it", field=field)
        effort = None
    if effort is not None:
        body["reasoning_effort"] = effort
    elif reasoning.is_on is False and not is_on_said:
        # Only some of OpenAI's models take `none` (gpt-5.1 and later), and nothing here says which.
        reason = "not all models can be told not to think"
        writing.lose(reasoning, reason, field="is_on", effect="answer_and_price")
    if reasoning.is_adaptive:
        writing.lose(reasoning, "how much to think is always left to the model", field="is_adaptive", effect="none")


def _effort(reasoning: Reasoning, writing: Writing) -> str | None:
    """Return the effort to ask for; what is only approximated is reported."""
    budget = reasoning.budget_tokens
    if reasoning.effort is not None:
        if budget is not None:
            writing.lose(reasoning, "the vendor takes an effort only", field="budget_tokens")
        if reasoning.effort in _EFFORTS:
            return reasoning.effort
        nearest = "xhigh" if reasoning.effort == "max" else "high"
        writing.lose(reasoning, f"the vendor has no such effort: {nearest} is asked for", field="effort")
        return nearest
    if budget == 0:
        reason = "not all models can be told not to think"
        writing.lose(reasoning, reason, field="budget_tokens", effect="answer_and_price")
        return None
    if budget is not None and budget > 0:
        effort = "low" if budget <= _LOW_TOKENS else "medium" if budget <= _MEDIUM_TOKENS else "high"
        writing.lose(reasoning, f"the vendor takes no budget: {effort} effort is asked for", field="budget_tokens")
        return effort
    if budget is not None:
        writing.lose(reasoning, "how much to think is always left to the model", field="budget_tokens", effect="none")
    if reasoning.is_on and not reasoning.is_adaptive:
        writing.lose(reasoning, "the vendor wants to know how much: medium effort is asked for", field="is_on")
        return "medium"
    return None


def _lose_what_is_shown(reasoning: Reasoning, writing: Writing) -> None:
    for field in ("shows", "summary"):
        if getattr(reasoning, field) is not None:
            writing.lose(reasoning, NO_MEMBER, field=field)
    if reasoning.keeps_sealed is not None:
        writing.lose(reasoning, NO_MEMBER, field="keeps_sealed", effect="none")
