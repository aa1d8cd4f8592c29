"""Creates what Leadline needs in an org, by REST alone: fields, rights, list views (fact sheet §6).

`plan` reads and changes nothing; `apply` walks the same plan. Everything is looked for before it is made, so
that a second run changes nothing. `remove` takes it all away, in reverse.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config.connections import SalesforceConnection
from connectors.base import Misconfigured, Refused, Rejected, Step
from connectors.salesforce.client import Client, chunks
from connectors.salesforce.fields import crm_name, field_of, own_outputs
from connectors.salesforce.metadata import (
    VIEWS,
    choices,
    field_metadata,
    misfit,
    missing_values,
    view_body,
    view_outputs,
    with_values,
)
from connectors.salesforce.reading import quoted
from connectors.salesforce.transport import WRITE_SECONDS
from connectors.salesforce.writing import BATCH
from qualifier.verdict import REP_FIELDS, Output

VISIBLE_TRIES = 8
"""How often describe is asked whether the new fields are visible: rights take a moment to arrive."""
READ_OBJECTS = ("Account", "Opportunity", "Campaign")


@dataclass(frozen=True, slots=True)
class RightsSet:
    """A permission set: who gets it, and what it allows on our fields."""

    name: str
    label: str
    for_whom: str
    edits_outputs: bool
    edits_answers: bool
    reads: tuple[str, ...] = ()
    assign: bool = False


RIGHTS_SETS = (
    RightsSet(
        "Leadline_Worker",
        "Leadline worker",
        "Leadline's own user",
        edits_outputs=True,
        edits_answers=False,
        reads=READ_OBJECTS,
        assign=True,
    ),
    RightsSet(
        "Leadline_Reps",
        "Leadline reps",
        "everybody who works with leads: assign it in Setup, Permission Sets",
        edits_outputs=False,
        edits_answers=True,
    ),
)


class Setup:
    """Set-up of one org."""

    def __init__(self, client: Client, connection: SalesforceConnection) -> None:
        self._client = client
        self._connection = connection
        self._outputs = own_outputs(connection)

    # --- what there is, what is wanted ----------------------------------------------------------------------

    def plan(self, vocabulary: Mapping[str, Sequence[str]]) -> list[Step]:
        """What `apply` would do; changes nothing."""
        self._client.forget_describes()
        existing = self._existing_fields()
        steps = [self._plan_field(one, vocabulary, existing) for one in self._all_fields()]
        sets = self._records("PermissionSet", "Name", [one.name for one in RIGHTS_SETS])
        for wanted in RIGHTS_SETS:
            steps += self._plan_rights(wanted, sets.get(wanted.name))
        return [*steps, *self._plan_views()]

    def apply(self, vocabulary: Mapping[str, Sequence[str]]) -> Iterator[Step]:
        """Carry the plan out; each step is yielded once it holds, `refuse` where an admin has to do it."""
        plan = self.plan(vocabulary)
        views = [step for step in plan if step.kind == "list view"]
        yield from (self._attempt(step, vocabulary) for step in plan if step.kind != "list view")
        # Views come last: the org refuses columns that the user does not see yet.
        yield self._verify()
        yield from (self._attempt(step, vocabulary) for step in views)

    def remove_plan(self) -> list[Step]:
        """What `remove` would take away, in its order: views, sets with their rights, fields with values."""
        views = self._existing_views()
        sets = self._records("PermissionSet", "Name", [one.name for one in RIGHTS_SETS])
        fields = self._existing_fields()
        renamed = set(self._connection.write.rename)
        ours = [crm_name(one, self._connection) for one in self._all_fields() if one.name not in renamed]
        return [
            *(Step("list view", view.name, "remove", view.label) for view in VIEWS if view.name in views),
            *(Step("permission set", one.name, "remove") for one in RIGHTS_SETS if one.name in sets),
            *(Step("field", name, "remove", "its values are lost") for name in ours if name in fields),
        ]

    def remove(self) -> Iterator[Step]:
        """Take away what set-up made, in reverse."""
        for step in self.remove_plan():
            yield self._attempt(step, {})
        self._client.forget_describes()

    def _all_fields(self) -> tuple[Output, ...]:
        return (*self._outputs, *REP_FIELDS)

    def _plan_field(
        self, output: Output, vocabulary: Mapping[str, Sequence[str]], existing: Mapping[str, str]
    ) -> Step:
        name = crm_name(output, self._connection)
        field = field_of(self._client.describe("Lead"), name)
        if output.name in self._connection.write.rename:
            if field is None:
                return Step("field", name, "refuse", "write.rename names it, but it is not there: create it")
            return Step("field", name, "keep", misfit(output, field) or "yours")
        if field is None:
            # Made before, but hidden from our user: the rights below show it.
            known = name in existing
            return Step(
                "field",
                name,
                "keep" if known else "create",
                "hidden from Leadline" if known else output.label,
            )
        problem = misfit(output, field)
        if problem:
            return Step("field", name, "refuse", problem)
        missing = missing_values(field, choices(output, vocabulary))
        return (
            Step("field", name, "change", f"add {', '.join(missing)}")
            if missing
            else Step("field", name, "keep")
        )

    def _plan_rights(self, wanted: RightsSet, set_id: str | None) -> list[Step]:
        objects, fields = self._missing_rights(wanted, set_id)
        user = self._client.user_id if wanted.assign else ""
        steps = [
            Step("permission set", wanted.name, "keep" if set_id else "create", f"for {wanted.for_whom}"),
            Step("object rights", wanted.name, "create" if objects else "keep", ", ".join(objects)),
            Step(
                "field rights",
                wanted.name,
                "create" if fields else "keep",
                f"{len(fields)} fields" if fields else "",
            ),
        ]
        if wanted.assign and not user:
            by_hand = "Leadline does not know its own user's id with this login: assign the set by hand"
            return [*steps, Step("assignment", wanted.name, "refuse", by_hand)]
        if wanted.assign:
            holds = set_id is not None and self._is_assigned(set_id, user)
            steps.append(Step("assignment", wanted.name, "keep" if holds else "create", wanted.for_whom))
        return steps

    def _plan_views(self) -> list[Step]:
        existing = self._existing_views()
        written = {output.name for output in self._outputs}
        return [
            Step("list view", view.name, "keep" if view.name in existing else "create", view.label)
            for view in VIEWS
            if view_outputs(view) <= written
        ]

    # --- doing it -------------------------------------------------------------------------------------------

    def _attempt(self, step: Step, vocabulary: Mapping[str, Sequence[str]]) -> Step:
        """Carry one step out. What the org refuses becomes a step for the admin."""
        if step.action in ("keep", "refuse"):
            return step
        try:
            self._carry_out(step, vocabulary)
        except (Rejected, Refused, Misconfigured) as error:
            if error.code == "DUPLICATE_DEVELOPER_NAME":
                return replace(step, action="keep")
            return replace(step, action="refuse", detail=f"{error} ({error.code}) {_BY_HAND[step.kind]}")
        return step

    def _carry_out(self, step: Step, vocabulary: Mapping[str, Sequence[str]]) -> None:
        if step.action == "remove":
            self._remove(step)
        elif step.kind == "field":
            output = next(o for o in self._all_fields() if crm_name(o, self._connection) == step.name)
            values = choices(output, vocabulary)
            self._create_field(output, values) if step.action == "create" else self._widen_field(
                step.name, values
            )
        elif step.kind == "list view":
            names = {output.name: crm_name(output, self._connection) for output in self._outputs}
            view = next(view for view in VIEWS if view.name == step.name)
            self._post("ui-api/list-info/Lead", view_body(view, names))
        else:
            self._grant(step, next(one for one in RIGHTS_SETS if one.name == step.name))

    def _create_field(self, output: Output, values: Sequence[str]) -> None:
        metadata = field_metadata(output, values, by_rep=output in REP_FIELDS)
        if "valueSet" in metadata and not values:
            raise Misconfigured(f"{output.name} has no values: the playbook names none.", code="no_values")
        name = crm_name(output, self._connection)
        self._post("tooling/sobjects/CustomField", {"FullName": f"Lead.{name}", "Metadata": metadata})

    def _widen_field(self, name: str, values: Sequence[str]) -> None:
        field_id = self._existing_fields()[name]
        row = self._tooling(f"SELECT Id, Metadata FROM CustomField WHERE Id = {quoted(field_id)}")[0]  # noqa: S608 - quoted
        self._client.call(
            "setup",
            f"tooling/sobjects/CustomField/{field_id}",
            method="PATCH",
            body={"FullName": f"Lead.{name}", "Metadata": with_values(row["Metadata"], values)},
            read_seconds=WRITE_SECONDS,
        )

    def _grant(self, step: Step, wanted: RightsSet) -> None:
        if step.kind == "permission set":
            body = {"Name": wanted.name, "Label": wanted.label, "Description": f"For {wanted.for_whom}."}
            self._post("sobjects/PermissionSet", body)
            return
        set_id = self._records("PermissionSet", "Name", [wanted.name])[wanted.name]
        objects, fields = self._missing_rights(wanted, set_id)
        if step.kind == "object rights":
            self._create_all("ObjectPermissions", [_object_right(set_id, one) for one in objects])
        elif step.kind == "field rights":
            edits = self._edited_fields(wanted)
            self._create_all("FieldPermissions", [_field_right(set_id, f, edit=f in edits) for f in fields])
        else:
            body = {"PermissionSetId": set_id, "AssigneeId": self._client.user_id}
            self._post("sobjects/PermissionSetAssignment", body)

    def _remove(self, step: Step) -> None:
        if step.kind == "list view":
            path = f"ui-api/list-info/Lead/{step.name}"
        elif step.kind == "permission set":
            set_id = self._records("PermissionSet", "Name", [step.name])[step.name]
            for row in self._client.query(_assignments(set_id))["records"]:
                self._delete(f"sobjects/PermissionSetAssignment/{row['Id']}")
            path = f"sobjects/PermissionSet/{set_id}"
        else:
            path = f"tooling/sobjects/CustomField/{self._existing_fields()[step.name]}"
        self._delete(path)

    def _verify(self) -> Step:
        """Whether our user sees and may write every field; waits a little for rights to arrive."""
        wanted = {crm_name(output, self._connection) for output in self._outputs}
        for attempt in range(1, VISIBLE_TRIES + 1):
            self._client.forget_describes()
            described = self._client.describe("Lead")
            missing = [
                name for name in sorted(wanted) if not (field_of(described, name) or {}).get("updateable")
            ]
            if not missing:
                return Step("check", "Lead", "keep", f"{len(wanted)} fields can be written")
            if attempt == VISIBLE_TRIES or not self._client.gate.pause(attempt):
                break
        detail = (
            f"cannot be written: {', '.join(missing)}. Give Leadline's user the set {RIGHTS_SETS[0].name}."
        )
        return Step("check", "Lead", "refuse", detail)

    # --- the org's records ----------------------------------------------------------------------------------

    def _existing_fields(self) -> dict[str, str]:
        """API names of custom fields of Lead that bear our prefix → their ids, seen or unseen."""
        soql = (
            "SELECT Id, DeveloperName FROM CustomField "
            "WHERE TableEnumOrId = 'Lead' AND DeveloperName LIKE 'Leadline%'"
        )
        return {f"{row['DeveloperName']}__c": row["Id"] for row in self._tooling(soql)}

    def _existing_views(self) -> set[str]:
        soql = (
            "SELECT DeveloperName FROM ListView WHERE SobjectType = 'Lead' AND DeveloperName LIKE 'Leadline%'"
        )
        return {row["DeveloperName"] for row in self._client.query(soql)["records"]}

    def _records(self, sobject: str, column: str, names: Sequence[str]) -> dict[str, str]:
        listed = ", ".join(map(quoted, names))
        soql = f"SELECT Id, {column} FROM {sobject} WHERE {column} IN ({listed})"  # noqa: S608 - quoted
        return {row[column]: row["Id"] for row in self._client.query(soql)["records"]}

    def _missing_rights(self, wanted: RightsSet, set_id: str | None) -> tuple[list[str], list[str]]:
        """Objects and fields that the set does not cover yet."""
        objects = ["Lead", *wanted.reads]
        fields = [f"Lead.{crm_name(output, self._connection)}" for output in self._all_fields()]
        if set_id is None:
            return objects, fields
        parent = quoted(set_id)
        soqls = [
            f"SELECT SobjectType FROM ObjectPermissions WHERE ParentId = {parent}",  # noqa: S608 - quoted
            f"SELECT Field FROM FieldPermissions WHERE ParentId = {parent} AND SobjectType = 'Lead'",  # noqa: S608 - quoted
        ]
        have_objects, have_fields = (answer["records"] for answer in self._client.queries(soqls))
        known_objects = {row["SobjectType"] for row in have_objects}
        known_fields = {row["Field"] for row in have_fields}
        return [o for o in objects if o not in known_objects], [f for f in fields if f not in known_fields]

    def _edited_fields(self, wanted: RightsSet) -> set[str]:
        outputs = self._outputs if wanted.edits_outputs else ()
        answers = REP_FIELDS if wanted.edits_answers else ()
        return {f"Lead.{crm_name(output, self._connection)}" for output in (*outputs, *answers)}

    def _is_assigned(self, set_id: str, user: str) -> bool:
        soql = f"{_assignments(set_id)} AND AssigneeId = {quoted(user)}"
        return bool(self._client.query(soql)["records"])

    def _tooling(self, soql: str) -> list[Any]:
        answer = self._client.call("setup", "tooling/query/", params={"q": soql}, expect="records")
        return list(answer["records"])

    def _post(self, path: str, body: Any) -> Any:
        return self._client.call("setup", path, method="POST", body=body, read_seconds=WRITE_SECONDS)

    def _delete(self, path: str) -> None:
        self._client.call("setup", path, method="DELETE", read_seconds=WRITE_SECONDS)

    def _create_all(self, sobject: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Create records by collections. Raises Rejected with the first refused one's code."""
        for part in chunks(rows, BATCH):
            records = [{"attributes": {"type": sobject}, **row} for row in part]
            results = self._post("composite/sobjects", {"allOrNone": False, "records": records}) or []
            failed = [one for one in results if not one.get("success")]
            if failed or len(results) != len(records):
                code = (
                    str((failed[0].get("errors") or [{}])[0].get("statusCode", "")) if failed else "no_result"
                )
                raise Rejected(f"{len(failed)} of {len(records)} {sobject} were refused.", code=code)


def _object_right(set_id: str, sobject: str) -> dict[str, Any]:
    edits = sobject == "Lead"
    return {"ParentId": set_id, "SobjectType": sobject, "PermissionsRead": True, "PermissionsEdit": edits}


def _field_right(set_id: str, field: str, *, edit: bool) -> dict[str, Any]:
    right = {"ParentId": set_id, "SobjectType": "Lead", "Field": field}
    return {**right, "PermissionsRead": True, "PermissionsEdit": edit}


def _assignments(set_id: str) -> str:
    return f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = {quoted(set_id)}"  # noqa: S608 - quoted


_BY_HAND: Mapping[str, str] = {
    "field": "By hand: Setup, Object Manager, Lead, Fields & Relationships.",
    "permission set": "By hand: Setup, Permission Sets.",
    "object rights": "By hand: Setup, Permission Sets, Object Settings, Leads: Read and Edit.",
    "field rights": "By hand: Setup, Permission Sets, Object Settings, Leads: field permissions.",
    "assignment": "By hand: Setup, Permission Sets, Manage Assignments.",
    "list view": "By hand: Leads, List View Controls, New.",
}
"""What an admin does where the org lets Leadline not do it itself."""
