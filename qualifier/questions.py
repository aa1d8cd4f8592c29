"""What to ask next: the questions whose answers could still move a lead the most.

The value of a question is how far its answer could move the score (the gap of its criterion), and more when
that could lift the lead into the next segment. One question per slot, none whose slot is filled. Source:
qualification rules, §1 and §5, mistake B3.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, reduce
from operator import add, and_, or_

import polars as pl

from qualifier.choices import Sentence, Wordings, largest, ranked
from qualifier.columns import asked, extended, first_true
from qualifier.conditions import conditions_of
from qualifier.criteria import Question
from qualifier.discovery import SLOTS
from qualifier.expressions import AS_OF
from qualifier.facts import ASKED_NOT_KNOWN
from qualifier.phrases import SHOWN, fill, label, placeholders
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


@lru_cache(maxsize=16)
def facts_told(playbook: Playbook) -> frozenset[str]:
    """The facts that questions mention; `ask` reads them as `shown:` columns."""
    texts = (text for candidate in _candidates(playbook) for text in _wordings(candidate.question))
    return frozenset(placeholders(texts))


def ask(frame: pl.DataFrame, playbook: Playbook) -> pl.DataFrame:
    """`frame` with `ask_next`: at most three questions in 255 characters, null when nothing is open.

    Reads the rep's answers, `as_of`, `title`, `score`, `stage`, `need`, `slot:<slot>`, `gap:` and `doubt:` of
    the fit criteria, and `shown:` facts.
    """
    if not _candidates(playbook):
        return frame.with_columns(ask_next=pl.lit(None, pl.String))
    plan = _plan(playbook)
    leads = extended(frame[plan.read], plan.borders, plan.worth)
    said = plan.sentence.of(leads, asked(leads, plan.keys))
    return frame.hstack([said.alias("ask_next")])


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to ask of leads: the columns to read, and what decides.

    `borders` come first, then what answers are `worth` and which stages suit, then `keys`: for each slot the
    key of its best question. `sentence`: the best of those, in words.
    """

    read: Sequence[str]
    borders: Sequence[pl.Expr]
    worth: Sequence[pl.Expr]
    keys: Sequence[pl.Expr]
    sentence: Sentence


@lru_cache(maxsize=16)
def _plan(playbook: Playbook) -> _Plan:
    candidates = _candidates(playbook)
    places = _places(candidates)
    criteria = dict.fromkeys(candidate.criteria for candidate in candidates)
    stages = dict.fromkeys(stages for candidate in candidates if (stages := candidate.question.stages))
    answers = [name for slot in SLOTS.values() for name in (slot.answer, f"{slot.answer}_since")]
    gaps = [f"{part}:{criterion.id}" for criterion in playbook.fit for part in ("gap", "doubt")]
    return _Plan(
        read=[
            *(AS_OF, "score", "stage", "need", "title"),
            *(f"slot:{slot}" for slot in SLOTS),
            *(SHOWN + name for name in facts_told(playbook)),
            *answers,
            *gaps,
        ],
        borders=[_missing(playbook).alias("missing"), (pl.col(AS_OF) - REST).alias("rested")],
        worth=[*map(_worth, criteria), *(pl.col("stage").is_in(words).alias(_in(words)) for words in stages)],
        keys=[_best(slot, mine, candidates) for slot, mine in places.items()],
        sentence=Sentence(
            picks=largest([(list(places), MOST_QUESTIONS)]),
            marks=[""] * MOST_QUESTIONS,
            wordings=Wordings.of(_words(candidate.question) for candidate in candidates),
            separator=SEPARATOR,
            longest=ASK_LENGTH,
        ),
    )


def _places(candidates: Sequence[Candidate]) -> dict[str, dict[tuple[str, ...], list[int]]]:
    """Slot → criteria → where the questions that fill the one and move the others stand among all."""
    places: dict[str, dict[tuple[str, ...], list[int]]] = {}
    for place, candidate in enumerate(candidates):
        mine = places.setdefault(candidate.question.slot, {})
        mine.setdefault(candidate.criteria, []).append(place)
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


def _best(
    slot: str, places: Mapping[tuple[str, ...], Sequence[int]], candidates: Sequence[Candidate]
) -> pl.Expr:
    """The key of the slot's best question; null where none suits, and while the slot is filled or rests.

    Of those that would move the same criteria the first that suits is the best: it needs no key of its own.
    """
    keys = [
        ranked(pl.col(_worth_of(criteria)), _first_to_suit(mine, candidates))
        for criteria, mine in places.items()
    ]
    return pl.when(_open(slot)).then(pl.max_horizontal(keys)).alias(slot)


def _first_to_suit(places: Sequence[int], candidates: Sequence[Candidate]) -> pl.Expr:
    """The first of these places whose question suits; null for none."""
    cases: list[tuple[pl.Expr, pl.Expr]] = []
    for place in places:
        suits = _suits(candidates[place])
        if suits is None:
            return first_true(cases, pl.lit(place))
        cases.append((suits, pl.lit(place)))
    return first_true(cases)


def _suits(candidate: Candidate) -> pl.Expr | None:
    """Whether the question makes sense to a lead; None: to every lead."""
    suits = [pl.col(f"gap:{name}") > 0 for name in candidate.criteria if candidate.attached]
    if candidate.question.stages:
        suits.append(pl.col(_in(candidate.question.stages)))
    if candidate.question.needs:
        suits.append(reduce(or_, (pl.col("need").list.contains(kind) for kind in candidate.question.needs)))
    return reduce(and_, suits) if suits else None


def _in(stages: tuple[str, ...]) -> str:
    return f"stage in {' '.join(stages)}"


def _open(slot: str) -> pl.Expr:
    """The slot is not filled and does not rest; an answer of which nobody knows the date rests."""
    answer, since = pl.col(SLOTS[slot].answer), pl.col(f"{SLOTS[slot].answer}_since")
    return ~pl.col(f"slot:{slot}") & (answer.ne_missing(ASKED_NOT_KNOWN) | (since <= pl.col("rested")))


def _worth(criteria: tuple[str, ...]) -> pl.Expr:
    """Points that these answers could move, and `LIFT` where they could lift the segment; at least 1."""
    gap, doubt = (
        reduce(add, (pl.col(f"{part}:{name}") for name in criteria)) if criteria else pl.lit(0, pl.Int64)
        for part in ("gap", "doubt")
    )
    # The column stands on the left: Polars forgets the height of a literal compared with a constant column.
    lifts = pl.col("missing") <= gap - doubt
    return (gap + pl.when(lifts).then(1 + LIFT).otherwise(1)).alias(_worth_of(criteria))


def _worth_of(criteria: tuple[str, ...]) -> str:
    return f"worth:{' '.join(criteria)}"


def _missing(playbook: Playbook) -> pl.Expr:
    """Points up to the next segment; null for hot."""
    borders = sorted((playbook.segments.warm.score, playbook.segments.hot.score))
    return first_true((pl.col("score") < border, border - pl.col("score")) for border in borders)


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
