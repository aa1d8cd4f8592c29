"""What to ask next: the questions whose answers could still move a lead the most.

The value of a question is how far its answer could move the score (the gap of its criterion), and more when
that could lift the lead into the next segment. One question per slot, none whose slot is filled. Source:
qualification rules, §1 and §5, mistake B3.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import polars as pl

from qualifier.choices import Sentence, Wordings, largest, ranked
from qualifier.columns import first_true
from qualifier.conditions import conditions_of
from qualifier.criteria import Question
from qualifier.discovery import SLOTS
from qualifier.expressions import AS_OF
from qualifier.facts import ASKED_NOT_KNOWN
from qualifier.phrases import SHOWN, fill, label, placeholders, shown_facts
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
    if not _candidates(playbook):
        return frame.with_columns(ask_next=pl.lit(None, pl.String))
    plan = _plan(playbook)
    leads = frame.select(plan.read).hstack(shown_facts(frame, plan.shown, playbook.facts_all, as_of))
    keys = leads.with_columns(plan.worth)
    for step in plan.ranking:
        keys = keys.select(step)
    return frame.with_columns(plan.sentence.of(leads, keys).alias("ask_next"))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to ask of leads: the columns to read, facts to show, what answers are worth.

    `ranking`: each candidate's key by its place, and each slot; then the best key of each slot.
    `sentence`: the best of those, in words.
    """

    read: Sequence[str | pl.Expr]
    shown: set[str]
    worth: Sequence[pl.Expr]
    ranking: Sequence[Sequence[pl.Expr]]
    sentence: Sentence


@lru_cache(maxsize=16)
def _plan(playbook: Playbook) -> _Plan:
    candidates = _candidates(playbook)
    worth = [_worth(criteria) for criteria in dict.fromkeys(part.criteria for part in candidates)]
    keys = [_key(part, place).alias(str(place)) for place, part in enumerate(candidates)]
    best = [
        pl.when(~pl.col(slot).fill_null(value=False))
        .then(pl.max_horizontal(str(place) for place in places))
        .alias(slot)
        for slot, places in _places(candidates).items()
    ]
    slots = [expr.meta.output_name() for expr in best]
    answers = [name for slot in SLOTS.values() for name in (slot.answer, f"{slot.answer}_since")]
    gaps = [f"{part}:{criterion.id}" for criterion in playbook.fit for part in ("gap", "doubt")]
    return _Plan(
        read=[
            _missing(playbook).alias("missing"),
            AS_OF,
            "stage",
            "need",
            "title",
            *(f"slot:{slot}" for slot in SLOTS),
            *answers,
            *gaps,
        ],
        shown=placeholders(text for candidate in candidates for text in _wordings(candidate.question)),
        worth=worth,
        ranking=(keys + [_no_question(slot).alias(slot) for slot in SLOTS], best),
        sentence=Sentence(
            picks=largest([(slots, MOST_QUESTIONS)]),
            marks=[""] * (MOST_QUESTIONS if slots else 0),
            wordings=Wordings.of(_words(candidate.question) for candidate in candidates),
            separator=SEPARATOR,
            longest=ASK_LENGTH,
        ),
    )


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


def _no_question(slot: str) -> pl.Expr:
    """The slot is filled or rests; an answer of which nobody knows the date rests."""
    answer, since = pl.col(SLOTS[slot].answer), pl.col(f"{SLOTS[slot].answer}_since")
    rests = (answer == ASKED_NOT_KNOWN) & (since > pl.col(AS_OF) - REST).fill_null(value=True)
    return pl.col(f"slot:{slot}") | rests


def _worth(criteria: tuple[str, ...]) -> pl.Expr:
    """Points that these answers could move, and `LIFT` where they could lift the segment; at least 1."""
    gap, doubt = (
        pl.sum_horizontal(_NONE, *(f"{part}:{name}" for name in criteria)) for part in ("gap", "doubt")
    )
    # The column stands on the left: Polars forgets the height of a literal compared with a constant column.
    lifts = pl.col("missing") <= gap - doubt
    return (gap + pl.when(lifts).then(1 + LIFT).otherwise(1)).alias(_worth_of(criteria))


_NONE = pl.lit(0, pl.Int64)


def _missing(playbook: Playbook) -> pl.Expr:
    """Points up to the next segment; null for hot."""
    borders = sorted((playbook.segments.warm.score, playbook.segments.hot.score))
    return first_true((pl.col("score") < border, border - pl.col("score")) for border in borders)


def _worth_of(criteria: tuple[str, ...]) -> str:
    return f"worth:{' '.join(criteria)}"


def _key(candidate: Candidate, place: int) -> pl.Expr:
    """By the worth of the answer; null where the question does not suit."""
    suits = [pl.col(f"gap:{name}") > 0 for name in candidate.criteria if candidate.attached]
    if candidate.question.stages:
        suits.append(pl.col("stage").is_in(candidate.question.stages))
    if candidate.question.needs:
        kinds = [pl.col("need").list.contains(kind) for kind in candidate.question.needs]
        suits.append(pl.any_horizontal(kinds))
    key = ranked(pl.col(_worth_of(candidate.criteria)), place)
    return pl.when(pl.all_horizontal(suits)).then(key) if suits else key


# --- wording ------------------------------------------------------------------------------------------------


def _wordings(question: Question) -> Iterator[str]:
    yield question.text
    yield from question.by_title.values()


def _words(question: Question) -> pl.Expr | str:
    """The wording that all leads share, or where it differs by lead an expression."""
    personal = placeholders(_wordings(question)) or question.by_title
    return _wording(question) if personal else question.text


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
