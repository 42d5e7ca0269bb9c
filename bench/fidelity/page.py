"""The page that shows what survives between dialects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PAGE = Path(__file__).parents[2] / "docs" / "wire" / "fidelity.md"

_HEAD = """# What survives between dialects

Made by `make bench ONLY=fidelity`; do not edit. Recorded requests and replies of real vendors are said in every other
dialect, and judged leaf by leaf by code that shares nothing with the dialects (`tests/parts/oracle`). *Kept*: it is
there, perhaps in other words. *Reported*: the target cannot say it, and the loss report names it. *Silent*: it is
gone or changed, and nobody was told. What the targets cannot say, and why, is in
`tests/gateway/wire/across_exceptions.toml`; requests that a target could never answer are refused.
"""

_PEER = """
## Beside LiteLLM

The same judge on an even sample of the same requests, said by LiteLLM 1.106.2 (`bench/fidelity/litellm_requests.py`:
the functions that its proxy calls, with `drop_params` and `modify_params`). It has no loss report, so all that is
lost is silent. *Not sent*: it failed on the request, or what it sent is not of the target's dialect; media by
address that it fetches could not be. Its replies are not measured here.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one pair of dialects: leaves of requests, facts of replies."""

    source: str
    target: str
    requests: int
    refused: int
    kept: int
    reported: int
    silent: int
    replies: int
    told: int
    replies_reported: int
    replies_silent: int


class Sampled(Protocol):
    """What became of requests elsewhere."""

    @property
    def requests(self) -> int: ...
    @property
    def kept(self) -> int: ...
    @property
    def silent(self) -> int: ...
    @property
    def unsent(self) -> int: ...


def page(rows: Sequence[Row], peers: Mapping[tuple[str, str], Sampled]) -> str:
    """Return the page."""
    requests = _table(
        ("from", "to", "requests", "refused", "leaves kept", "reported", "silent"),
        [(row.source, row.target, row.requests, row.refused, row.kept, row.reported, row.silent) for row in rows],
    )
    replies = _table(
        ("from", "to", "replies", "facts kept", "reported", "silent"),
        [(row.source, row.target, row.replies, row.told, row.replies_reported, row.replies_silent) for row in rows],
    )
    beside = _table(
        ("from", "to", "requests", "not sent", "leaves kept", "silent", "silent, a request", "ours"),
        [_beside(row, peers[row.source, row.target]) for row in rows],
    )
    return f"{_HEAD}\n## Requests\n\n{requests}\n## Replies\n\n{replies}{_PEER}\n{beside}"


def _beside(row: Row, peer: Sampled) -> tuple[object, ...]:
    each = peer.silent / max(1, peer.requests - peer.unsent)
    ours = f"{row.silent / row.requests:.2f}"
    return (row.source, row.target, peer.requests, peer.unsent, peer.kept, peer.silent, f"{each:.2f}", ours)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---", "---", *["--:"] * (len(head) - 2)], *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)
