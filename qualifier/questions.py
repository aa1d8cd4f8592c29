"""What to ask next: the questions whose answers could still move a lead the most.

The value of a question is how far its answer could move the score (the gap of its criterion), and more when
that could lift the lead into the next segment. One question per slot, none whose slot is filled. Source:
qualification rules, §1 and §5, mistake B3.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import add

import polars as pl

from qualifier.conditions import conditions_of
from qualifier.criteria import Question
from qualifier.discovery import SLOTS
from qualifier.facts import ASKED_NOT_KNOWN
from qualifier.phrases import SHOWN, fill, joined, label, largest, placeholders, ranked, shown_facts
from qualifier.playbook import Playbook

ASK_LENGTH = 255
MOST_QUESTIONS = 3
SEPARATOR = " · "
REST = timedelta(days=30)
"""How long the questions of a slot rest after "asked, not known" (§5)."""
LIFT = 100
"""Worth of a possible rise of the segment, in points: more than any gap."""
_SLOT_FACTS = {"capacity": ("solution", "won_deals")}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, the criteria that its answer could move, and whether it needs one of them open."""

    question: Question
    criteria: tuple[str, ...]
    attached: bool = False

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Of equal value the one made for this need, this stage, this criterion goes first."""
        return (not self.question.needs, not self.question.stages, not self.attached)


def ask(frame: pl.DataFrame, playbook: Playbook, as_of: datetime) -> pl.DataFrame:
    """`frame` with `ask_next`: at most three questions in 255 characters, null when nothing is open.

    Reads the facts, `score`, `stage`, `need`, `slot:<slot>`, and `gap:` and `doubt:` of the fit criteria.
    """
    candidates = sorted(_candidates(playbook), key=lambda candidate: candidate.rank)
    texts = [text for candidate in candidates for text in _wordings(candidate.question)]
    shown = shown_facts(frame, placeholders(texts), playbook.facts_all, as_of)
    leads = frame.with_columns(shown.get_columns())
    keys = leads.select(
        ranked(_value(candidate, playbook), place).alias(str(place))
        for place, candidate in enumerate(candidates)
    )
    # One question per slot: its most valuable one.
    slots = keys.with_columns(leads.select(_may_ask(slot, as_of).alias(slot) for slot in SLOTS)).select(
        pl.when(slot).then(pl.max_horizontal(str(place) for place in places)).alias(slot)
        for slot, places in _places(candidates).items()
    )
    picks = largest(slots, MOST_QUESTIONS)
    pieces = _said(leads, picks, [candidate.question for candidate in candidates])
    return frame.with_columns(joined(pieces, SEPARATOR, ASK_LENGTH).replace("", None).alias("ask_next"))


def _places(candidates: Sequence[Candidate]) -> dict[str, list[int]]:
    """Slot → where its questions stand among the candidates."""
    places: dict[str, list[int]] = {}
    for place, candidate in enumerate(candidates):
        places.setdefault(candidate.question.slot, []).append(place)
    return places


def _candidates(playbook: Playbook) -> Iterator[Candidate]:
    """The criteria's questions, the playbook's, and for a known need the one that leads on to the goal."""
    moved = {slot: readers(slot, playbook) for slot in SLOTS}
    for criterion in playbook.fit:
        if criterion.ask:
            yield Candidate(criterion.ask, (criterion.id,), attached=True)
    for question in playbook.questions:
        yield Candidate(question, moved[question.slot])
    for kind, need in playbook.needs.kinds().items():
        if need.question:
            yield Candidate(Question(slot="goal", text=need.question, needs=(kind,)), moved["goal"])


def readers(slot: str, playbook: Playbook) -> tuple[str, ...]:
    """The fit criteria with a condition over the facts that fill a slot."""
    facts = _SLOT_FACTS.get(slot, (SLOTS[slot].fact,))
    conditions = conditions_of(playbook)
    return tuple(
        criterion.id
        for criterion in playbook.fit
        if any(conditions[signal.when].facts.intersection(facts) for signal in criterion.signals)
    )


def _may_ask(slot: str, as_of: datetime) -> pl.Expr:
    """The slot is open and does not rest; an answer of which nobody knows the date rests."""
    answer, since = pl.col(SLOTS[slot].answer), pl.col(f"{SLOTS[slot].answer}_since")
    rests = (answer == ASKED_NOT_KNOWN) & (since > as_of - REST).fill_null(value=True)
    return ~pl.col(f"slot:{slot}") & ~rests.fill_null(value=False)


def _value(candidate: Candidate, playbook: Playbook) -> pl.Expr:
    """Points that the answer could move, and `LIFT` where it could lift the segment; 0: not to be asked."""
    gap = _sum(f"gap:{name}" for name in candidate.criteria)
    rise = gap - _sum(f"doubt:{name}" for name in candidate.criteria)
    score = pl.col("score")
    lifts = pl.any_horizontal(
        (score < border) & (score + rise >= border)
        for border in (playbook.segments.hot.score, playbook.segments.warm.score)
    )
    suits = (gap > 0) if candidate.attached else pl.lit(value=True)
    if candidate.question.stages:
        suits &= pl.col("stage").is_in(candidate.question.stages)
    if candidate.question.needs:
        suits &= pl.col("need").list.set_intersection(list(candidate.question.needs)).list.len() > 0
    return pl.when(suits).then(1 + gap + pl.when(lifts).then(LIFT).otherwise(0)).otherwise(0)


def _sum(names: Iterable[str]) -> pl.Expr:
    return reduce(add, map(pl.col, names), pl.lit(0, pl.Int64))


# --- wording ------------------------------------------------------------------------------------------------


def _wordings(question: Question) -> Iterator[str]:
    yield question.text
    yield from question.by_title.values()


def _said(leads: pl.DataFrame, picks: Sequence[pl.Series], questions: Sequence[Question]) -> pl.DataFrame:
    """The words of the picked questions, one column per pick; `picks` are places in `questions`."""
    personal = [
        place
        for place, question in enumerate(questions)
        if placeholders(_wordings(question)) or question.by_title
    ]
    own = leads.select(_wording(questions[place]).alias(str(place)) for place in personal)
    general = pl.Series([question.text for question in questions], dtype=pl.String)

    def words(pick: pl.Series) -> pl.Expr:
        said = pl.lit(general).gather(pl.lit(pick))
        for place in personal:
            said = pl.when(pl.lit(pick) == place).then(pl.lit(own[str(place)])).otherwise(said)
        return said

    return leads.select(words(pick).alias(str(number)) for number, pick in enumerate(picks))


def _wording(question: Question) -> pl.Expr:
    """The wording for the title, else the general one."""
    wording = _filled(question.text)
    for pattern, text in reversed(question.by_title.items()):
        called = pl.col("title").str.contains(rf"(?i)\b(?:{pattern})\b")
        wording = pl.when(called).then(_filled(text)).otherwise(wording)
    return wording


def _filled(text: str) -> pl.Expr:
    """`{company}` filled in; where it is unknown, or too long to leave the question whole, `your company`."""
    names = placeholders([text])
    plain = {name: pl.lit(f"your {label(name)}") for name in names}
    if not names:
        return pl.lit(text)
    known = {name: pl.col(SHOWN + name).fill_null(plain[name]) for name in names}
    full = fill(text, known)
    return pl.when(full.str.len_bytes() <= ASK_LENGTH).then(full).otherwise(fill(text, plain))
