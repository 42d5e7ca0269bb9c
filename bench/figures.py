"""Figures: what was measured, held against its target, shown and kept."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Measured:
    """A value in the unit that its target has; `detail` is for whoever watches."""

    figure: str
    value: float
    detail: str = ""


class Figure(TypedDict):
    """A figure as it is kept."""

    figure: str
    value: float
    unit: str
    target: float
    met: bool


class _Target(TypedDict):
    unit: str
    at_most: float


def weigh(part: str, measured: Measured) -> Figure:
    """Hold a value against its target, and show it at once: some take a minute."""
    targets: dict[str, dict[str, _Target]] = tomllib.loads((_FOLDER / "targets.toml").read_text(encoding="utf-8"))
    target = targets[part][measured.figure]
    value = round(measured.value, 2)
    met = value <= target["at_most"]
    verdict = "met" if met else "MISSED"
    detail = f"   ({measured.detail})" if measured.detail else ""
    print(
        f"{part}: {measured.figure}: {value:g} {target['unit']}"
        f" (at most {target['at_most']:g} {target['unit']}: {verdict}){detail}",
        flush=True,
    )
    return Figure(figure=measured.figure, value=value, unit=target["unit"], target=target["at_most"], met=met)


def report(part: str, figures: Sequence[Figure]) -> None:
    """Write a part's figures to its file of results."""
    folder = _FOLDER / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{part}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
