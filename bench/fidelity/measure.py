"""What recorded requests and replies lose between dialects: counted by the judge that the tests have, and shown."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.fidelity.page import PAGE, Row, page
from bench.figures import Measured
from bench.gateway.environments import install_litellm
from drawbridge.settings import load_settings
from tests.parts.across import PAIRS, cases, recorded_requests
from tests.parts.across_replies import reply_cases
from tests.parts.oracle.judge import judge
from tests.parts.oracle.replies import count, differences

_PER_PAIR = 60
"""How many requests of each pair LiteLLM is asked to translate: all of them would take an hour."""
_TIMEOUT_S = 540
_PER = 1000
_PEER = Path(__file__).with_name("litellm_requests.py")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Peer:
    """What became of requests in LiteLLM, of one pair."""

    requests: int = 0
    kept: int = 0
    silent: int = 0
    unsent: int = 0
    """Refused, or ended in an error of its own."""


def measure() -> Iterator[Measured]:
    """Measure both, and write `docs/wire/fidelity.md`."""
    peers = _litellm()
    rows: list[Row] = []
    for row in _ours():
        rows.append(row)
        yield from _figures(row)
        peer = peers[row.source, row.target]
        detail = f"{peer.requests} requests, {peer.unsent} of them not sent"
        yield Measured(
            _name(row, "requests, LiteLLM"), _PER * peer.silent / max(1, peer.requests - peer.unsent), detail
        )
    PAGE.write_text(page(rows, peers), encoding="utf-8")


def measure_quickly() -> Iterator[Measured]:
    """Measure what is ours."""
    for row in _ours():
        yield from _figures(row)


def _figures(row: Row) -> Iterator[Measured]:
    detail = f"{row.requests} requests: {row.kept} leaves kept, {row.reported} reported"
    yield Measured(_name(row, "requests, Drawbridge"), _PER * row.silent / row.requests, detail)
    detail = f"{row.replies} replies: {row.told} facts told, {row.replies_reported} reported"
    yield Measured(_name(row, "replies, Drawbridge"), _PER * row.replies_silent / row.replies, detail)


def _name(row: Row, what: str) -> str:
    return f"{row.source} to {row.target}, {what}"


def _ours() -> Iterator[Row]:
    for source, target in PAIRS:
        judged = [*cases(source, target)]
        told = [*reply_cases(source, target)]
        otherwise = [(case, name) for case in told for name in differences(case.said, case.told)]
        reported = sum(1 for case, name in otherwise if case.is_reported(name))
        yield Row(
            source=source,
            target=target,
            requests=len(judged),
            refused=sum(1 for case in judged if case.refused),
            kept=sum(case.verdict.kept for case in judged),
            reported=sum(case.verdict.reported for case in judged),
            silent=sum(len(case.verdict.silent) for case in judged),
            replies=len(told),
            told=sum(count(case.said) for case in told) - len(otherwise),
            replies_reported=reported,
            replies_silent=len(otherwise) - reported,
        )


def _litellm() -> dict[Pair, Peer]:
    asked = {(case["id"], case["target"]): case for case in _sample()}
    lines = "".join(f"{json.dumps(case)}\n" for case in asked.values())
    nowhere = "http://127.0.0.1:9"
    environment = {
        **{name: value for name, value in load_settings().environment.items() if name in {"PATH", "HOME"}},
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    told = subprocess.run(
        [str(install_litellm() / "python"), "-I", str(_PEER)],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
        timeout=_TIMEOUT_S,
        env=environment,
    )
    peers: dict[Pair, Peer] = defaultdict(Peer)
    for line in told.stdout.splitlines():
        found = json.loads(line)
        pair = (found["source"], found["target"])
        peers[pair] = _judged(peers[pair], asked[found["id"], found["target"]], found)
    return peers


def _sample() -> Iterator[dict[str, object]]:
    for source, target in PAIRS:
        found = [*recorded_requests(source)]
        for record in found[:: max(1, len(found) // _PER_PAIR)][:_PER_PAIR]:
            assert record.request is not None
            yield {"id": record.id, "source": source, "target": target, "body": record.request.body}


def _judged(peer: Peer, case: dict[str, object], found: dict[str, object]) -> Peer:
    if "body" not in found:
        return Peer(peer.requests + 1, peer.kept, peer.silent, peer.unsent + 1)
    try:
        verdict = judge(str(found["source"]), case["body"], str(found["target"]), found["body"], [])
    except (KeyError, TypeError, AttributeError):
        # What was sent is not of the target's dialect.
        return Peer(peer.requests + 1, peer.kept, peer.silent, peer.unsent + 1)
    return Peer(peer.requests + 1, peer.kept + verdict.kept, peer.silent + len(verdict.silent), peer.unsent)
