"""A scripted model that takes a turn of three replies: one call, two parallel calls after a preface, the end."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from tests.clients.model import NO_TOOL, ScriptedModel, results_in, tool_names_in
from tests.clients.replies import Call, Reply
from tests.parts.answers import Json
from tests.parts.strict.checks import ISSUED, Body
from tests.parts.wire import Answer, Request

PREFACE: Final = "Erst die eine, dann die andere: 两个文件 📄📄:"
END: Final = "Geschafft: all three files are there: 完成 ✅"
FILES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "first.txt": "Grüße, 世界 🎉",
        "second.txt": 'naïve "quotes", a \\ and <b>&amp;</b>',
        "third.txt": "Ω≈ç√\nzweite Zeile\t{}",
    }
)
"""What the tool is to write, by the file's name. It prints it, too."""
_SEAL = re.compile(ISSUED + r"\d+")


@dataclass(slots=True)
class SteppingModel(ScriptedModel):
    """Goes by how many results a request has: none, one, or three."""

    bodies: list[Body] = field(default_factory=list[Body])
    """The requests of the turn, in order."""
    sealed: set[str] = field(default_factory=set[str])
    """The signatures and encrypted contents that were handed out."""

    def __call__(self, request: Request) -> Answer:
        """Answer a request of the turn."""
        answer = ScriptedModel.__call__(self, request)
        self.sealed |= set(_SEAL.findall(b"".join(piece for piece, _ in answer.pieces).decode()))
        return answer

    def reply(self, body: Body) -> Reply:
        """Return the next reply of the turn."""
        if self.tool not in set(tool_names_in(body)):
            return Reply(NO_TOOL)
        self.bodies.append(body)
        first, second, third = self.calls
        match len(list(results_in(body))):
            case 0:
                return Reply(calls=(first,))
            case 1:
                return Reply(PREFACE, (second, third))
            case 3:
                return Reply(END)
            case count:
                return Reply(f"There are {count} results.")

    @property
    def calls(self) -> list[Call]:
        """The calls of the turn, in order."""
        return [Call(f"000{n}", self.tool, self._arguments(name)) for n, name in enumerate(FILES, 1)]

    def _arguments(self, file: str) -> Json:
        """Return the arguments of the client's tool, with a command that writes a file where the usual one is."""
        command = f"printf '%s' '{FILES[file]}' | tee {file}"
        return {name: command if name in {"cmd", "command"} else value for name, value in self.arguments.items()}
