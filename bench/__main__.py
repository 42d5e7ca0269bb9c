"""Run the parts of the bench that are named, or all: `python -m bench start`. A missed target makes the status 1."""

import argparse
import sys

from bench import start
from bench.figures import report, weigh

PARTS = {"start": start.measure}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of: {', '.join(PARTS)}")
    named: list[str] = parser.parse_args().parts
    if unknown := [part for part in named if part not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}; there is: {', '.join(PARTS)}")
    did_meet_all = True
    for part in named or PARTS:
        figures = [weigh(part, measured) for measured in PARTS[part]()]
        report(part, figures)
        did_meet_all = did_meet_all and all(figure["met"] for figure in figures)
    return 0 if did_meet_all else 1


if __name__ == "__main__":
    sys.exit(main())
