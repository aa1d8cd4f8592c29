"""Who and what is in a fresh org: its users, a queue, the rights that everybody has, the lead statuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.salesforce.standard import CONVERTED_STATUS, LEAD_STATUSES

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

REPS = (("Ada", "Okafor"), ("Jonas", "Weber"), ("María", "Ibáñez"), ("Mei", "Tanaka"))
INTEGRATION_USERNAME = "leadline@acme.example"


@dataclass(frozen=True)
class People:
    """The ids of those who are always there."""

    organization: str
    integration_user: str
    reps: tuple[str, ...]
    queue: str
    everybody: str
    """The permission set that every user has."""


def populate(org: Org) -> People:
    """Fill a fresh org."""
    someone = org.new_id("User")
    organization = org.insert(
        "Organization", {"Name": "Acme", "OrganizationType": "Enterprise Edition"}, created_by=someone
    )
    profile = org.insert("Profile", {"Name": "Salesforce API Only System Integrations"}, created_by=someone)
    human = org.insert("Profile", {"Name": "Standard User"}, created_by=someone)
    integration = org.insert(
        "User",
        _user("Leadline", "Integration", INTEGRATION_USERNAME, profile),
        created_by=someone,
        row_id=someone,
    )
    reps = tuple(
        org.insert("User", _user(first, last, f"rep{place}@acme.example", human), created_by=someone)
        for place, (first, last) in enumerate(REPS, start=1)
    )
    queue = org.insert(
        "Group", {"Name": "Inbound", "DeveloperName": "Inbound", "Type": "Queue"}, created_by=someone
    )
    everybody = org.insert("PermissionSet", {"Name": "Everybody", "Label": "Everybody"}, created_by=someone)
    for one in (integration, *reps):
        org.insert(
            "PermissionSetAssignment", {"PermissionSetId": everybody, "AssigneeId": one}, created_by=someone
        )
    for place, status in enumerate(LEAD_STATUSES, start=1):
        values = {"MasterLabel": status, "ApiName": status, "SortOrder": place, "IsDefault": place == 1}
        org.insert("LeadStatus", values | {"IsConverted": status == CONVERTED_STATUS}, created_by=someone)
    return People(organization, integration, reps, queue, everybody)


def _user(first: str, last: str, username: str, profile: str) -> dict[str, object]:
    return {
        "FirstName": first,
        "LastName": last,
        "Username": username,
        "Email": username,
        "Alias": (first[:1] + last)[:8].lower(),
        "ProfileId": profile,
        "TimeZoneSidKey": "Europe/Berlin",
        "IsActive": True,
    }
