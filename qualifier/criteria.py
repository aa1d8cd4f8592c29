"""Criteria and their signals: what earns points, as frozen pydantic models. The playbook is made of them."""

from typing import Annotated, Literal, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from qualifier.facts import TOUCH_KINDS, Evidence, Fact, Kind

Slot = Literal["need", "goal", "role", "capacity", "timing"]
"""The five slots of discovery."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Sql = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
"""A condition over a lead's facts; see `conditions.py` for what it may say."""
Percent = Annotated[int, Field(ge=0, le=100)]
Points = Annotated[int, Field(ge=-99, le=99)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0.01, le=3650, allow_inf_nan=False)]
"""From a quarter of an hour to ten years: "for ever" in digits reaches beyond what a calendar can count."""


def _known_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    for kind in kinds:
        if kind not in TOUCH_KINDS:
            raise ValueError(f"{kind!r} is no kind of touch; allowed: {', '.join(TOUCH_KINDS)}")
    return kinds


class _Named(Protocol):
    @property
    def id(self) -> str: ...


def _distinct(parts: tuple[_Named, ...]) -> tuple[_Named, ...]:
    ids = [part.id for part in parts]
    for name in ids:
        if ids.count(name) > 1:
            raise ValueError(f"the id {name!r} occurs twice; give each its own")
    return parts


Kinds = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_known_kinds)]
"""Kinds of touch, at least one."""
_P = TypeVar("_P", bound=_Named)
Distinct = Annotated[tuple[_P, ...], AfterValidator(_distinct)]
"""A list whose ids differ."""


class Part(BaseModel):
    """A part of the playbook: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CustomFact(Part):
    """A fact of the customer's own, which a connection maps under `fields:`."""

    kind: Kind
    evidence: Evidence
    meaning: Text
    values: tuple[Word, ...] = ()

    def as_fact(self) -> Fact:
        """The same as a canonical `Fact`."""
        return Fact(self.kind, self.evidence, self.meaning, self.values)


class Question(Part):
    """A question for a rep; `{fact}` is filled in. `by_title`: regular expression → other wording."""

    slot: Slot
    text: Text
    kind: Literal["open", "closed"] = "open"
    by_title: dict[Word, Text] = Field(default_factory=dict)
    stages: tuple[Literal["unknown", "awareness", "consideration", "decision"], ...] = ()
    """Buying stages it suits; empty suits all."""
    needs: tuple[Word, ...] = ()
    """Kinds of need it suits; empty suits all."""


class FitSignal(Part):
    """A condition over facts and the points that TRUE earns."""

    id: Id
    when: Sql
    points: Points
    because: Text


class TouchSignal(Part):
    """Touches that earn `points` each, halved every `half_life_days`, together at most `cap`."""

    id: Id
    touches: Kinds
    points: Points
    cap: Annotated[int, Field(ge=0, le=99)] | None = None
    """None: the points of one touch."""
    half_life_days: Days | None = None
    because: Text

    @property
    def most(self) -> int:
        """The most points this signal can earn."""
        return self.points if self.cap is None else self.cap


class MinusSignal(Part):
    """Touches that take `points` (negative) once, whole until `whole_days` old and nothing after."""

    id: Id
    touches: Kinds
    points: Points
    whole_days: Days = 180
    because: Text


class FitCriterion(Part):
    """Conditions with a shared cap; the unknown is worth `benefit_of_doubt` of what it could earn."""

    id: Id
    axis: Literal["fit"]
    cap: Annotated[int, Field(ge=1, le=99)]
    benefit_of_doubt: Share = 0.5
    ask: Question | None = None
    signals: Annotated[Distinct[FitSignal], Field(min_length=1)]


class EngagementCriterion(Part):
    """A group of touch signals with a shared cap. No touch is zero, never unknown."""

    id: Id
    axis: Literal["engagement"]
    cap: Annotated[int, Field(ge=1, le=99)]
    signals: Annotated[Distinct[TouchSignal], Field(min_length=1)]


Criterion = Annotated[FitCriterion | EngagementCriterion, Field(discriminator="axis")]
