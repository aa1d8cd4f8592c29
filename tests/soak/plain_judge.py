"""A qualifier in plain Python: the shape of qualify(), a hundredth of its cost, and deaf to nothing.

The stateful machine proves the sync, which only needs verdicts that depend on every input: each fact, each
touch, the company's people, the playbook, the last verdict and the time. With these a run makes ten times the
steps; shorter runs use the real qualify().
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from qualifier.agreement import Agreement
from qualifier.facts import ACTIVE_KINDS, INSTANT, SINCE, WEAK_KINDS, column_types
from qualifier.groups import Companies
from qualifier.playbook import Playbook
from qualifier.qualify import STATE_COLUMNS
from qualifier.verdict import OUTPUTS

MONTH = timedelta(days=30)
LOOK_AGAIN = timedelta(minutes=30)
"""When time may have changed a verdict."""
UNREAD = {"annual_revenue", "budget", "title", *SINCE.values()}
_TYPES: Mapping[str, pl.DataType] = {
    "number": pl.Int64(),
    "text": pl.String(),
    "long_text": pl.String(),
    "pick": pl.String(),
    "multi_pick": pl.List(pl.String()),
    "date": pl.Date(),
    "instant": INSTANT,
}
_STATE: Mapping[str, pl.DataType] = {
    name: INSTANT if name.startswith("clock_") and name != "clock_segment" else pl.String()
    for name in STATE_COLUMNS
} | {"track_since": INSTANT, "changes_at": INSTANT}


def judge(
    facts: pl.DataFrame,
    touches: pl.DataFrame,
    companies: Companies,
    previous: pl.DataFrame,
    playbook: Playbook,
    agreement: Agreement,
    as_of: datetime,
) -> pl.DataFrame:
    """One row per lead, with the columns of `qualify()`."""
    names = [
        name for name in column_types(playbook.facts_all) if name in facts.columns and name not in UNREAD
    ]
    happened: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for touch in touches.to_dicts():
        if touch["at"] <= as_of:
            happened[touch["lead"]].append(touch)
    before = {row["lead"]: row for row in previous.to_dicts()}
    active = [one for one in companies.activity.to_dicts() if as_of - MONTH <= one["at"] <= as_of]
    rows = []
    for lead in facts.to_dicts():
        known = {name: lead[name] for name in names if name != "lead" and lead[name] is not None}
        colleagues = {
            one["person"]
            for one in active
            if lead["domain"] is not None
            and one["domain"] == lead["domain"]
            and one["person"] != lead["person"]
        }
        verdict = _verdict(known, happened[lead["lead"]], len(colleagues), playbook, as_of)
        since = before.get(lead["lead"], {})
        stayed = since.get("stage") == verdict["stage"]
        verdict["stage_since"] = since["stage_since"] if stayed else as_of.date()
        told, score = since.get("score"), verdict["score"]
        moved = f"{told} to {score}" if told is not None else None
        verdict["why_changed"] = since.get("why_changed") if told == score else moved
        verdict["tags"] = (
            ["early"] if agreement.effective_from and agreement.effective_from > as_of else ["bound"]
        )
        verdict["changes_at"] = as_of + LOOK_AGAIN
        rows.append({"lead": lead["lead"], **verdict})
    schema = {"lead": pl.Int64(), **{one.column: _TYPES[one.kind] for one in OUTPUTS}, **_STATE}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def _verdict(
    known: Mapping[str, Any],
    happened: Iterable[Mapping[str, Any]],
    colleagues: int,
    playbook: Playbook,
    as_of: datetime,
) -> dict[str, Any]:
    touches = sorted(happened, key=lambda one: (one["at"], one["kind"], one["count"]))
    strong = [one for one in touches if one["kind"] not in WEAK_KINDS and not one["human"]]
    weak = sum(one["count"] for one in touches if one["kind"] in WEAK_KINDS)
    fit = zlib.crc32(repr((playbook.version, sorted(known.items(), key=lambda one: one[0]))).encode()) % 37
    ages = [(as_of - one["at"]).days for one in strong]
    engagement = min(60, sum(max(0, 20 - age // 2) for age in ages) + min(weak, 9) + min(colleagues, 3))
    score = min(99, 1 + fit + engagement)
    segment = "hot" if score >= 60 else "warm" if score >= 30 else "cold"
    raised = max((one["at"] for one in strong if one["kind"].endswith("_request")), default=None)
    answered = any(one["human"] and raised is not None and one["at"] >= raised for one in touches)
    urgent = raised is not None and not answered and as_of - raised <= timedelta(days=7)
    thousand = {"hot": 1, "warm": 2, "cold": 3}[segment]
    late = raised is not None and as_of - raised > timedelta(hours=4)
    return {
        "score": score,
        "segment": segment,
        "respond_rank": 1000 * thousand + (0 if urgent else 500) + 99 - score,
        "grade": f"{'ABCD'[fit // 10]}{1 + engagement // 16}",
        "fit": fit,
        "engagement": engagement,
        "breakdown": repr((sorted(known), [(one["kind"], str(one["at"]), one["count"]) for one in touches])),
        "stage": "decision" if urgent else "consideration" if strong else "unknown",
        "evidence": min(5, len(known) // 3),
        "phase": "contacted" if any(one["human"] for one in touches) else "triaged",
        "sla": "none" if raised is None else "met" if answered else "breached" if late else "due",
        "respond_by": None if raised is None or answered else raised + timedelta(hours=4),
        "hand_raise_at": raised,
        "last_touch_at": max((one["at"] for one in touches if one["human"]), default=raised),
        "group_size": colleagues + 1 if any(one["kind"] in ACTIVE_KINDS for one in touches) else None,
        "playbook": playbook.version,
        "scored_at": as_of,
        "earned": segment,
        "points": str(score),
    }
