"""What nobody could confirm without a real org, as switches: Leadline must survive both positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class SalesforceSwitches:
    """How the org behaves where salesforce.md says UNCONFIRMED, and a few settings that tests turn."""

    page_size: int = 2000
    """Rows a page; the real maximum is 2,000, wide rows bring fewer (§2.1)."""
    min_batch_size: int = 200
    """The smallest `Sforce-Query-Options: batchSize` that is honoured (§2.1)."""
    locator_seconds: float = 172_800.0
    """How long a query locator lives: two days, once 15 minutes (§2.1)."""
    max_locators: int | None = None
    """Cursors a user may hold before the oldest is closed; 10 in older orgs (§1.4)."""
    max_offset: int = 2000
    unknown_field: Literal["request", "record"] = "request"
    """An unknown field in one record of a collection: 400 for the whole call, or that record fails (§4.1)."""
    unknown_field_code: str = "INVALID_FIELD"
    """Its code in a record's result; INVALID_FIELD_FOR_INSERT_UPDATE is the rival (§4.1)."""
    type_mismatch: Literal["request", "record"] = "request"
    """A text where a number belongs: JSON_PARSER_ERROR for the call, or INVALID_TYPE_ON_FIELD_IN_RECORD."""
    duplicate_id: Literal["record", "request", "accept"] = "record"
    """The same id twice in a collection: the second fails, the call fails, or both are carried out (§4.1)."""
    id_on_failure: bool = False
    """Whether a failed element names its id (§4.1: may be missing)."""
    limit_info: bool = True
    """Whether `Sforce-Limit-Info` is sent at all."""
    limit_info_on_errors: bool = False
    """Whether answers from 400 up carry it (§5.1)."""
    limit_info_app: str | None = None
    """With a name: `; per-app-api-usage=…(appName=…)` follows (§5.1)."""
    hard_stop: float = 1.0
    """The daily limit bites at this multiple of the figure that is shown: production may burst (§5.1)."""
    limits_allowed: bool = True
    """Whether the integration user may read /limits (View Setup and Configuration, §5.1)."""
    html_401: bool = False
    """A dead session is answered with HTML instead of the JSON list (§1.4)."""
    session_seconds: float = 7_200.0
    """Idle time after which a session dies (§1.1)."""
    logins_per_hour: int = 3_600
    """Logins of one user within an hour before they are refused (§1.1)."""
    assertion_seconds: float = 300.0
    """How far ahead an assertion's `exp` may lie (§1.1)."""
    filter_type_error: str = "INVALID_QUERY_FILTER_OPERATOR"
    """A date literal on a datetime field; INVALID_FIELD and MALFORMED_QUERY are the rivals (§2.2)."""
    assignment_on_update: bool = True
    """Whether the assignment rule runs on updates too (§4.2)."""
    soap_login_newest: float = 64.0
    """The newest API version with SOAP `login()` (§1.1)."""
    tooling_delete: bool = True
    """Whether Tooling DELETE of a custom field exists (§6)."""
    field_delay_seconds: float = 0.0
    """How long a field made by Tooling stays unseen after its rights are granted (§6)."""
    multi_order: Literal["defined", "sent"] = "defined"
    """The order in which a multi-select value comes back."""
    edit_converted: bool = False
    """Whether the user has View and Edit Converted Leads, so that a converted lead takes updates (§4.4)."""
    customize: bool = True
    """Whether the user may make fields, permission sets and list views (§6)."""
    slow_query_rows: int | None = None
    """A query in order that matches more rows runs for too long (§2.1: QUERY_TIMEOUT)."""
    bulk_refusal: str | None = None
    """With a code (API_DISABLED_FOR_ORG, FEATURENOTENABLED): bulk jobs are refused with it (§4.3)."""
    bulk_assignment: Literal["id", "header"] = "id"
    """Whether a bulk job runs the assignment rule only with `assignmentRuleId`, or whenever the header of its
    creation does not say FALSE (§4.3: unconfirmed)."""
    bulk_charset: bool = True
    """Whether results of bulk jobs name their charset (§1.5)."""
    bulk_queue_seconds: float = 2.0
    """How long a closed bulk job waits before the org begins with it."""
    bulk_rows_per_second: float = 2_000.0
    """How fast the org works off a bulk job."""
    bulk_fails_after: int | None = None
    """After so many rows a bulk job fails as a whole, as where its batches take too long (§4.3)."""
    instance_url: str | None = None
    """The token answer's instance_url; otherwise it follows from the host that was asked (§1.2)."""
    read_only: bool = False
    """Maintenance: reads go on, writes are refused (§5.2)."""
