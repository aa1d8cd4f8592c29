"""The second article's mistakes, proved on crowds: clarity, nurturing, verdicts, agreement, timing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from config.playbook_file import load_playbook
from qualifier.agreement import resolve
from qualifier.facts import HAND_RAISES, INTEREST
from qualifier.groups import Companies
from qualifier.qualify import PREVIOUS_COLUMNS, qualify
from tests.guardrails.crowd import happenings, people
from tests.guardrails.harness import edited
from tests.lead_builders import (
    AS_OF,
    ICP,
    OFF_PROFILE,
    companies,
    days_ago,
    facts,
    judge,
    nobody,
    touch,
    touches,
)

COMPLETE = {**ICP, "solution": "competitor", "role": "decider", "needs": ["growth"]}
POOR = {**OFF_PROFILE, "solution": "none", "role": "none", "needs": []}
COLLEAGUE = companies([("acme.example", "somebody else", 3, None)])


def test_the_breakdown_sums_to_the_score_of_every_lead() -> None:
    count = 2_000
    verdicts = judge(facts(*people(count, seed=11)), touches(*happenings(count, seed=12)))
    scored = verdicts.filter(pl.col("score").is_not_null())
    assert len(scored) > count / 2
    for score, breakdown in scored.select("score", "breakdown").rows():
        points = [int(line.split()[-1].replace("−", "-")) for line in breakdown.splitlines()]
        assert sum(points) == score, breakdown


def test_perfect_and_silent_never_shares_a_grade_with_noisy_and_poor() -> None:
    kinds = (*HAND_RAISES, *INTEREST)
    silent = judge(facts(COMPLETE), around=COLLEAGUE)["grade"].item()
    noisy = facts(*[POOR] * (len(kinds) * 30))
    acts = [
        touch(kind, days, lead=1 + number * 30 + days, count=20)
        for number, kind in enumerate(kinds)
        for days in range(30)
    ]
    every = [touch(kind, days, lead=lead) for lead in (1, 2, 3) for kind in kinds for days in (0, lead)]
    grades = {*judge(noisy, touches(*acts))["grade"], *judge(noisy.head(3), touches(*every))["grade"]}
    assert silent == "A4"
    assert silent not in grades
    assert {grade[0] for grade in grades} == {"D"}


def test_in_a_year_no_lead_is_without_owner_track_or_verdict() -> None:
    count, start = 250, AS_OF - timedelta(days=364)
    leads = facts(*people(count, seed=21)).with_columns(created_at=pl.lit(start, pl.Datetime("us", "UTC")))
    closed = pl.when(pl.col("lead") % 10 == 0).then(pl.lit("closed"))
    leads = leads.with_columns(status=closed, status_since=pl.col("created_at"))
    acts = [
        {**act, "at": act["at"] - timedelta(days=act["lead"] % 160)} for act in happenings(count, seed=22)
    ]
    playbook, before = load_playbook(), nobody()
    agreement = resolve(playbook.agreement, zone="UTC", effective_from=start)
    exits = {track.id for track in playbook.tracks if track.exit and track.goal}
    seen = set[str]()
    for week in range(53):
        as_of = start + timedelta(weeks=week)
        verdicts = qualify(leads, touches(*acts), Companies.none(), before, playbook, agreement, as_of)
        left = verdicts.filter(
            pl.col("segment").is_in(["hot", "excluded"]).not_(),
            pl.col("phase") != "verdict",
            pl.col("track").is_null() | pl.col("next_touch").is_null(),
        )
        assert left.is_empty(), left
        assert set(verdicts["track"].drop_nulls()) <= exits
        seen |= set(verdicts["track"].drop_nulls())
        before = verdicts.with_columns(pl.lit(None, pl.String).alias("why_changed")).select(
            list(PREVIOUS_COLUMNS)
        )
    assert len(seen) >= 5, "the year was no standstill"


def test_ten_thousand_leads_without_a_conversation_are_never_judged() -> None:
    count = 10_000
    answers: dict[str, Any] = {"answer_timing": "later", "answer_capacity": "no_capacity"}
    leads = [
        {**lead, **(answers if number % 3 == 0 else {})} for number, lead in enumerate(people(count, seed=31))
    ]
    verdicts = judge(facts(*leads), touches(*happenings(count, seed=32)))
    judged = verdicts.filter(pl.col("segment") != "excluded")
    assert judged["proposal"].unique().to_list() == ["none"]
    assert judged["proposal_why"].null_count() == len(judged)
    assert int((judged["evidence"] >= 3).sum()) > 1_000, "many would have slots enough"


def test_ninety_five_points_without_a_talk_are_hot_and_not_qualified() -> None:
    acts = [touch(kind) for kind in (*HAND_RAISES, *INTEREST)]
    acts += [touch("pricing_page", count=5), touch("product_page", count=5)]
    (verdict,) = judge(facts({**COMPLETE, "timing": "now"}), touches(*acts), around=COLLEAGUE).rows(
        named=True
    )
    assert verdict["score"] >= 95
    assert (verdict["segment"], verdict["proposal"], verdict["phase"]) == ("hot", "none", "triaged")


# --- the agreement ------------------------------------------------------------------------------------------


def _answered(
    raised: datetime,
    *acts: dict[str, Any],
    zone: str,
    holidays: str,
    hot: str = "1h",
    looked: timedelta = timedelta(minutes=1),
) -> dict[str, Any]:
    """The verdict of a hot lead that raised its hand at `raised`."""
    calendar = {"zone": zone, "hours": "mon-fri 9-18", "holidays": holidays}
    playbook = edited([(("agreement", "respond", "hot"), hot), (("agreement", "calendar"), calendar)])
    lead = facts({**COMPLETE, "created_at": raised - timedelta(days=400)})
    happened = [{"lead": 1, "kind": "demo_request", "at": raised, "count": 1}, *acts]
    agreement = resolve(playbook.agreement, zone=None, effective_from=raised - timedelta(days=30))
    (verdict,) = qualify(
        lead, touches(*happened), Companies.none(), nobody(), playbook, agreement, raised + looked
    ).rows(named=True)
    assert verdict["segment"] == "hot"
    return verdict


@pytest.mark.parametrize(
    ("raised", "due", "zone", "holidays"),
    [
        (datetime(2026, 5, 8, 17, 55, tzinfo=UTC), datetime(2026, 5, 11, 9, 55, tzinfo=UTC), "UTC", "none"),
        # Whit Monday is free in Germany: the hour ends on Tuesday
        (
            datetime(2026, 5, 22, 15, 55, tzinfo=UTC),
            datetime(2026, 5, 26, 7, 55, tzinfo=UTC),
            "Europe/Berlin",
            "DE",
        ),
        # the clocks go forward on the Sunday between
        (
            datetime(2026, 3, 27, 16, 55, tzinfo=UTC),
            datetime(2026, 3, 30, 7, 55, tzinfo=UTC),
            "Europe/Berlin",
            "none",
        ),
        # and back
        (
            datetime(2026, 10, 23, 15, 55, tzinfo=UTC),
            datetime(2026, 10, 26, 8, 55, tzinfo=UTC),
            "Europe/Berlin",
            "none",
        ),
    ],
    ids=["Friday evening", "over a holiday", "into summer time", "out of summer time"],
)
def test_an_hour_is_an_hour_of_work(raised: datetime, due: datetime, zone: str, holidays: str) -> None:
    assert _answered(raised, zone=zone, holidays=holidays)["respond_by"] == due


@pytest.mark.parametrize(("minutes", "sla"), [(12, "met"), (15, "met"), (16, "breached"), (None, "breached")])
def test_twelve_minutes_of_fifteen_are_kept(minutes: int | None, sla: str) -> None:
    raised = datetime(2026, 5, 6, 10, 0, tzinfo=UTC)
    acts = []
    if minutes is not None:
        at = raised + timedelta(minutes=minutes)
        acts.append({"lead": 1, "kind": "call_made", "at": at, "count": 1, "human": True})
    verdict = _answered(raised, *acts, zone="UTC", holidays="none", hot="15m", looked=timedelta(hours=1))
    assert verdict["sla"] == sla


# --- timing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*HAND_RAISES, *INTEREST])
def test_ninety_days_later_only_what_decay_leaves_counts(kind: str) -> None:
    signal = next(one for part in load_playbook().engagement for one in part.signals if kind in one.touches)
    assert signal.half_life_days is not None
    fresh, old = (judge(facts(COMPLETE), touches(touch(kind, days))).row(0, named=True) for days in (0, 90))
    left = signal.points * 0.5 ** (90 / signal.half_life_days)
    points = int(left + 0.5)
    assert old["engagement"] == int(100 * points / 38 + 0.5)
    assert old["fit"] == fresh["fit"]
    assert old["score"] == fresh["score"] - (signal.points - points)


def test_ninety_days_later_the_stage_steps_down() -> None:
    ladder = ["unknown", "awareness", "consideration", "decision"]
    kinds = [kind for kind in (*HAND_RAISES, *INTEREST) if kind != "email_open"]
    leads = facts(*[{**ICP, "created_at": days_ago(300)}] * len(kinds))
    now, later = (
        judge(leads, touches(*(touch(kind, days, lead=number) for number, kind in enumerate(kinds, start=1))))
        for days in (1, 91)
    )
    for fresh, old in zip(now["stage"], later["stage"], strict=True):
        assert ladder.index(old) < ladder.index(fresh)
    assert set(later["stage"]) == {"unknown"}
