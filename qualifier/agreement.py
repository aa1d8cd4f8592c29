"""The agreement between sales and marketing: by when somebody must respond, and whether it was kept.

A *clock* starts at an event (a hand-raise, or a rise of the segment), is due after the promised working time
and is settled by the first human touch at or after its start. Events that wait for the same human touch share
one clock: the one that is due first. So the clock comes out the same, however many events one pass brings.
Source: qualification rules, §3 Agreement.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import polars as pl

from qualifier.calendar import NO_HOLIDAYS, Calendar
from qualifier.columns import by_word, extended, instant, narrowed, repeated, with_optional
from qualifier.facts import HAND_RAISES, INSTANT, INTEREST, REPLIES
from qualifier.playbook import AgreementTerms

CONFIGURED_ZONE = "configured"
_RANKS = pl.Enum(["cold", "warm", "hot"])
"""Segments, the lowest first."""
_RISING_KINDS = (*HAND_RAISES, *INTEREST, *REPLIES)
_IMPORT_WINDOW = timedelta(minutes=1)
"""What an import brings along in its first minute is not the lead's own doing (§3: an import)."""
_OPTIONAL: dict[str, pl.DataType] = {
    "closed": pl.Boolean(),
    "closed_since": INSTANT,
    "overridden": pl.Boolean(),
    "previous_segment": pl.String(),
    "previous_clock_segment": pl.String(),
    "previous_scored_at": INSTANT,
    "previous_hand_raise_at": INSTANT,
    "previous_clock_start": INSTANT,
    "previous_clock_due": INSTANT,
    "previous_clock_settled": INSTANT,
}
CLOCK_COLUMNS = ("respond_by", "sla", "clock_start", "clock_due", "clock_settled", "clock_risk")
"""What `respond` adds; all but `sla` (String) are instants. `clock_risk`: when a running clock is at risk."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Promised working time per segment (None: no promise), the calendar, and since when it binds.

    `effective_from` None: it does not bind yet, no clock starts. `at_risk`: share of the time from which an
    unanswered clock is at risk.
    """

    hot: timedelta | None
    warm_hand_raise: timedelta | None
    warm: timedelta | None
    cold: timedelta | None
    calendar: Calendar
    at_risk: float = 0.75
    effective_from: datetime | None = None


def resolve(terms: AgreementTerms, *, zone: str | None, effective_from: datetime | None) -> Agreement:
    """The playbook's terms with the settings' time zone and the stored start of the agreement.

    `zone`: the settings' `timezone`, used where the playbook says `configured`; else UTC. `effective_from`:
    start of the first pass that wrote; the playbook's own overrides it. Raises ValueError where hours,
    zone or holidays cannot be read.
    """
    written = terms.calendar
    own_zone = written.zone if written.zone not in {None, CONFIGURED_ZONE} else zone
    calendar = Calendar(
        zone=own_zone or "UTC",
        hours=written.hours or Calendar().hours,
        holidays=written.holidays or NO_HOLIDAYS,
    )
    since = terms.effective_from or effective_from
    return Agreement(
        hot=working_time(terms.respond.hot, calendar),
        warm_hand_raise=working_time(terms.respond.warm_hand_raise, calendar),
        warm=working_time(terms.respond.warm, calendar),
        cold=working_time(terms.respond.cold, calendar),
        calendar=calendar,
        at_risk=terms.at_risk,
        effective_from=since.replace(tzinfo=UTC) if since and since.tzinfo is None else since,
    )


def working_time(text: str | None, calendar: Calendar) -> timedelta | None:
    """`15m`, `4h`, `1d` as working time; a day is one business day of the calendar."""
    if text is None:
        return None
    unit = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": calendar.day}[text[-1]]
    return int(text[:-1]) * unit


def respond(
    frame: pl.DataFrame, touches: pl.DataFrame, agreement: Agreement, as_of: datetime
) -> pl.DataFrame:
    """`frame` with `CLOCK_COLUMNS`, rows in the same order.

    Reads `lead`, `segment`, `created_at`, `imported`, `clock_segment` (what the playbook itself says: no
    override, no points for titles) and, where present, `overridden` (a rep's segment stands), `closed` and
    `closed_since` (a person's word that ends the clock), `previous_segment` (null: no verdict before),
    `previous_clock_segment`, `previous_scored_at`, `previous_hand_raise_at` (newest hand-raise seen by then)
    and the previous clock.
    """
    leads, past = _leads(frame), touches.filter(pl.col("at") <= instant(as_of))
    state = _with_clock(leads, _latest(_events(leads, past, agreement, as_of), past)).select(
        "closed", *_CLOCK
    )
    state = state.hstack([_at_risk_from(state, agreement)])
    state = extended(state, [_sla(as_of), _RESPOND_BY])
    return frame.hstack(state[CLOCK_COLUMNS])


_CLOCK = [
    pl.when(~pl.col("ended")).then("start").alias("clock_start"),
    pl.coalesce("due", "previous_clock_due").alias("clock_due"),
    pl.when(~pl.col("ended")).then("settled").alias("clock_settled"),
]
_RESPOND_BY = pl.col("clock_due").alias("respond_by")


def _leads(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that decide, absent ones as null; `standing` is the segment whose promise counts."""
    columns = ("lead", "created_at", "imported", "segment", "clock_segment")
    return extended(narrowed(frame, columns, _OPTIONAL), [_FLAGS, _STANDING])


_FLAGS = pl.col("closed", "overridden", "imported").fill_null(value=False)
_STANDING = pl.when("overridden").then("segment").otherwise("clock_segment").alias("standing")


def _with_clock(leads: pl.DataFrame, clocks: pl.DataFrame) -> pl.DataFrame:
    """What the state of a clock follows from: `clocks` of these `leads`, null for those without one."""
    leads = leads[["lead", "closed", "previous_clock_due"]]
    if clocks.is_empty():
        return with_optional(leads, _CLOCK_TYPES)
    return leads.join(clocks, on="lead", how="left", maintain_order="left")


_CLOCK_TYPES: dict[str, pl.DataType] = {
    "start": INSTANT,
    "due": INSTANT,
    "settled": INSTANT,
    "ended": pl.Boolean(),
}


def _events(leads: pl.DataFrame, past: pl.DataFrame, agreement: Agreement, as_of: datetime) -> pl.DataFrame:
    """Everything that may be the lead's clock: `_EVENT` and `due`, `settled`."""
    running = leads.filter(pl.col("previous_clock_start").is_not_null()).select(_RUNNING)
    since = agreement.effective_from
    started = [] if since is None else _started(leads, past, agreement, since, as_of)
    return pl.concat([running, *started]) if started else running


_EVENT = ("lead", "closed", "closed_since", "start")
_RUNNING = [
    pl.col("lead", "closed", "closed_since"),
    pl.col("previous_clock_start").alias("start"),
    pl.col("previous_clock_due").alias("due"),
    pl.col("previous_clock_settled").alias("settled"),
]


def _started(
    leads: pl.DataFrame, past: pl.DataFrame, agreement: Agreement, since: datetime, as_of: datetime
) -> list[pl.DataFrame]:
    """The new events with a promise, not before `since`, each with when it is due."""
    raised = _promise(agreement.hot, agreement.warm_hand_raise, agreement.cold)
    risen = _promise(agreement.hot, agreement.warm, agreement.cold)
    found = ((_hand_raises(leads, past), raised), (_rises(leads, past, as_of), risen))
    events = [part.select(*_EVENT, promise) for part, promise in found if part.height]
    if not events:
        return []
    bound = pl.concat(events).filter(pl.col("promise").is_not_null(), pl.col("start") >= instant(since))
    due = agreement.calendar.add(bound["start"], bound["promise"]).alias("due")
    return [bound[_EVENT].hstack([due, repeated(None, INSTANT, len(due)).alias("settled")])]


@lru_cache(maxsize=16)
def _promise(hot: timedelta | None, warm: timedelta | None, cold: timedelta | None) -> pl.Expr:
    times = {"hot": hot, "warm": warm, "cold": cold}
    return by_word("standing", times, pl.Duration("us")).alias("promise")


def _hand_raises(leads: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """Hand-raises that no earlier verdict has seen and that did not come with an import."""
    raises = past.filter(_IS_RAISE)
    if raises.is_empty():
        return raises  # mostly nobody asked, and a join takes its time even over nothing
    return raises.select("lead", start="at").join(leads, on="lead").filter(_UNSEEN)


_IS_RAISE = pl.col("kind").is_in(HAND_RAISES)
_SEEN = pl.coalesce("previous_hand_raise_at", "previous_clock_start")
_BROUGHT = pl.col("imported") & (pl.col("start") <= pl.col("created_at") + _IMPORT_WINDOW)
_UNSEEN = (pl.col("start") > _SEEN).fill_null(value=True) & ~_BROUGHT.fill_null(value=False)


def _rises(leads: pl.DataFrame, past: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Leads whose segment rose, dated by the newest touch since the previous verdict, else by this one.

    A lead without a previous verdict rises at its creation. Coming back from an exclusion is no rise.
    """
    created = leads.filter(_IS_NEW & (pl.col("created_at") <= instant(as_of))).with_columns(
        start="created_at"
    )
    risen = leads.filter(_HAS_RISEN)
    if risen.is_empty():
        return created
    newest = (
        past.filter(pl.col("kind").is_in(_RISING_KINDS))
        .join(risen, on="lead", how="semi")
        .group_by("lead")
        .agg(start=pl.col("at").max())
    )
    moved = pl.when(pl.col("start") > pl.col("previous_scored_at")).then("start").otherwise(instant(as_of))
    risen = risen.join(newest, on="lead", how="left").with_columns(moved.alias("start"))
    return pl.concat([risen, created])


def _rank(column: str) -> pl.Expr:
    """Null for what is no segment: excluded."""
    return pl.col(column).cast(_RANKS, strict=False)


_IS_OPEN = ~pl.col("closed") & ~pl.col("overridden")
_HAS_RISEN = _IS_OPEN & (_rank("clock_segment") > _rank("previous_clock_segment"))
_IS_NEW = _IS_OPEN & pl.col("previous_segment").is_null() & ~pl.col("imported")


def _human(past: pl.DataFrame) -> pl.DataFrame:
    return past.filter("human").select("lead", answered="at").sort("answered")


def _latest(events: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """One event per lead: of those that wait for the last (or no) human touch, the one that is due first."""
    if events.is_empty():
        return events
    # A touch that the store no longer holds has still settled what it settled.
    settled = pl.min_horizontal("settled", "answered")
    ended = pl.col("closed") | (pl.col("start") <= pl.col("closed_since"))
    return (
        events.sort("start")
        .join_asof(
            _human(past),
            left_on="start",
            right_on="answered",
            by="lead",
            strategy="forward",
            check_sortedness=False,
            coalesce=False,
        )
        .select("lead", "start", "due", settled.alias("settled"), ended.fill_null(value=False).alias("ended"))
        .sort(
            "lead",
            "ended",
            "settled",
            "due",
            "start",
            descending=[False, False, True, False, False],
            nulls_last=False,  # not settled yet is the newest
        )
        .unique("lead", keep="first", maintain_order=True)
    )


def _at_risk_from(state: pl.DataFrame, agreement: Agreement) -> pl.Series:
    """The instant from which a running clock is at risk; null when none runs."""
    running = state.select(
        start=pl.when(pl.col("clock_settled").is_null()).then("clock_start"), due="clock_due"
    )
    promised = agreement.calendar.between(running["start"], running["due"]).cast(pl.Int64)
    used = (promised * agreement.at_risk).cast(pl.Int64).cast(pl.Duration("us"))
    return agreement.calendar.add(running["start"], used).alias("clock_risk")


@lru_cache(maxsize=16)
def _sla(as_of: datetime) -> pl.Expr:
    answered, due = pl.col("clock_settled"), pl.col("clock_due")
    return (
        pl.when(pl.col("closed") | pl.col("clock_start").is_null())
        .then(pl.lit("none"))
        .when(answered <= due)
        .then(pl.lit("met"))
        .when(answered.is_not_null() | (due < instant(as_of)))
        .then(pl.lit("breached"))
        .when(pl.col("clock_risk") <= instant(as_of))
        .then(pl.lit("at_risk"))
        .otherwise(pl.lit("due"))
        .alias("sla")
    )
