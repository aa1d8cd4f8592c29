"""Properties that HubSpot computes: a contact's domain, a deal's outcome, the roll-ups of deals and contacts.

Sources: hubspot.md §3.1 (associatedcompanyid, hs_email_domain, closed-won history at contact level) and §3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.hubspot.moments import DAY_MS, iso_to_ms, to_iso
from sandbox.hubspot.search import number
from sandbox.hubspot.values import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.hubspot.pipelines import Pipeline
    from sandbox.hubspot.records import Version

DEAL_INPUTS = frozenset({"dealstage", "pipeline", "amount", "closedate"})
"""The properties of a deal that its own outcome and others' roll-ups follow."""
BUYING_ROLE = "hs_buying_role"

Derived = dict[str, str]
"""Computed values; an empty text clears."""


def of_contact(properties: Mapping[str, str]) -> Derived:
    """What a contact's own values give."""
    _, at, domain = properties.get("email", "").rpartition("@")
    worked = any(
        properties.get(name) for name in ("notes_last_contacted", "hs_last_sales_activity_timestamp")
    )
    return {
        "hs_email_domain": domain if at else "",
        "hs_is_unworked": "true" if not worked else "false",
        "hs_is_contact": "true",
    }


def of_deal(properties: Mapping[str, str], created: int, pipelines: Mapping[str, Pipeline]) -> Derived:
    """What a deal's stage, amount and dates give. A stage that no pipeline knows leaves it open."""
    pipeline = pipelines.get(properties.get("pipeline", "default"))
    stage = pipeline.stages.get(properties.get("dealstage", "")) if pipeline else None
    probability = stage.probability if stage and stage.probability is not None else None
    closed = probability in (0.0, 1.0)
    won = probability == 1.0
    closedate = properties.get("closedate", "")
    days = max(0, (iso_to_ms(closedate) - created) // DAY_MS) if closed and closedate else None
    return {
        "hs_is_closed": text_of(closed),
        "hs_is_closed_won": text_of(won),
        "hs_is_closed_lost": text_of(closed and not won),
        "hs_closed_won_date": closedate if won else "",
        "hs_closed_amount": properties.get("amount", "0") if won else "0",
        "hs_deal_stage_probability": "" if probability is None else str(probability),
        "amount_in_home_currency": properties.get("amount", ""),
        "days_to_close": "" if days is None else str(days),
    }


def of_deals(deals: Iterable[Version], *, full: bool) -> Derived:
    """The roll-up of a record's deals. `full`: with the company's own extra properties."""
    found = list(deals)
    won = [deal for deal in found if deal.properties.get("hs_is_closed_won") == "true"]
    dated = [deal for deal in won if deal.properties.get("closedate")]
    last = max(dated, key=lambda deal: iso_to_ms(deal.properties["closedate"]), default=None)
    rolled = {
        "num_associated_deals": _count(len(found)),
        "total_revenue": _sum(won),
        "recent_deal_amount": last.properties.get("amount", "") if last else "",
        "recent_deal_close_date": last.properties["closedate"] if last else "",
        "first_deal_created_date": to_iso(min(deal.created for deal in found)) if found else "",
        "days_to_close": last.properties.get("days_to_close", "") if last else "",
    }
    if full:
        still_open = [deal for deal in found if deal.properties.get("hs_is_closed") != "true"]
        rolled |= {"hs_num_open_deals": _count(len(still_open)), "hs_total_deal_value": _sum(found)}
    return rolled


def of_people(contacts: Iterable[Version]) -> Derived:
    """The roll-up of a company's contacts."""
    roles = [contact.properties.get(BUYING_ROLE, "").split(";") for contact in contacts]
    return {
        "num_associated_contacts": _count(len(roles)),
        "hs_num_decision_makers": _count(sum("DECISION_MAKER" in one for one in roles)),
        "hs_num_blockers": _count(sum("BLOCKER" in one for one in roles)),
        "hs_num_contacts_with_buying_roles": _count(sum(one != [""] for one in roles)),
    }


def _count(found: int) -> str:
    return str(found) if found else ""


def _sum(deals: Iterable[Version]) -> str:
    amounts = [number(deal.properties["amount"]) for deal in deals if deal.properties.get("amount")]
    return text_of(sum(amounts)) if amounts else ""
