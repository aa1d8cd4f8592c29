"""Mistake B4, sales and marketing not aligned: what one hands over and the other does is signed by both."""

from collections.abc import Iterator
from datetime import date

from qualifier.agreement import resolve
from qualifier.guardrails.rule import Rule, Spot, Subject
from qualifier.playbook import BusinessHours

REVIEW_DAYS = 90


def no_response_time(subject: Subject) -> Iterator[Spot]:
    """LL801: hot or warm leads are promised nothing."""
    respond = subject.playbook.agreement.respond
    for name in ("hot", "warm_hand_raise", "warm"):
        if getattr(respond, name) is None:
            yield (
                ("agreement", "respond", name),
                f"there is no response time for {name.replace('_', ' with a ')}",
            )


def half_calendar(subject: Subject) -> Iterator[Spot]:
    """LL802: zone, hours or holidays are left out."""
    for name in BusinessHours.model_fields:
        if getattr(subject.playbook.agreement.calendar, name) is None:
            yield ("agreement", "calendar", name), f"the calendar names no {name}"


def one_sided(subject: Subject) -> Iterator[Spot]:
    """LL803: marketing promises nothing about the leads that it hands over."""
    quality = subject.playbook.agreement.quality
    if quality is None:
        yield ("agreement", "quality"), "marketing promises nothing"
        return
    for name in ("complete", "accepted"):
        if getattr(quality, name) == 0:
            yield ("agreement", "quality", name), f"marketing promises a share of 0 {name}"


def unsigned(subject: Subject) -> Iterator[Spot]:
    """LL804: not both named owners have approved this very content."""
    playbook = subject.playbook
    owners = playbook.agreement.owners.model_dump()
    nameless = [side for side, name in owners.items() if not name]
    signed = {
        approval.side
        for approval in playbook.approved_by
        if approval.name == owners[approval.side] and playbook.content_hash.startswith(approval.content)
    }
    missing = [side for side in owners if side not in signed]
    if nameless:
        found = f"no owner is named for {' and '.join(nameless)}"
        yield (
            ("agreement", "owners"),
            f"{found}, so nobody has approved this content ({playbook.content_hash[:12]})",
        )
    elif missing:
        found = f"{' and '.join(missing)} has not approved this content ({playbook.content_hash[:12]})"
        yield (
            ("approved_by",),
            found.replace("marketing has", "marketing have") if len(missing) > 1 else found,
        )


def stale_review(subject: Subject) -> Iterator[Spot]:
    """LL805: the last review was more than 90 days ago; a signature is a review."""
    today, reviewed = subject.evidence.today, _last_review(subject)
    if today and reviewed and (today - reviewed).days > REVIEW_DAYS:
        yield ("agreement", "reviewed"), f"the last review was {(today - reviewed).days} days ago"


def _last_review(subject: Subject) -> date | None:
    signed = [approval.on for approval in subject.playbook.approved_by]
    reviewed = subject.playbook.agreement.reviewed
    return max([*signed, *([reviewed] if reviewed else [])], default=None)


def clock_of_ours(subject: Subject) -> Iterator[Spot]:
    """LL806: the clock starts when we notice."""
    if subject.playbook.agreement.clock == "poll":
        yield ("agreement", "clock"), "the clock starts at the poll"


def too_fast(subject: Subject) -> Iterator[Spot]:
    """LL807: more than half of the answers come later than promised."""
    terms = resolve(subject.playbook.agreement, zone=None, effective_from=None)
    promises = {"hot": terms.hot, "warm_hand_raise": terms.warm_hand_raise, "warm": terms.warm}
    for name, median in sorted((subject.evidence.answered_in or {}).items()):
        promise = promises.get(name)
        if promise and median > promise:
            minutes = round(median.total_seconds() / 60)
            found = f"half of the {name.replace('_', ' with a ')} leads wait longer than {minutes} min"
            yield (
                ("agreement", "respond", name),
                f"{found} where {getattr(subject.playbook.agreement.respond, name)} is promised",
            )


RULES = (
    Rule(
        "LL801",
        "error",
        no_response_time,
        reason="a lead that nobody must answer is answered last",
        remedy="promise a business time for hot, warm_hand_raise and warm",
    ),
    Rule(
        "LL802",
        "error",
        half_calendar,
        reason="an hour is not an hour if one side counts nights and holidays",
        remedy="write zone, hours and holidays (`none` is an answer)",
    ),
    Rule(
        "LL803",
        "error",
        one_sided,
        reason="speed is sales' half of the bargain, good leads are marketing's",
        remedy="set agreement.quality: the shares of complete and of accepted leads",
    ),
    Rule(
        "LL804",
        "warn",
        unsigned,
        reason="an agreement is what both sides have put their names under",
        remedy="name agreement.owners, render the page (`--page`), add both to approved_by with this hash",
    ),
    Rule(
        "LL805",
        "warn",
        stale_review,
        reason="markets move; what was right a quarter ago may not be",
        remedy="look at the agreement report together and set agreement.reviewed",
        needs=("today",),
    ),
    Rule(
        "LL806",
        "error",
        clock_of_ours,
        reason="the lead waits from the moment it asks, not from when we look",
        remedy="set agreement.clock to event",
    ),
    Rule(
        "LL807",
        "warn",
        too_fast,
        reason="a promise that is broken more often than kept teaches everybody to ignore it",
        remedy="promise what the team can do, or have more people answer",
        needs=("answered_in",),
    ),
)
