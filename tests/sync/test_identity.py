"""Who a lead is: the same person hashes alike, a company is its registered domain."""

import pytest

from sync.identity import company_domain, hash_person, registered_domain

KEY = b"k" * 32


def test_one_person_in_two_spellings_is_one() -> None:
    assert hash_person("  Ann@Example.COM ", KEY) == hash_person("ann@example.com", KEY)
    assert hash_person("ann@example.com", KEY) != hash_person("ann@example.com", b"x" * 32)
    assert hash_person("bob@example.com", KEY) != hash_person("ann@example.com", KEY)


@pytest.mark.parametrize("nobody", [None, "", "not an address"])
def test_without_an_address_nobody_is_known(nobody: str | None) -> None:
    assert hash_person(nobody, KEY) is None


@pytest.mark.parametrize(
    ("candidate", "domain"),
    [
        ("https://www.Example.co.uk/about?x=1", "example.co.uk"),
        ("sub.acme.example", "acme.example"),
        ("münchen.de", "münchen.de"),
        ("localhost", None),
        ("127.0.0.1", None),
        ("", None),
        ("n/a", None),
    ],
)
def test_a_domain_is_the_registered_one(candidate: str, domain: str | None) -> None:
    assert registered_domain(candidate) == domain


def test_free_mail_is_no_company() -> None:
    assert company_domain(["gmail.com"]) is None
    assert company_domain(["gmail.com", "acme.example"]) == "acme.example"
