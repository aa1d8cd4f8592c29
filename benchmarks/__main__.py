"""Run benchmarks, print their figures beside the goals, and write them to benchmarks/figures.json."""

import argparse
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import qualify

FIGURES = Path(__file__).with_name("figures.json")
BENCHMARKS: Mapping[str, Callable[..., dict[str, float]]] = {"qualify": qualify.measure}
GOALS = {
    "all_texts_leads_a_second": 100_000,
    "points_alone_leads_a_second": 500_000,
    "one_lead_ms": 20,
}
"""On two cores that nobody else uses, five touches a lead; from the issue of the qualifier."""


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which ones; all by default: {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="smaller sizes")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(BENCHMARKS)):
        parser.error(f"no benchmark is called {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}")
    # Figures of a busy machine say little, so its load stands beside them.
    machine = {"cores": os.cpu_count() or 0, "load": round(os.getloadavg()[0], 1)}
    found = {name: BENCHMARKS[name](quick=options.quick) for name in options.names or BENCHMARKS}
    print(f"machine: {machine['cores']} cores, load {machine['load']}")
    for name, figures in found.items():
        for figure, value in figures.items():
            print(_line(name, figure, value))
    rounded = {name: {key: round(value, 2) for key, value in part.items()} for name, part in found.items()}
    FIGURES.write_text(json.dumps({"machine": machine, **rounded}, indent=2) + "\n", encoding="utf-8")


def _line(name: str, figure: str, value: float) -> str:
    goal = GOALS.get(figure)
    text = f"{name}: {figure:32} {value:12,.1f}"
    return text if goal is None else f"{text}   goal {goal:,}, ratio {value / goal:.2f}"


if __name__ == "__main__":
    main()
