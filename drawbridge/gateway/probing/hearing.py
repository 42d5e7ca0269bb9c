"""Takes what is told of an answer together to what became of the call."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from drawbridge.gateway.inner.asked import Ending, Telling
from drawbridge.gateway.probing.records import Probe, Trouble
from drawbridge.gateway.refusals import Refusal
from drawbridge.gateway.snapshot import Deployment
from drawbridge.gateway.wire.canonical import Text
from drawbridge.gateway.wire.events import Ended, Failed, Grew, PartBegan

_LONGEST_ANSWER: Final = 200


@dataclass(slots=True)
class Heard:
    """What was heard of an answer so far."""

    words: str = ""
    stop_reason: str | None = None
    trouble: Trouble | None = None
    ending: Ending | None = None
    _texts: set[int] = field(default_factory=set[int])

    async def hear(self, telling: Telling) -> None:
        """Hear an answer to its end. Raises Refusal."""
        async for told in telling:
            match told:
                case PartBegan(part=Text(text=text)):
                    self._texts.add(told.index)
                    self._say(text)
                case Grew() if told.index in self._texts:
                    self._say(told.text)
                case Ended():
                    self.stop_reason = told.reason
                case Failed():
                    self.trouble = Trouble(code=told.kind, message=told.message, status=told.status)
                case Ending():
                    self.ending = told
                case _:
                    pass

    def probe(self, deployment: Deployment) -> Probe:
        """Return what became of the call."""
        ending = self.ending
        return Probe(
            task="conversation",
            provider=deployment.provider.name,
            upstream_model=deployment.upstream_model,
            call_id=None if ending is None else ending.call_id,
            answer=self.words.strip(),
            stop_reason=self.stop_reason,
            trouble=self.trouble,
            duration_ms=None if ending is None else ending.duration_ms,
            time_to_first_byte_ms=None if ending is None else ending.time_to_first_byte_ms,
            input_tokens=0 if ending is None else ending.tokens.input,
            output_tokens=0 if ending is None else ending.tokens.output,
            cost_nanousd=None if ending is None else ending.cost_nanousd,
            estimated=ending is not None and ending.estimated,
        )

    def _say(self, text: str) -> None:
        self.words = (self.words + text)[:_LONGEST_ANSWER]


def trouble_of(refusal: Refusal, status: int | None = None) -> Trouble:
    """Return why a call was not made, or not answered; `status` is the vendor's, where it answered.

    Its words on a credential that it refuses are kept from callers, so what is told of that are our own.
    """
    code = "credential" if status == HTTPStatus.UNAUTHORIZED else refusal.reason
    return Trouble(code=code, message=refusal.message, status=status)
