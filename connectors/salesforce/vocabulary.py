"""Salesforce's words in canonical ones: standard picklists, and the names of Leadline's own fields. Data."""

from collections.abc import Mapping

INDUSTRIES: Mapping[str, str | None] = {
    "Agriculture": "agriculture",
    "Apparel": "retail",
    "Banking": "financial_services",
    "Biotechnology": "pharma_biotech",
    "Chemicals": "manufacturing",
    "Communications": "telecommunications",
    "Construction": "construction",
    "Consulting": "professional_services",
    "Education": "education",
    "Electronics": "hardware_electronics",
    "Energy": "energy",
    "Engineering": "professional_services",
    "Entertainment": "media",
    "Environmental": "professional_services",
    "Finance": "financial_services",
    "Food & Beverage": "manufacturing",
    "Government": "government",
    "Healthcare": "healthcare",
    "Hospitality": "hospitality",
    "Insurance": "insurance",
    "Machinery": "manufacturing",
    "Manufacturing": "manufacturing",
    "Media": "media",
    "Not For Profit": "nonprofit",
    "Other": None,
    "Recreation": "hospitality",
    "Retail": "retail",
    "Shipping": "transport_logistics",
    "Technology": "software",
    "Telecommunications": "telecommunications",
    "Transportation": "transport_logistics",
    "Utilities": "energy",
}
"""The whole standard Industry picklist of Lead and Account. None: known, and says nothing."""

STATUSES: Mapping[str, tuple[str, ...]] = {
    "open": ("Open - Not Contacted", "Open", "New", "Unread"),
    "working": ("Working - Contacted", "Working", "Contacted", "Attempted", "In Progress"),
    "nurture": ("Nurturing", "Nurture", "Recycled"),
    "closed": (
        "Closed - Converted",
        "Closed - Not Converted",
        "Closed",
        "Qualified",
        "Unqualified",
        "Converted",
    ),
}
"""Standard Lead.Status values of orgs old and new."""

ROLES: Mapping[str, str | None] = {
    "Decision Maker": "decider",
    "Economic Decision Maker": "decider",
    "Economic Buyer": "decider",
    "Executive Sponsor": "decider",
    "Technical Buyer": "influencer",
    "Business User": "user",
    "End User": "user",
    "Evaluator": "influencer",
    "Gatekeeper": "none",
    "Other": None,
}
"""The standard Role picklist of contact roles; for a mapped field that reuses it."""

WORDS: Mapping[str, Mapping[str, str | None]] = {"industry": INDUSTRIES, "role": ROLES}
"""Fact → the org's word → ours. A word that is already canonical needs no row."""

LEAD_FIELDS: Mapping[str, tuple[str, ...]] = {
    "industry": ("Industry",),
    "employees": ("NumberOfEmployees",),
    "country": ("CountryCode", "Country"),
    "annual_revenue": ("AnnualRevenue",),
    "title": ("Title",),
    "company": ("Company",),
    "source": ("LeadSource",),
    "email_optout": ("HasOptedOutOfEmail",),
    "call_optout": ("DoNotCall",),
    "bounced": ("EmailBouncedDate",),
    "created_at": ("CreatedDate",),
    "status": ("Status",),
}
"""Fact → Lead fields, the first that holds something counts (§3.1). CountryCode exists with state and country
picklists only; EmailBouncedDate is a flag by being there."""

COMPANY_FIELDS: Mapping[str, tuple[str, ...]] = {
    "industry": ("Industry",),
    "employees": ("NumberOfEmployees",),
    "country": ("BillingCountryCode", "BillingCountry"),
    "annual_revenue": ("AnnualRevenue",),
}
"""Fact → Account fields (§3.3)."""

NO_COMPANY = frozenset(
    {"", "not_provided", "n_a", "na", "none", "no_company", "unknown", "private", "self", "tbd"}
)
"""Keys of what stands in Lead.Company, which is required, when nobody knows the company."""

QUIET_CAMPAIGN_TYPES = frozenset({"email", "direct mail", "telemarketing", "advertisement"})
"""Campaigns of these types are no forms: their members can only be content."""


def own_field(output: str) -> str:
    """The default API name of one of Leadline's fields: `Respond_By` → `Leadline_Respond_By__c`."""
    return f"Leadline_{output}__c"
