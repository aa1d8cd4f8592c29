"""The five slots of discovery: what is known of need, goal, role, capacity and timing, and from whom.

A rep's answer stands over a mapped CRM field; *asked, not known* is no evidence. Where both say something and
differ, the record is in conflict. Source: qualification rules, §1, §2 and §5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from qualifier.columns import asked, by_word, extended, first_true, repeated
from qualifier.conditions import conditions_of
from qualifier.facts import ASKED_NOT_KNOWN, NEEDS
from qualifier.playbook import Playbook
from qualifier.sets import mask_of, words_where
from qualifier.verdict import NEED_KINDS


@dataclass(frozen=True, slots=True)
class SlotFact:
    """The fact behind a slot, the rep's answer field, and the answers that read differently as a fact."""

    fact: str
    answer: str
    words: Mapping[str, str | None]


SLOTS: Mapping[str, SlotFact] = {
    "need": SlotFact("needs", "answer_need", {}),
    "goal": SlotFact("goal", "answer_goal", {}),
    "role": SlotFact("role", "answer_role", {}),
    "capacity": SlotFact(
        "solution",
        "answer_capacity",
        {
            "uses_competitor": "competitor",
            "uses_similar": "similar",
            "first_time": "none",
            "no_capacity": None,
        },
    ),
    "timing": SlotFact("timing", "answer_timing", {}),
}
"""Slot → where its value comes from. "No capacity" is known, but says nothing about the solution in use."""


def with_effective_facts(facts: pl.DataFrame) -> pl.DataFrame:
    """`facts` with rep's answers merged in, and what discovery knows.

    `needs`, `goal`, `role`, `solution`, `timing` become effective. New: `slot:<slot>` (known?),
    `since:<fact>` (when it was stated: the answer's date, else the record's creation), `by_rep:<fact>`,
    `conflict:<slot>` (answered otherwise than recorded), `conflict` (any), `evidence` (0–5), `no_capacity`.
    """
    leads = extended(facts[_READ], _ANSWERS)
    needs = words_where(leads, NEEDS, _NEEDS_SAID, empty=None).alias("needs")
    leads = asked(leads, ["won_deals", *_EFFECTIVE]).hstack([needs])
    leads = extended(leads, _KNOWN, _SUMS)
    return facts.with_columns(leads)


def _answer(slot: SlotFact) -> pl.Expr:
    """The rep's answer in the fact's words; NULL where there is none."""
    if slot.words:
        return by_word(slot.answer, slot.words, pl.String())
    return pl.when(pl.col(slot.answer) != ASKED_NOT_KNOWN).then(slot.answer)


def _since(slot: SlotFact, answer: pl.Expr) -> pl.Expr:
    stated = pl.when(answer.is_not_null()).then(f"{slot.answer}_since").otherwise("created_at")
    return stated.alias(f"since:{slot.fact}")


def _differs(name: str, slot: SlotFact) -> pl.Expr:
    """A rep's answer and a mapped field give different values for a slot."""
    if name != "need":
        return _HEARD[name] != pl.col(slot.fact)
    # A list does not contain NULL, says Polars: FALSE, not NULL. Without an answer there is no conflict.
    heard = pl.col("needs").list.contains(_HEARD["need"]) | _HEARD["need"].is_null()
    return ~heard & (pl.col("needs").list.len() > 0)


def conflicts(facts: pl.DataFrame) -> list[str]:
    """The slots of one lead, facts as stored, that are answered otherwise than its record says."""
    told = facts.with_columns(_ANSWERS).select(_differs(*slot).alias(slot[0]) for slot in SLOTS.items())
    return [name for name, differs in told.row(0, named=True).items() if differs]


_READ = [
    *("created_at", "won_deals"),
    *(name for slot in SLOTS.values() for name in (slot.fact, slot.answer, f"{slot.answer}_since")),
]
_ANSWERS = [_answer(slot).alias(f"answer:{name}") for name, slot in SLOTS.items()]
_HEARD = {name: pl.col(f"answer:{name}") for name in SLOTS}
_NEEDS_SAID = mask_of(pl.col("needs").list.contains(kind) | (_HEARD["need"] == kind) for kind in NEEDS)
_EFFECTIVE = [
    *(
        pl.coalesce(_HEARD[name], slot.fact).alias(slot.fact)
        for name, slot in SLOTS.items()
        if name != "need"
    ),
    *(_since(slot, _HEARD[name]) for name, slot in SLOTS.items()),
    *(_HEARD[name].is_not_null().alias(f"by_rep:{slot.fact}") for name, slot in SLOTS.items()),
    (pl.col("answer_capacity") == "no_capacity").fill_null(value=False).alias("no_capacity"),
    *(_differs(*slot).fill_null(value=False).alias(f"conflict:{slot[0]}") for slot in SLOTS.items()),
]
_FILLED = {
    **{name: pl.col(slot.fact).is_not_null() for name, slot in SLOTS.items()},
    "capacity": pl.col("solution").is_not_null() | pl.col("no_capacity") | (pl.col("won_deals") >= 1),
}
_KNOWN = [_FILLED[name].fill_null(value=False).alias(f"slot:{name}") for name in SLOTS]
_SUMS = [
    pl.sum_horizontal(pl.col(f"slot:{name}").cast(pl.Int64) for name in SLOTS).alias("evidence"),
    pl.any_horizontal(f"conflict:{name}" for name in SLOTS).alias("conflict"),
]


def with_capacity_and_need(frame: pl.DataFrame, playbook: Playbook) -> pl.DataFrame:
    """`frame` with `capacity` (the playbook's conditions, first TRUE) and `need` (kinds, else `unknown`)."""
    return frame.hstack(asked(frame, [_capacity(playbook), _NEED]))


_NEED = pl.col("needs").fill_null(pl.lit([NEED_KINDS[-1]], dtype=pl.List(pl.String))).alias("need")


@lru_cache(maxsize=16)
def _capacity(playbook: Playbook) -> pl.Expr:
    conditions = conditions_of(playbook)
    words = (
        ("proven", playbook.capacity.proven),
        ("similar", playbook.capacity.similar),
        ("first_time", playbook.capacity.first_time),
    )
    cases = [(conditions[sql].expr, pl.lit(word)) for word, sql in words]
    return first_true(cases, pl.lit("unknown")).alias("capacity")


def with_proposal(frame: pl.DataFrame, playbook: Playbook) -> pl.DataFrame:
    """`frame` with `proposal` and `proposal_why`: only after a conversation and with enough slots known.

    Reads `conversation` (logged since the lead was last triaged), `evidence`, `fit`, the effective facts.
    """
    proposal, reason = _proposal(playbook)
    proposed = frame.select(proposal).to_series()
    # Few leads have a proposal; only for them it is put into words.
    rows = (proposed != _NO_PROPOSAL).arg_true()
    why = repeated(None, pl.String(), len(frame)).alias("proposal_why")
    if len(rows):
        why = why.scatter(rows, frame.select(_REASONED)[rows].select(reason).to_series())
    return frame.hstack([proposed, why])


_NO_PROPOSAL = "none"
_REASONED = ("no_capacity", "slot:need", "timing", "fit", "needs")


@lru_cache(maxsize=16)
def _proposal(playbook: Playbook) -> tuple[pl.Expr, pl.Expr]:
    """What is proposed, and why."""
    rules = playbook.proposal
    may = pl.col("evidence") >= rules.min_slots
    if rules.needs_conversation:
        may &= pl.col("conversation")
    need = pl.col("slot:need")
    soon = pl.col("timing").is_in(rules.qualified_timing).fill_null(value=False)
    later = (pl.col("timing") == "later").fill_null(value=False) & ~need
    fits = pl.col("fit") >= rules.qualified_fit
    timing = pl.col("timing").str.replace("_", " ").fill_null("not known")
    lacking = pl.concat_str(
        [
            pl.when(~fits).then(pl.format("a fit of {} (is {})", pl.lit(rules.qualified_fit), "fit")),
            pl.when(~need).then(pl.lit("a need")),
            pl.when(~soon).then(pl.format("timing soon (is {})", timing)),
        ],
        separator=", ",
        ignore_nulls=True,
    )
    cases = (
        (pl.col("no_capacity"), "not_now", pl.lit("no capacity to buy")),
        (later, "not_now", pl.lit("timing later, no need known")),
        (
            fits & need & soon,
            "qualified",
            pl.format("fit {}, need: {}, timing: {}", "fit", pl.col("needs").list.join(" and "), timing),
        ),
        (pl.lit(value=True), "nurture", pl.format("after a conversation still lacking: {}", lacking)),
    )
    word = first_true([(~may, pl.lit(_NO_PROPOSAL)), *((case, pl.lit(word)) for case, word, _ in cases)])
    return word.alias("proposal"), first_true([(case, why) for case, _, why in cases])
