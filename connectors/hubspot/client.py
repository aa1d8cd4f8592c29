"""What Leadline asks of HubSpot, call by call: each answer proved before it counts as success.

A 2xx proves nothing: wrong wrappers, maintenance pages and merged ids all come back as 200 (fact sheet §1.4,
§4). Every method raises the errors of `connectors.base`.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from config.addresses import host_and_port
from config.connections import HubSpotConnection
from connectors.base import Rejected
from connectors.home import at_home
from connectors.hubspot.answers import (
    Batch,
    Found,
    Invalid,
    Row,
    batch_of,
    has_all,
    has_content,
    has_links,
    has_records,
    target_of,
    whole_number,
)
from connectors.hubspot.login import Login, Session
from connectors.hubspot.outcomes import ANSWER_LOST, OUTCOMES, is_uncertain
from connectors.hubspot.transport import (
    Apis,
    HubSpotTrouble,
    Send,
    exchange,
    raw,
)
from connectors.outcomes import Split, Trouble, Vanished
from connectors.traffic import Bucket, CallHook, Gate, Timing

SEARCH_PER_SECOND = 4.0
"""HubSpot allows 5 searches a second and account, shared by all apps (§2.1): one is left to the others.
There is no burst: four at once and four within the next second would be eight."""
FIRST_BURST = 100
"""Calls per 10 seconds of the smallest tier (§5); the first answer's headers tell the true figure."""
BURST_SHARE, STEADY_SHARE = 0.2, 0.75
"""Of the calls that HubSpot allows per window: this many at once, the others spread over the window."""
BATCH_SIZE = 100
SEARCH_SIZE = 200
ASSOCIATION_SIZE = 1000
MEMBERSHIP_SIZE = 250
LIST_SEARCH_SIZE = 500
"""The most that HubSpot takes or gives in one call (§2.1, §2.4, §3.4, §6.2)."""
CONTACTS = "contacts"
CONTACT_TYPE_ID = "0-1"


class HubSpotClient:
    """One portal behind one gate; safe to use from many threads."""

    def __init__(
        self,
        connection: HubSpotConnection,
        *,
        stop: threading.Event | None = None,
        on_call: CallHook | None = None,
        timing: Timing | None = None,
    ) -> None:
        timing = timing or Timing()
        self.monotonic = timing.monotonic
        self._burst = Bucket(FIRST_BURST * STEADY_SHARE / 10, FIRST_BURST * BURST_SHARE, self.monotonic)
        self.gate = Gate(
            connection.name,
            OUTCOMES,
            address=host_and_port(connection.base_url),
            stop=stop,
            limits={"search.": Bucket(SEARCH_PER_SECOND, 1, self.monotonic), "crm.": self._burst},
            budget=connection.api_budget,
            on_call=on_call,
            timing=timing,
        )
        self._base_url = connection.base_url
        self._login = Login(connection, self.gate, self.monotonic)

    def close(self) -> None:
        """Give the sockets back."""
        self._login.close()

    # --- records --------------------------------------------------------------------------------------------

    def search(self, object_type: str, body: Mapping[str, Any]) -> Found:
        """POST …/search."""
        answer = self._call(
            f"search.{object_type}",
            lambda apis: partial(apis.search.do_search_with_http_info, object_type, dict(body)),
            proof=has_records,
        )
        paging = (answer.get("paging") or {}).get("next") or {}
        return Found(tuple(answer["results"]), bool(paging.get("after")), int(answer.get("total") or 0))

    def read(self, object_type: str, ids: Sequence[str], properties: Iterable[str]) -> Batch:
        """POST …/batch/read of at most 100 ids; those that are not there are missing from `rows`."""
        body = {
            "properties": list(properties),
            "propertiesWithHistory": [],
            "inputs": [{"id": record_id} for record_id in ids],
        }
        answer = self._call(
            f"crm.read.{object_type}",
            lambda apis: partial(apis.batch.read_with_http_info, object_type, body, archived=False),
            proof=has_records,
        )
        return batch_of(answer)

    def update(self, object_type: str, values: Mapping[str, Mapping[str, str]]) -> Batch:
        """POST …/batch/update of at most 100 records, id → property → text. Raises Invalid for a 400.

        Each input has its own objectWriteTraceId: then HubSpot may write the good ones beside a bad one (§4).
        Raises Transient with the code ANSWER_LOST where HubSpot may have written them all the same.
        """
        body = {
            "inputs": [
                {"id": record_id, "properties": dict(texts), "objectWriteTraceId": record_id}
                for record_id, texts in values.items()
            ]
        }
        answer = self._call(
            f"crm.update.{object_type}",
            lambda apis: partial(apis.batch.update_with_http_info, object_type, body),
            proof=has_content,
            may_repeat=False,
        )
        return batch_of(answer)

    def archived(self, object_type: str, properties: str, after: str | None) -> tuple[list[Row], str | None]:
        """GET …?archived=true: what is in the recycle bin, by id, and where the next page starts (§2.4)."""
        query = {"archived": "true", "limit": str(BATCH_SIZE), "properties": properties}
        query |= {"after": after} if after else {}
        path = f"/crm/v3/objects/{object_type}"
        answer = self._raw("crm.archived", "GET", path, query=query, proof=has_records)
        following = ((answer.get("paging") or {}).get("next") or {}).get("after")
        return answer["results"], str(following) if following else None

    def survivor(self, object_type: str, record_id: str) -> str | None:
        """The id under which a record lives on after merges; None where it was deleted (§4)."""
        try:
            answer = self._call(
                f"crm.get.{object_type}",
                lambda apis: partial(apis.basic.get_by_id_with_http_info, object_type, record_id),
                proof=lambda answer: bool(answer.get("id")),
            )
        except Vanished:
            return None
        return str(answer["id"])

    def associated(self, source: str, target: str, ids: Sequence[str]) -> dict[str, list[str]]:
        """Source id → target ids, the primary one first; ids without a target are absent."""
        found: dict[str, list[tuple[bool, str]]] = {}
        inputs = [{"id": record_id} for record_id in ids]
        while inputs:
            chunk, inputs = inputs[:ASSOCIATION_SIZE], inputs[ASSOCIATION_SIZE:]
            answer = self._call(
                "crm.associations",
                lambda apis, chunk=chunk: partial(  # type: ignore[misc]  # mypy cannot infer a default's type
                    apis.associations.get_page_with_http_info, source, target, {"inputs": chunk}
                ),
                proof=has_links,
            )
            for row in answer["results"]:
                source_id = str(row["from"]["id"])
                found.setdefault(source_id, []).extend(map(target_of, row.get("to") or ()))
                after = ((row.get("paging") or {}).get("next") or {}).get("after")
                if after:
                    inputs.append({"id": source_id, "after": str(after)})
        return {
            source_id: [target_id for _, target_id in sorted(targets, key=lambda one: not one[0])]
            for source_id, targets in found.items()
        }

    # --- definitions ----------------------------------------------------------------------------------------

    def properties(self, object_type: str, *, archived: bool = False) -> tuple[Row, ...]:
        """All property definitions."""
        answer = self._call(
            "crm.properties",
            lambda apis: partial(apis.properties.get_all_with_http_info, object_type, archived=archived),
            proof=lambda answer: has_all(answer, "results", "name"),
        )
        return tuple(answer["results"])

    def create_property(self, object_type: str, definition: Mapping[str, Any]) -> None:
        """Make one property. Raises Invalid where its name is taken or waits in the recycle bin."""
        self._call(
            "crm.properties",
            lambda apis: partial(apis.properties.create_with_http_info, object_type, dict(definition)),
            proof=lambda answer: answer.get("name") == definition["name"],
        )

    def create_properties(self, object_type: str, definitions: Sequence[Mapping[str, Any]]) -> frozenset[str]:
        """Make at most 100 properties in one call; the names of those that now exist."""
        answer = self._call(
            "crm.properties",
            lambda apis: partial(
                apis.property_batch.create_with_http_info, object_type, {"inputs": list(definitions)}
            ),
            proof=has_content,
        )
        return frozenset(str(row["name"]) for row in answer.get("results") or ())

    def update_property(self, object_type: str, name: str, change: Mapping[str, Any]) -> None:
        """Change label, options or group of one property."""
        self._call(
            "crm.properties",
            lambda apis: partial(apis.properties.update_with_http_info, object_type, name, dict(change)),
            proof=lambda answer: answer.get("name") == name,
        )

    def archive_property(self, object_type: str, name: str) -> None:
        """Move one property to the recycle bin. Raises Invalid while a list uses it."""
        self._call(
            "crm.properties",
            lambda apis: partial(apis.properties.archive_with_http_info, object_type, name),
            proof=None,
        )

    def groups(self, object_type: str) -> frozenset[str]:
        """Names of all property groups."""
        answer = self._call(
            "crm.properties",
            lambda apis: partial(apis.groups.get_all_with_http_info, object_type),
            proof=lambda answer: has_all(answer, "results", "name"),
        )
        return frozenset(str(group["name"]) for group in answer["results"])

    def create_group(self, object_type: str, name: str, label: str) -> None:
        """Make a property group."""
        body = {"name": name, "label": label, "displayOrder": -1}
        self._call(
            "crm.properties",
            lambda apis: partial(apis.groups.create_with_http_info, object_type, body),
            proof=lambda answer: answer.get("name") == name,
        )

    def archive_group(self, object_type: str, name: str) -> None:
        """Remove an empty property group."""
        self._call(
            "crm.properties",
            lambda apis: partial(apis.groups.archive_with_http_info, object_type, name),
            proof=None,
        )

    # --- lists and account ----------------------------------------------------------------------------------

    def lists(self, name_part: str) -> dict[str, str]:
        """Name → id of the lists whose name holds `name_part`, at most 500."""
        answer = self._raw(
            "crm.lists",
            "POST",
            "/crm/v3/lists/search",
            {"query": name_part, "count": LIST_SEARCH_SIZE, "offset": 0},
            proof=lambda answer: has_all(answer, "lists", "name", "listId"),
        )
        return {str(one["name"]): str(one["listId"]) for one in answer["lists"]}

    def create_list(self, body: Mapping[str, Any]) -> str:
        """Make a list; its id."""
        answer = self._raw(
            "crm.lists",
            "POST",
            "/crm/v3/lists",
            body,
            proof=lambda answer: "listId" in answer.get("list", {}),
        )
        return str(answer["list"]["listId"])

    def archive_list(self, list_id: str) -> None:
        """Remove a list."""
        self._raw("crm.lists", "DELETE", f"/crm/v3/lists/{list_id}", proof=None)

    def members(self, list_id: str) -> frozenset[str]:
        """Ids of all records in a list."""
        members: set[str] = set()
        after: str | None = None
        while True:
            query = {"limit": str(MEMBERSHIP_SIZE)} | ({"after": after} if after else {})
            path = f"/crm/v3/lists/{list_id}/memberships"
            answer = self._raw(
                "crm.lists",
                "GET",
                path,
                query=query,
                proof=lambda answer: has_all(answer, "results", "recordId"),
            )
            members.update(str(member["recordId"]) for member in answer["results"])
            after = ((answer.get("paging") or {}).get("next") or {}).get("after")
            if not after:
                return frozenset(members)

    def account(self) -> Row:
        """The portal's details: portalId, timeZone, accountType."""
        with at_home(self.gate.name, self._base_url, "HubSpot"):
            answer: Row = self._raw(
                "crm.account",
                "GET",
                "/account-info/v3/details",
                proof=lambda answer: "portalId" in answer,
            )
        return answer

    # --- inside ---------------------------------------------------------------------------------------------

    def _raw(
        self,
        endpoint: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        proof: Callable[[Any], bool] | None,
    ) -> Any:
        return self._call(endpoint, lambda apis: raw(apis.basic, method, path, body, query), proof=proof)

    def _call(
        self,
        endpoint: str,
        pick: Callable[[Apis], Send],
        *,
        proof: Callable[[Any], bool] | None,
        may_repeat: bool = True,
    ) -> Any:
        """One call through the gate. proof: what a 2xx must show to count; None where no body is due.

        `may_repeat` False: where HubSpot may have carried it out, it is not sent again (ANSWER_LOST).
        """
        refused: list[HubSpotTrouble] = []
        used: list[Session] = []

        def send() -> Any:
            try:
                return send_once()
            except Trouble as trouble:
                if may_repeat or not is_uncertain(trouble):
                    raise
                raise Trouble(status=trouble.status, code=ANSWER_LOST, fault=trouble.fault) from None

        def send_once() -> Any:
            session = self._login.current()
            used[:] = [session]
            try:
                answer, headers = exchange(pick(session.apis))
            except HubSpotTrouble as trouble:
                refused[:] = [trouble]
                raise
            session.proven = True
            self._observe(headers)
            if proof is not None and not (isinstance(answer, dict) and proof(answer)):
                raise Trouble(fault="garbled")
            return answer

        refresh = partial(self._renew, used) if self._login.can_renew else None
        try:
            return self.gate.call(endpoint, send, refresh)
        except (Split, Vanished):
            raise
        except Rejected as error:
            faults = refused[-1].faults if refused else ()
            raise Invalid(str(error), code=error.code, faults=faults) from None

    def _renew(self, used: Sequence[Session]) -> None:
        self._login.renew(used[-1])

    def _observe(self, headers: Mapping[str, str]) -> None:
        """Feed clock, quota and pace from an answer's headers (§5); search answers carry no window."""
        self.gate.observe_date(headers.get("Date"))
        limit, left = (
            whole_number(headers, f"X-HubSpot-RateLimit-{name}") for name in ("Daily", "Daily-Remaining")
        )
        if limit is not None and left is not None:
            self.gate.observe_quota(limit - left, limit)
        most = whole_number(headers, "X-HubSpot-RateLimit-Max")
        window = whole_number(headers, "X-HubSpot-RateLimit-Interval-Milliseconds")
        if most and window:
            self._burst.rate = most * STEADY_SHARE / (window / 1000)
            self._burst.burst = most * BURST_SHARE
        remaining = whole_number(headers, "X-HubSpot-RateLimit-Remaining")
        if remaining is not None:
            self._burst.observe(remaining)
