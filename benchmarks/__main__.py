"""Run benchmarks, print their figures beside the goals, and write them to benchmarks/figures.json."""

import argparse
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import calls, decay, memory, qualify, ratio, speed_to_score
from benchmarks.quiet import be_quiet

FIGURES = Path(__file__).with_name("figures.json")
BENCHMARKS: Mapping[str, Callable[..., dict[str, float]]] = {
    "qualify": qualify.measure,
    "calls": calls.measure,
    "ratio": ratio.measure,
    "speed_to_score": speed_to_score.measure,
    "memory": memory.measure,
    "decay": decay.measure,
}
AT_LEAST: Mapping[str, float] = {
    "all_texts_leads_a_second": 100_000,
    "points_alone_leads_a_second": 500_000,
    "salesforce_times_faster": 30,
    "hubspot_times_faster": 30,
}
AT_MOST: Mapping[str, float] = {
    "one_lead_ms": 20,
    "salesforce_calls_per_1000": 6,
    "hubspot_calls_per_1000": 40,
    "salesforce_quiet_calls_a_stream": 1,
    "hubspot_quiet_calls_a_stream": 1,
    "salesforce_p95_seconds": speed_to_score.GOAL_SECONDS,
    "hubspot_lag_0_p95_seconds": speed_to_score.GOAL_SECONDS,
    "hubspot_lag_20_p95_seconds": speed_to_score.GOAL_SECONDS,
    f"peak_mib_{memory.FULL[1]}": 1024,
    "worst_day_time_only": 5_000,
}
"""Goals of docs/operations.md, for two cores that nobody else uses and, where it matters, the full sizes."""


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which ones; all by default: {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="smaller sizes")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(BENCHMARKS)):
        parser.error(f"no benchmark is called {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}")
    be_quiet()
    found: dict[str, dict[str, float]] = {}
    for name in options.names or BENCHMARKS:
        load = round(os.getloadavg()[0], 1)
        found[name] = BENCHMARKS[name](quick=options.quick)
        # Figures of a busy machine say little, so its load stands beside them.
        print(f"{name}: load {load} on {os.cpu_count()} cores{', quick' if options.quick else ''}")
        for figure, value in found[name].items():
            print(_line(figure, value))
        found[name]["load"] = load
    rounded = {name: {key: round(value, 2) for key, value in part.items()} for name, part in found.items()}
    known = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    machine = {"cores": os.cpu_count() or 0, "quick": options.quick}
    FIGURES.write_text(json.dumps(known | {"machine": machine} | rounded, indent=2) + "\n", encoding="utf-8")


def _line(figure: str, value: float) -> str:
    text = f"  {figure:36} {value:14,.2f}"
    for word, goals in (("at least", AT_LEAST), ("at most", AT_MOST)):
        if figure in goals:
            goal = goals[figure]
            met = value >= goal if goals is AT_LEAST else value <= goal
            text += f"   goal {word} {goal:,g}, ratio {value / goal:.2f}{'' if met else '  MISSED'}"
    return text


if __name__ == "__main__":
    main()
