"""HubSpot's words in canonical ones, and which property feeds which fact. Data; fact sheet §3.1-3.2."""

from collections.abc import Mapping

CONTACT_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "industry": ("industry",),
    "employees": ("numemployees",),
    "country": ("hs_country_region_code", "country"),
    "annual_revenue": ("annualrevenue",),
    "title": ("jobtitle",),
    "seniority": ("hs_seniority", "seniority"),
    "department": ("job_function", "hs_role"),
    "role": ("hs_buying_role",),
    "company": ("company",),
    "source": ("hs_analytics_source",),
    "email_optout": ("hs_email_optout",),
    "bounced": ("hs_email_hard_bounce_reason_enum",),
    "created_at": ("createdate",),
    "status": ("hs_lead_status", "lifecyclestage"),
}
"""Fact → contact properties; the first that holds something counts."""

COMPANY_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "industry": ("industry",),
    "employees": ("numberofemployees", "hs_employee_range"),
    "country": ("hs_country_code", "country"),
    "annual_revenue": ("annualrevenue",),
}
"""Fact → company properties."""

UNSET_IS_FALSE = ("email_optout",)
"""Flags that HubSpot leaves unset on most contacts, meaning no."""
PRESENCE = ("bounced",)
"""Flags that are true by holding something: a hard bounce has a reason."""

STATUSES: Mapping[str, tuple[str, ...]] = {
    "open": ("NEW", "OPEN"),
    "working": ("IN_PROGRESS", "ATTEMPTED_TO_CONTACT", "CONNECTED", "OPEN_DEAL"),
    "nurture": ("BAD_TIMING",),
    "closed": ("UNQUALIFIED",),
}
"""Standard values of hs_lead_status; `statuses:` of a connection replaces a line."""

LIFECYCLES: Mapping[str, str | None] = {
    "subscriber": "open",
    "lead": "open",
    "marketingqualifiedlead": "open",
    "salesqualifiedlead": "working",
    "opportunity": "working",
    "customer": None,
    "evangelist": None,
    "other": None,
}
"""Lifecycle stages speak where hs_lead_status is empty. A customer is no closed lead: deals tell that."""

ROLES: Mapping[str, str | None] = {
    "DECISION_MAKER": "decider",
    "BUDGET_HOLDER": "decider",
    "EXECUTIVE_SPONSOR": "decider",
    "CHAMPION": "champion",
    "INFLUENCER": "influencer",
    "LEGAL_AND_COMPLIANCE": "influencer",
    "BLOCKER": "influencer",
    "END_USER": "user",
    "OTHER": None,
}
"""hs_buying_role; several may be ticked, then the strongest counts."""
ROLE_STRENGTH = ("decider", "champion", "influencer", "user", "none")

INDUSTRY_VALUES: Mapping[str, str] = {
    "software": """
        COMPUTER_GAMES COMPUTER_NETWORK_SECURITY COMPUTER_SOFTWARE INFORMATION_SERVICES
        INFORMATION_TECHNOLOGY_AND_SERVICES INTERNET MOBILE_GAMES
    """,
    "hardware_electronics": """
        COMPUTER_HARDWARE COMPUTER_NETWORKING CONSUMER_ELECTRONICS ELECTRICAL_ELECTRONIC_MANUFACTURING
        NANOTECHNOLOGY SEMICONDUCTORS
    """,
    "telecommunications": "TELECOMMUNICATIONS WIRELESS",
    "media": """
        ANIMATION ARTS_AND_CRAFTS BROADCAST_MEDIA ENTERTAINMENT FINE_ART MEDIA_PRODUCTION
        MOTION_PICTURES_AND_FILM MUSIC NEWSPAPERS ONLINE_MEDIA PERFORMING_ARTS PHOTOGRAPHY PUBLISHING
        WRITING_AND_EDITING
    """,
    "retail": """
        APPAREL_FASHION BUSINESS_SUPPLIES_AND_EQUIPMENT CONSUMER_GOODS CONSUMER_SERVICES COSMETICS
        IMPORT_AND_EXPORT LUXURY_GOODS_JEWELRY RETAIL SPORTING_GOODS SUPERMARKETS WHOLESALE
    """,
    "manufacturing": """
        AVIATION_AEROSPACE BUILDING_MATERIALS CHEMICALS DEFENSE_SPACE FOOD_BEVERAGES FOOD_PRODUCTION FURNITURE
        GLASS_CERAMICS_CONCRETE INDUSTRIAL_AUTOMATION MACHINERY MECHANICAL_OR_INDUSTRIAL_ENGINEERING
        MINING_METALS PACKAGING_AND_CONTAINERS PAPER_FOREST_PRODUCTS PLASTICS PRINTING RAILROAD_MANUFACTURE
        SHIPBUILDING TEXTILES TOBACCO WINE_AND_SPIRITS
    """,
    "automotive": "AUTOMOTIVE",
    "energy": "OIL_ENERGY RENEWABLES_ENVIRONMENT UTILITIES",
    "construction": """
        ARCHITECTURE_PLANNING CIVIL_ENGINEERING COMMERCIAL_REAL_ESTATE CONSTRUCTION FACILITIES_SERVICES
        REAL_ESTATE
    """,
    "transport_logistics": """
        AIRLINES_AVIATION LOGISTICS_AND_SUPPLY_CHAIN MARITIME PACKAGE_FREIGHT_DELIVERY
        TRANSPORTATION_TRUCKING_RAILROAD WAREHOUSING
    """,
    "financial_services": """
        BANKING CAPITAL_MARKETS FINANCIAL_SERVICES INVESTMENT_BANKING INVESTMENT_MANAGEMENT
        VENTURE_CAPITAL_PRIVATE_EQUITY
    """,
    "insurance": "INSURANCE",
    "healthcare": """
        ALTERNATIVE_MEDICINE HEALTH_WELLNESS_AND_FITNESS HOSPITAL_HEALTH_CARE MEDICAL_DEVICES MEDICAL_PRACTICE
        MENTAL_HEALTH_CARE VETERINARY
    """,
    "pharma_biotech": "BIOTECHNOLOGY PHARMACEUTICALS",
    "education": """
        EDUCATION_MANAGEMENT E_LEARNING HIGHER_EDUCATION LIBRARIES PRIMARY_SECONDARY_EDUCATION
        PROFESSIONAL_TRAINING_COACHING RESEARCH
    """,
    "government": """
        EXECUTIVE_OFFICE GOVERNMENT_ADMINISTRATION GOVERNMENT_RELATIONS INTERNATIONAL_AFFAIRS JUDICIARY
        LAW_ENFORCEMENT LEGISLATIVE_OFFICE MILITARY PUBLIC_POLICY PUBLIC_SAFETY
    """,
    "nonprofit": """
        CIVIC_SOCIAL_ORGANIZATION FUND_RAISING INDIVIDUAL_FAMILY_SERVICES MUSEUMS_AND_INSTITUTIONS
        NON_PROFIT_ORGANIZATION_MANAGEMENT PHILANTHROPY POLITICAL_ORGANIZATION RELIGIOUS_INSTITUTIONS
        THINK_TANKS INTERNATIONAL_TRADE_AND_DEVELOPMENT
    """,
    "professional_services": """
        ACCOUNTING ALTERNATIVE_DISPUTE_RESOLUTION DESIGN ENVIRONMENTAL_SERVICES GRAPHIC_DESIGN HUMAN_RESOURCES
        LAW_PRACTICE LEGAL_SERVICES MANAGEMENT_CONSULTING MARKETING_AND_ADVERTISING MARKET_RESEARCH
        OUTSOURCING_OFFSHORING PROGRAM_DEVELOPMENT PUBLIC_RELATIONS_AND_COMMUNICATIONS
        SECURITY_AND_INVESTIGATIONS STAFFING_AND_RECRUITING TRANSLATION_AND_LOCALIZATION
    """,
    "hospitality": """
        EVENTS_SERVICES GAMBLING_CASINOS HOSPITALITY LEISURE_TRAVEL_TOURISM
        RECREATIONAL_FACILITIES_AND_SERVICES RESTAURANTS SPORTS
    """,
    "agriculture": "DAIRY FARMING FISHERY RANCHING",
}
"""The whole standard industry picklist of companies, by canonical word."""

INDUSTRIES: Mapping[str, str | None] = {
    value: word for word, values in INDUSTRY_VALUES.items() for value in values.split()
}

WORDS: Mapping[str, Mapping[str, str | None]] = {"industry": INDUSTRIES, "role": ROLES}
"""Fact → HubSpot's word → ours. A word that is already canonical needs no row."""

CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
"""hs_call_disposition of a call that reached somebody, the same in every portal."""
