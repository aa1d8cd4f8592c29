"""Laws that hold for every lead: sums, monotony, independence of order and batch, decay, purity."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from config.playbook_file import load_playbook
from qualifier.columns import FEW
from qualifier.facts import (
    FACTS,
    HAND_RAISES,
    INDUSTRIES,
    MINUS,
    NEEDS,
    ROLES,
    SOLUTIONS,
    TIMINGS,
    TOUCH_KINDS,
)
from qualifier.playbook import Playbook
from qualifier.scoring import STEPS_OF_A_LINE, _steps
from tests.lead_builders import AS_OF, days_ago, facts, judge, look, touch, touches

sizes = st.one_of(
    st.sampled_from([1, 49, 50, 500, 2000, 2001]),
    st.tuples(st.sampled_from([1, 50, 300]), st.sampled_from([300, 2000, 5000, float("inf")])),
)
optional: dict[str, st.SearchStrategy[Any]] = {
    "domain": st.sampled_from(["acme.example", "bolt.example"]),
    "industry": st.sampled_from(INDUSTRIES),
    "employees": sizes,
    "country": st.sampled_from(["US", "DE", "BR"]),
    "won_deals": st.sampled_from([0, 1, 4]),
    "solution": st.sampled_from(SOLUTIONS),
    "role": st.sampled_from(ROLES),
    "needs": st.lists(st.sampled_from(NEEDS), unique=True),
    "timing": st.sampled_from(TIMINGS),
    "title": st.sampled_from(["Chief Executive", "Intern", "日本"]),
    "bounced": st.booleans(),
    "email_optout": st.booleans(),
    "call_optout": st.booleans(),
    "status": st.sampled_from(["open", "working", "nurture", "closed"]),
    "status_since": st.integers(0, 60).map(days_ago),
    "verdict": st.sampled_from(["qualified", "nurture", "not_now"]),
    "verdict_since": st.integers(0, 60).map(days_ago),
    "override": st.sampled_from(["hot", "warm", "cold"]),
    "override_until": st.sampled_from([date(2026, 5, 5), date(2026, 5, 6)]),
    "override_since": st.integers(0, 60).map(days_ago),
    "answer_need": st.sampled_from(FACTS["answer_need"].values),
    "answer_capacity": st.sampled_from(FACTS["answer_capacity"].values),
    "answer_timing": st.sampled_from(FACTS["answer_timing"].values),
    "answer_timing_since": st.integers(0, 60).map(days_ago),
}
leads = st.fixed_dictionaries({}, optional=optional)
happenings = st.builds(
    lambda kind, days, count, human, talk: touch(kind, days, count=count, human=human, conversation=talk),
    st.sampled_from(TOUCH_KINDS),
    st.floats(-5, 200),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
)
crowds = st.lists(st.tuples(leads, st.lists(happenings, max_size=6)), min_size=1, max_size=5)
Crowd = list[tuple[dict[str, Any], list[dict[str, Any]]]]


def frames(crowd: Crowd) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [{**one, "lead": number} for number, (_, mine) in enumerate(crowd, start=1) for one in mine]
    return facts(*(lead for lead, _ in crowd)), touches(*rows)


@settings(max_examples=40, deadline=None)
@given(crowd=crowds)
def test_all_lines_sum_to_the_score(crowd: Crowd) -> None:
    seen = look(*frames(crowd))
    lines = [name for name in seen.columns if ":" in name and name.split(":")[0] in STEPS_OF_A_LINE]
    assert (seen.select(pl.sum_horizontal(*lines, "floor")).to_series() == seen["score"]).all()


STRANGERS = facts(*({"title": f"Stranger {number}"} for number in range(FEW))).with_columns(
    pl.col("lead") + 100
)
"""With them a crowd is no longer told one by one."""


@settings(max_examples=25, deadline=None)
@given(crowd=crowds, seed=st.integers(0, 99))
def test_order_and_batch_size_do_not_matter(crowd: Crowd, seed: int) -> None:
    known, happened = frames(crowd)
    # Something changed since: why it did is told, too.
    before = judge(known, happened.clear())
    together = judge(known, happened, before=before)
    shuffled = judge(
        pl.concat([known, STRANGERS]).sample(fraction=1, shuffle=True, seed=seed),
        happened.sample(fraction=1, shuffle=True, seed=seed),
        before=before,
    )
    cut = seed % known.height
    parts = (known[cut : cut + 1], known[:cut], known[cut + 1 :])
    apart = pl.concat(judge(part, happened, before=before) for part in parts)
    assert shuffled.filter(pl.col("lead") < 100).sort("lead").equals(together)
    assert apart.sort("lead").equals(together)


@settings(max_examples=25, deadline=None)
@given(crowd=crowds)
def test_touches_after_as_of_do_not_exist(crowd: Crowd) -> None:
    known, happened = frames(crowd)
    now, without = judge(known, happened), judge(known, happened.filter(pl.col("at") <= AS_OF))
    # Only when to look again may know of them: a meeting that lies ahead changes the verdict when it begins.
    assert now.drop("changes_at").equals(without.drop("changes_at"))


@settings(max_examples=25, deadline=None)
@given(crowd=crowds)
def test_judging_again_changes_nothing(crowd: Crowd) -> None:
    known, happened = frames(crowd)
    first = judge(known, happened)
    again = judge(known, happened, before=first).drop("why_changed")
    assert again.equals(first.drop("why_changed"))


@settings(max_examples=25, deadline=None)
@given(crowd=crowds, later=st.floats(0.01, 90))
def test_time_alone_never_raises_engagement(crowd: Crowd, later: float) -> None:
    known, happened = frames(crowd)
    past = happened.filter(pl.col("at") <= AS_OF, ~pl.col("kind").is_in(MINUS))
    now, then = look(known, past), look(known, past, as_of=AS_OF + timedelta(days=later))
    assert (then["engagement_points"] <= now["engagement_points"]).all()


@settings(max_examples=25, deadline=None)
@given(
    crowd=crowds,
    kind=st.sampled_from([kind for kind in TOUCH_KINDS if kind not in MINUS]),
    days=st.floats(0, 100),
)
def test_a_good_touch_never_lowers(crowd: Crowd, kind: str, days: float) -> None:
    known, happened = frames(crowd)
    more = pl.concat([happened, touches(touch(kind, days))])
    assert (look(known, more)["score"] >= look(known, happened)["score"]).all()


GOOD_NEWS = {
    "industry": ("software", "agriculture"),
    "employees": (500, 5),
    "country": ("DE", "BR"),
    "won_deals": (2, 0),
    "role": ("decider", "user"),
}


@settings(max_examples=40, deadline=None)
@given(lead=leads, fact=st.sampled_from(sorted(GOOD_NEWS)))
def test_for_every_criterion_true_never_lowers_and_false_never_raises(
    lead: dict[str, Any], fact: str
) -> None:
    good, bad = GOOD_NEWS[fact]
    unknown = {name: value for name, value in lead.items() if name not in {fact, f"answer_{fact}"}}
    seen = look(facts(unknown, {**unknown, fact: good}, {**unknown, fact: bad}))
    for criterion in load_playbook().fit:
        points = seen[f"known:{criterion.id}"] + seen[f"doubt:{criterion.id}"]
        assert points[2] <= points[0] <= points[1]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_for_every_criterion_null_to_true_never_lowers_null_to_false_never_raises(
    data: st.DataObject,
) -> None:
    """Whatever is known of the other signals, and whatever facts could bring it about."""
    playbook = load_playbook()
    earned, *rest = _steps(playbook)
    for criterion in playbook.fit:
        names = [f"truth:{criterion.id}.{signal.id}" for signal in criterion.signals]
        known = data.draw(st.fixed_dictionaries(dict.fromkeys(names, st.sampled_from([True, False, None]))))
        asked = data.draw(st.sampled_from(names))
        rows = [{**known, asked: truth} for truth in (None, True, False)]
        signals = {name.split(":")[1] for name in names}
        frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Boolean()))
        for step in (earned, *rest[:3]):
            mine = [expr for expr in step if _of(expr, criterion.id, signals)]
            frame = frame.with_columns(mine)
        points = frame[f"known:{criterion.id}"] + frame[f"doubt:{criterion.id}"]
        assert points[2] <= points[0] <= points[1]


def _of(expr: pl.Expr, criterion: str, signals: Iterable[str]) -> bool:
    return expr.meta.output_name().split(":")[1] in {criterion, *signals}


def test_a_hand_raise_alone_is_enough_to_be_answered() -> None:
    """Removing everything that is known never empties Respond_By."""
    for kind in HAND_RAISES:
        assert judge(facts({}), touches(touch(kind)))["respond_by"].item() is not None


def test_a_playbook_needs_no_touch_signals() -> None:
    content = load_playbook().model_dump(mode="json")
    content["criteria"] = [part for part in content["criteria"] if part["axis"] == "fit"]
    content["minus"] = []
    seen = judge(facts({}, {"role": "decider"}), touches(touch("demo_request")), playbook=_playbook(content))
    assert seen["engagement"].to_list() == [0, 0]
    assert seen["breakdown"].is_not_null().all()


def test_a_playbook_needs_no_fit_criteria() -> None:
    content = load_playbook().model_dump(mode="json")
    content["criteria"] = [part for part in content["criteria"] if part["axis"] == "engagement"]
    seen = judge(facts({}), touches(touch("demo_request")), playbook=_playbook(content))
    assert (seen["fit"].item(), seen["why"].item()) == (0, "+ demo request 6 May")


def test_a_playbook_needs_no_questions() -> None:
    content = load_playbook().model_dump(mode="json")
    content["questions"] = []
    for part in (*content["criteria"], *content["needs"].values()):
        part.pop("ask" if "axis" in part else "question", None)
    seen = judge(facts({}, {"role": "decider"}), playbook=_playbook(content))
    assert seen["ask_next"].to_list() == [None, None]


def _playbook(content: dict[str, Any]) -> Playbook:
    return Playbook.model_validate(content)
