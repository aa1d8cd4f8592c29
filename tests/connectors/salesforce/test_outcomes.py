"""Every error of the fact sheet (§4.4, §1.1, §2, §5) and what it leads to."""

import pytest

from connectors.outcomes import Consequence, Trouble, classify
from connectors.salesforce.outcomes import TABLE

RETRY, WAIT, REFRESH = Consequence.RETRY, Consequence.WAIT, Consequence.REFRESH
SPLIT, REJECT, STOP = Consequence.SPLIT, Consequence.REJECT, Consequence.STOP
MISCONFIGURED, GONE = Consequence.MISCONFIGURED, Consequence.GONE

CASES = [
    # status, code, message, consequence
    (None, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", RETRY),
    (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", RETRY),
    (None, "UNKNOWN_EXCEPTION", "An unexpected error occurred", RETRY),
    (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred", RETRY),
    (500, "", "", RETRY),
    (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", WAIT),
    (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", WAIT),
    (503, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.", WAIT),
    (401, "INVALID_SESSION_ID", "Session expired or invalid", REFRESH),
    (401, "", "<html>Session expired</html>", REFRESH),
    (401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API", STOP),
    (503, "SERVER_UNAVAILABLE", "", RETRY),
    (503, "", "<html>maintenance</html>", RETRY),
    (420, "", "", RETRY),
    (429, "", "", RETRY),
    (406, "", "", RETRY),
    (502, "", "", RETRY),
    (504, "", "", RETRY),
    (599, "", "", RETRY),
    (
        503,
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        "Updates can't be made during maintenance",
        WAIT,
    ),
    (None, "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "", WAIT),
    (400, "QUERY_TIMEOUT", "Your query request was running for too long.", SPLIT),
    (400, "QUERY_TOO_COMPLICATED", "", SPLIT),
    (414, "", "<h1>Bad Message 414</h1>", SPLIT),
    (431, "", "<h1>Bad Message 431</h1>", SPLIT),
    (403, "TXN_SECURITY_METERING_ERROR", "", STOP),
    (400, "STORAGE_LIMIT_EXCEEDED", "", STOP),
    (None, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", GONE),
    (404, "ENTITY_IS_DELETED", "entity is deleted", GONE),
    (None, "ENTITY_IS_DELETED", "entity is deleted", GONE),
    (404, "NOT_FOUND", "The requested resource does not exist", GONE),
    (None, "ENTITY_IS_LOCKED", "the record is locked for editing", RETRY),
    (None, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Phone must be set", REJECT),
    (None, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: X", MISCONFIGURED),
    (400, "INVALID_FIELD", "No such column 'X' on entity 'Lead'", MISCONFIGURED),
    (400, "INVALID_TYPE", "sObject type 'X' is not supported.", MISCONFIGURED),
    (400, "MALFORMED_QUERY", "", REJECT),
    (None, "STRING_TOO_LONG", "Name: data value too large", REJECT),
    (None, "NUMBER_OUTSIDE_VALID_RANGE", "", REJECT),
    (None, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field", REJECT),
    (400, "JSON_PARSER_ERROR", "", REJECT),
    (None, "INVALID_TYPE_ON_FIELD_IN_RECORD", "", REJECT),
    (None, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", REJECT),
    (None, "DUPLICATES_DETECTED", "Use one of these records?", REJECT),
    (None, "DUPLICATE_VALUE", "duplicate id in list", REJECT),
    (None, "INSUFFICIENT_ACCESS_OR_READONLY", "", REJECT),
    (None, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "", REJECT),
    (None, "TRANSFER_REQUIRES_READ", "", REJECT),
    (None, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user", REJECT),
    (None, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "LeadTrigger: NullPointerException", SPLIT),
    (None, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "LeadTrigger: UNABLE_TO_LOCK_ROW, unable to", RETRY),
    (None, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Too many batch retries in the presence of Apex", SPLIT),
    (None, "CANNOT_EXECUTE_FLOW_TRIGGER", "flow failed", SPLIT),
    (None, "MALFORMED_ID", "", REJECT),
    (None, "INVALID_CROSS_REFERENCE_KEY", "", REJECT),
    (None, "ALL_OR_NONE_OPERATION_ROLLED_BACK", "", RETRY),
    (400, "PROCESSING_HALTED", "", RETRY),
    (403, "API_CURRENTLY_DISABLED", "", STOP),
    (403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", STOP),
    (403, "", "", STOP),
    (404, "", "<html>nothing here</html>", GONE),
    (302, "", "", MISCONFIGURED),
    (410, "", "", MISCONFIGURED),
    (410, "UNSUPPORTED_API_VERSION", "", MISCONFIGURED),
    (400, "invalid_grant", "user hasn't approved this consumer", STOP),
    (400, "invalid_grant", "audience is invalid", STOP),
    (400, "invalid_grant", "authentication failure", STOP),
    (400, "invalid_grant", "login rate exceeded", WAIT),
    (400, "rate_limit_exceeded", "", WAIT),
    (400, "app_not_found", "", STOP),
    (400, "invalid_client", "", STOP),
    (400, "invalid_client_id", "", STOP),
    (400, "inactive_user", "", STOP),
    (400, "unsupported_grant_type", "", STOP),
    (400, "invalid_request", "request not supported on this domain", STOP),
    (401, "INVALID_LOGIN", "Invalid username, password, security token", STOP),
    (400, "SOMETHING_NEW", "", REJECT),
]


@pytest.mark.parametrize(("status", "code", "message", "consequence"), CASES)
def test_what_an_answer_leads_to(status: int | None, code: str, message: str, consequence: str) -> None:
    assert classify(TABLE, Trouble(status=status, code=code, message=message)).consequence == consequence


def test_every_row_is_reached_and_speaks_in_sentences() -> None:
    faults = [Trouble(fault=fault) for fault in ("refused", "timeout", "dropped", "garbled", "tls")]
    troubles = [Trouble(status=s, code=c, message=m) for s, c, m, _ in CASES]
    reached = {id(classify(TABLE, trouble)) for trouble in (*faults, *troubles)}
    assert [row.sentence for row in TABLE if id(row) not in reached] == []
    for row in TABLE:
        assert row.sentence.endswith(".")
        assert row.remedy.endswith(".") or row.consequence in (GONE, SPLIT)


def test_a_concurrent_limit_is_over_sooner_than_a_daily_one() -> None:
    code = "REQUEST_LIMIT_EXCEEDED"
    concurrent = classify(TABLE, Trouble(status=403, code=code, message="ConcurrentRequests Limit exceeded."))
    daily = classify(TABLE, Trouble(status=403, code=code, message="TotalRequests Limit exceeded."))
    assert concurrent.wait_seconds <= 120
    assert daily.wait_seconds >= 900
