"""Mistake A4, too many criteria: a long list keeps leads waiting and judges by what nobody filled in."""

from collections.abc import Iterator
from datetime import timedelta

from qualifier.agreement import resolve
from qualifier.guardrails.rule import Rule, Spot, Subject

MOST_CRITERIA, MOST_SIGNALS_IN_ONE, MOST_SIGNALS = 6, 12, 40
LEAST_FILLED = 0.3
MOST_OF_RESPONSE = 0.2
"""Of the shortest response time that may pass before a poll sees the lead."""
LEAST_TRUE, MOST_TRUE = 0.01, 0.95
LEAST_HOT_OR_WARM = 0.3
_DAY = timedelta(days=1)


def too_many(subject: Subject) -> Iterator[Spot]:
    """LL401: more than 6 criteria, 12 signals in one, or 40 in all; `minus` is a list of its own."""
    criteria = subject.playbook.criteria
    total = sum(len(criterion.signals) for criterion in criteria)
    if len(criteria) > MOST_CRITERIA:
        yield ("criteria", MOST_CRITERIA), f"{len(criteria)} criteria where {MOST_CRITERIA} are the most"
    for path, criterion in subject.criteria():
        if len(criterion.signals) > MOST_SIGNALS_IN_ONE:
            number = len(criterion.signals)
            found = f"{criterion.id} has {number} signals where {MOST_SIGNALS_IN_ONE} are the most"
            yield (*path, "signals"), found
    if total > MOST_SIGNALS:
        yield ("criteria",), f"{total} signals where {MOST_SIGNALS} are the most"


def rarely_filled(subject: Subject) -> Iterator[Spot]:
    """LL402: a signal reads a fact that is filled for less than 30 % of 90 days' leads."""
    filled, told = subject.evidence.filled or {}, set[str]()
    for path, _, _, condition in subject.fit_signals():
        for fact in sorted(condition.facts - told):
            if filled.get(fact, 1.0) < LEAST_FILLED:
                told.add(fact)
                yield (*path, "when"), f"{fact} is filled for {filled[fact]:.0%} of the leads"


def slow_polls(subject: Subject) -> Iterator[Spot]:
    """LL403: the interval takes more than 20 % of the shortest response time."""
    terms = resolve(subject.playbook.agreement, zone=None, effective_from=None)
    promises = {"hot": terms.hot, "warm_hand_raise": terms.warm_hand_raise, "warm": terms.warm}
    given = {name: promise for name, promise in promises.items() if promise}
    if not given:
        return
    shortest = min(given, key=lambda name: given[name])
    longest_wait = given[shortest] * MOST_OF_RESPONSE
    for name, polling in sorted((subject.evidence.polling or {}).items()):
        if polling.interval > longest_wait:
            cost = round((_DAY / longest_wait - _DAY / polling.interval) * polling.calls)
            found = (
                f"{name} polls every {_minutes(polling.interval)}, over a fifth of the "
                f"{_minutes(given[shortest])} promised; every {_minutes(longest_wait)} costs about {cost:,} "
                "calls a day more"
            )
            yield ("agreement", "respond", shortest), found


def idle_signals(subject: Subject) -> Iterator[Spot]:
    """LL405: a signal is true for less than 1 % or more than 95 % of the leads."""
    true = subject.evidence.true or {}
    places = [(path, f"{criterion.id}.{signal.id}") for path, criterion, signal, _ in subject.fit_signals()]
    places += [(path, f"{criterion.id}.{signal.id}") for path, criterion, signal in subject.touch_signals()]
    for path, name in places:
        share = true.get(name)
        if share is not None and not LEAST_TRUE <= share <= MOST_TRUE:
            yield path, f"{name} is true for {share:.1%} of the leads"


def wrong_net(subject: Subject) -> Iterator[Spot]:
    """LL406: more leads turn hot a week than the reps can take, or too few are hot or warm at all."""
    capacity, hot = subject.playbook.agreement.hot_per_week, subject.evidence.hot_per_week
    share = subject.evidence.hot_or_warm
    if capacity is not None and hot is not None and hot > capacity:
        found = f"{hot:.0f} leads a week turn hot where the reps can take {capacity}"
        yield ("agreement", "hot_per_week"), found
    if share is not None and share < LEAST_HOT_OR_WARM:
        yield ("segments", "warm", "score"), f"only {share:.0%} of the leads are hot or warm"


def _minutes(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds} s" if seconds % 60 else f"{seconds // 60} min"


RULES = (
    Rule(
        "LL401",
        "error",
        too_many,
        reason="each further criterion is one more thing that nobody knows about a new lead",
        remedy="keep what told winners from the rest, and drop or merge the others",
    ),
    Rule(
        "LL402",
        "warn",
        rarely_filled,
        reason="a criterion that mostly rests on the unknown scores the form and not the lead",
        remedy="map the fact to a field that is filled, ask for it, or drop the signal",
        needs=("filled",),
    ),
    Rule(
        "LL403",
        "warn",
        slow_polls,
        reason="what the machine waits the rep cannot make up for",
        remedy="shorten `every` of this connection",
        needs=("polling",),
    ),
    Rule(
        "LL405",
        "warn",
        idle_signals,
        reason="what is true of nobody or of everybody tells no lead from another",
        remedy="widen or narrow the condition, or drop the signal",
        needs=("true",),
    ),
    Rule(
        "LL406",
        "warn",
        wrong_net,
        reason="a list that is longer than the day gets no call in time, and a net too tight catches nobody",
        remedy="move the borders of the segments, or agree on another number of leads",
        needs=("hot_per_week", "hot_or_warm"),
    ),
)
