"""`leadline report agreement`: what sales and marketing promised each other, and what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.table import Table

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.workplace import Workplace, workplace
from qualifier.agreement import Agreement, resolve
from qualifier.discovery import SLOTS
from qualifier.phrases import counted
from qualifier.playbook import Playbook
from qualifier.scorecard import Marketing, Sales, rate, respond_figures
from sync.ledger import binding_since, load_clocks, load_human, load_inflow

RESPONSES = {
    "clocks": "clocks",
    "met": "met",
    "breached": "missed",
    "due": "due",
    "late_logged": "late",
    "share_met": "in time",
    "median_minutes": "median",
    "p90_minutes": "90 %",
}
"""Figure → heading of the tables of response times."""
KNOWN = {"leads": "leads", "share_complete": "complete", **{f"share_{slot}": slot for slot in SLOTS}}
ACCEPTED = {
    "leads": "leads",
    "judged": "judged",
    "accepted": "accepted",
    "share_accepted": "share",
    "agree": "agree",
    "too_high": "too high",
    "too_low": "too low",
}
PROMISES = {"warm_hand_raise": "warm, hand-raise"}
TENTHS_BELOW = 10
"""Minutes below which a tenth says something."""
BY_OWNER = (
    "figures by owner monitor people: ask your works council first. The playbook asks for them "
    "(agreement.by_owner); owners are the CRM's ids, kept of leads read since then"
)


@dataclass(frozen=True, slots=True)
class Report:
    """The scorecard of some connections over a period."""

    connections: tuple[str, ...]
    since: datetime
    until: datetime
    agreement: Agreement
    playbook: Playbook
    sales: Sales
    marketing: Marketing


def report_agreement(invocation: Invocation, names: Sequence[str], period: timedelta) -> Exit:
    """From the store alone; asks no CRM."""
    with workplace(invocation) as work:
        found = draw_up(work, names, datetime.now(UTC), period)
    if invocation.json:
        console.print_json(as_data(found))
    else:
        _print(found)
    return Exit.OK


def draw_up(work: Workplace, names: Sequence[str], now: datetime, period: timedelta) -> Report:
    """The scorecard of the named connections, of all where none is named, up to `now`."""
    chosen = tuple(one.name for one in work.settings.chosen(names))
    playbook, since = work.playbook, now - period
    with work.store.read() as tx:
        agreement = resolve(playbook.agreement, zone=work.zone, effective_from=binding_since(tx, chosen))
        clocks, human = load_clocks(tx, chosen, since, now), load_human(tx, chosen, since, now)
        inflow = load_inflow(tx, chosen, playbook, since, now)
    sales = respond_figures(clocks, human, agreement.calendar, now)
    return Report(chosen, since, now, agreement, playbook, sales, rate(inflow, playbook))


# --- as data ------------------------------------------------------------------------------------------------


def as_data(report: Report) -> dict[str, Any]:
    """Everything, for `--json`. Shares are 0 to 1, times minutes."""
    terms = report.playbook.agreement
    return {
        "connections": list(report.connections),
        "since": report.since,
        "until": report.until,
        "effective_from": report.agreement.effective_from,
        "respond": terms.respond.model_dump(),
        "calendar": asdict(report.agreement.calendar),
        "sales": _plain(report.sales, [] if terms.by_owner else ["by_owner"]),
        "marketing": _plain(report.marketing),
        "quality": list(quality(report)),
        "by_owner": {
            "asked": terms.by_owner,
            "shown": terms.by_owner,
            "notice": BY_OWNER if terms.by_owner else None,
        },
    }


def quality(report: Report) -> Iterator[dict[str, Any]]:
    """Marketing's promises beside what was reached; `kept` is None where nothing can be said yet."""
    promised = report.playbook.agreement.quality
    complete = report.marketing.completeness.row(0, named=True)
    accepted = report.marketing.acceptance.row(0, named=True)
    reached = {
        "complete": (complete["share_complete"], complete["leads"]),
        "accepted": (accepted["share_accepted"], accepted["judged"]),
    }
    for name, (share, of) in reached.items():
        wanted = getattr(promised, name) if promised else None
        kept = None if wanted is None or share is None else share >= wanted
        yield {"name": name, "promised": wanted, "reached": share, "of": of, "kept": kept}


def _plain(side: Sales | Marketing, without: Sequence[str] = ()) -> dict[str, Any]:
    """Frames as rows; the totals as one."""
    found: dict[str, Any] = {}
    for name in side.__slots__:
        if name in without:
            continue
        value = getattr(side, name)
        rows = value.to_dicts() if isinstance(value, pl.DataFrame) else value
        found[name] = rows[0] if name in {"total", "completeness", "acceptance"} else rows
    return found


# --- as tables ----------------------------------------------------------------------------------------------


def _print(report: Report) -> None:
    console.out.print(f"Sales and marketing: {', '.join(report.connections)}", style="bold", markup=False)
    began = (
        f"What began since {console.moment(report.since.date())} ({(report.until - report.since).days} days)"
    )
    console.out.print(f"{began}; groups of fewer than five stand together as “other”", style="dim")
    _print_sales(report)
    _print_marketing(report)
    if report.playbook.agreement.by_owner:
        console.heading("By owner")
        console.out.print(_figures("owner", RESPONSES, report.sales.by_owner))
        console.out.print(console.pairs([("note", BY_OWNER)]))


def _print_sales(report: Report) -> None:
    sales, total = report.sales, report.sales.total.row(0, named=True)
    console.heading("Sales: first human touch", "times in minutes of working time")
    if not total["clocks"] + sales.withdrawn:
        console.out.print(_no_clocks(report.agreement))
        return
    named = {name: _promise(name, report.playbook) for name in sales.by_promise["group"]}
    console.out.print(_figures("promise", RESPONSES, pl.concat([sales.by_promise, sales.total]), named))
    console.out.print(_figures("source", RESPONSES, sales.by_source))
    console.out.print(console.pairs(list(_delays(sales, total))))


def _no_clocks(agreement: Agreement) -> str:
    if agreement.effective_from is None:
        return "  No response clock yet: the agreement binds from the first pass that writes."
    since = console.moment(agreement.effective_from.date())
    return f"  No response clock in this period; the agreement binds since {since}."


def _promise(name: str, playbook: Playbook) -> str:
    within = getattr(playbook.agreement.respond, name, None)
    return PROMISES.get(name, name) + (f" ≤ {within}" if within else "")


def _delays(sales: Sales, total: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if total["system_median"] is not None:
        seen = f"; first seen after {total['seen_median']:g} min"
        yield "system delay", f"{_median(total, 'system')} from the event to the CRM{seen}"
    if total["human_median"] is not None:
        yield "human delay", f"{_median(total, 'human')} of working time from the CRM to the first touch"
    if total["early"]:
        yield "early", f"{total['early']:,} answered before the CRM was told"
    yield (
        "late logged",
        f"{sales.late_logged:,} of {sales.human_touches:,} human touches, over 2 hours after they took place",
    )
    if sales.withdrawn:
        yield "not counted", f"{sales.withdrawn:,} closed, excluded or gone before they were due"


def _median(total: Mapping[str, Any], what: str) -> str:
    return f"median {total[f'{what}_median']:g} min, 90 % within {total[f'{what}_p90']:g} min"


def _print_marketing(report: Report) -> None:
    marketing, complete = report.marketing, report.marketing.completeness
    console.heading("Marketing: leads created", f"complete = {_and(marketing.complete_means)} known")
    console.out.print(console.pairs([(one["name"], _kept(one)) for one in quality(report)]))
    if not complete["leads"].item():
        return
    console.out.print(_figures("known", KNOWN, pl.concat([marketing.completeness_by_source, complete])))
    facts = [
        f"{name} {_cell(complete[f'share_{name}'].item(), share=True)}" for name in marketing.complete_means
    ]
    console.out.print(console.pairs([("facts known", ", ".join(facts))]))
    by_source = pl.concat([marketing.acceptance_by_source, marketing.acceptance])
    console.out.print(_figures("accepted", ACCEPTED, by_source))
    console.out.print(_figures("segment", ACCEPTED, marketing.acceptance_by_segment))
    if marketing.reasons:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in marketing.reasons.items())
        console.out.print(console.pairs([("reasons", reasons)]))


def _kept(promise: Mapping[str, Any]) -> str:
    wanted = "nothing promised" if promise["promised"] is None else f"{promise['promised']:.0%} promised"
    if promise["reached"] is None:
        return f"{wanted}, nothing to judge yet"
    of = counted(promise["of"], "lead" if promise["name"] == "complete" else "judged lead")
    word = {True: ": kept", False: ": not kept", None: ""}[promise["kept"]]
    return f"{wanted}, {promise['reached']:.0%} reached of {of}{word}"


def _figures(
    label: str, columns: Mapping[str, str], frame: pl.DataFrame, named: Mapping[str, str] | None = None
) -> Table:
    """Groups to the left, their figures to the right; fits 80 columns."""
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(label, overflow="fold")
    for heading in columns.values():
        table.add_column(heading, justify="right", no_wrap=True)
    for row in frame.iter_rows(named=True):
        cells = (_cell(row[name], share=name.startswith("share_")) for name in columns)
        table.add_row(console.Wordwise((named or {}).get(row["group"], row["group"])), *cells)
    return table


def _cell(value: float | None, *, share: bool) -> str:
    if value is None:
        return "–"
    if share:
        return f"{value:.0%}"
    return f"{value:,.0f}" if value >= TENTHS_BELOW or value == int(value) else f"{value:.1f}"


def _and(names: Sequence[str]) -> str:
    *first, last = names or ("nothing",)
    return f"{', '.join(first)} and {last}" if first else last
