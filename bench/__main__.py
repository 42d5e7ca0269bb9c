"""Run the parts of the bench that are named, or all: `python -m bench start`. A missed target makes the status 1."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

from bench import bounds, limits, policy, start, usage
from bench.fidelity import measure as fidelity
from bench.figures import Measured, report, show, weigh
from bench.gateway import measure as gateway
from bench.ledger import measure as ledger
from bench.workspace import measure as workspace

PARTS: dict[str, Callable[[], Iterator[Measured]]] = {
    "start": start.measure,
    "gateway": gateway.measure,
    "fidelity": fidelity.measure,
    "policy": policy.measure,
    "bounds": bounds.measure,
    "usage": usage.measure,
    "limits": limits.measure,
    "ledger": ledger.measure,
    "workspace": workspace.measure,
}
QUICK_PARTS: dict[str, Callable[[], Iterator[Measured]]] = {
    "gateway": gateway.measure_quickly,
    "fidelity": fidelity.measure_quickly,
    "policy": policy.measure_quickly,
    "bounds": bounds.measure_quickly,
    "usage": usage.measure_quickly,
    "limits": limits.measure_quickly,
    "ledger": ledger.measure_quickly,
    "workspace": workspace.measure_quickly,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of: {', '.join(PARTS)}")
    parser.add_argument(
        "--quick", action="store_true", help="measure less, and keep no results: for a look at a change"
    )
    arguments = parser.parse_args()
    parts = QUICK_PARTS if arguments.quick else PARTS
    if unknown := [part for part in arguments.parts if part not in parts]:
        parser.error(f"there is no part {', '.join(unknown)}; there is: {', '.join(parts)}")
    signal.signal(signal.SIGTERM, _end_in_order)
    did_meet_all = True
    for part in arguments.parts or parts:
        figures = [weigh(part, measured) for measured in parts[part]()]
        show(part, figures)
        if not arguments.quick:
            report(part, figures)
        did_meet_all = did_meet_all and all(figure["met"] for figure in figures)
    return 0 if did_meet_all else 1


def _end_in_order(number: int, frame: FrameType | None) -> None:
    """Let every context end what it started."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
