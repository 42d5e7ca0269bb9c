"""The tools that a model called, as the caller knows them.

A request of another dialect may have tools that were written otherwise for Anthropic: under another name, called with
free text, with their arguments inside an object, or in place of a form of the answer.
"""

from typing import Final

from msgspec import Struct

from drawbridge.gateway.wire.anthropic_messages.envelope import NAME
from drawbridge.gateway.wire.anthropic_messages.schemas import is_wrapped, unwrapped
from drawbridge.gateway.wire.anthropic_messages.write_tools import ANSWER, NAME_RULE
from drawbridge.gateway.wire.canonical import Function, OutputFormat, Part, Request, Text, ToolCall
from drawbridge.gateway.wire.events import Ended
from drawbridge.gateway.wire.tool_names import ToolNames, free_text

_AS_TEXT: Final = "text"
_AS_VALUE: Final = "value"


class Growth(Struct):
    """How a block's input becomes what the caller is told: as it comes, or once it is whole."""

    is_call: bool = False
    form: str = ""
    """Empty for as it comes; else what is inside."""
    held: str = ""
    has_grown: bool = False

    def pieces(self, text: str) -> list[str]:
        """Return what to tell of a piece."""
        self.has_grown = self.has_grown or bool(text)
        if not self.form:
            return [text]
        self.held += text
        return []

    def rest(self) -> list[str]:
        """Return what to tell at the end. No input at all is an empty object."""
        if not self.is_call:
            return []
        if self.form:
            return [inside(self.form, self.held)]
        return [] if self.has_grown else ["{}"]


class CalledTools:
    """Turns calls back into what the caller's tools expect."""

    def __init__(self, request: Request) -> None:
        self._is_own = request.dialect == NAME
        self._names = ToolNames([] if self._is_own else request.tools, NAME_RULE)
        self._form = None if self._is_own else _answer_form(request)
        self._has_called = False
        self._has_answered = False

    def growth(self, part: Part) -> Growth:
        """Return how a block's input is told. Ask before `restore`."""
        if not isinstance(part, ToolCall):
            return Growth()
        return Growth(is_call=True, form=self._form_of(part.name), has_grown=bool(part.arguments))

    def restore(self, part: Part) -> Part:
        """Return a call as the caller knows the tool; an answer that was given by a call as the text that it is."""
        if not isinstance(part, ToolCall):
            return part
        if self._is_answer(part.name):
            self._has_answered = True
            text = inside(_AS_VALUE, part.arguments) if self._form_of(part.name) else part.arguments
            return Text(at=part.at, raw=part.raw, names={"text": "input"}, text=text, extras=part.extras)
        self._has_called = True
        tool = self._names.called(part.name)
        if isinstance(tool, Function) and is_wrapped(tool.parameters) and part.arguments:
            part.arguments = unwrapped(part.arguments)
        return self._names.restore(part)

    def ending(self, ended: Ended) -> Ended:
        """Return why a reply ended, as the caller sees it: to answer by a call is no call."""
        if self._has_answered and not self._has_called and ended.reason == "tool_calls":
            ended.reason = "end"
        return ended

    def _is_answer(self, name: str) -> bool:
        return self._form is not None and name == ANSWER and self._names.called(name) is None

    def _form_of(self, name: str) -> str:
        if self._is_answer(name):
            return _AS_VALUE if self._form is not None and is_wrapped(self._form.schema) else ""
        if self._names.takes_free_text(name):
            return _AS_TEXT
        tool = self._names.called(name)
        return _AS_VALUE if isinstance(tool, Function) and is_wrapped(tool.parameters) else ""


def inside(form: str, arguments: str) -> str:
    """Return what is inside the object that a tool was called with."""
    return free_text(arguments) if form == _AS_TEXT else unwrapped(arguments)


def _answer_form(request: Request) -> OutputFormat | None:
    form: OutputFormat | None = request.value("output_format")
    return form if form is not None and form.kind == "schema" else None
