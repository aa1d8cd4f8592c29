"""A crowd of random leads, drawn by seed: facts known or not, touches of every kind but conversations."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from qualifier.facts import GOALS, INDUSTRIES, ROLES, SOLUTIONS, TIMINGS, TOUCH_KINDS
from tests.lead_builders import AS_OF, touch

CHOICES: Mapping[str, Sequence[Any]] = {
    "company": ("Acme", "Bolt & Sons"),
    "domain": ("acme.example", "bolt.example", "own.example"),
    "industry": INDUSTRIES,
    "employees": (3, 49, 50, 500, 2000, (25, 50), (50, 100), (1000, float("inf"))),
    "country": ("US", "DE", "BR", "JP"),
    "won_deals": (0, 1, 5),
    "solution": SOLUTIONS,
    "role": ROLES,
    "needs": (["reactive"], ["preventive"], ["growth", "compliance"], []),
    "goal": GOALS,
    "timing": TIMINGS,
    "title": ("CEO", "Intern", "Head of Data"),
    "budget": (0, 1_000, 1_000_000),
    "annual_revenue": (0, 5e6),
    "email_optout": (True, False),
    "call_optout": (True, False, False),
    "bounced": (True, False, False, False),
}
SILENT = ("inbound_reply", "inbound_call", "meeting_held")
KINDS = tuple(kind for kind in TOUCH_KINDS if kind not in SILENT)


def people(count: int, seed: int) -> list[dict[str, Any]]:
    """So many leads; of each fact about half the leads know a value."""
    draw = random.Random(seed)  # noqa: S311  # people, no secrets
    return [
        {
            "created_at": AS_OF - timedelta(days=draw.uniform(0, 300)),
            **{name: draw.choice(values) for name, values in CHOICES.items() if draw.random() < 0.5},
        }
        for _ in range(count)
    ]


def happenings(count: int, seed: int) -> list[dict[str, Any]]:
    """Up to six touches for each of so many leads, none of them a conversation."""
    draw = random.Random(seed)  # noqa: S311
    return [
        touch(
            draw.choice(KINDS),
            draw.uniform(0, 200),
            lead=lead,
            count=draw.choice((1, 1, 2, 9)),
            human=False,
            conversation=False,
        )
        for lead in range(1, count + 1)
        for _ in range(draw.randint(0, 6))
    ]
