"""A rep's test: ten records as a rep sees them, the verdict's own order hidden.

    python -m benchmarks.rep_test [--seed N] [--out FOLDER]

Writes `records.md` (for fresh eyes: rank the ten, and say for each why and what to ask) and `truth.json`.
"""

import argparse
import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.population import crowd
from config.playbook_file import load_playbook
from qualifier.agreement import resolve
from qualifier.qualify import qualify
from qualifier.verdict import OUTPUTS

AS_OF = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
CRM_FIELDS = {"company": "Company", "title": "Title", "status": "Status"}
"""What the CRM itself shows on the record."""
LEADS, TOUCHES_EACH = 3_000, 3
RECORDS = 10
APART = 10
"""No two records lie within so many rank points."""
HIDDEN = ("Score", "Segment", "Respond_Rank", "SLA", "Respond_By")
UNTOLD = (*HIDDEN, "Playbook", "Scored_At")
"""Also hidden, because they are the same for all."""


def draw(seed: int) -> list[dict[str, Any]]:
    """Verdicts of ten leads, no two within `APART` rank points, in an order of chance."""
    playbook = load_playbook()
    agreement = resolve(playbook.agreement, zone="UTC", effective_from=AS_OF - timedelta(days=90))
    people = crowd(LEADS, TOUCHES_EACH, AS_OF, seed)
    verdicts = qualify(*people, playbook, agreement, AS_OF)
    rows = verdicts.join(people.facts.select("lead", *CRM_FIELDS), on="lead", how="left").to_dicts()
    chance = random.Random(seed)  # noqa: S311 # a draw that can be repeated, no secret
    chance.shuffle(rows)
    drawn: list[dict[str, Any]] = []
    for row in rows:
        if len(drawn) < RECORDS and all(
            abs(row["respond_rank"] - other["respond_rank"]) > APART for other in drawn
        ):
            drawn.append(row)
    return drawn


def page(rows: list[dict[str, Any]]) -> str:
    """The records as a rep reads them: labels and values, nothing else."""
    return "\n".join(_record(number, row) for number, row in enumerate(rows, start=1))


def truth(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What was hidden, by the number of the record, and the order of the ten by Respond_Rank."""
    numbered = dict(enumerate(rows, start=1))
    hidden = {
        number: {name: _plain(row[name.lower()]) for name in HIDDEN} for number, row in numbered.items()
    }
    return {"order": sorted(numbered, key=lambda number: numbered[number]["respond_rank"]), "records": hidden}


def _record(number: int, row: Mapping[str, Any]) -> str:
    return "\n".join([f"## Record {number}", "", *_lines(row), ""])


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    for name, label in CRM_FIELDS.items():
        if row[name] is not None:
            yield f"- {label}: {row[name]}"
    for output in OUTPUTS:
        value = _plain(row[output.column])
        if output.name in UNTOLD or value in (None, "", []):
            continue
        text = ", ".join(value) if isinstance(value, list) else str(value)
        inner = "\n" + "\n".join(f"    {line}" for line in text.split("\n")) if "\n" in text else f" {text}"
        yield f"- {output.label}:{inner}"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else value


def main() -> None:
    """Read the command line, write both files."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rep_test", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path())
    options = parser.parse_args()
    rows = draw(options.seed)
    records, answers = options.out / "records.md", options.out / "truth.json"
    records.write_text(page(rows), encoding="utf-8")
    answers.write_text(json.dumps(truth(rows), indent=2) + "\n", encoding="utf-8")
    print(f"{records}: {len(rows)} records to rank; {answers}: what was hidden")


if __name__ == "__main__":
    main()
