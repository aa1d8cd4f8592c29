"""Names of forms, pages, countries and ranges become canonical words, or nothing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Misconfigured
from connectors.words import (
    clean_text,
    compile_patterns,
    domain_of,
    key,
    page_kind,
    parse_range,
    touch_kind,
)
from qualifier.countries import country_code
from qualifier.facts import HAND_RAISES


@pytest.mark.parametrize(
    "name",
    [
        "Newsletter signup",
        "Industrial automation guide",
        "Demographics report",
        "Contactless payments e-book",
        "Summer offer e-mail",
        "Preventive maintenance",
        "Financial affairs",
    ],
)
def test_the_traps_are_neither_hand_raise_nor_event(name: str) -> None:
    assert touch_kind(name, counts_as_form=True) == "content_download"
    assert touch_kind(name, counts_as_form=True, otherwise=None) not in {*HAND_RAISES, "event"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Request a demo", "demo_request"),
        ("DEMO", "demo_request"),
        ("demo_request_2026", "demo_request"),
        ("Book a meeting: Sales", "demo_request"),
        ("Get a quote", "quote_request"),
        ("Pricing request form", "quote_request"),
        ("Start your trial", "trial_request"),
        ("Free trial", "trial_request"),
        ("Get started", "trial_request"),
        ("Contact us", "contact_request"),
        ("Talk to sales", "contact_request"),
        ("General inquiry", "contact_request"),
        ("Webinar: contact us about pricing", "webinar"),
        ("Trade show Hannover", "event"),
        ("Tradeshow", "event"),
        ("Spring fair", "event"),
        ("Whitepaper on trials", "content_download"),
        ("E-Book", "content_download"),
        ("Case studies", "content_download"),
        ("Job offer: engineer", "careers_page"),
        ("Vacancies", "careers_page"),
        ("Careers newsletter", "careers_page"),
        ("Our SEO services for your demo page", "sales_pitch"),
        ("Demo newsletter", "content_download"),
        ("Webinar newsletter", "content_download"),
        ("Webinar report", "webinar"),
        ("Demo checklist", "content_download"),
        ("Contact", "content_download"),
        ("Something else", "content_download"),
        ("", "content_download"),
    ],
)
def test_a_form_name_is_matched_on_whole_words_in_order(name: str, kind: str) -> None:
    assert touch_kind(name, counts_as_form=True) == kind


def test_an_unmatched_lead_source_is_no_touch() -> None:
    assert touch_kind("Partner referral", counts_as_form=True, otherwise=None) is None
    assert touch_kind(None, counts_as_form=True, otherwise=None) is None


@pytest.mark.parametrize("name", ["Request a demo", "Webinar", "Careers day", "anything"])
def test_a_campaign_that_is_no_form_is_content_only(name: str) -> None:
    assert touch_kind(name, counts_as_form=False) == "content_download"


def test_the_connections_own_patterns_come_first() -> None:
    own = compile_patterns({"webinar": ["demo hour"], "quote_request": "newsletter deal|offer"})
    assert touch_kind("Demo hour", counts_as_form=True, extra=own) == "webinar"
    assert touch_kind("Newsletter deal", counts_as_form=True, extra=own) == "quote_request"
    assert touch_kind("Coffer", counts_as_form=True, extra=own) == "content_download"
    assert touch_kind("Demo", counts_as_form=True, extra=own) == "demo_request"


def test_a_connections_own_pattern_cannot_stop_the_machine() -> None:
    """Python's own engine would search these 250 letters for longer than a lifetime."""
    own = compile_patterns({"webinar": "(a+)+$"})
    assert touch_kind("a" * 250 + "!", counts_as_form=True, extra=own) == "content_download"


@pytest.mark.parametrize(("touches", "said"), [({"demo": "x"}, "demo"), ({"webinar": "("}, "webinar")])
def test_a_bad_pattern_is_named(touches: dict[str, str], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        compile_patterns(touches)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://acme.com/pricing", "pricing_page"),
        ("https://acme.com/en/Plans/", "pricing_page"),
        ("acme.com/pricing.html?x=1#top", "pricing_page"),
        ("https://acme.com/product", "product_page"),
        ("https://acme.com/products/rocket", "product_page"),
        ("https://acme.com/careers/product", "careers_page"),
        ("https://acme.com/jobs", "careers_page"),
        ("https://acme.com/production", None),
        ("https://acme.com/blog?next=/pricing", None),
        ("https://pricing.acme.com/", None),
        ("https://[broken", None),
        ("", None),
        (None, None),
    ],
)
def test_a_page_is_known_by_a_segment_of_its_path(url: str | None, kind: str | None) -> None:
    assert page_kind(url) == kind


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Germany", "DE"),
        ("germany ", "DE"),
        ("Deutschland", "DE"),
        ("DEU", "DE"),
        ("de", "DE"),
        ("Federal Republic of Germany", "DE"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("United States", "US"),
        ("United States of America", "US"),
        ("Österreich", "AT"),
        ("Türkiye", "TR"),
        ("Côte d'Ivoire", "CI"),
        ("Korea, Republic of", "KR"),
        ("Czech Republic", "CZ"),
        ("Genrmany", None),
        ("Europe", None),
        ("", None),
        (None, None),
    ],
)
def test_countries_are_known_by_name_and_code_and_never_guessed(text: str | None, code: str | None) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50-100", (50, 100)),
        ("1-5", (1, 5)),
        ("1,001 – 5,000 employees", (1001, 5000)),
        ("1000+", (1000, math.inf)),
        ("25", (25, 25)),
        ("100-50", None),
        ("9" * 400, None),
        (f"10-{'9' * 400}", None),
        (f"{'9' * 400}+", None),
        ("many", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_ranges_are_low_and_high(text: str | None, expected: tuple[float, float] | None) -> None:
    assert parse_range(text) == expected


@given(low=st.integers(0, 10**6), width=st.integers(0, 10**6))
def test_a_written_range_reads_back(low: int, width: int) -> None:
    assert parse_range(f"{low:,}-{low + width:,}") == (low, low + width)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.Acme.com/about", "acme.com"),
        ("acme.co.uk", "acme.co.uk"),
        ("http://shop.acme.com:8080", "shop.acme.com"),
        ("Ann@Acme.com", "acme.com"),
        ("https://user@acme.com/", "acme.com"),
        ("none", None),
        ("n/a", None),
        ("http://[bad", None),
        (None, None),
    ],
)
def test_a_domain_comes_from_a_website_or_an_address(text: str | None, domain: str | None) -> None:
    assert domain_of(text) == domain


def test_text_is_one_clean_line() -> None:
    assert clean_text("  Head\tof\n sales\x00\u200b ") == "Head of sales"
    assert clean_text("x" * 300) == "x" * 255
    assert clean_text(" \n ") is None


def test_a_picklist_value_has_one_key() -> None:
    assert key("Financial Services") == key("FINANCIAL_SERVICES") == "financial_services"
    assert key(None) == ""
