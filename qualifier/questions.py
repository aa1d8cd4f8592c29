"""What to ask next: the questions whose answers could still move a lead the most.

The value of a question is how far its answer could move the score (the gap of its criterion), and more when
that could lift the lead into the next segment. One question per slot, none whose slot is filled. Source:
qualification rules, §1 and §5, mistake B3.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from operator import add

import polars as pl

from qualifier.conditions import conditions_of
from qualifier.criteria import Question
from qualifier.discovery import SLOTS
from qualifier.expressions import AS_OF
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

    Reads the facts, `as_of`, `score`, `stage`, `need`, `slot:<slot>`, and `gap:` and `doubt:` of the fit
    criteria.
    """
    candidates = _candidates(playbook)
    texts = [text for candidate in candidates for text in _wordings(candidate.question)]
    shown = shown_facts(frame, placeholders(texts), playbook.facts_all, as_of)
    leads = frame.hstack(shown)
    worth, keys, best = _steps(playbook)
    picks = largest(leads.with_columns(worth).select(keys).select(best), MOST_QUESTIONS)
    pieces = _said(leads, picks, playbook)
    return frame.with_columns(joined(pieces, SEPARATOR, ASK_LENGTH).replace("", None).alias("ask_next"))


@lru_cache(maxsize=16)
def _steps(playbook: Playbook) -> tuple[list[pl.Expr], list[pl.Expr], list[pl.Expr]]:
    """What answers are worth; each candidate's key by its place, and each slot; the best key of each slot."""
    candidates = _candidates(playbook)
    worth = [_worth(criteria, playbook) for criteria in dict.fromkeys(part.criteria for part in candidates)]
    keys = [ranked(_value(part), place).alias(str(place)) for place, part in enumerate(candidates)]
    asked = [_may_ask(slot).alias(slot) for slot in SLOTS]
    best = [
        pl.when(slot).then(pl.max_horizontal(str(place) for place in places)).alias(slot)
        for slot, places in _places(candidates).items()
    ]
    return worth, keys + asked, best


def _places(candidates: Sequence[Candidate]) -> dict[str, list[int]]:
    """Slot → where its questions stand among the candidates."""
    places: dict[str, list[int]] = {}
    for place, candidate in enumerate(candidates):
        places.setdefault(candidate.question.slot, []).append(place)
    return places


@lru_cache(maxsize=16)
def _candidates(playbook: Playbook) -> tuple[Candidate, ...]:
    """All candidates; of equal value the first is asked."""
    return tuple(sorted(_all_candidates(playbook), key=lambda candidate: candidate.rank))


def _all_candidates(playbook: Playbook) -> Iterator[Candidate]:
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


def _may_ask(slot: str) -> pl.Expr:
    """The slot is open and does not rest; an answer of which nobody knows the date rests."""
    answer, since = pl.col(SLOTS[slot].answer), pl.col(f"{SLOTS[slot].answer}_since")
    rests = (answer == ASKED_NOT_KNOWN) & (since > pl.col(AS_OF) - REST).fill_null(value=True)
    return ~pl.col(f"slot:{slot}") & ~rests.fill_null(value=False)


def _worth(criteria: tuple[str, ...], playbook: Playbook) -> pl.Expr:
    """Points that these answers could move, and `LIFT` where they could lift the segment; at least 1."""
    gap = _sum(f"gap:{name}" for name in criteria)
    rise = gap - _sum(f"doubt:{name}" for name in criteria)
    score = pl.col("score")
    lifts = pl.any_horizontal(
        (score < border) & (score + rise >= border)
        for border in (playbook.segments.hot.score, playbook.segments.warm.score)
    )
    return (1 + gap + pl.when(lifts).then(LIFT).otherwise(0)).alias(_worth_of(criteria))


def _worth_of(criteria: tuple[str, ...]) -> str:
    return f"worth:{' '.join(criteria)}"


def _value(candidate: Candidate) -> pl.Expr:
    """The worth of the answer; 0 where the question does not suit."""
    suits = [_sum(f"gap:{name}" for name in candidate.criteria) > 0] if candidate.attached else []
    if candidate.question.stages:
        suits.append(pl.col("stage").is_in(candidate.question.stages))
    if candidate.question.needs:
        kinds = [pl.col("need").list.contains(kind) for kind in candidate.question.needs]
        suits.append(pl.any_horizontal(kinds))
    worth = pl.col(_worth_of(candidate.criteria))
    return pl.when(pl.all_horizontal(suits)).then(worth).otherwise(0) if suits else worth


def _sum(names: Iterable[str]) -> pl.Expr:
    return reduce(add, map(pl.col, names), pl.lit(0, pl.Int64))


# --- wording ------------------------------------------------------------------------------------------------


def _wordings(question: Question) -> Iterator[str]:
    yield question.text
    yield from question.by_title.values()


def _said(leads: pl.DataFrame, picks: Sequence[pl.Series], playbook: Playbook) -> pl.DataFrame:
    """The words of the picked questions, one column per pick; `picks` are places among the candidates."""
    general, personal = _words(playbook)
    own = leads.select(personal)

    def words(pick: pl.Series) -> pl.Expr:
        said = pl.lit(general).gather(pl.lit(pick))
        for place in own.columns:
            said = pl.when(pl.lit(pick) == int(place)).then(pl.lit(own[place])).otherwise(said)
        return said

    return leads.select(words(pick).alias(str(number)) for number, pick in enumerate(picks))


@lru_cache(maxsize=16)
def _words(playbook: Playbook) -> tuple[pl.Series, list[pl.Expr]]:
    """The general wording of every candidate, and by place the wording of those that differ by lead."""
    questions = [candidate.question for candidate in _candidates(playbook)]
    personal = [
        _wording(question).alias(str(place))
        for place, question in enumerate(questions)
        if placeholders(_wordings(question)) or question.by_title
    ]
    return pl.Series([question.text for question in questions], dtype=pl.String), personal


def _wording(question: Question) -> pl.Expr:
    """The wording for the title, else the general one."""
    wording = _filled(question.text)
    for pattern, text in reversed(question.by_title.items()):
        called = pl.col("title").str.contains(title_pattern(pattern))
        wording = pl.when(called).then(_filled(text)).otherwise(wording)
    return wording


def title_pattern(pattern: str) -> str:
    """What a key of `by_title` searches for: whole words, in capitals or not."""
    return rf"(?i)\b(?:{pattern})\b"


def _filled(text: str) -> pl.Expr:
    """`{company}` filled in; where it is unknown, or too long to leave the question whole, `your company`."""
    names = placeholders([text])
    plain = {name: pl.lit(f"your {label(name)}") for name in names}
    if not names:
        return pl.lit(text)
    known = {name: pl.col(SHOWN + name).fill_null(plain[name]) for name in names}
    full = fill(text, known)
    return pl.when(full.str.len_bytes() <= ASK_LENGTH).then(full).otherwise(fill(text, plain))
