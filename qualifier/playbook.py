"""The playbook: one customer's definition of a good lead, as frozen pydantic models.

Sales and marketing read and sign the YAML; these models are its grammar. What a value *means* is judged
elsewhere (conditions by `conditions.py`, sense by the guardrails); here stands only what shape it has.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from qualifier.countries import COUNTRIES, check_country
from qualifier.criteria import (
    Criterion,
    CustomFact,
    Days,
    Distinct,
    EngagementCriterion,
    FactName,
    FitCriterion,
    Id,
    Kinds,
    MinusSignal,
    Part,
    Percent,
    Question,
    Share,
    Sql,
    Text,
    Word,
)
from qualifier.facts import FACTS, Fact
from qualifier.verdict import BUILT_IN_TAGS

Path = tuple[str | int, ...]
"""Where a value stands in the YAML, as pydantic says it: `("criteria", 0, "signals", 1, "when")`."""
Score = Annotated[int, Field(ge=-999, le=999)]
"""A score or a border of one; that no border lies outside 1 to 99 is a guardrail's matter."""
Duration = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}(m|h|d)$")]
"""Business time: `15m`, `4h`, `1d`; a day is one business day of the calendar."""


def check_domain(text: str) -> str:
    """A company's domain as leads carry it, `acme.com`; raise ValueError."""
    if _DOMAIN.fullmatch(text) and not text.lower().startswith("www."):
        return text
    raise ValueError(f"is {text!r}, must be a bare domain such as acme.com: no https://, www., @ or path")


_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*\.[\w-]{2,}")
Domain = Annotated[str, AfterValidator(check_domain)]
Country = Annotated[
    str, AfterValidator(check_country), WithJsonSchema({"type": "string", "enum": list(COUNTRIES)})
]


class Need(Part):
    """A kind of need: the words that show it in free text, its opening angle and its question."""

    pattern: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    """Regular expression, matched at ingest on whole words, case-insensitively; the text is never stored."""
    angle: Text | None = None
    question: Text | None = None


class Needs(Part):
    """The four kinds of need."""

    reactive: Need
    preventive: Need
    growth: Need
    compliance: Need

    def kinds(self) -> dict[str, Need]:
        """Kind → need, in the order of the vocabulary."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class Capacity(Part):
    """Capacity to buy, first TRUE condition from the top; none TRUE is `unknown`."""

    proven: Sql
    similar: Sql
    first_time: Sql
    first_time_note: Text | None = None
    """What a rep should know about somebody who buys such a thing for the first time."""


class HandRaise(Part):
    """A hand-raise at most `within_days` old lifts into the segment when Fit reaches `fit`."""

    within_days: Days
    fit: Percent = 0


class Border(Part):
    """How a lead enters a segment: by score, or by a fresh hand-raise."""

    score: Score
    hand_raise: HandRaise | None = None


class Segments(Part):
    """Hot and warm; all else is cold. Who was in stays down to `hysteresis` below the border."""

    hot: Border
    warm: Border
    hysteresis: Annotated[int, Field(ge=0, le=20)] = 2


class Grades(Part):
    """Lowest Fit of A, B, C (below: D) and lowest Engagement of 1, 2, 3 (below: 4)."""

    fit: tuple[Percent, Percent, Percent] = (75, 50, 25)
    engagement: tuple[Percent, Percent, Percent] = (60, 35, 10)


class ScoreRange(Part):
    """The score is clamped to this range."""

    low: Score = 1
    high: Score = 99


class TouchEvidence(Part):
    """At least so many touches of these kinds."""

    kinds: Kinds
    at_least: Annotated[int, Field(ge=1, le=1000)] = 1


class StageRule(Part):
    """Evidence of a buying stage: any line of `touches`, or a fact stated with one of these values."""

    id: Literal["awareness", "consideration", "decision"]
    within_days: Days | None = None
    """How old evidence may be; None: for ever (a guardrail refuses that for decision)."""
    touches: tuple[TouchEvidence, ...] = ()
    stated: dict[FactName, tuple[Word, ...]] = Field(default_factory=dict)


class Stages(Part):
    """Buying stages, the first with evidence wins; else `otherwise`."""

    ladder: Distinct[StageRule]
    otherwise: Literal["unknown", "awareness", "consideration", "decision"] = "unknown"


class ExclusionRule(Part):
    """A reason of the closed list and the condition that calls for it."""

    reason: Id
    when: Sql
    because: Text
    """The field read, in words."""


class Exclusions(Part):
    """The closed list of what the machine may say against a lead."""

    rules: tuple[ExclusionRule, ...] = ()
    own_domains: tuple[Domain, ...] = ()
    competitor_domains: tuple[Domain, ...] = ()
    embargo_countries: tuple[Country, ...] = ()


class Track(Part):
    """A nurture track; `*` matches anything. Tracks are tried from the top."""

    id: Id
    segment: Literal["*", "hot", "warm", "cold"] = "*"
    stage: tuple[Literal["unknown", "awareness", "consideration", "decision"], ...] | Literal["*"] = "*"
    need: Literal["*", "reactive", "preventive", "growth", "compliance", "unknown"] = "*"
    capacity: Literal["*", "proven", "similar", "first_time", "unknown"] = "*"
    cadence_days: Annotated[int, Field(ge=1, le=365)] | None = None
    goal: Text | None = None
    content: tuple[Word, ...] = ()
    exit: Text | None = None
    channels: Annotated[tuple[Literal["email", "call"], ...], Field(min_length=1)] = ("email", "call")


class Channels(Part):
    """When a channel may be used; FALSE closes it, unknown does not."""

    email: Sql = "NOT email_optout"
    call: Sql = "NOT call_optout"


class ResponseTimes(Part):
    """Business time until the first human touch, per segment; None promises nothing."""

    hot: Duration | None = None
    warm_hand_raise: Duration | None = None
    warm: Duration | None = None
    cold: Duration | None = None


class BusinessHours(Part):
    """`zone`: IANA name or `configured`; `hours`: `mon-fri 9-18`; `holidays`: `none`, `DE`, `DE-BY`."""

    zone: Word | None = None
    hours: Word | None = None
    holidays: Word | None = None


class Quality(Part):
    """Marketing's side: the share of leads with known evidence, and the share that sales accepts."""

    complete: Share
    accepted: Share


class Owners(Part):
    """Who answers for the two sides of the agreement."""

    sales: Word | None = None
    marketing: Word | None = None


class AgreementTerms(Part):
    """What sales and marketing promise each other."""

    respond: ResponseTimes
    calendar: BusinessHours
    clock: Literal["event", "poll"] = "event"
    at_risk: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.75
    effective_from: datetime | None = None
    by_owner: bool = False
    hot_per_week: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """How many hot leads a week the reps can take."""
    quality: Quality | None = None
    owners: Owners = Owners()
    reviewed: date | None = None


class Proposal(Part):
    """When the machine may propose, and what it calls qualified."""

    needs_conversation: bool = True
    min_slots: Annotated[int, Field(ge=0, le=5)] = 3
    qualified_fit: Percent = 50
    qualified_timing: tuple[Literal["now", "quarter", "half_year", "later"], ...] = ("now", "quarter")


class Tag(Part):
    """A tag of the customer's own, set where the condition is TRUE."""

    id: Id
    when: Sql


class Waiver(Part):
    """A guardrail that the customer sets aside, printed on the signed page."""

    id: Annotated[str, StringConstraints(pattern=r"^LL\d{3}$")]
    reason: Text
    by: Word
    until: date


class Approval(Part):
    """One side's signature under one content."""

    side: Literal["sales", "marketing"]
    name: Word
    on: date
    content: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12,64}$")]
    """`Playbook.content_hash`, or at least its first twelve digits."""


class Playbook(Part):
    """A whole playbook. Equal content, equal verdicts."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=27)]
    version: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,12}$")]
    market: Literal["b2b", "b2c"] = "b2b"
    facts: dict[FactName, CustomFact] = Field(default_factory=dict)
    criteria: Annotated[Distinct[Criterion], Field(min_length=1)]
    minus: Distinct[MinusSignal] = ()
    score: ScoreRange = ScoreRange()
    grades: Grades = Grades()
    segments: Segments
    stages: Stages
    needs: Needs
    capacity: Capacity
    proposal: Proposal = Proposal()
    exclusions: Exclusions = Exclusions()
    channels: Channels = Channels()
    tracks: Distinct[Track]
    agreement: AgreementTerms
    questions: tuple[Question, ...] = ()
    tags: Distinct[Tag] = ()
    waive: tuple[Waiver, ...] = ()
    approved_by: tuple[Approval, ...] = ()

    @model_validator(mode="after")
    def _names_of_its_own(self) -> Self:
        if taken := sorted(set(self.facts) & {*FACTS, "lead", "person", "as_of"}):
            raise ValueError(f"facts: {', '.join(taken)} exists already; choose another name")
        if taken := sorted({tag.id for tag in self.tags} & set(BUILT_IN_TAGS)):
            raise ValueError(f"tags: {', '.join(taken)} is one of Leadline's own; choose another id")
        return self

    def __hash__(self) -> int:
        """By content, so that what is worked out once per playbook can be kept."""
        return hash(self.content_hash)

    @property
    def label(self) -> str:
        """What is written into the field Playbook: name and version, at most 40 characters."""
        return f"{self.name} {self.version}"

    @cached_property
    def facts_all(self) -> Mapping[str, Fact]:
        """Canonical facts and the customer's own."""
        return {**FACTS, **{name: fact.as_fact() for name, fact in self.facts.items()}}

    @property
    def fit(self) -> tuple[FitCriterion, ...]:
        """The criteria of the fit axis, in order."""
        return tuple(part for part in self.criteria if isinstance(part, FitCriterion))

    @property
    def engagement(self) -> tuple[EngagementCriterion, ...]:
        """The criteria of the engagement axis, in order."""
        return tuple(part for part in self.criteria if isinstance(part, EngagementCriterion))

    def reach(self, axis: Literal["fit", "engagement"]) -> int:
        """The sum of an axis' caps: what 100 percent of it means."""
        return sum(part.cap for part in self.criteria if part.axis == axis)

    def vocabulary(self) -> dict[str, tuple[str, ...]]:
        """Output name → values that come from the playbook, for set-up."""
        tags = tuple(tag.id for tag in self.tags)
        return {"Track": tuple(track.id for track in self.tracks), "Tags": (*BUILT_IN_TAGS, *tags)}

    def conditions(self) -> Iterator[tuple[Path, str]]:
        """Every SQL condition with its place in the YAML."""
        for at, criterion in enumerate(self.criteria):
            if isinstance(criterion, FitCriterion):
                for number, signal in enumerate(criterion.signals):
                    yield ("criteria", at, "signals", number, "when"), signal.when
        for name in ("proven", "similar", "first_time"):
            yield ("capacity", name), getattr(self.capacity, name)
        for at, rule in enumerate(self.exclusions.rules):
            yield ("exclusions", "rules", at, "when"), rule.when
        for name in Channels.model_fields:
            yield ("channels", name), getattr(self.channels, name)
        for at, tag in enumerate(self.tags):
            yield ("tags", at, "when"), tag.when

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of what decides (version, signatures and review date left out), in hexadecimal."""
        # Defaults are left out: a key that a later Leadline adds must not change what was signed.
        content = self.model_dump(
            mode="json",
            exclude={"version": True, "approved_by": True, "agreement": {"reviewed"}},
            exclude_defaults=True,
        )
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
