"""The make-believe world: the same from the same seed, full of what real lists are full of."""

from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.journeys import FRESH_BANDS, office_minutes_before
from sandbox.people import Population, generate

SATURDAY_NIGHT = datetime(2026, 11, 21, 23, 5, 12, 345, tzinfo=UTC)


@pytest.fixture(scope="module")
def crowd() -> Population:
    return generate(5_000, seed=7, now=SATURDAY_NIGHT)


def test_the_same_seed_gives_the_same_people() -> None:
    assert generate(60, seed=3, now=SATURDAY_NIGHT) == generate(60, seed=3, now=SATURDAY_NIGHT)
    assert generate(60, seed=3, now=SATURDAY_NIGHT) != generate(60, seed=4, now=SATURDAY_NIGHT)


def test_most_people_have_touches_and_many_a_company(crowd: Population) -> None:
    assert mean(bool(person.touches) for person in crowd.people) >= 0.6
    assert mean(person.company is not None for person in crowd.people) >= 0.3


def test_every_channel_occurs_both_ways(crowd: Population) -> None:
    seen = {(touch.channel, touch.direction) for person in crowd.people for touch in person.touches}
    assert seen == {
        ("form", "in"),
        ("call", "in"),
        ("call", "out"),
        ("email", "in"),
        ("email", "out"),
        ("meeting", "out"),
    }


def test_nothing_happens_before_its_time(crowd: Population) -> None:
    for person in crowd.people:
        assert person.created_at < crowd.now
        for touch in person.touches:
            assert person.created_at <= touch.logged_at <= crowd.now
            assert touch.at <= crowd.now or touch.channel == "meeting"
            assert touch.at.microsecond == touch.logged_at.microsecond == 0


def test_nobody_converts_more_often_than_hubspot_can_name(crowd: Population) -> None:
    for person in crowd.people:
        forms = [touch for touch in person.touches if touch.channel == "form"]
        assert len(forms) <= 2
        assert len(forms) == len({form.name for form in forms}) == len({form.at for form in forms})


def test_addresses_are_unique_and_lie_at_the_company(crowd: Population) -> None:
    addresses = [person.email for person in crowd.people if person.email]
    assert len(addresses) == len(set(addresses))
    assert all(address.isascii() for address in addresses)
    for person in crowd.people:
        if person.company is not None and person.email is not None:
            assert person.email.endswith(f"@{crowd.companies[person.company].domain}")


def test_company_domains_are_reserved_ones(crowd: Population) -> None:
    domains = [company.domain for company in crowd.companies]
    assert len(domains) == len(set(domains))
    assert all(domain.endswith(".example") for domain in domains)


def test_names_come_in_many_scripts(crowd: Population) -> None:
    text = "".join(person.first + person.last for person in crowd.people)
    companies = "".join(company.name for company in crowd.companies)
    for sample in ("é", "'", "ß", "伟", "さ", "지", "ا", "ת", "К", "Ε", "ễ"):
        assert sample in text
    assert "🌱" in companies


def test_every_fact_has_gaps(crowd: Population) -> None:
    for name in ("title", "role", "solution", "timing", "company_name", "country", "message", "email"):
        known = mean(getattr(person, name) is not None for person in crowd.people)
        assert 0.01 < known < 0.995, name
    for name in ("industry", "employees", "country"):
        assert 0.5 < mean(getattr(company, name) is not None for company in crowd.companies) < 0.99, name


def test_only_the_rich_shape_has_what_one_crm_alone_knows(crowd: Population) -> None:
    rich = generate(500, seed=7, now=SATURDAY_NIGHT, shape="rich")
    assert not any(person.web or person.employees_between for person in crowd.people)
    assert any(person.web for person in rich.people)
    assert any(person.employees_between for person in rich.people)


def test_answers_wait_in_every_band(crowd: Population) -> None:
    """Somebody's last act, unanswered, lies in each band: due, at risk and late are all on show."""
    waiting = [
        person.touches[-1].at
        for person in crowd.people
        if person.touches and person.touches[-1].channel == "form"
    ]
    for nearest, farthest in FRESH_BANDS:
        oldest, newest = (office_minutes_before(crowd.now, minutes) for minutes in (farthest, nearest))
        assert sum(oldest <= at <= newest for at in waiting) >= 20


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (60, datetime(2026, 11, 20, 17, 0, tzinfo=UTC)),
        (540, datetime(2026, 11, 20, 9, 0, tzinfo=UTC)),
        (600, datetime(2026, 11, 19, 17, 0, tzinfo=UTC)),
        (5 * 540 + 1, datetime(2026, 11, 13, 17, 59, tzinfo=UTC)),
    ],
)
def test_office_minutes_leave_out_nights_and_weekends(minutes: float, expected: datetime) -> None:
    assert office_minutes_before(SATURDAY_NIGHT, minutes) == expected


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # the zone follows
    first=st.integers(0, 3_000),
    second=st.integers(0, 3_000),
)
@settings(max_examples=60)
def test_office_minutes_add_up(now: datetime, first: int, second: int) -> None:
    now = now.replace(microsecond=0)
    in_one_go = office_minutes_before(now, first + second)
    in_two = office_minutes_before(office_minutes_before(now, first), second)
    assert in_one_go == in_two or {in_one_go.hour, in_two.hour} == {9, 18}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"n": -1}, "-1"), ({"now": datetime(2026, 1, 1)}, "no zone")],  # noqa: DTZ001  # on purpose
)
def test_impossible_wishes_are_named(wrong: dict[str, object], said: str) -> None:
    wish = {"n": 1, "seed": 0, "now": SATURDAY_NIGHT} | wrong
    with pytest.raises(ValueError, match=said):
        generate(wish.pop("n"), **wish)  # type: ignore[arg-type]  # wrong on purpose


def test_a_population_of_nobody_is_possible() -> None:
    assert generate(0, seed=0, now=SATURDAY_NIGHT).people == ()


def test_a_year_of_history_is_all_that_a_first_sync_reads(crowd: Population) -> None:
    assert min(company.created_at for company in crowd.companies) > crowd.now - timedelta(days=365)
