"""Translations that every CRM needs: names of forms and pages, ranges, domains.

Data and pure functions. Source of the kinds, patterns and their order: the product's qualification rules, §2,
"Where facts and touches come from". A text without a translation gives None, never a guess.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from connectors.base import Misconfigured
from qualifier.countries import plain
from qualifier.facts import TOUCH_KINDS
from qualifier.patterns import WholeWords


class Searchable(Protocol):
    """A pattern of ours, or of a connection's own."""

    def search(self, text: str, /) -> object:
        """Something true where it is found in the text."""


Patterns = tuple[tuple[str, Searchable], ...]
"""Kind and the whole words that name it, in the order in which they are tried."""

_NAME_PATTERNS: tuple[tuple[str, str], ...] = (
    ("careers_page", r"careers?|jobs?|vacanc(y|ies)|job offers?"),
    ("sales_pitch", r"guest post|link building|our (seo|outsourcing) services"),
    ("content_download", r"newsletter|subscribe|mailing"),
    ("webinar", r"webinars?"),
    ("event", r"conference|trade ?show|events?|fair|meetup"),
    (
        "content_download",
        r"white ?papers?|e-?books?|guide|case stud(y|ies)|report|download|checklist",
    ),
    ("demo_request", r"demo|book a (call|meeting)"),
    ("quote_request", r"(request|get) a quote|quote request|pricing request"),
    ("trial_request", r"(free |start (a |your )?)trial|trial request|get started"),
    ("contact_request", r"contact( us| form| request| sales)|talk to (us|sales)|call me|enquiry|inquiry"),
)
"""Order matters: a newsletter is no hand-raise, and a guide to trials is content."""

_PAGE_PATTERNS: tuple[tuple[str, str], ...] = (
    ("careers_page", r"careers|jobs"),
    ("pricing_page", r"pricing|plans"),
    ("product_page", r"products?"),
)

_NUMBER = r"\d{1,3}(?:[ ,']\d{3})+|\d+"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|–|—|\bto\b|\.\.)\s*({_NUMBER})")
_AT_LEAST = re.compile(rf"({_NUMBER})\s*(?:\+|or more|and more|and over)")
_EXACT = re.compile(_NUMBER)
_PEOPLE = re.compile(r"\s*(employees|people|staff)$", re.IGNORECASE)
_HOST = re.compile(r"(?!-)[^\s/@:]+\.[^\s/@:.]{2,}")


def compile_patterns(touches: Mapping[str, str | Sequence[str]]) -> Patterns:
    """A connection's `touches:` (kind → one pattern or several) ready for `touch_kind`.

    Raises Misconfigured naming the kind or pattern that cannot be used.
    """
    compiled = []
    for kind, patterns in touches.items():
        if kind not in TOUCH_KINDS:
            raise Misconfigured(
                f"touches: there is no touch kind {kind!r}; use one of {', '.join(TOUCH_KINDS)}."
            )
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            try:
                compiled.append((kind, WholeWords(pattern)))
            except ValueError as error:
                raise Misconfigured(
                    f"touches.{kind}: {pattern!r} is not a valid pattern ({error}); correct or quote it."
                ) from error
    return tuple(compiled)


def touch_kind(
    name: str | None,
    *,
    counts_as_form: bool,
    extra: Patterns = (),
    otherwise: str | None = "content_download",
) -> str | None:
    """The touch kind that a form, campaign or lead source names; the first match on whole words wins.

    counts_as_form: False for a campaign of Type Email, Direct Mail, Telemarketing or Advertisement, which can
    only be content. extra: the connection's own patterns, tried first. otherwise: what an unmatched name is;
    None for lead sources.
    """
    if not counts_as_form:
        return "content_download"
    text = clean_text(name)
    if text is None:
        return otherwise
    spaced = text.replace("_", " ")
    return next((kind for kind, pattern in (*extra, *_BY_NAME) if pattern.search(spaced)), otherwise)


def page_kind(url: str | None) -> str | None:
    """The touch kind of a visited page, from the segments of its path; None for any other page."""
    try:
        path = urlsplit((url or "").strip()).path
    except ValueError:
        return None
    return next((kind for kind, pattern in _BY_PAGE if pattern.search(path)), None)


def parse_range(text: str | None) -> tuple[float, float] | None:
    """Low and high of `50-100`, `1,000+` (infinite) or `25` (equal); None where it is none of them."""
    plain = _PEOPLE.sub("", (text or "").strip())
    if match := _RANGE.fullmatch(plain):
        low, high = _number(match[1]), _number(match[2])
    elif match := _AT_LEAST.fullmatch(plain):
        low, high = _number(match[1]), None
    elif _EXACT.fullmatch(plain):
        low = high = _number(plain)
    else:
        return None
    is_known = math.isfinite(low) and (high is None or low <= high < math.inf)
    return (low, math.inf if high is None else high) if is_known else None


def domain_of(text: str | None) -> str | None:
    """The lower-case domain of a website or an e-mail address, without `www.`; None where there is none."""
    plain = (text or "").strip().lower()
    if "@" in plain and "//" not in plain:
        host = plain.rpartition("@")[2]
    else:
        try:
            host = urlsplit(plain if "//" in plain else f"//{plain}").hostname or ""
        except ValueError:
            return None
    host = host.rstrip(".").removeprefix("www.")
    return host if _HOST.fullmatch(host) else None


def clean_text(text: str | None, length: int = 255) -> str | None:
    """One line without control characters and doubled spaces, at most `length` long; None when empty."""
    if not text:
        return None
    return " ".join(_visible(text).split())[:length].rstrip() or None


def _visible(text: str) -> str:
    """Line breaks and tabs, control characters too, become spaces; the other control characters vanish."""
    if text.isprintable():  # nearly every value is: the walk over its characters is worth sparing
        return text
    return "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
    )


def key(text: str | None) -> str:
    """A picklist value in the form of our tables: `Financial Services` → `financial_services`; None → ``."""
    return plain(text or "").replace(" ", "_")


def _number(text: str) -> float:
    return float(re.sub(r"[ ,']", "", text))


def _whole_words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


_BY_NAME: Patterns = tuple((kind, _whole_words(pattern)) for kind, pattern in _NAME_PATTERNS)
_BY_PAGE: Patterns = tuple(
    (kind, re.compile(rf"/(?:{pattern})(?=[/.]|$)", re.IGNORECASE)) for kind, pattern in _PAGE_PATTERNS
)
