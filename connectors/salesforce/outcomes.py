"""What each answer of a Salesforce org leads to: one table for whole requests and single records.

Codes, statuses and classes: fact sheet §4.4, §5 and §1.1. A whole request has a status; one record of a
collection has none, so rows without `statuses` serve both.
"""

from connectors.outcomes import TRANSPORT_ROWS, Consequence, Row

CONVERTED_CODES = ("CANNOT_UPDATE_CONVERTED_LEAD",)
DELETED_CODES = ("ENTITY_IS_DELETED", "NOT_FOUND")
FIELD_CODES = ("INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE")
"""A field is missing, hidden or read-only; nothing is wrong with the record."""
TRIGGER_CODES = ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER")

_LIMITS = (
    Row(
        Consequence.WAIT,
        "Too many long calls run in the org at the same time.",
        "Leadline goes on by itself in a minute.",
        codes=("REQUEST_LIMIT_EXCEEDED",),
        hint="concurrent",
        wait_seconds=60,
    ),
    Row(
        Consequence.WAIT,
        "The org has used up its API calls of the last 24 hours.",
        "Leadline goes on by itself; poll less often, lower api_budget, or buy more calls.",
        codes=("REQUEST_LIMIT_EXCEEDED",),
    ),
    Row(
        Consequence.WAIT,
        "The user has logged in too often within an hour.",
        "Leadline goes on by itself in an hour; look for other programs that use the same user.",
        codes=("rate_limit_exceeded", "login_rate_exceeded", "LOGIN_RATE_EXCEEDED"),
        wait_seconds=3600,
    ),
    Row(
        Consequence.WAIT,
        "The user has logged in too often within an hour.",
        "Leadline goes on by itself in an hour; look for other programs that use the same user.",
        codes=("invalid_grant",),
        hint="rate exceeded",
        wait_seconds=3600,
    ),
    Row(
        Consequence.WAIT,
        "The org is read-only during maintenance.",
        "Leadline goes on by itself; status.salesforce.com says how long it lasts.",
        codes=("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",),
    ),
    Row(
        Consequence.STOP,
        "A transaction security policy blocks the calls.",
        "Give the integration user 'Exempt from Transaction Security'.",
        codes=("TXN_SECURITY_METERING_ERROR",),
    ),
    Row(
        Consequence.STOP,
        "The org's storage is full.",
        "An admin has to free or buy data storage.",
        codes=("STORAGE_LIMIT_EXCEEDED",),
    ),
)

_LOGIN = (
    Row(
        Consequence.STOP,
        "The user has not approved the app.",
        "Pre-authorise the app for the integration user (app policies, profile or permission set).",
        codes=("invalid_grant",),
        hint="approved this consumer",
    ),
    Row(
        Consequence.STOP,
        "The org does not accept the login's audience.",
        "Set base_url to the org's My Domain URL.",
        codes=("invalid_grant",),
        hint="audience",
    ),
    Row(
        Consequence.STOP,
        "The org refused the login.",
        "Check user, password or assertion under auth, this machine's clock, and the user's login history.",
        codes=("invalid_grant", "inactive_user", "inactive_org", "invalid_assertion", "INVALID_LOGIN"),
    ),
    Row(
        Consequence.STOP,
        "The org does not know the app, or its secret is wrong.",
        "Check client_id and client_secret, and that the app is installed in this org.",
        codes=("invalid_client", "invalid_client_id", "app_not_found", "invalid_client_credentials"),
    ),
    Row(
        Consequence.STOP,
        "The app may not use this login flow here.",
        "Allow the flow in the app, give it a run-as user, and set base_url to the org's My Domain URL.",
        codes=("unsupported_grant_type", "unauthorized_client", "invalid_request", "access_denied"),
        statuses=(400, 401, 403),
    ),
    Row(
        Consequence.STOP,
        "The session may not use the REST API.",
        "Give the integration user 'API Enabled' and a scope with api.",
        codes=("INVALID_SESSION_ID",),
        hint="not valid for use with the REST API",
    ),
    Row(
        Consequence.REFRESH,
        "The org no longer accepts the session, and a new login did not help.",
        "Check the app's session policies and the integration user.",
        codes=("INVALID_SESSION_ID", "INVALID_AUTH_HEADER"),
    ),
    Row(
        Consequence.REFRESH,
        "The org no longer accepts the session, and a new login did not help.",
        "Check the app's session policies and the integration user.",
        statuses=(401,),
    ),
    Row(
        Consequence.STOP,
        "The org does not offer the REST API.",
        "It needs an edition with API access, and API Enabled for the user.",
        codes=("API_CURRENTLY_DISABLED", "API_DISABLED_FOR_ORG"),
    ),
    Row(
        Consequence.MISCONFIGURED,
        "The org does not know this API version.",
        "Set api_version to one that `leadline check` lists.",
        codes=("UNSUPPORTED_API_VERSION",),
    ),
    Row(
        Consequence.MISCONFIGURED,
        "The org does not know this API version.",
        "Set api_version to one that `leadline check` lists.",
        statuses=(410,),
    ),
)

_PASSING = (
    Row(
        Consequence.RETRY,
        "The record is being changed by somebody else.",
        "The next pass tries again.",
        codes=("UNABLE_TO_LOCK_ROW",),
    ),
    Row(
        Consequence.RETRY,
        "A trigger or flow met a locked record.",
        "The next pass tries again.",
        codes=TRIGGER_CODES,
        hint="UNABLE_TO_LOCK_ROW",
    ),
    Row(
        Consequence.RETRY,
        "The record waits for an approval.",
        "A later pass tries again, once the approval is done.",
        codes=("ENTITY_IS_LOCKED",),
        tries=1,
    ),
    Row(
        Consequence.RETRY,
        "The record was held back because another one of its batch failed.",
        "The next pass tries again.",
        codes=("ALL_OR_NONE_OPERATION_ROLLED_BACK", "PROCESSING_HALTED"),
    ),
    Row(
        Consequence.RETRY,
        "The org failed inside.",
        "The next pass tries again; if it lasts, open a case with Salesforce.",
        codes=("UNKNOWN_EXCEPTION", "SERVER_UNAVAILABLE"),
        tries=3,
    ),
    Row(
        Consequence.SPLIT,
        "Triggers in the org gave up on a batch with failures.",
        "An admin should look at the triggers on Lead.",
        hint="too many batch retries",
    ),
    Row(
        Consequence.SPLIT,
        "A trigger or flow in the org failed on this record.",
        "An admin finds it in Setup under Apex Jobs or Paused and Failed Flow Interviews.",
        codes=TRIGGER_CODES,
    ),
    Row(
        Consequence.SPLIT,
        "The query ran too long or was too complicated.",
        "Read a shorter history or map fewer formula fields.",
        codes=("QUERY_TIMEOUT", "QUERY_TOO_COMPLICATED", "EXCEEDED_ID_LIMIT"),
    ),
)

_RECORDS = (
    Row(
        Consequence.GONE,
        "The lead was converted and can no longer be written.",
        codes=CONVERTED_CODES,
    ),
    Row(Consequence.GONE, "The lead was deleted.", codes=("ENTITY_IS_DELETED",)),
    Row(Consequence.GONE, "The record is not there, or not visible to the user.", codes=("NOT_FOUND",)),
    Row(
        Consequence.MISCONFIGURED,
        "A field is missing, or the integration user may not use it.",
        "Run `leadline check`, then `leadline setup --apply` or correct fields: in leadline.yaml.",
        codes=FIELD_CODES,
    ),
    Row(
        Consequence.MISCONFIGURED,
        "The org does not have this kind of record, or hides it from the user.",
        "Give the integration user read access to it.",
        codes=("INVALID_TYPE",),
    ),
    Row(
        Consequence.REJECT,
        "A validation rule of the org refused the record.",
        "An admin lets the integration user pass that rule.",
        codes=("FIELD_CUSTOM_VALIDATION_EXCEPTION",),
    ),
    Row(
        Consequence.REJECT,
        "A picklist does not know a value.",
        "Run `leadline setup --apply`; with record types, add the values to each of them.",
        codes=("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",),
    ),
    Row(
        Consequence.REJECT,
        "A value does not fit its field.",
        "Compare the field with `leadline check`.",
        codes=("STRING_TOO_LONG", "NUMBER_OUTSIDE_VALID_RANGE", "INVALID_TYPE_ON_FIELD_IN_RECORD"),
    ),
    Row(
        Consequence.REJECT,
        "The lead lacks a field that the org demands.",
        "Somebody fills the required field, or an admin relaxes it.",
        codes=("REQUIRED_FIELD_MISSING",),
    ),
    Row(
        Consequence.REJECT,
        "A duplicate rule refused the record.",
        "An admin lets the integration user bypass that rule, or merges the duplicates.",
        codes=("DUPLICATES_DETECTED", "DUPLICATE_VALUE"),
    ),
    Row(
        Consequence.REJECT,
        "The integration user may not edit this lead.",
        "Give it edit access by sharing, or 'Modify All' on leads.",
        codes=(
            "INSUFFICIENT_ACCESS_OR_READONLY",
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            "TRANSFER_REQUIRES_READ",
        ),
    ),
    Row(
        Consequence.REJECT,
        "The lead belongs to a user who is no longer active.",
        "Give it an active owner.",
        codes=("INACTIVE_OWNER_OR_USER",),
    ),
    Row(
        Consequence.REJECT,
        "The org does not accept the record's id.",
        "`leadline quarantine drop` forgets it.",
        codes=("MALFORMED_ID", "INVALID_CROSS_REFERENCE_KEY"),
    ),
    Row(
        Consequence.REJECT,
        "The org did not understand the request.",
        "This is a fault of Leadline: please report it with the code.",
        codes=("MALFORMED_QUERY", "JSON_PARSER_ERROR", "INVALID_QUERY_FILTER_OPERATOR"),
    ),
)

_STATUSES = (
    Row(Consequence.SPLIT, "The request was too long.", statuses=(413, 414, 431)),
    Row(
        Consequence.RETRY,
        "The org asks to be called less often.",
        "Leadline slows down by itself.",
        statuses=(420, 429),
    ),
    Row(
        Consequence.RETRY,
        "The org is not available, as during maintenance.",
        "The next pass tries again; status.salesforce.com says more.",
        statuses=(503,),
    ),
    Row(
        Consequence.RETRY,
        "The org could not be reached through its edge.",
        "The next pass tries again.",
        statuses=(406, 408, 500, 502, 504),
    ),
    Row(
        Consequence.STOP,
        "The integration user lacks a right.",
        "Give it the right that `leadline check` names.",
        statuses=(403,),
    ),
    Row(Consequence.GONE, "The resource is not there.", statuses=(404,)),
)

TABLE: tuple[Row, ...] = (*TRANSPORT_ROWS, *_LIMITS, *_LOGIN, *_PASSING, *_RECORDS, *_STATUSES)
"""The first row that matches counts: codes before statuses, the special before the general."""
