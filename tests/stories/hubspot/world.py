"""What people do in the portal of a story."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from sandbox.fill_hubspot import add_conversion, add_engagement
from sandbox.journeys import Touch
from sync.schema import leads, touches
from tests.stories.fire import Fire

SEARCH = "/crm/v3/objects/contacts/search"
READ = "/crm/v3/objects/contacts/batch/read"
UPDATE = "/crm/v3/objects/contacts/batch/update"
SMALL, LARGE = "1-5", "500-1000"
"""Employees that fit badly and well."""


def add_contacts(fire: Fire, count: int, **properties: Any) -> list[str]:
    """New contacts, each at a company of its own, at the portal's present."""
    began = fire.box.portal.count("contacts")
    return [
        fire.box.portal.create(
            "contacts",
            {"email": f"p{number}@firm{number}.example", "numemployees": SMALL} | properties,
        )
        for number in range(began, began + count)
    ]


def edit(fire: Fire, contact_id: str, **properties: Any) -> None:
    """A person changes a contact now."""
    fire.box.portal.update("contacts", contact_id, properties)


def raise_hand(fire: Fire, contact_id: str) -> None:
    """A contact asks for a demo."""
    moment = fire.now.replace(microsecond=0)
    add_conversion(fire.box.portal, contact_id, Touch("form", "Request a demo", moment, moment))


def log_call(fire: Fire, contact_id: str, at: datetime | None = None) -> str:
    """A rep talks to a contact; the call's id."""
    moment = (at or fire.now).replace(microsecond=0)
    touch = Touch("call", "Call", moment, moment, direction="out", seconds=300, connected=True)
    return add_engagement(fire.box.portal, contact_id, touch, (), fire.now)


def log_reply(fire: Fire, contact_id: str, at: datetime | None = None) -> str:
    """A contact's mail comes in, or came in then; its id."""
    moment = (at or fire.now).replace(microsecond=0)
    touch = Touch("email", "Re: hello", moment, moment, direction="in")
    return add_engagement(fire.box.portal, contact_id, touch, (), fire.now)


def sent_ids(fire: Fire) -> list[list[str]]:
    """Ids of each batch of writes that reached the portal, in order, carried out or not."""
    return [
        [one["id"] for one in exchange.body["inputs"]] for exchange in fire.journal.exchanges("POST", UPDATE)
    ]


def fit_of(fire: Fire, contact_id: str) -> object:
    """How well a contact fits, as a rep reads it."""
    return fire.shown(contact_id).get("fit")


def kinds_of(fire: Fire, contact_id: str) -> set[str]:
    """Kinds of the touches that the store holds of a contact."""
    with fire.store.read() as tx:
        query = select(touches.c.kind).join(leads, leads.c.id == touches.c.lead)
        return set(tx.scalars(query.where(leads.c.lead_id == contact_id)))
