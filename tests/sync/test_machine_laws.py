"""The invariants of the pass, one short story each; `make mutants` breaks each to see its story fail."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.base import Delivery, Gone, Outcome, TouchRecord, Transient, Value
from sync.cycle import Mode, Pace
from sync.ingest.dirty import TOUCH, mark
from sync.schema import leads, quarantine
from tests.soak.crm import Crm
from tests.soak.mortal import empty_store
from tests.soak.people import playbooks
from tests.soak.plain_judge import judge
from tests.soak.truth import known_leads
from tests.soak.world import World

LEADS = 30
FAR_FROM_A_SEGMENTS_END: dict[str, Value] = {"industry": "retail", "goal": "grow"}
"""Facts that five points more leave in their segment."""
STEPS_OF_A_PASS = 40
"""A pass may die at each of its pages, reads and writes, and thrice in each transaction; so many at least."""
TINY = Pace(pages=1, leads=4, writes=3, poll_seconds=0)

pytestmark = pytest.mark.timeout(300)  # seconds on a machine with nothing else to do


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_store(tmp_path_factory.mktemp("store"))


@pytest.fixture
def world(tmp_path: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr("sync.evaluate.qualify", judge)
    monkeypatch.setattr("tests.soak.truth.qualify", judge)
    made = World(tmp_path / "store.db", empty, playbooks())
    for number in range(LEADS):
        made.crms["north"].put_lead(f"L{number:02}", {"industry": "software"}, domains=("acme.example",))
    yield made
    made.close()


@pytest.fixture
def crm(world: World) -> Crm:
    """The CRM that the stories happen in, after a first pass."""
    sync(world)
    return world.crms["north"]


def sync(world: World, minutes: float = 1, **mode: Any) -> Any:
    world.advance(timedelta(minutes=minutes))
    return world.sync("north", Mode(**mode))


def touch(crm: Crm, lead_id: str, kind: str, source: str, days: int = 0, **parts: Any) -> None:
    crm.put_touch(TouchRecord(source, lead_id, kind, crm.now - timedelta(days=days), **parts))


def leave_scope(crm: Crm, *lead_ids: str) -> None:
    for record in crm.read(lead_ids).leads:
        crm._store("lead", record.id, replace(record, in_scope=False, modified_at=crm.now))


def tried(world: World, crm: Crm) -> list[str]:
    """Ids of the leads that are sent from now on."""
    ids: list[str] = []

    def note(batch: Sequence[Delivery]) -> None:
        world._before_write("north", batch)
        ids.extend(one.lead_id for one in batch)

    crm.before_write = note
    return ids


def refused(world: World) -> set[str]:
    """Ids of the leads in quarantine."""
    with world.store.read() as tx:
        return set(tx.scalars(select(leads.c.lead_id).join(quarantine, quarantine.c.lead == leads.c.id)))


def test_what_commits_late_is_found_in_the_overlap(world: World, crm: Crm) -> None:
    stamp = crm.now
    record = replace(crm.put_lead("LATE", {"industry": "retail"}), modified_at=stamp)
    versions = crm._streams["lead"].pop("LATE")
    assert len(versions) == 1
    sync(world, 9)
    crm.commit("lead", "LATE", record, stamp)
    sync(world)
    assert "LATE" in crm.written


def test_what_the_index_shows_late_is_found_by_the_second_look(world: World, crm: Crm) -> None:
    crm.lag = timedelta(minutes=40)
    crm.put_lead("LATE", {"industry": "retail"})
    crm.lag = timedelta(0)
    for minutes in (10, 20, 20, 25):
        sync(world, minutes)
    assert "LATE" in crm.written


@pytest.mark.parametrize("pace", [None, TINY], ids=["at once", "in rounds"])
def test_killed_anywhere_nothing_is_lost(world: World, pace: Pace | None) -> None:
    crm = world.crms["north"]
    for steps in itertools.count(1, 3 if pace is None else 7):
        crm.put_lead(f"N{steps}", {"industry": "retail"})
        crm.edit("L03", role="decider" if steps % 4 == 1 else "user")
        world.cause("north", f"N{steps}")
        world.cause("north", "L03")
        world.advance(timedelta(minutes=1))
        if not world.kill("north", steps, pace):
            break
    assert steps > STEPS_OF_A_PASS
    world.rest(hours=False)
    world.rest(hours=True)


def test_a_mark_never_claims_what_is_not_stored(world: World, crm: Crm) -> None:
    for steps in itertools.count(1):
        crm.put_lead(f"N{steps}", {"industry": "retail"})
        world.advance(timedelta(minutes=20))  # the overlap of the next pass does not reach it
        if not world.kill("north", steps, None):  # World.sync looks at the marks after every pass
            break
        sync(world)  # or the marks would stand still until a pass comes far enough
    assert steps > STEPS_OF_A_PASS


@pytest.mark.parametrize("steps", range(2, 30, 3))
def test_a_worker_that_lost_its_lease_writes_nothing_more(world: World, steps: int) -> None:
    world.crms["north"].put_lead("NEW", {"industry": "retail"})
    world.advance(timedelta(minutes=1))
    world.take_over("north", steps, TINY)
    world.rest(hours=True)


def test_two_workers_never_run_one_connection(world: World, crm: Crm) -> None:
    crm.put_lead("NEW", {"industry": "retail"})
    world.second_worker("north")


def test_what_was_written_unheard_is_not_taken_for_undone(world: World, crm: Crm) -> None:
    """Written, the answer lost, and the cause undone: the old verdict is wanted, and no longer there."""
    crm.edit("L07", industry="retail")
    crm.lost_answers = 1
    sync(world)
    crm.edit("L07", industry="software")
    world.rest(hours=True)


def test_a_worker_that_died_on_a_call_does_not_take_it_for_undone(world: World, crm: Crm) -> None:
    for steps in itertools.count(1):
        crm.edit("L07", industry="retail")
        world.cause("north", "L07")
        sync(world)
        crm.edit("L07", industry="software")
        world.cause("north", "L07")
        world.advance(timedelta(minutes=1))
        died = world.kill("north", steps, None)
        crm.edit("L07", industry="retail")
        world.cause("north", "L07")
        world.rest(hours=False)
        if not died:
            break


def test_each_record_is_settled_by_its_place_in_the_batch(world: World) -> None:
    crm = world.crms["north"]
    touch(crm, "L09", "demo_request", "T1")
    refusal = Outcome("L09", "rejected", "VALIDATION", "Refused.")
    crm.refusals["L09"] = replace(refusal, lead_id="ZZZ")
    sync(world)
    assert refused(world) == {"L09"}


def test_a_locked_record_is_written_by_the_next_pass(world: World) -> None:
    crm = world.crms["north"]
    crm.locked.add("L05")
    assert sync(world).outcome == "partial"
    assert "L05" not in crm.written
    sync(world)
    assert "L05" in crm.written


@pytest.mark.timeout(60)  # a record that never rests is sent for ever
def test_a_refused_record_is_left_alone_for_an_hour(world: World, crm: Crm) -> None:
    crm.refuse(Outcome("L05", "rejected", "VALIDATION", "Refused."))
    crm.edit("L05", industry="retail")
    sync(world)
    ids = tried(world, crm)
    sync(world)
    assert ids == []
    sync(world, 70)
    assert ids == ["L05"]


def test_a_refused_record_whose_verdict_turns_back_is_nobodys_business(world: World, crm: Crm) -> None:
    crm.refuse(Outcome("L05", "rejected", "VALIDATION", "Refused."))
    crm.edit("L05", industry="retail")
    sync(world)
    assert refused(world) == {"L05"}
    crm.edit("L05", industry="software")
    sync(world)
    assert refused(world) == set()


def test_a_refused_record_that_left_the_scope_is_nobodys_business(world: World, crm: Crm) -> None:
    crm.refuse(Outcome("L05", "rejected", "VALIDATION", "Refused."))
    crm.edit("L05", industry="retail")
    sync(world)
    assert refused(world) == {"L05"}
    leave_scope(crm, "L05")
    sync(world)
    assert refused(world) == set()


def test_who_left_is_found_though_the_look_for_them_failed(world: World, crm: Crm) -> None:
    crm.lose(Gone("L07", "deleted"))
    crm.tells_who_left = False
    crm.fail("departures", Transient("north: made to fail."))
    sync(world, 25 * 60)
    sync(world)
    assert known_leads(world.store, "north")["L07"].gone == "deleted"


def test_who_left_is_found_though_everything_was_read_anew(world: World, crm: Crm) -> None:
    sync(world)
    crm.lose(Gone("L07", "deleted"))
    crm.tells_who_left = False
    sync(world, 25 * 60, full=True)
    assert known_leads(world.store, "north")["L07"].gone == "deleted"


def test_only_what_differs_travels(world: World, crm: Crm) -> None:
    for role in ("decider", "user", "champion"):
        held = dict(crm.written["L07"])
        before = len(crm.deliveries)
        crm.edit("L07", role=role)
        touch(crm, "L07", "demo_request", f"T{role}")
        sync(world)
        (sent,) = crm.deliveries[before:]
        assert {name for name, value in sent.values.items() if held[name] == value} == set()


def test_one_point_of_a_leads_own_doing_travels_at_once(world: World, crm: Crm) -> None:
    touch(crm, "L07", "webinar", "T1")
    world.cause("north", "L07", crm.now + timedelta(hours=1))
    sync(world)
    score = crm.written["L07"]["Score"]
    touch(crm, "L07", "webinar", "T2", days=38)
    sync(world)
    assert crm.written["L07"]["Score"] == score + 1  # type: ignore[operator]  # a number


def test_what_only_visits_moved_travels_once_a_day(world: World, crm: Crm) -> None:
    crm.edit("L07", **FAR_FROM_A_SEGMENTS_END)
    world.cause("north", "L07")
    sync(world)
    score = crm.written["L07"]["Score"]
    touch(crm, "L07", "email_open", "T1", count=5)
    before = len(crm.deliveries)
    sync(world)
    assert len(crm.deliveries) == before
    sync(world, 25 * 60)
    assert crm.written["L07"]["Score"] == score + 5  # type: ignore[operator]  # a number


def test_a_pass_at_another_time_uses_no_cause_up(world: World) -> None:
    """What it dated is set right a day later, and `World` does not call that a write of time alone."""
    world.cause_all("north")
    sync(world, as_of=world.now - timedelta(days=8))
    assert sync(world).written == 0
    assert sync(world, 25 * 60).written == LEADS


def test_what_changes_no_field_is_never_written(world: World, crm: Crm) -> None:
    before = len(crm.deliveries)
    crm.edit("L07", annual_revenue=7.0)
    sync(world)
    sync(world, 25 * 60)
    sync(world, 25 * 60)
    assert len(crm.deliveries) == before


def test_news_that_come_while_a_lead_is_judged_stay_news(
    world: World, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*inputs: Any) -> Any:
        with world.store.write() as tx:
            mark(tx, leads.c.lead_id == "L07", TOUCH)
        return judge(*inputs)

    monkeypatch.setattr("sync.evaluate.qualify", slow)
    crm.edit("L07", industry="retail")
    sync(world)
    with world.store.read() as tx:
        assert tx.scalar(select(leads.c.dirty).where(leads.c.lead_id == "L07")) is not None


def test_an_edit_between_our_read_and_our_write_is_seen_by_the_next_pass(world: World, crm: Crm) -> None:
    def meanwhile(_: Sequence[Delivery]) -> None:
        crm.before_write = lambda _: None
        crm.edit("L07", role="decider")

    crm.edit("L07", industry="retail")
    crm.before_write = meanwhile
    sync(world)
    assert sync(world).written == 1


def test_a_lead_that_left_is_never_written_again(world: World, crm: Crm) -> None:
    crm.lose(Gone("L07", "converted"))
    sync(world)
    ids = tried(world, crm)
    world.playbook = world.playbooks[1]
    sync(world)
    sync(world, 90)
    assert "L07" not in ids
    assert len(ids) >= LEADS - 1


def test_a_changed_playbook_reaches_every_lead(world: World, crm: Crm) -> None:
    world.playbook = world.playbooks[1]
    sync(world)
    assert {values["Playbook"] for values in crm.written.values()} == {"2.0"}


def test_what_waits_is_judged_anew_before_it_is_written(world: World) -> None:
    crm = world.crms["north"]
    sync(world, limit=1)
    world.playbook = world.playbooks[1]
    for name in ("north", "south"):
        world.cause_all(name)
    while world.sync("north", pace=TINY).written:
        world.advance(timedelta(seconds=7))
    _, *later = crm.deliveries
    assert {one.values["Playbook"] for one in later} == {world.playbook.version}
    assert Counter(one.lead_id for one in later) == dict.fromkeys(crm.written, 1)


def test_a_lead_out_of_scope_is_not_written_though_it_waits(world: World) -> None:
    crm = world.crms["north"]
    sync(world, limit=1)
    leave_scope(crm, *(f"L{number:02}" for number in range(LEADS)))
    assert sync(world).written == 0


def test_a_limit_is_kept(world: World) -> None:
    assert sync(world, limit=7).written == 7
    assert len(world.crms["north"].deliveries) == 7


def test_a_touch_of_a_lead_that_the_index_does_not_show_yet_counts(world: World, crm: Crm) -> None:
    crm.lag = timedelta(minutes=40)
    crm.put_lead("NEW", {"industry": "software"})
    crm.lag = timedelta(0)
    touch(crm, "NEW", "demo_request", "T1")
    sync(world)
    assert crm.written["NEW"]["SLA"] == "due"
