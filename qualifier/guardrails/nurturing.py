"""Mistake B2, too little nurturing: most leads buy later, from whoever is still there then."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

import polars as pl

from qualifier.guardrails.grid import NOW, grid, truths
from qualifier.guardrails.rule import Rule, Spot, Subject
from qualifier.playbook import Channels, Playbook
from qualifier.tracks import assign
from qualifier.verdict import CAPACITIES, NEED_KINDS, STAGES

LEAST_DAYS, MOST_DAYS = 3, 45
LEAST_CONTENT = 3
_OPEN = ((True, True), (False, True), (True, False))
"""E-mail and call open, one of them closed; both closed is excluded."""


@lru_cache(maxsize=64)
def cells(playbook: Playbook) -> pl.DataFrame:
    """Every combination of segment, stage, need, capacity and open channels, with the track it gets."""
    rows = [
        (number, segment, stage, [need], capacity, email, call)
        for number, (segment, stage, need, capacity, (email, call)) in enumerate(
            product(("hot", "warm", "cold"), STAGES, NEED_KINDS, CAPACITIES, _OPEN)
        )
    ]
    names = ("lead", "segment", "stage", "need", "capacity", "channel:email", "channel:call")
    return assign(pl.DataFrame(rows, schema=names, orient="row"), playbook, NOW)


def uncovered(subject: Subject) -> Iterator[Spot]:
    """LL601: no track takes leads of some kind."""
    empty = cells(subject.playbook).filter(pl.col("track").is_null())
    if len(empty):
        row = empty.row(0, named=True)
        kind = f"{row['segment']}, stage {row['stage']}, need {row['need'][0]}, capacity {row['capacity']}"
        closed = [name for name in ("email", "call") if not row[f"channel:{name}"]]
        barred = f", {closed[0]} closed" if closed else ""
        yield ("tracks",), f"no track takes a lead that is {kind}{barred}"


def aimless(subject: Subject) -> Iterator[Spot]:
    """LL602: a track has no cadence, no exit or no goal."""
    for number, track in enumerate(subject.playbook.tracks):
        lacking = [name for name in ("cadence_days", "exit", "goal") if not getattr(track, name)]
        if lacking:
            yield ("tracks", number), f"the track {track.id} has no {' and no '.join(lacking)}"


def one_for_all(subject: Subject) -> Iterator[Spot]:
    """LL603: hot, warm and cold leads share one track."""
    segments = cells(subject.playbook).drop_nulls("track").group_by("track").agg(pl.col("segment").n_unique())
    shared = set(segments.filter(pl.col("segment") == len(("hot", "warm", "cold")))["track"])
    for number, track in enumerate(subject.playbook.tracks):
        if track.id in shared:
            yield ("tracks", number), f"hot, warm and cold leads share the track {track.id}"


def odd_rhythm(subject: Subject) -> Iterator[Spot]:
    """LL605: a cadence under 3 or over 45 days, or fewer than three kinds of content in all."""
    for number, track in enumerate(subject.playbook.tracks):
        days = track.cadence_days
        if days and track.segment != "hot" and not LEAST_DAYS <= days <= MOST_DAYS:
            yield ("tracks", number, "cadence_days"), f"the track {track.id} comes every {days} days"
    content = {kind for track in subject.playbook.tracks for kind in track.content}
    if len(content) < LEAST_CONTENT:
        yield ("tracks",), f"all tracks together offer {len(content)} kinds of content"


def unfiltered(subject: Subject) -> Iterator[Spot]:
    """LL607: a channel stays open to somebody who opted out of it."""
    facts = subject.playbook.facts_all
    for channel in Channels.model_fields:
        condition = subject.condition(getattr(subject.playbook.channels, channel))
        optout = f"{channel}_optout"
        points = [{**point, optout: True} for point in grid([condition], facts)]
        if not truths(condition, points, facts).eq_missing(other=False).all():
            yield ("channels", channel), f"{channel} stays open to somebody who opted out of it"


RULES = (
    Rule(
        "LL601",
        "error",
        uncovered,
        reason="a lead without a track is forgotten in silence",
        remedy="end the list with a track that takes everybody (`*` everywhere, both channels)",
    ),
    Rule(
        "LL602",
        "error",
        aimless,
        reason="a track without rhythm, aim or end is a mailing list",
        remedy="say how often, what for, and what ends it",
    ),
    Rule(
        "LL603",
        "error",
        one_for_all,
        reason="who is about to buy and who has just begun need different things",
        remedy="give hot leads a track of their own, before the general ones",
    ),
    Rule(
        "LL605",
        "warn",
        odd_rhythm,
        reason="twice a week is a nuisance, once in two months is forgotten, and one text for all tires",
        remedy="keep cadences within 3 to 45 days and vary the content",
    ),
    Rule(
        "LL607",
        "error",
        unfiltered,
        reason="no means no, and the law says the same",
        remedy="close the channel where its opt-out is true: `NOT email_optout`, `NOT call_optout`",
    ),
)
