"""Figures: what was measured, held against its target, shown and kept."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

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
    target: str | None
    """None for what is only told."""
    met: bool
    detail: str


class _Target(TypedDict):
    unit: str
    at_most: NotRequired[float]
    at_least: NotRequired[float]


def weigh(part: str, measured: Measured) -> Figure:
    """Hold a value against its target, and show it at once: some take a minute."""
    targets: dict[str, dict[str, _Target]] = tomllib.loads((_FOLDER / "targets.toml").read_text(encoding="utf-8"))
    target = targets[part][measured.figure]
    figure = Figure(
        figure=measured.figure,
        value=float(f"{measured.value:.4g}"),
        unit=target["unit"],
        target=_describe(target),
        met=_is_met(measured.value, target),
        detail=measured.detail,
    )
    detail = f"   ({measured.detail})" if measured.detail else ""
    print(f"{part}: {measured.figure}: {_verdict(figure)}{detail}", flush=True)
    return figure


def show(part: str, figures: Sequence[Figure]) -> None:
    """Print all figures of a part as a table."""
    width = max(len(figure["figure"]) for figure in figures)
    print(f"\n{part}")
    for figure in figures:
        print(f"  {figure['figure']:{width}}  {_verdict(figure)}")
    print(flush=True)


def report(part: str, figures: Sequence[Figure]) -> None:
    """Write a part's figures to its file of results."""
    folder = _FOLDER / "results"
    folder.mkdir(exist_ok=True)
    text = json.dumps(figures, indent=2, ensure_ascii=False)
    (folder / f"{part}.json").write_text(text + "\n", encoding="utf-8")


def _is_met(value: float, target: _Target) -> bool:
    return target.get("at_least", value) <= value <= target.get("at_most", value)


def _describe(target: _Target) -> str | None:
    if "at_most" in target:
        return f"at most {target['at_most']:g}"
    return f"at least {target['at_least']:g}" if "at_least" in target else None


def _verdict(figure: Figure) -> str:
    value = f"{figure['value']:>10g} {figure['unit']:5}"
    if figure["target"] is None:
        return value.rstrip()
    return f"{value} {figure['target']:>14}: {'met' if figure['met'] else 'MISSED'}"
