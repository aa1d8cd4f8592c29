"""What is unconfirmed about HubSpot, or varies: one switch each, so that both answers can be tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class HubSpotSwitches:
    """The portal's doubtful behaviours. Defaults are the stricter reading of each (hubspot.md §10)."""

    index_lag_seconds: float = 0.0
    """How long a change stays invisible to search (§2.1 freshness, §9 story 3)."""
    search_wall: int = 10_000
    """How many of its results a query shows (§2.1); tests lower it to meet it sooner."""
    stale_search_values: bool = False
    """Search answers with the indexed values instead of the present ones (§9 story 4)."""
    trace_ids_save_the_batch: bool = True
    """A bad value in a batch update whose inputs all have an own objectWriteTraceId: 207, not 400 (§4)."""
    equal_write_bumps: bool = True
    """Writing a value that is already there moves lastmodifieddate."""
    association_bumps: bool = True
    """An association moves lastmodifieddate of both ends (§10 point 5)."""
    null_write: Literal["refuse", "clear", "ignore"] = "refuse"
    """A property set to JSON null (§4: not documented)."""
    retry_after: bool = False
    """429 answers carry Retry-After (§5: absent in all recorded ones)."""
    search_accepts_iso_dates: bool = False
    """Search filters take ISO dates beside epoch milliseconds (§10 point 4)."""
    negations_match_unset: bool = False
    """NEQ, NOT_IN and NOT_CONTAINS_TOKEN also find records where the property has no value."""
    batch_read_follows_merges: bool = False
    """Batch read answers a merged id with the surviving record; otherwise it is not found."""
    archived_property_name: Literal["conflict", "recreate"] = "conflict"
    """Creating a property whose name lies in the recycle bin (§6.1)."""
    property_in_list_stays: bool = True
    """A property that a list filters by cannot be archived (§6.1)."""
    full_group_stays: bool = True
    """A property group that still holds properties cannot be deleted (§6.1)."""
    list_name_conflict_status: int = 400
    """A second list of the same name (§6.2: body unconfirmed)."""
    no_associations_status: Literal[200, 207] = 207
    """Batch-reading associations of a record without any (§3.4)."""
    read_only_code: str = "READ_ONLY_VALUE"
    """The code for writing a read-only property (§10 point 9)."""
    expired_category: str = "EXPIRED_AUTHENTICATION"
    """The category of the 401 for an expired access token (§10 point 3)."""
    malformed_token_status: Literal[401, 530] = 401
    """A token of the wrong form: HubSpot's own 401, or Cloudflare's 530 (§1.1)."""
