"""What the demo comes to: figures for each CRM, and whether everything held that it promises."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from commands import console
from config.connections import AnyConnection
from sandbox.box import Box
from sandbox.desk import Desk
from sandbox.outcome import Share
from sync.report import Report


@dataclass(frozen=True, slots=True)
class Figure:
    """One CRM's figures. `segments`, `responses`: leads as they now stand in the CRM itself."""

    connection: str
    crm: str
    label: str
    leads: int
    segments: Mapping[str, int]
    responses: Mapping[str, int]
    first_written: int
    second_written: int
    third_written: int
    seconds: float
    """Of the first pass."""
    calls: int
    """Of the first pass and of the second, which sees the echo of what the first one wrote."""
    problems: tuple[str, ...]
    outcome: tuple[Share, ...]

    @property
    def calls_per_1000(self) -> float:
        """API calls per 1,000 leads that were read, scored and written."""
        return round(1000 * self.calls / max(1, self.leads), 1)


def figure(connection: AnyConnection, desk: Desk, box: Box, reports: Sequence[Report]) -> Figure:
    """The figures of one CRM after the three passes."""
    first, second, third = reports
    leads = desk.leads()
    return Figure(
        connection=connection.name,
        crm=connection.crm,
        label=desk.label,
        leads=len(leads),
        segments=Counter(str(lead.get("segment")) for lead in leads if lead.get("segment")),
        responses=Counter(str(lead.get("sla")) for lead in leads if lead.get("sla")),
        first_written=first.written,
        second_written=second.written,
        third_written=third.written,
        seconds=round(first.seconds, 2),
        calls=first.calls + second.calls,
        problems=tuple(report.error or report.outcome for report in reports if report.outcome != "ok"),
        outcome=tuple(box.outcome_shares(connection.crm)),
    )


def broken_promises(figures: Sequence[Figure], raised: int) -> list[str]:
    """A sentence for everything that did not hold; empty when all is well."""
    broken = []
    for one in figures:
        broken += [f"{one.connection}: {problem}" for problem in one.problems]
        without = one.leads - sum(one.segments.values())
        if without:
            broken.append(f"{one.connection}: {without:,} of {one.leads:,} leads carry no segment in the CRM")
        if one.second_written:
            broken.append(
                f"{one.connection}: the second pass wrote {one.second_written:,}, but nothing had changed"
            )
        if not one.third_written:
            broken.append(f"{one.connection}: {raised} people raised a hand, and nothing was written")
    return broken


def show(figures: Sequence[Figure], broken: Sequence[str], seconds: float, *, as_json: bool) -> None:
    """The result: one JSON object, or the outcome by segment and a closing sentence."""
    if as_json:
        console.print_json({"result": _data(figures, broken, seconds)})
        return
    _show_outcome(figures)
    console.out.print()
    for sentence in broken:
        console.out.print(f"✘ {sentence}", style="red", markup=False)
    console.out.print(_sentence(figures, seconds), markup=False)


def _sentence(figures: Sequence[Figure], seconds: float) -> str:
    leads, written = sum(one.leads for one in figures), sum(one.first_written for one in figures)
    calls = ", ".join(f"{one.calls_per_1000:g} in {one.label}" for one in figures)
    again = sum(one.second_written for one in figures)
    return (
        f"{leads:,} leads read, qualified and written ({written:,}) in "
        f"{max(one.seconds for one in figures):.1f} s with {sum(one.calls for one in figures):,} API calls "
        f"(per 1,000 leads: {calls}, both with the second pass); the second pass wrote {again:,}. "
        f"The whole demo took {seconds:.0f} s."
    )


def _show_outcome(figures: Sequence[Figure]) -> None:
    rows = [
        (one.label, share.segment, f"{share.leads:,}", f"{share.won:,}", f"{share.share:.1%}")
        for one in figures
        for share in one.outcome
    ]
    if rows:
        console.heading("Outcome by segment", "known afterwards; no fact and no score ever saw it")
        console.out.print(console.table(("CRM", "segment", "leads", "won", "share"), rows))


def _data(figures: Sequence[Figure], broken: Sequence[str], seconds: float) -> dict[str, object]:
    return {
        "held": not broken,
        "broken": list(broken),
        "seconds": round(seconds, 2),
        "crms": {
            one.crm: {
                "connection": one.connection,
                "leads": one.leads,
                "seconds": one.seconds,
                "calls": one.calls,
                "calls_per_1000": one.calls_per_1000,
                "segments": dict(one.segments),
                "responses": dict(one.responses),
                "written": {
                    "first": one.first_written,
                    "second": one.second_written,
                    "third": one.third_written,
                },
                "outcome": [{**asdict(share), "share": round(share.share, 4)} for share in one.outcome],
            }
            for one in figures
        },
    }
