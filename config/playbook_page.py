"""The page that sales and marketing sign: a whole playbook in plain words, as HTML or Markdown.

`sections` says what stands on the page, once for both forms; the templates only say how it looks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from qualifier.criteria import Criterion, FitCriterion, TouchSignal
from qualifier.phrases import counted, label, signed, spaced, touch_words
from qualifier.playbook import Border, Playbook, StageRule, Track

Form = Literal["html", "md"]
PAGES: dict[str, Form] = {".html": "html", ".md": "md"}
"""File ending → form."""
HASH_DIGITS = 12
"""So many digits of the content hash are signed."""
_SIGNAL = ("Signal", "When", "Points", "Said as")
_FILLED = {"role": "their part", "employees": "how many", "title": "job title"}
"""What is filled in for a fact whose name says what it answers: `decision maker` for who decides."""
_TEMPLATES = Path(__file__).with_name("templates")


class Code(str):
    """A text that the machine reads as it stands, such as a condition."""

    __slots__ = ()


Cell = str
"""A text, or `Code`."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; `caption` is a small title, `note` stands beside it."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the page."""

    title: str
    text: str = ""
    tables: Sequence[Table] = field(default_factory=tuple)


def render_page(playbook: Playbook, form: Form) -> str:
    """The page of a playbook, complete in itself: no file, font or script from elsewhere."""
    look = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    look.filters |= {"plain": _plain, "marked": _marked}
    template = look.get_template(f"playbook_page.{form}")
    owners = playbook.agreement.owners
    return template.render(
        playbook=playbook,
        sections=list(sections(playbook)),
        content=playbook.content_hash[:HASH_DIGITS],
        sides=[("Sales", owners.sales), ("Marketing", owners.marketing)],
        approvals=[one for one in playbook.approved_by if playbook.content_hash.startswith(one.content)],
    )


def _plain(cell: Cell) -> str:
    """A cell of a Markdown table."""
    text = " ".join(cell.split()).replace("|", "\\|")
    return f"`{text}`" if isinstance(cell, Code) else text


def _marked(cell: Cell) -> str:
    """A cell of an HTML table, escaped."""
    text = escape(" ".join(cell.split()), quote=False)
    return f"<code>{text}</code>" if isinstance(cell, Code) else text


# --- what stands on the page --------------------------------------------------------------------------------


def sections(playbook: Playbook) -> Iterator[Section]:
    """The parts of the page in the order in which two people would talk about them."""
    yield _good_lead(playbook)
    yield _segments(playbook)
    yield _stages(playbook)
    yield _needs(playbook)
    yield _tracks(playbook)
    yield _questions(playbook)
    yield _agreement(playbook)
    yield _exclusions(playbook)
    if playbook.waive:
        rows = [(one.id, one.reason, one.by, f"{one.until}") for one in playbook.waive]
        table = Table(("Guardrail", "Why it does not apply", "Set aside by", "Until"), rows)
        yield Section("What we set aside", "Guardrails that were waived, with a reason and an end.", (table,))


def _good_lead(playbook: Playbook) -> Section:
    tables = [_criterion(criterion) for criterion in playbook.criteria]
    if playbook.minus:
        rows = [
            (
                spaced(one.id),
                f"{_touches(one.touches)}, for {one.whole_days:g} days",
                signed(one.points),
                _said(one.because),
            )
            for one in playbook.minus
        ]
        tables.append(Table(_SIGNAL, rows, "minus", "counts once each"))
    fit, engagement = playbook.reach("fit"), playbook.reach("engagement")
    text = (
        f"Fit (who they are) reaches {fit} points, engagement (what they do) {engagement}. What nobody knows "
        "yet is neither yes nor no: it earns a part, and becomes the next question."
    )
    return Section("What a good lead is", text, tables)


def _criterion(criterion: Criterion) -> Table:
    note = f"{criterion.axis}, at most {criterion.cap} points"
    rows: list[tuple[Cell, ...]] = []
    if isinstance(criterion, FitCriterion):
        note += f", unknown counts {criterion.benefit_of_doubt:.0%}"
        rows += [
            (spaced(one.id), Code(one.when), signed(one.points), _said(one.because))
            for one in criterion.signals
        ]
    else:
        rows += [
            (spaced(one.id), _happening(one), _points(one), _said(one.because)) for one in criterion.signals
        ]
    return Table(_SIGNAL, rows, spaced(criterion.id), note)


def _happening(signal: TouchSignal) -> str:
    fades = f"; halves every {signal.half_life_days:g} days" if signal.half_life_days else ""
    return f"{_touches(signal.touches)}{fades}"


def _points(signal: TouchSignal) -> str:
    return signed(signal.points) + (f", at most {signal.cap}" if signal.cap is not None else "")


def _segments(playbook: Playbook) -> Section:
    rules, respond = playbook.segments, playbook.agreement.respond
    raised = f"{_promise(respond.warm)}; after a hand-raise {_promise(respond.warm_hand_raise)}"
    rows = [
        ("hot", _border(rules.hot), _promise(respond.hot)),
        ("warm", _border(rules.warm), raised),
        ("cold", "all others", _promise(respond.cold)),
    ]
    segments = Table(("Segment", "Who", "First human answer within"), rows)
    fit, engagement = playbook.grades.fit, playbook.grades.engagement
    grades = Table(
        ("Mark", "From"),
        [
            ("A · B · C", f"fit {fit[0]} · {fit[1]} · {fit[2]}; below is D"),
            ("1 · 2 · 3", f"engagement {engagement[0]} · {engagement[1]} · {engagement[2]}; below is 4"),
        ],
        "Grade",
    )
    text = (
        f"The score runs from {playbook.score.low} to {playbook.score.high}. A lead leaves a segment only "
        f"{rules.hysteresis + 1} points below its border."
    )
    return Section("Hot, warm, cold", text, (segments, grades))


def _border(border: Border) -> str:
    raise_ = border.hand_raise
    if raise_ is None:
        return f"score {border.score} or more"
    fit = f" with fit {raise_.fit} or more" if raise_.fit else ""
    return f"score {border.score} or more, or a hand-raise in the last {raise_.within_days:g} days{fit}"


def _promise(duration: str | None) -> str:
    if duration is None:
        return "no promise"
    word = {"m": "minute", "h": "hour", "d": "business day"}[duration[-1]]
    return counted(int(duration[:-1]), word)


def _stages(playbook: Playbook) -> Section:
    rows = [
        *((rule.id, "; or ".join(_evidence(rule)), _age(rule)) for rule in playbook.stages.ladder),
        (playbook.stages.otherwise, "no such evidence", ""),
    ]
    text = "From the top, the first with evidence. Never from the score, never from the pipeline."
    return Section("Where they are on the way", text, (Table(("Stage", "Evidence", "Not older than"), rows),))


def _evidence(rule: StageRule) -> Iterator[str]:
    for line in rule.touches:
        often = f"{line.at_least} × " if line.at_least > 1 else ""
        yield f"{often}{_touches(line.kinds)}"
    for fact, words in rule.stated.items():
        yield f"{label(fact)} stated: {', '.join(spaced(word).replace('_', ' ') for word in words)}"


def _age(rule: StageRule) -> str:
    return "any age" if rule.within_days is None else f"{rule.within_days:g} days"


def _needs(playbook: Playbook) -> Section:
    needs = [(kind, need.angle or "—", need.question or "—") for kind, need in playbook.needs.kinds().items()]
    rules = playbook.capacity
    capacity = [
        ("proven", Code(rules.proven)),
        ("similar", Code(rules.similar)),
        ("first time", Code(rules.first_time)),
        ("unknown", "none of these"),
    ]
    tables = (
        Table(("Need", "How to open", "What to ask"), needs),
        Table(("Capacity to buy", "When"), capacity, "Capacity to buy", rules.first_time_note or ""),
    )
    return Section("What they need, and whether they can buy", "", tables)


def _tracks(playbook: Playbook) -> Section:
    rows = [
        (
            spaced(track.id),
            _for_whom(track),
            counted(track.cadence_days, "day") if track.cadence_days else "—",
            track.goal or "—",
            ", ".join(word.replace("_", " ") for word in track.content) or "—",
            track.exit or "—",
        )
        for track in playbook.tracks
    ]
    columns = ("Track", "For", "Every", "Goal", "Content", "Ends with")
    open_when = Table(
        ("Channel", "Open when"),
        [("e-mail", Code(playbook.channels.email)), ("call", Code(playbook.channels.call))],
    )
    return Section("How we stay in touch", "The first track that fits.", (Table(columns, rows), open_when))


def _for_whom(track: Track) -> str:
    stage = " or ".join(track.stage) if track.stage != "*" else ""
    parts = [track.segment if track.segment != "*" else "", stage]
    parts += [f"need {track.need}" if track.need != "*" else ""]
    parts += [f"capacity {track.capacity.replace('_', ' ')}" if track.capacity != "*" else ""]
    return ", ".join(part for part in parts if part) or "everybody else"


def _questions(playbook: Playbook) -> Section:
    asked = [part.ask for part in playbook.fit if part.ask]
    rows = [
        (one.slot, _said(one.text), one.kind, " or ".join(one.stages) or "any stage")
        for one in (*asked, *playbook.questions)
    ]
    proposal = playbook.proposal
    talk = "after a conversation" if proposal.needs_conversation else "at any time"
    text = (
        f"The machine proposes a verdict only {talk} and with {proposal.min_slots} of need, goal, role, "
        f"capacity and timing known; qualified means fit {proposal.qualified_fit} or more, a need, and "
        f"timing {' or '.join(proposal.qualified_timing)}. A person decides."
    )
    return Section(
        "What we ask, and when we judge", text, (Table(("About", "Question", "Kind", "Stage"), rows),)
    )


def _agreement(playbook: Playbook) -> Section:
    terms = playbook.agreement
    calendar = terms.calendar
    sales = [
        ("The clock starts", "when the lead acts" if terms.clock == "event" else "when we notice"),
        ("Business hours", calendar.hours or "not said"),
        ("Time zone", calendar.zone or "not said"),
        ("Holidays", calendar.holidays or "not said"),
        ("At risk", f"when {terms.at_risk:.0%} of the time is used"),
        ("Hot leads a week that reps can take", str(terms.hot_per_week or "not said")),
        ("Figures by owner", "yes" if terms.by_owner else "no"),
    ]
    quality = terms.quality
    marketing = [
        ("Leads handed over complete", f"{quality.complete:.0%} or more" if quality else "no promise"),
        ("Leads that sales accepts", f"{quality.accepted:.0%} or more" if quality else "no promise"),
        ("Last reviewed", f"{terms.reviewed}" if terms.reviewed else "not yet"),
    ]
    tables = (Table(("Sales", ""), sales), Table(("Marketing", ""), marketing))
    return Section("What we promise each other", "Response times stand with the segments above.", tables)


def _exclusions(playbook: Playbook) -> Section:
    lists = playbook.exclusions
    rows: list[tuple[Cell, ...]] = [(rule.reason, Code(rule.when), rule.because) for rule in lists.rules]
    named = (
        ("employee", lists.own_domains, "works for us"),
        ("competitor", lists.competitor_domains, "works for a competitor"),
        ("embargo", lists.embargo_countries, "a hint, no screening"),
    )
    rows += [(reason, ", ".join(words), why) for reason, words, why in named if words]
    text = (
        "The only things that the machine may say against a lead. It ends by itself when the field changes."
    )
    return Section("Who is left alone", text, (Table(("Reason", "When", "Said as"), rows),))


def _said(text: str) -> str:
    """Words for a rep, with what is filled in named: ‹industry› company."""
    return re.sub(r"\{(\w+)\}", lambda found: f"‹{_FILLED.get(found[1]) or label(found[1])}›", text)


def _touches(kinds: Sequence[str]) -> str:
    return " or ".join(touch_words(kind) for kind in kinds)
