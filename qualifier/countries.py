"""Countries: the codes that a playbook may name, and how people write them otherwise."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

import pycountry

COUNTRIES: tuple[str, ...] = tuple(sorted(str(country.alpha_2) for country in pycountry.countries))
"""ISO 3166-1 alpha-2: the words of the fact `country`."""

_SPELLINGS: Mapping[str, str] = {
    "america": "US",
    "belgie": "BE",
    "belgique": "BE",
    "bolivia": "BO",
    "brasil": "BR",
    "britain": "GB",
    "cape verde": "CV",
    "ceska republika": "CZ",
    "cesko": "CZ",
    "czech republic": "CZ",
    "danmark": "DK",
    "deutschland": "DE",
    "eire": "IE",
    "england": "GB",
    "espana": "ES",
    "great britain": "GB",
    "hellas": "GR",
    "holland": "NL",
    "hong kong sar": "HK",
    "hrvatska": "HR",
    "iran": "IR",
    "italia": "IT",
    "ivory coast": "CI",
    "laos": "LA",
    "luxemburg": "LU",
    "macau": "MO",
    "magyarorszag": "HU",
    "mainland china": "CN",
    "moldova": "MD",
    "nederland": "NL",
    "norge": "NO",
    "north korea": "KP",
    "northern ireland": "GB",
    "osterreich": "AT",
    "palestine": "PS",
    "peoples republic of china": "CN",
    "polska": "PL",
    "republic of ireland": "IE",
    "republic of korea": "KR",
    "russia": "RU",
    "schweiz": "CH",
    "scotland": "GB",
    "slovak republic": "SK",
    "south korea": "KR",
    "suisse": "CH",
    "suomi": "FI",
    "svizzera": "CH",
    "sverige": "SE",
    "swaziland": "SZ",
    "syria": "SY",
    "taiwan": "TW",
    "tanzania": "TZ",
    "the gambia": "GM",
    "the netherlands": "NL",
    "turkey": "TR",
    "turkiye": "TR",
    "u k": "GB",
    "u s": "US",
    "u s a": "US",
    "uae": "AE",
    "uk": "GB",
    "united states of america": "US",
    "us of a": "US",
    "usa": "US",
    "venezuela": "VE",
    "vietnam": "VN",
    "wales": "GB",
}
"""Spellings that ISO 3166 lacks, in the form that `plain` gives."""


def country_code(text: str | None) -> str | None:
    """ISO 3166-1 alpha-2 of a country's name or code (`Deutschland`, `USA`, `de`); None where unknown."""
    return _by_name().get(plain(text or ""))


def check_country(text: str) -> str:
    """A code as it stands in `COUNTRIES`; raise ValueError with the code that was probably meant."""
    if text in COUNTRIES:
        return text
    code = country_code(text)
    meant = f"; did you mean {code!r}?" if code else ""
    raise ValueError(f"is {text!r}, must be a country's two capital letters, such as DE{meant}")


def plain(text: str) -> str:
    """Lower-case words without accents and marks, so that `Türkiye` and `TURKIYE` meet."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )
    return " ".join(re.sub(r"[^\w\s]|_", " ", bare.casefold().replace("'", "").replace("’", "")).split())


@cache
def _by_name() -> Mapping[str, str]:
    """Plain name or code → alpha-2; built once, at first use."""
    names = {
        plain(str(getattr(country, attribute))): str(country.alpha_2)
        for country in pycountry.countries
        for attribute in ("name", "official_name", "common_name", "alpha_2", "alpha_3")
        if hasattr(country, attribute)
    }
    return {**names, **_SPELLINGS}
