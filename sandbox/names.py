"""Words from which make-believe people, companies, forms and reps are put together.

Every name is invented by combination. Company domains end in `.example`, which is reserved (RFC 2606).
A name in another script carries its Latin spelling after a slash: e-mail addresses are made from that.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Culture(NamedTuple):
    """How people of one place are called, and how often they turn up."""

    weight: int
    given: tuple[str, ...]
    family: tuple[str, ...]


CULTURES = (
    Culture(
        34,
        ("Amelia", "Ruth", "Dana", "Owen", "Marcus", "Priscilla", "Theo", "Ingrid", "Harriet", "Colin"),
        ("Hartwell", "Brackley", "Thornbury", "O'Shea", "Pemberly", "D'Arcy-Holt", "Winslade", "Quillan"),
    ),
    Culture(
        18,
        ("Jürgen", "Anneliese", "Matthias", "Käthe", "Sören", "Brünhild", "Lutz", "Wiebke"),
        ("Müßigbrodt", "Schönau", "Grünefeld", "Weißkopf", "Ostertag", "von der Lühe", "Häberle"),
    ),
    Culture(
        14,
        ("Noémie", "François", "Élodie", "Benoît", "Gaëlle", "José María", "Íñigo", "Lucía"),
        ("Châtelain", "L'Écuyer", "Desrosiers", "Beaumarçais", "Peña Ruiz", "Núñez", "Ibáñez"),
    ),
    Culture(
        9,
        ("Łukasz", "Żaneta", "Zdeněk", "Håkon", "Åsa", "Şebnem", "Çağrı", "Øyvind"),
        ("Wójcicki", "Dvořáček", "Ærøskov", "Ångman", "Yıldızoğlu", "Grzegorzewski", "Țepeluș"),
    ),
    Culture(3, ("伟/wei", "美玲/meiling", "晓明/xiaoming"), ("欧阳/ouyang", "陈/chen", "司马/sima")),
    Culture(3, ("さくら/sakura", "健太/kenta", "美咲/misaki"), ("小野寺/onodera", "鈴川/suzukawa")),
    Culture(2, ("지우/jiwoo", "민준/minjun"), ("남궁/namgung", "한/han")),
    Culture(3, ("ليلى/layla", "يوسف/yousef", "نور/nour"), ("الحداد/alhaddad", "منصور/mansour")),
    Culture(3, ("אורי/uri", "תמר/tamar"), ("קדם/kedem", "בן־עמי/benami")),
    Culture(3, ("Оксана/oksana", "Тарас/taras"), ("Коваленко/kovalenko", "Белов/belov")),
    Culture(3, ("Ελένη/eleni", "Νίκος/nikos"), ("Παπαδάκης/papadakis", "Ιωάννου/ioannou")),
    Culture(
        5,
        ("Amara", "Chidi", "Thandiwe", "Aarav", "Meenakshi", "Nguyễn Thị"),
        ("Okonjo-Bell", "Nwosu", "Dlamini", "Raghunathan", "Chatterjee", "Phạm"),
    ),
)

COMPANY_STEMS = (
    *("Brindlewick", "Tarnhollow", "Kestrelgate", "Moorlantern", "Fennimore", "Oakquarry", "Silvermarch"),
    *("Dunmallow", "Harrowfield", "Vinterholm", "Lumbreza", "Côte d'Ambrelle", "Nordlysvik", "Zephyrhain"),
    *("Mühlenspitz", "Quarzfeld", "Pinehatch", "Arrowmere", "Veldkamp & Zoon", "Corvantis", "Halcyonne"),
    *("Ostrava Norra", "Bluefinch", "Grauwacke", "Saltmarsh", "Tamarisko", "Ember & Thistle", "Wrenfold"),
    *("O'Malden", "Łabędź", "北極星/hokkyoku", "青山堂/aoyamado", "שקד/shaked", "نخلة/nakhla", "Šumavka"),
)
COMPANY_KINDS = (
    *("Systems", "Logistics", "Foods", "Labs", "Bank", "Retail", "Energy", "Health", "Media", "Telecom"),
    *("Consulting", "Works", "Hospitality", "Learning", "Farms", "Insurance", "Pharma", "Devices"),
    *("Construction", "Foundation", "Analytics", "Cargo", "Partners", "Studio", "Mills", "Cooperative"),
)
COMPANY_MARKS = (" 🚀", " 🌱", " ☕", " ™", " “Nord”")
"""Decorations that real account names carry, and that a careless pipe breaks on."""

INDUSTRY_OF_KIND: Mapping[str, str] = {
    "Systems": "software",
    "Labs": "software",
    "Analytics": "software",
    "Studio": "media",
    "Logistics": "transport_logistics",
    "Cargo": "transport_logistics",
    "Foods": "manufacturing",
    "Works": "manufacturing",
    "Mills": "manufacturing",
    "Bank": "financial_services",
    "Retail": "retail",
    "Energy": "energy",
    "Health": "healthcare",
    "Media": "media",
    "Telecom": "telecommunications",
    "Consulting": "professional_services",
    "Partners": "professional_services",
    "Hospitality": "hospitality",
    "Learning": "education",
    "Farms": "agriculture",
    "Cooperative": "agriculture",
    "Insurance": "insurance",
    "Pharma": "pharma_biotech",
    "Devices": "hardware_electronics",
    "Construction": "construction",
    "Foundation": "nonprofit",
}

COUNTRIES: Mapping[str, int] = {
    "United States": 26,
    "Germany": 15,
    "United Kingdom": 11,
    "France": 8,
    "Austria": 4,
    "Switzerland": 4,
    "Netherlands": 5,
    "Spain": 4,
    "Poland": 4,
    "Norway": 2,
    "Ireland": 2,
    "Canada": 3,
    "Japan": 3,
    "India": 4,
    "Brazil": 3,
    "South Africa": 2,
}
"""Country names as both CRMs hold them, with how often they turn up."""

FREE_MAIL = ("gmail.com", "outlook.com", "gmx.de", "yahoo.com", "web.de", "icloud.com")

TITLES = (
    *("Head of Operations", "CTO", "Chief Financial Officer", "IT Manager", "Product Owner", "Buyer"),
    *("Operations Analyst", "Founder", "Leiterin Einkauf", "Responsable informatique", "VP Engineering"),
    *("Office Manager", "Working student", "Senior Vice President, Global Platform & Infrastructure"),
    *("部長", "Architect (interim)", "Data engineer", "Marketing Manager", "Assistant to the CEO"),
)

FORMS: Mapping[str, tuple[str, ...]] = {
    "demo": ("Request a demo", "Live demo booking"),
    "contact": ("Contact us", "Talk to sales"),
    "quote": ("Request a quote",),
    "trial": ("Start your free trial",),
    "webinar": ("Webinar: planning for peak season", "Webinar: order to cash in a day"),
    "event": ("Hanover trade fair visit", "Autumn customer conference"),
    "content": (
        "White paper: the cost of waiting",
        "Newsletter signup",
        "Industrial automation guide",
        "Demographics report",
        "Contactless payments e-book",
        "Preventive maintenance checklist",
    ),
    "careers": ("Careers: open application",),
    "pitch": ("Guest post proposal",),
}
"""Names of web forms (HubSpot) and of campaigns (Salesforce), by what a visitor wants with them."""

MESSAGES: Mapping[str, tuple[str, ...]] = {
    "reactive": (
        "Our shop is slow since Monday and two outages cost us a weekend. Urgent!",
        "The current system is broken every month end; can you help?",
    ),
    "preventive": (
        "Everything is stable today. We want to stay ahead of the season.",
        "We would rather prevent a breakdown than repair one.",
    ),
    "growth": (
        "Stable site, launching in three countries next spring.",
        "We expand into a new market and need more capacity.",
        "Our team doubles next year: how well does it scale?",
    ),
    "compliance": (
        "Our auditors ask about ISO 27001 before the audit in March.",
        "How do you handle GDPR requests? The regulation changes this year.",
    ),
    "": (
        "Please send me some information.",
        "Hello, a colleague spoke well of you. – Grüße",
        "ありがとうございます。資料をお願いします。",
    ),
}
"""What people write into a form, by the need that it speaks of."""

SOURCES = ("Web", "Partner Referral", "Advertisement", "Purchased List", "Employee Referral", "Other")
"""Lead sources that say where a lead came from and nothing about what it wants."""
TELLING_SOURCES = ("Trade Show", "Webinar", "Contact form")
"""Lead sources that are a touch in themselves; HubSpot has no twin of them."""

REPS = ("Tilda Marsh", "Bo Aldercroft", "Zoë van Eck", "Ruben Fjeld", "Mia Castellane")

PAGES = (
    *("/pricing", "/plans/enterprise", "/product/tour", "/products/flow", "/blog/slow-mondays"),
    *("/customers", "/about", "/careers/open-roles", "/docs/start"),
)
