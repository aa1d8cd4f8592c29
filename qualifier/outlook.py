"""Everything about one lead as plain data: its axes, every signal, and what would lift it a segment."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from qualifier.criteria import EngagementCriterion, FitCriterion, TouchSignal
from qualifier.facts import TOUCH_KINDS
from qualifier.playbook import Border, Playbook

_NEXT = {"cold": "warm", "warm": "hot"}


def outlook(evaluated: pl.DataFrame, lead: int, playbook: Playbook) -> dict[str, Any]:
    """One lead of an evaluated frame (`qualify.evaluate`) as nested dicts and lists; KeyError if absent.

    `criteria`: per criterion `points`, `cap`, `open` (what the unknown could still add) and its `signals`.
    `next`: the next segment up and the ways there; None for a lead that is hot, excluded or closed.
    """
    rows = evaluated.filter(pl.col("lead") == lead)
    if rows.is_empty():
        raise KeyError(lead)
    row = rows.row(0, named=True)
    return {
        "lead": lead,
        "score": row["score"],
        "segment": row["segment"],
        "grade": row["grade"],
        "axes": {
            axis: {"percent": row[axis], "points": row[f"{axis}_points"], "of": playbook.reach(axis)}
            for axis in ("fit", "engagement")
        },
        "criteria": [_criterion(criterion, row) for criterion in playbook.criteria],
        "minus": [
            {"id": signal.id, "points": row[f"minus:{signal.id}"], "at": row[f"at:minus.{signal.id}"]}
            for signal in playbook.minus
        ],
        "limit": row["floor"],
        "stage": {name: row[name] for name in ("stage", "stage_since", "stage_confidence")},
        "override": row["override"] if row["overridden"] else None,
        "next": _next(row, playbook),
    }


def _criterion(criterion: FitCriterion | EngagementCriterion, row: Mapping[str, Any]) -> dict[str, Any]:
    name = criterion.id
    doubt, gap = row.get(f"doubt:{name}", 0), row.get(f"gap:{name}", 0)  # of touches nothing is unknown
    return {
        "id": name,
        "axis": criterion.axis,
        "points": row[f"known:{name}"] + doubt,
        "benefit_of_doubt": doubt,
        "open": gap,
        "cap": criterion.cap,
        "taken_by_cap": row[f"cap:{name}"],
        "signals": [_signal(f"{name}.{signal.id}", signal, row) for signal in criterion.signals],
    }


def _signal(name: str, signal: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"id": name, "points": row[f"points:{name}"], "of": signal.points}
    if isinstance(signal, TouchSignal):
        kind = row[f"kind:{name}"]
        return {
            **shown,
            "of": signal.most,
            "count": row[f"count:{name}"],
            "newest": row[f"at:{name}"],
            "kind": None if kind is None else TOUCH_KINDS[kind],
        }
    return {**shown, "when": signal.when, "truth": row[f"truth:{name}"]}


def _next(row: Mapping[str, Any], playbook: Playbook) -> dict[str, Any] | None:
    wanted = None if row["closed"] or row["excluded"] else _NEXT.get(row["earned"])
    if wanted is None:
        return None
    border: Border = getattr(playbook.segments, wanted)
    missing = max(0, border.score - row["score"])
    return {"segment": wanted, "missing": missing, "ways": list(_ways(row, playbook, border, missing))}


def _ways(
    row: Mapping[str, Any], playbook: Playbook, border: Border, missing: int
) -> Iterator[dict[str, Any]]:
    """Answers that could add points, dearest first, and whether one is enough alone; then a hand-raise."""
    gains = [
        (row[f"gap:{criterion.id}"] - row[f"doubt:{criterion.id}"], criterion) for criterion in playbook.fit
    ]
    for gain, criterion in sorted(gains, key=lambda pair: -pair[0]):
        if gain > 0:
            unknown = [
                part.id for part in criterion.signals if row[f"truth:{criterion.id}.{part.id}"] is None
            ]
            yield {"know": criterion.id, "signals": unknown, "up_to": gain, "enough": gain >= missing}
    if border.hand_raise and row["fit"] >= border.hand_raise.fit:
        yield {"hand_raise_within_days": border.hand_raise.within_days, "enough": True}
