"""What the rehearsal answers: decided from what a request says, the same in every dialect."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from drawbridge.gateway.providers.rehearsal.failures import Failure
from drawbridge.gateway.providers.rehearsal.instances import Schema, make_instance, members
from drawbridge.gateway.providers.rehearsal.reading import compact
from drawbridge.gateway.providers.rehearsal.reply import Effects

MediaKind = Literal["image", "audio", "video", "document"]
Ending = Literal["complete", "calls", "max_tokens", "stop_sequence"]

BYTES_PER_TOKEN: Final = 4
TOKENS_PER_MEDIUM: Final = 256

LABEL: Final = "This is the rehearsal provider, no real model."
HELP: Final = f"""{LABEL} It answers the same request with the same bytes. It can rehearse:
- any text: it tells what it saw of the request
- "use a tool", "use all tools", or "call" and a tool's name: it calls the tools that the request declares
- [fail 429] (or 400, 401, 403, 404, 500, 503, 529, ...): an error with that status
- [cut]: the reply breaks off in the middle
- [slow] or [slow 2]: a pause, of so many seconds, before each piece of a stream
- "help", or nothing: this list"""

_ECHO_LIMIT: Final = 160
_QUOTE_LIMIT: Final = 500
_ORDERS_LIMIT: Final = 4_000
_PAUSE_S: Final = 0.25
_PAUSE_LIMIT_S: Final = 60.0

_FAIL: Final = re.compile(r"\[fail ([45]\d\d)\]", re.IGNORECASE)
_CUT: Final = re.compile(r"\[cut\]", re.IGNORECASE)
_SLOW: Final = re.compile(r"\[slow(?: (\d{1,3}(?:\.\d{1,3})?))?\]", re.IGNORECASE)
_ASKS_ONE: Final = re.compile(r"\b(?:use|call) (?:a|the|any|one) tool\b", re.IGNORECASE)
_ASKS_ALL: Final = re.compile(r"\b(?:use|call) (?:all|every|all the|all of the) tools?\b", re.IGNORECASE)
_PIECE: Final = re.compile(r"\s*\S{1,24}|\s+\Z")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the caller carries out."""

    name: str
    schema: Schema
    namespace: str | None = None
    """Of the Responses API, where tools may stand in groups."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a request wants of its answer."""

    tools: tuple[Tool, ...] = ()
    hosted_tools: tuple[str, ...] = ()
    """Names of tools that are not called: the vendor's own, and those without a schema."""
    choice: Literal["auto", "none", "forced"] = "auto"
    allowed: frozenset[str] | None = None
    """The names to choose from; None stands for all."""
    parallel: bool = True
    output_schema: Schema | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool, with its arguments as an object and as JSON."""

    tool: Tool
    arguments: Mapping[str, object]
    written: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """The answer. `stop_sequence` is the one that ended the text."""

    text: str
    calls: tuple[Call, ...]
    ending: Ending
    stop_sequence: str | None
    output_tokens: int


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave back."""

    tool: str
    text: str


@dataclass(slots=True)
class Transcript:
    """What was said before the answer, heard in order. It counts the tokens as it listens."""

    messages: int = 0
    system: bool = False
    user_text: str = ""
    results: list[ToolResult] = field(default_factory=list[ToolResult])
    """Since the last text of the user."""
    called: set[str] = field(default_factory=set[str])
    media: Counter[MediaKind] = field(default_factory=Counter[MediaKind])
    text_bytes: int = 0
    _callers: dict[str, str] = field(default_factory=dict[str, str])

    def count(self, text: str) -> None:
        """Count a text that is part of the prompt and nothing more."""
        self.text_bytes += len(text.encode())

    def hear_system(self, text: str) -> None:
        """Take in a system prompt, or a part of it."""
        self.system = True
        self.count(text)

    def hear_user(self, texts: Sequence[str]) -> None:
        """Take in a message of the user. Coding agents put reminders before the prompt: the last text is heeded."""
        for text in texts:
            self.count(text)
        self.user_text = texts[-1] if texts else ""
        self.results.clear()
        self.called.clear()

    def hear_call(self, call_id: str, name: str, arguments: str) -> None:
        """Take in a call that the assistant made."""
        self._callers[call_id] = name
        self.called.add(name)
        self.count(name + arguments)

    def hear_result(self, call_id: str, text: str, name: str | None = None) -> None:
        """Take in what a tool gave back; the call tells its name where the result does not."""
        self.results.append(ToolResult(name or self._callers.get(call_id, call_id), text))
        self.count(text)

    def see(self, kind: MediaKind) -> None:
        """Take in an image or another medium, wherever it stands."""
        self.media[kind] += 1

    @property
    def input_tokens(self) -> int:
        """One token for each four bytes of text begun, and as many for each medium as the rule says."""
        return count_tokens(self.text_bytes) + TOKENS_PER_MEDIUM * self.media.total()


def count_tokens(size: int) -> int:
    """Return the tokens of a text of so many bytes."""
    return -(-size // BYTES_PER_TOKEN)


def split(text: str) -> list[str]:
    """Return the pieces in which a text is streamed: about a word each, together the text."""
    return _PIECE.findall(text)


def read_effects(text: str) -> Effects:
    """Return what the beginning of a text asks the transport to go through. Raises Failure where it asks for one."""
    text = text[:_ORDERS_LIMIT]
    if failing := _FAIL.search(text):
        status = int(failing[1])
        raise Failure("rehearsed", f"{LABEL} It failed with status {status}, as it was asked to.", status=status)
    slow = _SLOW.search(text)
    pause_s = min(float(slow[1] or _PAUSE_S), _PAUSE_LIMIT_S) if slow else 0.0
    return Effects(cut=_CUT.search(text) is not None, pause_s=pause_s)


def perform(heard: Transcript, wishes: Wishes) -> Spoken:
    """Return the answer: calls where they are asked for, else text, within the wished length."""
    calls = tuple(_call(tool) for tool in _chosen(heard, wishes))
    if calls:
        text = f"{LABEL} It calls {_listed(call.tool.name for call in calls)}."
        spent = _spent(text, calls)
        if wishes.max_tokens is None or spent <= wishes.max_tokens:
            return Spoken(text, calls, "calls", None, spent)
    else:
        text = _text(heard, wishes)
    return _within(text, wishes)


def _chosen(heard: Transcript, wishes: Wishes) -> Sequence[Tool]:
    if wishes.choice == "none":
        return ()
    allowed = [tool for tool in wishes.tools if wishes.allowed is None or tool.name in wishes.allowed]
    if wishes.allowed and not allowed and not wishes.allowed & set(wishes.hosted_tools):
        names = _listed(sorted(wishes.allowed))
        raise Failure("invalid", f"{names} is not among the declared tools", ("tool_choice",))
    if heard.results:
        # A forced choice stays in force over a loop of calls: what was called already has had its turn.
        allowed = [tool for tool in allowed if tool.name not in heard.called] if wishes.choice == "forced" else []
    asked = _asked(heard.user_text[:_ORDERS_LIMIT], allowed) or (allowed[:1] if wishes.choice == "forced" else [])
    return asked if wishes.parallel else asked[:1]


def _asked(text: str, tools: Sequence[Tool]) -> Sequence[Tool]:
    if _ASKS_ALL.search(text):
        return tools
    named = [tool for tool in tools if _names(text, tool.name)]
    return named or (tools[:1] if _ASKS_ONE.search(text) else [])


def _names(text: str, name: str) -> bool:
    pattern = rf"\b(?:use|call) (?:the )?(?:tool )?[\"'`]?{re.escape(name)}(?![\w-])"
    return re.search(pattern, text, re.IGNORECASE) is not None


def _call(tool: Tool) -> Call:
    made = make_instance(tool.schema)
    arguments = members(made)
    return Call(tool, arguments, compact(arguments))


def _text(heard: Transcript, wishes: Wishes) -> str:
    if wishes.output_schema is not None:
        return compact(make_instance(wishes.output_schema))
    if heard.results:
        quoted = (f"{result.tool} gave back: {_short(result.text, _QUOTE_LIMIT)}" for result in heard.results)
        return f"{LABEL} " + "\n".join(quoted)
    if heard.user_text.strip().lower() in ("", "help", "help!", "help.", "?", "/help"):
        return HELP
    return _account(heard, wishes)


def _account(heard: Transcript, wishes: Wishes) -> str:
    tools = [*(tool.name for tool in wishes.tools), *wishes.hosted_tools]
    told = [
        LABEL,
        f"It saw {heard.messages} message{'' if heard.messages == 1 else 's'}",
        "with a system prompt." if heard.system else "without a system prompt.",
        f"The last text of the user: {_short(heard.user_text, _ECHO_LIMIT)}.",
        f"Declared tools: {_listed(tools)}." if tools else "It saw no declared tools.",
    ]
    told.extend(f"It saw {number} {kind}{'' if number == 1 else 's'}." for kind, number in heard.media.items())
    told.append('Say "help" for what it can rehearse.')
    return " ".join(told)


def _short(text: str, limit: int) -> str:
    flat = " ".join(text.split())
    return f'"{flat}"' if len(flat) <= limit else f'"{flat[:limit]}..."'


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _within(text: str, wishes: Wishes) -> Spoken:
    """Cut a text at the first stop sequence, and at the wished length."""
    found = [(text.index(stop), stop) for stop in wishes.stop if stop and stop in text]
    ending: Ending = "complete"
    stop_sequence = None
    if found:
        at, stop_sequence = min(found)
        text, ending = text[:at], "stop_sequence"
    written = text.encode()
    if wishes.max_tokens is not None and count_tokens(len(written)) > wishes.max_tokens:
        text = written[: wishes.max_tokens * BYTES_PER_TOKEN].decode(errors="ignore")
        ending, stop_sequence = "max_tokens", None
    return Spoken(text, (), ending, stop_sequence, _spent(text, ()))


def _spent(text: str, calls: Sequence[Call]) -> int:
    sizes = [len(text.encode()), *(len((call.tool.name + call.written).encode()) for call in calls)]
    return sum(count_tokens(size) for size in sizes)
