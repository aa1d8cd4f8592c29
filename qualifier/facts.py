"""The canonical lead: every fact and touch that a playbook may read, with type and meaning.

A *fact* is what a CRM record says (industry, role, opt-out); a *touch* is something that happened at a time.
Connectors translate CRM values into these names and closed vocabularies; a value without a translation is
NULL ("nobody knows yet"), never FALSE. Source of the vocabularies: the product's qualification rules, §2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

import polars as pl

from qualifier.countries import COUNTRIES

INSTANT = pl.Datetime("us", "UTC")


def parse_instant(text: str) -> datetime:
    """An instant in UTC, which one without an offset is taken for; raise ValueError for any other text."""
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:  # before the year 1, or after 9999
        raise ValueError(str(error)) from None


Kind = Literal["text", "word", "words", "number", "range", "flag", "date", "instant"]
"""text: free; word: one of `values`; words: a set of them; range: low to high, high=inf when open."""


class Evidence(StrEnum):
    """Which part of a verdict a fact belongs to; guardrails and questions group by it."""

    PROFILE = "profile"
    PEOPLE = "people"
    NEED = "need"
    CAPACITY = "capacity"
    TIMING = "timing"
    CONSENT = "consent"
    RECORD = "record"
    REP = "rep"


@dataclass(frozen=True, slots=True)
class Fact:
    """One column of the canonical lead. `values` is its closed vocabulary, empty when open."""

    kind: Kind
    evidence: Evidence
    meaning: str
    values: tuple[str, ...] = ()


INDUSTRIES = (
    "software",
    "hardware_electronics",
    "telecommunications",
    "media",
    "retail",
    "manufacturing",
    "automotive",
    "energy",
    "construction",
    "transport_logistics",
    "financial_services",
    "insurance",
    "healthcare",
    "pharma_biotech",
    "education",
    "government",
    "nonprofit",
    "professional_services",
    "hospitality",
    "agriculture",
)
NEEDS = ("reactive", "preventive", "growth", "compliance")
GOALS = ("reduce_cost", "grow", "reduce_risk", "replace_system", "other")
ROLES = ("decider", "champion", "user", "influencer", "none")
SOLUTIONS = ("competitor", "similar", "none")
TIMINGS = ("now", "quarter", "half_year", "later")
STATUSES = ("open", "working", "nurture", "closed")
ASKED_NOT_KNOWN = "asked_not_known"
"""A rep asked and the lead did not know: no evidence, and the question rests for 30 days."""

FACTS: Mapping[str, Fact] = {
    "industry": Fact("word", Evidence.PROFILE, "what the company does", INDUSTRIES),
    "employees": Fact("range", Evidence.PROFILE, "people who work there"),
    "country": Fact(
        "word", Evidence.PROFILE, "ISO 3166-1 alpha-2 code of the company's or lead's country", COUNTRIES
    ),
    "annual_revenue": Fact("number", Evidence.PROFILE, "yearly revenue; may never earn points (LL301)"),
    "title": Fact("text", Evidence.PEOPLE, "job title; words the questions, earns nothing by default"),
    "seniority": Fact("text", Evidence.PEOPLE, "level of the job, where the CRM keeps one"),
    "department": Fact("text", Evidence.PEOPLE, "department, where the CRM keeps one"),
    "role": Fact("word", Evidence.PEOPLE, "role in the buying group", ROLES),
    "colleague_active": Fact(
        "flag",
        Evidence.PEOPLE,
        "another person of the company was active in 30 days; NULL without a company; computed by qualify()",
    ),
    "needs": Fact("words", Evidence.NEED, "kinds of need, several at once", NEEDS),
    "goal": Fact("word", Evidence.NEED, "what the lead wants to reach", GOALS),
    "solution": Fact("word", Evidence.CAPACITY, "what is in use today", SOLUTIONS),
    "won_deals": Fact(
        "number",
        Evidence.CAPACITY,
        "own won deals with this company; 0 when known and none, NULL when unknown",
    ),
    "last_won_on": Fact("date", Evidence.CAPACITY, "date of the newest won deal"),
    "budget": Fact("number", Evidence.CAPACITY, "a named sum; may never earn points (LL301)"),
    "timing": Fact("word", Evidence.TIMING, "when they want to act", TIMINGS),
    "company": Fact("text", Evidence.RECORD, "company name"),
    "domain": Fact("text", Evidence.RECORD, "company domain; NULL for free-mail addresses"),
    "source": Fact("text", Evidence.RECORD, "where the lead came from, the CRM's own word"),
    "email_optout": Fact("flag", Evidence.CONSENT, "opted out of e-mail"),
    "call_optout": Fact("flag", Evidence.CONSENT, "opted out of calls"),
    "profiling_optout": Fact("flag", Evidence.CONSENT, "objected to profiling"),
    "bounced": Fact("flag", Evidence.RECORD, "the address bounced"),
    "test_record": Fact("flag", Evidence.RECORD, "marked as a test record"),
    "created_at": Fact("instant", Evidence.RECORD, "when the CRM record was created"),
    "imported": Fact("flag", Evidence.RECORD, "created by an import (50 or more in a minute by one user)"),
    "status": Fact("word", Evidence.RECORD, "the CRM's lead status in four words", STATUSES),
    "status_since": Fact("instant", Evidence.RECORD, "since when the status stands"),
    "answer_need": Fact("word", Evidence.REP, "rep's answer", (*NEEDS, ASKED_NOT_KNOWN)),
    "answer_goal": Fact("word", Evidence.REP, "rep's answer", (*GOALS, ASKED_NOT_KNOWN)),
    "answer_role": Fact("word", Evidence.REP, "rep's answer", (*ROLES, ASKED_NOT_KNOWN)),
    "answer_capacity": Fact(
        "word",
        Evidence.REP,
        "rep's answer",
        ("uses_competitor", "uses_similar", "first_time", "no_capacity", ASKED_NOT_KNOWN),
    ),
    "answer_timing": Fact("word", Evidence.REP, "rep's answer", (*TIMINGS, ASKED_NOT_KNOWN)),
    "answer_need_since": Fact("instant", Evidence.REP, "since when this answer stands"),
    "answer_goal_since": Fact("instant", Evidence.REP, "since when this answer stands"),
    "answer_role_since": Fact("instant", Evidence.REP, "since when this answer stands"),
    "answer_capacity_since": Fact("instant", Evidence.REP, "since when this answer stands"),
    "answer_timing_since": Fact("instant", Evidence.REP, "since when this answer stands"),
    "verdict": Fact("word", Evidence.REP, "the rep's verdict", ("qualified", "nurture", "not_now")),
    "verdict_since": Fact("instant", Evidence.REP, "since when the verdict stands"),
    "feedback": Fact("word", Evidence.REP, "rep on the score", ("agree", "too_high", "too_low")),
    "feedback_reason": Fact(
        "word",
        Evidence.REP,
        "why the rep disagrees",
        (
            "not_icp",
            "no_need_yet",
            "bad_timing",
            "wrong_person",
            "bad_data",
            "duplicate",
            "competitor",
            "other",
        ),
    ),
    "override": Fact("word", Evidence.REP, "the rep's segment", ("hot", "warm", "cold")),
    "override_since": Fact("instant", Evidence.REP, "since when the override stands"),
    "override_until": Fact(
        "date", Evidence.REP, "last day of the override; 30 days from first seen when empty"
    ),
}

SINCE: Mapping[str, str] = {name.removesuffix("_since"): name for name in FACTS if name.endswith("_since")}
"""Fact → the fact that dates it. Ingest stamps it when the value changes; no CRM field feeds it."""

HAND_RAISES = ("demo_request", "contact_request", "quote_request", "trial_request")
INTEREST = (
    "pricing_page",
    "product_page",
    "webinar",
    "event",
    "content_download",
    "site_visit",
    "email_click",
    "email_open",
)
REPLIES = ("inbound_reply", "inbound_call", "meeting_held")
MINUS = ("careers_page", "sales_pitch")
OWN_ACTS = ("call_made", "email_sent", "meeting_booked")
TOUCH_KINDS = (*HAND_RAISES, *INTEREST, *REPLIES, *MINUS, *OWN_ACTS)
WEAK_KINDS = ("email_open", "site_visit")
"""Touches that alone never cause a write at once (an open, a visit)."""
ACTIVE_KINDS = tuple(kind for kind in (*HAND_RAISES, *INTEREST, *REPLIES) if kind != "email_open")
"""Touches that count as a person's activity for the buying group; opens are too often machines."""

TOUCH_COLUMNS: Mapping[str, pl.DataType] = {
    "lead": pl.Int64(),
    "kind": pl.String(),
    "at": INSTANT,
    "count": pl.Int64(),
    "name": pl.String(),
    "human": pl.Boolean(),
    "conversation": pl.Boolean(),
    "logged_at": INSTANT,
}
"""One row per touch. `lead`: row key of the facts frame. `human`: a completed call, held meeting or
one-to-one mail of our people. `conversation`: §1's definition. `logged_at`: when the CRM learned of it,
else NULL."""


def column_types(facts: Mapping[str, Fact]) -> dict[str, pl.DataType]:
    """Polars column → dtype of a facts frame; `lead` is its key, a range spans `name_low`, `name_high`."""
    types: dict[str, pl.DataType] = {"lead": pl.Int64()}
    for name, fact in facts.items():
        if fact.kind == "range":
            types |= {f"{name}_low": pl.Float64(), f"{name}_high": pl.Float64()}
        else:
            types[name] = _DTYPES[fact.kind]
    return types


_DTYPES: Mapping[Kind, pl.DataType] = {
    "text": pl.String(),
    "word": pl.String(),
    "words": pl.List(pl.String()),
    "number": pl.Float64(),
    "flag": pl.Boolean(),
    "date": pl.Date(),
    "instant": INSTANT,
}
