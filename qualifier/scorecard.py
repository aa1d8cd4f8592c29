"""The shared scorecard: what sales and marketing promised each other, and what came of it.

Sales: response clocks, by promise, segment, source, cause, and by owner where the playbook asks for it.
Marketing: how complete leads are, and how many sales accepts. Both count what *began* in the period. Nobody
is named, and groups below five are merged.
Source: qualification rules, §1 (late logged), §3 Agreement and §4 B4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from qualifier.calendar import Calendar
from qualifier.columns import with_optional
from qualifier.conditions import conditions_of
from qualifier.discovery import SLOTS, with_effective_facts
from qualifier.facts import INSTANT, Evidence, column_types
from qualifier.playbook import Playbook

SMALLEST_GROUP = 5
"""Fewer say little about a source and much about a person."""
OTHER, UNKNOWN, ALL = "other", "unknown", "all"
LATE = timedelta(hours=2)
"""A human touch logged later than this after it happened is `late logged`."""
KNOWN = "known:"
MINUTE = timedelta(minutes=1)
COMPUTED = frozenset({"colleague_active"})
"""Facts that no lead brings along."""

CLOCK_COLUMNS: Mapping[str, pl.DataType] = {
    "lead": pl.Int64(),
    "source": pl.String(),
    "owner": pl.String(),
    "segment": pl.String(),
    "cause": pl.String(),
    "start": INSTANT,
    "due": INSTANT,
    "settled": INSTANT,
    "ended": INSTANT,
    "seen_at": INSTANT,
    "delivered_at": INSTANT,
}
"""One row per response clock. `owner`: the lead's, as the CRM's id. `settled`: first human touch; `ended`:
when it ended without one (closed, excluded, gone). `seen_at`, `delivered_at`: when a verdict first held it,
when the CRM was told."""
HUMAN_COLUMNS: Mapping[str, pl.DataType] = {"lead": pl.Int64(), "at": INSTANT, "logged_at": INSTANT}
"""One row per human touch."""


@dataclass(frozen=True, slots=True)
class Sales:
    """Response times; each frame has `group` and the columns of `respond_figures`."""

    total: pl.DataFrame
    by_promise: pl.DataFrame
    by_segment: pl.DataFrame
    by_source: pl.DataFrame
    by_cause: pl.DataFrame
    by_owner: pl.DataFrame
    """`group`: the CRM's id of the lead's owner, `unknown` where none is kept."""
    withdrawn: int
    """Clocks that ended in time without an answer: closed, excluded or gone first. Not among the clocks."""
    human_touches: int
    late_logged: int
    """How many of the human touches were logged more than two hours after they happened."""


@dataclass(frozen=True, slots=True)
class Marketing:
    """Quality of the leads created in the period; frames have `group`, and figures as named in `rate`."""

    completeness: pl.DataFrame
    completeness_by_source: pl.DataFrame
    acceptance: pl.DataFrame
    acceptance_by_source: pl.DataFrame
    acceptance_by_segment: pl.DataFrame
    reasons: Mapping[str, int]
    """Feedback reason → how often, most frequent first."""
    complete_means: tuple[str, ...]
    """The facts that a complete lead has."""


# --- sales --------------------------------------------------------------------------------------------------


def respond_figures(clocks: pl.DataFrame, human: pl.DataFrame, calendar: Calendar, now: datetime) -> Sales:
    """How sales responded. `clocks`: `CLOCK_COLUMNS`; `human`: `HUMAN_COLUMNS`, of the same leads and period.

    Per group `clocks` = `met` + `breached` + `due` (still running); `late_logged`: those answered by a touch
    that was logged late; `share_met` of those decided. Response times of the answered in working minutes:
    `median_minutes`, `p90_minutes`. System delay, event to CRM, in minutes of the wall clock, for machines
    keep no hours: `system_median`, `system_p90`; until the first look: `seen_median`. Human delay, CRM to
    answer, in working minutes: `human_median`, `human_p90`; `early`: answered before the CRM was told.
    """
    past = human.filter(pl.col("at") <= now)
    timed = _timed(clocks, past, calendar, now)
    counted = timed.filter(pl.col("outcome") != "withdrawn").with_columns(promise=_promise())
    return Sales(
        total=_total(counted, _responses()).with_columns(_share_met()),
        by_promise=_by(counted, "promise", _responses()).with_columns(_share_met()),
        by_segment=_by(counted, "segment", _responses()).with_columns(_share_met()),
        by_source=_by(counted, "source", _responses()).with_columns(_share_met()),
        by_cause=_by(counted, "cause", _responses()).with_columns(_share_met()),
        by_owner=_by(counted, "owner", _responses()).with_columns(_share_met()),
        withdrawn=timed.height - counted.height,
        human_touches=past.height,
        late_logged=past.filter(_late()).height,
    )


def _timed(clocks: pl.DataFrame, human: pl.DataFrame, calendar: Calendar, now: datetime) -> pl.DataFrame:
    """Every clock with its `outcome`, whether its answer was logged `late`, and its times in minutes."""
    answers = human.group_by("lead", settled="at").agg(late=_late().all())
    frame = clocks.join(answers, on=("lead", "settled"), how="left", maintain_order="left")
    told_first = pl.col("settled") >= pl.col("delivered_at")
    frame = frame.with_columns(
        outcome=_outcome(now),
        late=pl.col("late").fill_null(value=False),
        early=(~told_first).fill_null(value=False),
        told=pl.when(told_first).then("delivered_at"),
        seen=_minutes(pl.col("seen_at") - pl.col("start")),
        system=_minutes(pl.col("delivered_at") - pl.col("start")),
    )
    response = calendar.between(frame["start"], frame["settled"]).alias("response")
    answer = calendar.between(frame["told"], frame["settled"]).alias("human")
    return frame.with_columns(response, answer).with_columns(
        response=_minutes(pl.col("response")), human=_minutes(pl.col("human"))
    )


def _outcome(now: datetime) -> pl.Expr:
    """As SLA says it, but what ended unanswered before it was due is nobody's fault."""
    answered, due, ended = pl.col("settled"), pl.col("due"), pl.col("ended")
    return (
        pl.when(answered <= due)
        .then(pl.lit("met"))
        .when(answered.is_not_null())
        .then(pl.lit("breached"))
        .when(ended <= due)
        .then(pl.lit("withdrawn"))
        .when(due < now)
        .then(pl.lit("breached"))
        .otherwise(pl.lit("due"))
    )


def _promise() -> pl.Expr:
    """Which line of `agreement.respond` a clock ran by."""
    raised = (pl.col("segment") == "warm") & (pl.col("cause") == "hand_raise")
    return pl.when(raised).then(pl.lit("warm_hand_raise")).otherwise("segment")


def _late() -> pl.Expr:
    return (pl.col("logged_at") - pl.col("at") > LATE).fill_null(value=False)


def _minutes(duration: pl.Expr) -> pl.Expr:
    return duration.dt.total_microseconds() / (MINUTE / timedelta(microseconds=1))


def _responses() -> list[pl.Expr]:
    outcomes = [_count(pl.col("outcome") == word).alias(word) for word in ("met", "breached", "due")]
    return [
        pl.len().cast(pl.Int64).alias("clocks"),
        *outcomes,
        _count(pl.col("late")).alias("late_logged"),
        *_middle_and_slow("response", "median_minutes", "p90_minutes"),
        pl.col("seen").median().round(1).alias("seen_median"),
        *_middle_and_slow("system", "system_median", "system_p90"),
        *_middle_and_slow("human", "human_median", "human_p90"),
        _count(pl.col("early")).alias("early"),
    ]


def _middle_and_slow(column: str, median: str, p90: str) -> tuple[pl.Expr, pl.Expr]:
    value = pl.col(column)
    return (
        value.median().round(1).alias(median),
        value.quantile(0.9, interpolation="linear").round(1).alias(p90),
    )


def _share_met() -> pl.Expr:
    return _share("met", pl.col("met") + pl.col("breached")).alias("share_met")


# --- marketing ----------------------------------------------------------------------------------------------


def complete_facts(playbook: Playbook) -> tuple[str, ...]:
    """The facts that a complete lead has: those of the profile that earn points, else all that do."""
    conditions, facts = conditions_of(playbook), playbook.facts_all
    read = {
        name
        for criterion in playbook.fit
        for signal in criterion.signals
        for name in conditions[signal.when].facts - COMPUTED
    }
    profile = {name for name in read if facts[name].evidence is Evidence.PROFILE}
    return tuple(name for name in facts if name in (profile or read))


def with_known(facts: pl.DataFrame, playbook: Playbook) -> pl.DataFrame:
    """`lead`, `source`, what the rep said, `complete`, and `known:<name>` for slots and profile facts.

    `facts`: columns of `column_types(playbook.facts_all)`, an absent one is unknown.
    """
    types = column_types(playbook.facts_all)
    effective = with_effective_facts(with_optional(facts, types))
    wanted = complete_facts(playbook)
    names = (f"{name}_low" if playbook.facts_all[name].kind == "range" else name for name in wanted)
    known = {name: pl.col(column).is_not_null() for name, column in zip(wanted, names, strict=True)}
    slots = {name: pl.col(f"slot:{name}") for name in SLOTS}
    return effective.select(
        "lead",
        "source",
        "verdict",
        "feedback",
        "feedback_reason",
        pl.all_horizontal(*known.values(), pl.lit(value=True)).alias("complete"),
        *(expr.alias(KNOWN + name) for name, expr in {**known, **slots}.items()),
    )


def rate(inflow: pl.DataFrame, playbook: Playbook) -> Marketing:
    """How good the leads were. `inflow`: as `with_known` gives it, with `segment` and `converted`.

    Completeness: `leads`, `share_complete`, `share_<name>` for each slot and fact. Acceptance: `leads`,
    `judged`, `accepted` (verdict qualified or nurture, or converted without one), `share_accepted` of the
    judged, each verdict, and `agree`, `too_high`, `too_low` with `share_agree` of those who said so.
    """
    complete, accept = _completeness(inflow), _acceptance()
    shares = (
        _share("accepted", pl.col("judged")).alias("share_accepted"),
        _share("agree", pl.sum_horizontal("agree", "too_high", "too_low")).alias("share_agree"),
    )
    reasons = (
        inflow["feedback_reason"]
        .drop_nulls()
        .value_counts(sort=True)
        .sort(["count", "feedback_reason"], descending=[True, False])
    )
    return Marketing(
        completeness=_total(inflow, complete),
        completeness_by_source=_by(inflow, "source", complete),
        acceptance=_total(inflow, accept).with_columns(shares),
        acceptance_by_source=_by(inflow, "source", accept).with_columns(shares),
        acceptance_by_segment=_by(inflow, "segment", accept).with_columns(shares),
        reasons=dict(reasons.iter_rows()),
        complete_means=complete_facts(playbook),
    )


def _completeness(inflow: pl.DataFrame) -> list[pl.Expr]:
    known = [name for name in inflow.columns if name.startswith(KNOWN)]
    return [
        pl.len().cast(pl.Int64).alias("leads"),
        pl.col("complete").mean().round(4).alias("share_complete"),
        *(pl.col(name).mean().round(4).alias(f"share_{name.removeprefix(KNOWN)}") for name in known),
    ]


def _acceptance() -> list[pl.Expr]:
    verdict, feedback = pl.col("verdict"), pl.col("feedback")
    converted = pl.col("converted") & verdict.is_null()
    return [
        pl.len().cast(pl.Int64).alias("leads"),
        _count(verdict.is_not_null() | converted).alias("judged"),
        _count(verdict.is_in(["qualified", "nurture"]).fill_null(value=False) | converted).alias("accepted"),
        *(_count(verdict == word).alias(word) for word in ("qualified", "nurture", "not_now")),
        _count(converted).alias("converted"),
        *(_count(feedback == word).alias(word) for word in ("agree", "too_high", "too_low")),
    ]


# --- groups -------------------------------------------------------------------------------------------------


def _total(frame: pl.DataFrame, figures: Sequence[pl.Expr]) -> pl.DataFrame:
    return frame.select(figures).select(pl.lit(ALL).alias("group"), pl.all())


def _by(frame: pl.DataFrame, column: str, figures: Sequence[pl.Expr]) -> pl.DataFrame:
    """One row per group, the largest first, those below five together at the end."""
    last = pl.col("group") == OTHER
    size = figures[0].meta.output_name()
    return (
        frame.with_columns(merge_small(frame[column]))
        .group_by("group")
        .agg(figures)
        .sort(last, size, "group", descending=[False, True, False])
    )


def merge_small(names: pl.Series) -> pl.Series:
    """Each name, `unknown` where there is none, `other` where fewer than five share it."""
    name = pl.col("name").fill_null(UNKNOWN)
    frame = pl.DataFrame({"name": names}, schema={"name": pl.String()})
    few = pl.len().over(name) < SMALLEST_GROUP
    return frame.select(pl.when(few).then(pl.lit(OTHER)).otherwise(name).alias("group")).to_series()


def _count(condition: pl.Expr) -> pl.Expr:
    return condition.sum().cast(pl.Int64)


def _share(part: str, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(pl.col(part) / whole).round(4)
