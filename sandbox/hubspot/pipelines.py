"""Pipelines and owners: the small tables beside the records (hubspot.md §3.1 owners, §3.3 pipelines)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.moments import to_iso
from sandbox.hubspot.standard import DEAL_STAGES, LEAD_STAGES


@dataclass(frozen=True)
class Stage:
    """One stage. `probability` 1.0 is won, 0.0 lost; None where the pipeline is no deal pipeline."""

    id: str
    label: str
    probability: float | None = None

    def as_json(self, order: int, created: int) -> dict[str, Any]:
        """The stage as answers show it."""
        if self.probability is None:
            metadata = {"leadPipelineStageState": _lead_state(self.id)}
        else:
            closed = self.probability in (0.0, 1.0)
            metadata = {"isClosed": str(closed).lower(), "probability": str(self.probability)}
        return {
            "label": self.label,
            "displayOrder": order,
            "metadata": metadata,
            "id": self.id,
            "createdAt": to_iso(created),
            "updatedAt": to_iso(created),
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }


@dataclass(frozen=True)
class Pipeline:
    """One pipeline with its stages in order."""

    id: str
    label: str
    stages: dict[str, Stage] = field(default_factory=dict)

    def as_json(self, order: int, created: int) -> dict[str, Any]:
        """The pipeline as answers show it."""
        return {
            "label": self.label,
            "displayOrder": order,
            "id": self.id,
            "stages": [stage.as_json(place, created) for place, stage in enumerate(self.stages.values())],
            "createdAt": to_iso(created),
            "updatedAt": to_iso(created),
            "archived": False,
        }


@dataclass(frozen=True)
class Owner:
    """A person who can own records. Records hold `id`; `user_id` is another number (§9)."""

    id: int
    user_id: int
    email: str
    first_name: str
    last_name: str
    created: int
    archived: bool = False

    def as_json(self) -> dict[str, Any]:
        """The owner as answers show it."""
        return {
            "id": str(self.id),
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userId": None if self.archived else self.user_id,
            "userIdIncludingInactive": self.user_id,
            "createdAt": to_iso(self.created),
            "updatedAt": to_iso(self.created),
            "archived": self.archived,
        }


def standard_pipelines() -> dict[str, dict[str, Pipeline]]:
    """A new portal's pipelines by object type. The id of the leads' one is not confirmed (§10 point 7)."""
    deal_stages = {name: Stage(name, _label(name), chance) for name, chance in DEAL_STAGES.items()}
    lead_stages = {name: Stage(name, _label(name.removesuffix("-stage-id"))) for name in LEAD_STAGES}
    return {
        "deals": {"default": Pipeline("default", "Sales Pipeline", deal_stages)},
        "leads": {"lead-pipeline-id": Pipeline("lead-pipeline-id", "Lead pipeline", lead_stages)},
    }


def _label(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _lead_state(stage_id: str) -> str:
    states = {"new-stage-id": "NEW", "qualified-stage-id": "QUALIFIED", "unqualified-stage-id": "UNQUALIFIED"}
    return states.get(stage_id, "IN_PROGRESS")
