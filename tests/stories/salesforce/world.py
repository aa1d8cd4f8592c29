"""What people do in the org of a story."""

from typing import Any

from sandbox.fill_salesforce import Campaigns, add_touch
from sandbox.journeys import Touch
from tests.stories.fire import Fire

COLLECTIONS = "/services/data/v66.0/composite/sobjects"
COMPOSITE = "/services/data/v66.0/composite"


def add_leads(fire: Fire, count: int, **fields: Any) -> list[str]:
    """New leads, each at a company of its own, at the org's present."""
    return [
        fire.box.org.insert(
            "Lead",
            {"LastName": f"Lead {number}", "Company": f"Company {number}", "Industry": "Technology"} | fields,
        )
        for number in range(count)
    ]


def raise_hand(fire: Fire, lead_id: str, form: str = "Request a demo") -> str:
    """A lead asks for a demo; the campaign member's id."""
    moment = fire.now.replace(microsecond=0)
    touch = Touch("form", form, moment, moment)
    return add_touch(fire.box.org, lead_id, touch, fire.box.org.reps, Campaigns(fire.box.org))


def log_call(fire: Fire, lead_id: str, seconds: int = 300) -> str:
    """A rep talks to a lead; the task's id."""
    at = fire.now.replace(microsecond=0)
    touch = Touch("call", "Call", at, at, direction="out", seconds=seconds, connected=True, by=0)
    return add_touch(fire.box.org, lead_id, touch, fire.box.org.reps, Campaigns(fire.box.org))


def sent_ids(fire: Fire) -> list[list[str]]:
    """Ids of each collection that reached the org, in order, committed or not."""
    collections = []
    for exchange in fire.journal.exchanges(containing=COMPOSITE):
        body = exchange.body or {}
        parts = [part.get("body") or {} for part in body.get("compositeRequest", ())] or [body]
        collections += [[one["id"] for one in part["records"]] for part in parts if "records" in part]
    return collections


def logins(fire: Fire) -> int:
    """How often somebody logged in."""
    return len(fire.journal.exchanges("POST", "oauth2/token"))
