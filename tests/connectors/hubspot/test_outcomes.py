"""Each row of the outcome table: what an answer of HubSpot leads to (fact sheet §4, §5)."""

import pytest

from connectors.hubspot.outcomes import OUTCOMES, PAUSE_SECONDS
from connectors.hubspot.transport import ValueFault, value_faults
from connectors.outcomes import Consequence, Trouble, classify


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "VALIDATION_ERROR", Consequence.REJECT),
        (400, "", Consequence.REJECT),
        (400, "BAD_REFRESH_TOKEN", Consequence.STOP),
        (400, "invalid_grant", Consequence.STOP),
        (400, "BAD_HUB", Consequence.STOP),
        (400, "invalid_client", Consequence.STOP),
        (401, "INVALID_AUTHENTICATION", Consequence.REFRESH),
        (401, "EXPIRED_AUTHENTICATION", Consequence.REFRESH),
        (530, "", Consequence.REFRESH),
        (403, "MISSING_SCOPES", Consequence.STOP),
        (403, "", Consequence.STOP),
        (404, "OBJECT_NOT_FOUND", Consequence.GONE),
        (409, "CONFLICT", Consequence.REJECT),
        (413, "", Consequence.SPLIT),
        (414, "", Consequence.SPLIT),
        (423, "", Consequence.RETRY),
        (429, "SECONDLY", Consequence.RETRY),
        (429, "TEN_SECONDLY_ROLLING", Consequence.RETRY),
        (429, "DAILY", Consequence.WAIT),
        (477, "", Consequence.WAIT),
        (418, "", Consequence.REJECT),
        *((status, "", Consequence.RETRY) for status in (500, 502, 503, 504, 521, 522, 523, 524, 525, 526)),
    ],
)
def test_status_and_code_decide(status: int, code: str, expected: Consequence) -> None:
    row = classify(OUTCOMES, Trouble(status=status, code=code))
    assert row.consequence is expected
    assert row.sentence.endswith(".")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("refused", Consequence.RETRY),
        ("timeout", Consequence.RETRY),
        ("dropped", Consequence.RETRY),
        ("garbled", Consequence.RETRY),
        ("tls", Consequence.STOP),
    ],
)
def test_faults_of_the_transport(fault: str, expected: Consequence) -> None:
    assert classify(OUTCOMES, Trouble(fault=fault)).consequence is expected  # type: ignore[arg-type]  # parametrised


def test_a_pause_fits_into_the_patience_of_one_call() -> None:
    assert max(PAUSE_SECONDS.values()) * 2 < 40


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({}, ()),
        (
            {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["1", "2"]}},
            (("OBJECT_NOT_FOUND", "", ("1", "2")),),
        ),
        (
            {"code": "INVALID_OPTION", "context": {"propertyName": ["a", "b"]}},
            (("INVALID_OPTION", "a", ()), ("INVALID_OPTION", "b", ())),
        ),
        (
            {
                "category": "VALIDATION_ERROR",
                "message": 'Property values were not valid: [{"error":"INVALID_LONG","name":"d"}]',
                "context": {"objectWriteTraceId": ["7"]},
            },
            (("INVALID_LONG", "d", ("7",)),),
        ),
        ({"category": "VALIDATION_ERROR", "message": "broken: [{"}, (("VALIDATION_ERROR", "", ()),)),
        ({"category": "VALIDATION_ERROR", "message": "odd: [1, 2]"}, (("VALIDATION_ERROR", "", ()),)),
        ({"context": None, "message": None}, ()),
    ],
)
def test_what_an_error_says_about_values_and_records(
    error: dict[str, object], expected: tuple[tuple[str, str, tuple[str, ...]], ...]
) -> None:
    assert value_faults(error) == tuple(ValueFault(*parts) for parts in expected)
