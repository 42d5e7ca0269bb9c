"""How much the model shall think, written for Anthropic's models of all generations.

Older models take a budget of tokens, newer ones think as they see fit, held by an effort
(https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking and .../effort, read 2026-11-23).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from drawbridge.gateway.wire.anthropic_messages.members import Block, put, put_back
from drawbridge.gateway.wire.canonical import Reasoning, Request, Setting
from drawbridge.gateway.wire.losses import Losses
from drawbridge.gateway.wire.profiles import ThinkingStyle

LEAST_BUDGET: Final = 1024
_BUDGETS: Final[Mapping[str, int]] = MappingProxyType(
    {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 24576, "max": 32000}
)
_USUAL_BUDGET: Final = _BUDGETS["medium"]
_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
_OFF: Final = ("none", "off")
_STATED: Final = ("is_on", "is_adaptive", "budget_tokens", "effort", "shows", "summary", "keeps_sealed")


class Circumstances(Struct, frozen=True):
    """What of the rest of the request decides whether the model can think."""

    forces_tool: bool
    """Refused with thinking (docs: extended thinking, "Thinking with tool use", read 2026-11-23)."""
    lacks_thoughts: bool
    """A turn of the history calls tools without its thinking: refused while thinking has a budget."""
    max_tokens: int
    """The budget must be below it."""
    may_raise_limit: bool
    """The limit is not the caller's own."""

    @property
    def obstacle(self) -> str | None:
        """Why the model cannot think at all."""
        return "Anthropic's models do not think where a tool is forced" if self.forces_tool else None


class ReasoningWriter:
    """Writes what a request of another dialect says of reasoning into a body."""

    def __init__(self, request: Request, style: ThinkingStyle | None, losses: Losses, body: Block) -> None:
        self._setting: Setting | None = request.settings.get("reasoning")
        self._style: ThinkingStyle = style or "adaptive"
        self._losses = losses
        self._body = body

    def write(self, now: Circumstances) -> bool:
        """Write it. Returns whether the model thinks."""
        if self._setting is None:
            return False
        reasoning: Reasoning = self._setting.value
        self._losses.lose_extras(reasoning, "Anthropic messages have no such member")
        if self._is_off(reasoning) or not self._is_asked_for(reasoning):
            if self._is_off(reasoning) and self._style != "none":
                self._body["thinking"] = {"type": "disabled"}
            self._lose_display(reasoning)
            return False
        match self._style:
            case "none":
                self._losses.lose(self._setting, "the model does not think")
                return False
            case "budget":
                is_on = self._with_budget(reasoning, now)
            case "effort" | "adaptive":
                is_on = self._with_effort(reasoning, now)
        if is_on:
            self._display(reasoning)
        else:
            self._lose_display(reasoning)
        return is_on

    def _is_off(self, reasoning: Reasoning) -> bool:
        return reasoning.is_on is False or reasoning.effort in _OFF or reasoning.budget_tokens == 0

    def _is_asked_for(self, reasoning: Reasoning) -> bool:
        wanted = (reasoning.is_on, reasoning.is_adaptive, reasoning.budget_tokens, reasoning.effort, reasoning.shows)
        return any(wanted) or reasoning.summary not in (None, "none")

    def _with_budget(self, reasoning: Reasoning, now: Circumstances) -> bool:
        wanted = reasoning.budget_tokens
        if wanted is None:
            wanted = _BUDGETS.get(reasoning.effort or "", _USUAL_BUDGET)
            for field in ("effort", "is_adaptive"):
                self._approximated(reasoning, field, "the model takes a budget of tokens instead")
        elif reasoning.effort is not None:
            self._losses.lose(reasoning, "the model takes a budget of tokens instead", field="effort")
        obstacle = now.obstacle
        if now.lacks_thoughts:
            obstacle = "a turn that calls tools has no thinking that the model could read"
        if now.max_tokens <= LEAST_BUDGET and not now.may_raise_limit:
            obstacle = f"the model thinks with {LEAST_BUDGET} tokens at least, and within the limit of the answer"
        if obstacle is not None:
            self._off(reasoning, obstacle)
            return False
        if now.may_raise_limit:
            self._body["max_tokens"] = max(now.max_tokens, wanted + now.max_tokens // 2)
        budget = max(LEAST_BUDGET, min(wanted, self._body["max_tokens"] - 1))
        if reasoning.budget_tokens is not None and budget != reasoning.budget_tokens:
            why = f"the budget is at least {LEAST_BUDGET} and below the limit of the answer"
            self._losses.lose(reasoning, why, field="budget_tokens")
        self._body["thinking"] = {"type": "enabled", "budget_tokens": budget}
        return True

    def _with_effort(self, reasoning: Reasoning, now: Circumstances) -> bool:
        effort = self._effort(reasoning)
        if effort is not None:
            put(self._body, "output_config.effort", effort)
        if now.obstacle is not None:
            # What is said of the effort holds for the answer too.
            self._off(reasoning, now.obstacle, but=("effort",) if effort is not None else ())
            return False
        if self._style == "effort":
            return False
        self._body["thinking"] = {"type": "adaptive"}
        return True

    def _effort(self, reasoning: Reasoning) -> str | None:
        effort = reasoning.effort
        if effort is None and reasoning.budget_tokens is not None:
            self._approximated(reasoning, "budget_tokens", "the model takes an effort instead")
            return next((name for name in _EFFORTS if reasoning.budget_tokens <= _BUDGETS[name]), "max")
        if effort is None or effort in _EFFORTS:
            return effort
        self._approximated(reasoning, "effort", "Anthropic has no such effort")
        return "low" if effort == "minimal" else None

    def _approximated(self, reasoning: Reasoning, field: str, why: str) -> None:
        if getattr(reasoning, field):
            self._losses.lose(reasoning, why, field=field)

    def _off(self, reasoning: Reasoning, why: str, *, but: tuple[str, ...] = ()) -> None:
        for field in _STATED[:4]:
            if getattr(reasoning, field) and field not in but:
                self._losses.lose(reasoning, why, field=field)

    def _display(self, reasoning: Reasoning) -> None:
        shows = reasoning.shows if reasoning.summary in (None, "none") else True
        if shows is not None:
            put(self._body, "thinking.display", "summarized" if shows else "omitted")
        if reasoning.summary in ("concise", "detailed"):
            effect = "none" if reasoning.summary == "detailed" else "answer"
            self._losses.lose(reasoning, "Anthropic's summaries have one length", field="summary", effect=effect)
        if reasoning.keeps_sealed is not None:
            self._losses.lose(reasoning, "Anthropic always hands out its seals", field="keeps_sealed", effect="none")

    def _lose_display(self, reasoning: Reasoning) -> None:
        for field in _STATED[4:]:
            if getattr(reasoning, field) is not None:
                self._losses.lose(reasoning, "the model does not think", field=field, effect="none")


def write_own_reasoning(reasoning: Reasoning, body: Block) -> None:
    """Write what a request of the same dialect says of reasoning, as it was written."""
    if reasoning.shape:
        put(body, "thinking.type", reasoning.shape)
    if reasoning.budget_tokens is not None:
        put(body, "thinking.budget_tokens", reasoning.budget_tokens)
    if reasoning.shows is not None:
        put(body, "thinking.display", "summarized" if reasoning.shows else "omitted")
    if reasoning.effort is not None:
        put(body, "output_config.effort", reasoning.effort)
    put_back(body, reasoning.extras)
