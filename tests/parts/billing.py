"""A vendor that keeps its own bill, by its own arithmetic, whatever becomes of its answers.

As a process: `python -m tests.parts.billing --port 0` prints the port; `GET /__bill` gives what each session is billed.
"""

import json
import zlib
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from tests.parts.answers import json_bytes
from tests.parts.vendor import Script, main
from tests.parts.wire import Answer, Request

Json = dict[str, object]
Fate = Literal["whole", "cut", "failed", "reset", "late"]

BILL_PATH: Final = "/__bill"
PRICES: Final = """
prices:
  own:
    standard:
      provider: vendor
      tier: standard
      per_million: {input: "3", output: "15", cached_read: "0.3", reasoning: "10"}
    priority:
      provider: vendor
      tier: priority
      per_million: {input: "6", output: "30", cached_read: "0.6", reasoning: "20"}
"""
"""What the vendor charges, as drawbridge.yaml says it; `Charge.cost` says it again, in nano-dollars for a token."""

_FATES: Final[dict[int, Fate]] = {0: "cut", 1: "failed", 2: "reset", 3: "late", 4: "late"}
_OF: Final = 24
"""So many kinds of calls, of which those above do not end well."""
_WORDS: Final = ("One", " two", " three", " four", " five")


@dataclass(frozen=True, slots=True)
class Charge:
    """What the vendor reckons for one request."""

    input: int
    cached: int
    output: int
    reasoning: int
    is_priority: bool
    fate: Fate

    @property
    def cost(self) -> int:
        """What it bills, in nano-dollars."""
        standard = (
            (self.input - self.cached) * 3_000
            + self.cached * 300
            + (self.output - self.reasoning) * 15_000
            + self.reasoning * 10_000
        )
        return standard * 2 if self.is_priority else standard

    @property
    def usage(self) -> Json:
        """What it tells of it."""
        return {
            "prompt_tokens": self.input,
            "completion_tokens": self.output,
            "total_tokens": self.input + self.output,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }


def charge_of(body: Json, session: str) -> Charge:
    """Reckon a request: never more than its bytes, nor than the output that it allows."""
    mark = zlib.crc32(session.encode())
    output = 1 + (mark >> 10) % 100
    tokens = 1 + mark % 60
    return Charge(
        input=tokens,
        cached=tokens // 2 if mark & 1 else 0,
        output=output,
        reasoning=output // 3 if mark & 2 else 0,
        # What is asked for is not always given.
        is_priority=body.get("service_tier") == "priority" and bool(mark & 4),
        fate=_FATES.get((mark >> 4) % _OF, "whole"),
    )


@dataclass(slots=True)
class Bill:
    """The vendor's books: each request that it took is billed, before it is answered."""

    pause_s: float
    costs: dict[str, int] = field(default_factory=dict[str, int])

    def answer(self, request: Request) -> Answer:
        """Bill a request, then let its answer come to its fate."""
        if request.path == BILL_PATH:
            return _json(self.costs)
        body = cast("Json", json.loads(request.body))
        session = request.header("x-session-id") or ""
        assert session not in self.costs, f"{session} came twice"
        charge = charge_of(body, session)
        self.costs[session] = charge.cost
        if charge.fate == "failed":
            return _json({"error": {"message": "overloaded", "type": "server_error"}}, status=503)
        if charge.fate == "reset":
            return Answer(reset=True)
        return self._streamed(charge) if body.get("stream") is True else self._whole(charge)

    def _whole(self, charge: Charge) -> Answer:
        message: Json = {"role": "assistant", "content": "".join(_WORDS)}
        choice: Json = {"index": 0, "message": message, "finish_reason": "stop"}
        answer = _json(_completion("chat.completion", [choice], charge) | {"usage": charge.usage}, pause_s=self.pause_s)
        if charge.fate != "cut":
            return answer
        [(whole, _)] = answer.pieces
        return Answer(
            headers=answer.headers, pieces=((whole[:40], 0.0),), declared_length=len(whole), cut_after_piece=1
        )

    def _streamed(self, charge: Charge) -> Answer:
        pieces = [
            _chunk([{"index": 0, "delta": {"content": word}, "finish_reason": None}], charge, None) for word in _WORDS
        ]
        pieces.append(_chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}], charge, None))
        last = (_chunk([], charge, charge.usage), 0.0), (b"data: [DONE]\n\n", 0.0)
        late_s = self.pause_s * 20 if charge.fate == "late" else self.pause_s
        return Answer(
            headers=(("content-type", "text/event-stream"),),
            pieces=(*((piece, self.pause_s) for piece in pieces[:-1]), (pieces[-1], late_s), *last),
            framing="chunked",
            cut_after_piece=3 if charge.fate == "cut" else None,
        )


def billing(pause_s: float) -> Script:
    """Make the script of a vendor whose bill is empty."""
    return Bill(pause_s).answer


def _completion(kind: str, choices: list[Json], charge: Charge) -> Json:
    tier = "priority" if charge.is_priority else "default"
    head: Json = {"id": "chatcmpl-1", "object": kind, "created": 1_790_000_000, "model": "sold", "service_tier": tier}
    return head | {"choices": choices}


def _chunk(choices: list[Json], charge: Charge, usage: Json | None) -> bytes:
    return b"data: " + json_bytes(_completion("chat.completion.chunk", choices, charge) | {"usage": usage}) + b"\n\n"


def _json(value: object, *, status: int = 200, pause_s: float = 0.0) -> Answer:
    return Answer(
        status=status,
        headers=(("content-type", "application/json"),),
        pieces=((json_bytes(value), 0.0),),
        delay_s=pause_s,
    )


if __name__ == "__main__":
    main(billing)
