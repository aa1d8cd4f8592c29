"""`leadline explain`: every point that a lead has, why, and what would change it."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from rich.text import Text

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.lists import RESPONSE_STYLES, RESPONSES
from commands.typed import moment_of, whole_id
from commands.workplace import workplace
from qualifier.discovery import SLOTS
from qualifier.phrases import spaced
from sync.explanation import Explanation, UnknownLead, explain_lead

POINTS = re.compile(r"(?P<text>.*) (?P<points>[+−-]\d+)")
MOST_TOUCHES = 12
HIDDEN = frozenset({"lead", "points"})
"""Columns of a verdict that are the process's own."""


def explain(invocation: Invocation, connection: str, lead_id: str, as_of: datetime | date | None) -> Exit:
    """From the store alone; asks no CRM. `as_of`: a day means its beginning in the configured zone."""
    with workplace(invocation) as work:
        (chosen,) = work.settings.chosen([connection])
        lead_id = whole_id(chosen, lead_id)
        moment = moment_of(as_of or datetime.now(UTC), work.settings.timezone)
        try:
            found = explain_lead(work.store, work.playbook, connection, lead_id, moment, zone=work.zone)
        except UnknownLead as unknown:
            if invocation.json:
                console.print_json({"exit": int(Exit.UNDONE), "faults": [str(unknown)]})
            console.err.print(str(unknown), markup=False, soft_wrap=True)
            return Exit.UNDONE
    if invocation.json:
        console.print_json({"connection": connection, "lead_id": lead_id, "as_of": moment, **_data(found)})
    else:
        _print(found, connection, lead_id, moment)
    return Exit.OK


def lines(breakdown: str | None) -> list[tuple[int | None, str]]:
    """The breakdown's lines as points and text; None for a line that only says something."""
    found = []
    for line in (breakdown or "").splitlines():
        match = POINTS.fullmatch(line)
        points = int(match["points"].replace("−", "-")) if match else None
        found.append((points, match["text"] if match else line))
    return found


def _data(found: Explanation) -> dict[str, Any]:
    points = lines(found.verdict["breakdown"])
    return {
        "verdict": {name: value for name, value in found.verdict.items() if name not in HIDDEN},
        "lines": [{"points": number, "text": text} for number, text in points],
        "outlook": {name: found.outlook[name] for name in ("axes", "criteria", "minus", "limit", "next")},
        "conflicts": found.conflicts,
        "facts": found.facts,
        "touches": found.touches,
        "history": found.history,
        "delivered_at": found.delivered_at,
        "gone": found.gone,
        "agreement": {"binding_since": found.binding_since, "too_early": found.too_early},
    }


def _print(found: Explanation, connection: str, lead_id: str, moment: datetime) -> None:
    verdict = found.verdict
    company = f", {found.facts['company']}" if found.facts.get("company") else ""
    console.out.print(Text.assemble((lead_id, "bold"), f"{company}, in {connection}"))
    console.out.print(f"As of {console.moment(moment.astimezone(UTC))} UTC", style="dim")
    console.out.print()
    console.out.print(_headline(verdict))
    if found.gone:
        console.out.print(f"  {found.gone} in the CRM: no longer scored or written", markup=False)
    console.out.print(console.pairs(list(_story(found, moment.date()))))
    _print_points(verdict)
    _print_way_up(found.outlook["next"])
    _print_questions(verdict)
    _print_evidence(found)


def _headline(verdict: Mapping[str, Any]) -> Text:
    """`  73  hot · grade A2 · decision · due, respond by Mon 23 Nov 09:13`."""
    score = verdict["score"]
    line = Text.assemble(
        (f"  {'–' if score is None else score}  ", "bold"), console.segment(verdict["segment"])
    )
    for text in (verdict["grade"] and f"grade {verdict['grade']}", verdict["stage"]):
        line.append(f" · {text}" if text else "")
    state, at = verdict["sla"], verdict["respond_by"]
    if state:
        said = RESPONSES[state].format(at=f"{console.moment(at)} UTC" if at else "")
        line.append(f" · {said}", RESPONSE_STYLES.get(state, ""))
    return line


def _story(found: Explanation, today: date) -> Iterator[tuple[str, str]]:
    verdict = found.verdict
    yield "why", verdict["why"] or "nothing is known that speaks for or against it"
    if verdict["why_changed"]:
        yield "changed", verdict["why_changed"]
    if found.too_early:
        yield "response", _too_early(found.binding_since)
    for label, column in (("group", "group_line"), ("proposal", "proposal_why")):
        if verdict[column]:
            yield label, verdict[column]
    if verdict["track"]:
        yield "track", verdict["track"] + _next_touch(verdict["next_touch"], today)
    if verdict["tags"]:
        yield "tags", ", ".join(verdict["tags"])
    if verdict["phase"]:
        yield "known", f"{verdict['evidence']} of 5 answers; phase {verdict['phase']}; data {verdict['data']}"
    for slot in found.conflicts:
        yield "conflict", _conflict(slot, found.facts)
    written = found.delivered_at
    yield "written", f"{console.moment(written)} UTC" if written else "not yet"


def _too_early(binding_since: datetime | None) -> str:
    if binding_since is None:
        return "no promise yet: the agreement binds from the first pass that writes"
    since = console.moment(binding_since.astimezone(UTC))
    return f"no promise: the event is older than the agreement, which binds since {since} UTC"


def _next_touch(day: date | None, today: date) -> str:
    """An overdue touch is not moved on: it stays visible, and is named so."""
    if day is None:
        return ""
    return f", next touch {'overdue since ' if day < today else ''}{console.moment(day)}"


def _conflict(slot: str, facts: Mapping[str, Any]) -> str:
    fact, answer = SLOTS[slot].fact, SLOTS[slot].answer
    return f"{slot}: the rep answered {_shown(facts[answer])}, the CRM's own field says {_shown(facts[fact])}"


def _print_way_up(next_: Mapping[str, Any] | None) -> None:
    """`+12  at most, once capacity is known, enough for warm`."""
    if not next_ or not next_["ways"]:
        return
    segment, missing = next_["segment"], next_["missing"]
    points = "point" if missing == 1 else "points"
    console.heading(f"What would make it {segment}", f"{missing} more {points}" if missing else "")
    for way in next_["ways"]:
        enough = f", enough for {segment}" if way["enough"] else ""
        if "know" in way:
            gain, text = f"{way['up_to']:+4d}", f"at most, once {spaced(way['know'])} is known"
        else:
            gain, text = "   !", "a demo, contact, quote or trial request"
        console.out.print(Text.assemble("  ", (gain, "green"), f"  {text}{enough}"))


def _print_points(verdict: Mapping[str, Any]) -> None:
    console.heading("Points")
    found = lines(verdict["breakdown"])
    if not found:
        console.out.print("  none: an excluded lead is not scored")
        return
    for points, text in found:
        shown = "    " if points is None else f"{points:+4d}"
        style = "red" if points is not None and points < 0 else "green"
        console.out.print(Text.assemble("  ", (shown, style), f"  {text}"))
    capped = sum(points or 0 for points, _ in found) != verdict["score"]
    note = "  score, which stays between 1 and 99" if capped else "  score"
    console.out.print(Text.assemble("  ", (f"{verdict['score']:4d}", "bold"), note))


def _print_questions(verdict: Mapping[str, Any]) -> None:
    if verdict["ask_next"]:
        console.heading("What would change it", "the answers that could move it most")
        for question in verdict["ask_next"].split(" · "):
            console.out.print(console.pairs([("?", question)], width=1))


def _print_evidence(found: Explanation) -> None:
    console.heading("Known facts")
    facts = [(name.replace("_", " "), _shown(value)) for name, value in sorted(found.facts.items())]
    console.out.print(console.pairs(facts))
    if found.touches:
        console.heading("Touches", "UTC, newest first")
        rows = [
            (f"{touch['at']:%Y-%m-%d %H:%M}", touch["kind"].replace("_", " "), touch["count"], touch["name"])
            for touch in found.touches
        ]
        console.out.print(console.table(("when", "what", "times", "where"), rows[:MOST_TOUCHES]))
        if len(rows) > MOST_TOUCHES:
            console.out.print(f"  … and {len(rows) - MOST_TOUCHES} older; `--json` shows all")
    if found.history:
        console.heading("Earlier verdicts", "UTC, newest first")
        turns = [(f"{turn['at']:%Y-%m-%d %H:%M}", turn["score"], turn["segment"]) for turn in found.history]
        console.out.print(console.table(("when", "score", "segment"), turns))


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case datetime() | date():
            return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else f"{value:%Y-%m-%d}"
        case list():
            return ", ".join(map(str, value)) or "none"
        case _:
            return str(value)
