"""Leadline's fields and list views as an org wants them. Data and pure functions (fact sheet §6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.fields import Row
from qualifier.verdict import Output

LONGEST_TEXT = 255
VISIBLE_LINES = 4
DESCRIPTION = "Written by Leadline."
DESCRIPTION_REP = "Answered by people, read by Leadline."

DESCRIBE_TYPES: Mapping[str, tuple[str, ...]] = {
    "number": ("double", "int"),
    "text": ("string", "textarea"),
    "long_text": ("textarea",),
    "pick": ("picklist", "string"),
    "multi_pick": ("multipicklist", "textarea", "string"),
    "date": ("date",),
    "instant": ("datetime",),
}
"""Kind of output → types of field, in the words of describe, that can hold it; ours comes first."""


def choices(output: Output, vocabulary: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The values of a picklist: the table's own, else those that come from the playbook."""
    return output.values or tuple(vocabulary.get(output.name, ()))


def field_metadata(output: Output, values: Sequence[str], *, by_rep: bool) -> dict[str, Any]:
    """The Tooling API's `Metadata` of a custom field."""
    common = {
        "label": output.label,
        "inlineHelpText": output.help,
        "description": DESCRIPTION_REP if by_rep else DESCRIPTION,
        "required": False,
    }
    return common | _typed(output, values)


def _typed(output: Output, values: Sequence[str]) -> dict[str, Any]:
    if output.kind == "number":
        return {"type": "Number", "precision": len(str(max(-output.low, output.high))), "scale": 0}
    if output.kind in ("text", "long_text"):
        if output.length <= LONGEST_TEXT:
            return {"type": "Text", "length": output.length}
        return {"type": "LongTextArea", "length": output.length, "visibleLines": VISIBLE_LINES}
    if output.kind == "pick":
        return {"type": "Picklist", "valueSet": value_set(values)}
    if output.kind == "multi_pick":
        return {
            "type": "MultiselectPicklist",
            "visibleLines": VISIBLE_LINES,
            "valueSet": value_set(values),
        }
    return {"type": "Date" if output.kind == "date" else "DateTime"}


def value_set(values: Sequence[str]) -> dict[str, Any]:
    """A restricted picklist of these values, in this order."""
    definition = [{"fullName": value, "label": value, "default": False} for value in values]
    return {"restricted": True, "valueSetDefinition": {"sorted": False, "value": definition}}


def with_values(metadata: Row, values: Sequence[str]) -> dict[str, Any]:
    """`metadata` of an existing picklist with `values` added; values left out would become inactive."""
    definition = metadata["valueSet"]["valueSetDefinition"]
    known = [str(one.get("fullName") or one.get("valueName")) for one in definition["value"]]
    added = [value for value in values if value not in known]
    new = value_set(added)["valueSetDefinition"]["value"]
    merged = {**definition, "value": [*definition["value"], *new]}
    return {**metadata, "valueSet": {**metadata["valueSet"], "valueSetDefinition": merged}}


def missing_values(field: Row, values: Sequence[str]) -> list[str]:
    """Values that a picklist of the org lacks; none for a field that is no restricted picklist."""
    if field.get("type") not in ("picklist", "multipicklist") or not field.get("restrictedPicklist"):
        return []
    active = {one["value"] for one in field.get("picklistValues", ()) if one.get("active", True)}
    return [value for value in values if value not in active]


def misfit(output: Output, field: Row) -> str:
    """Why an existing field cannot hold an output, with the remedy; empty where it can."""
    wanted = DESCRIBE_TYPES[output.kind]
    if field.get("type") not in wanted:
        return f"it is a {field.get('type')}, and {wanted[0]} is needed: rename or delete it"
    if output.length and int(field.get("length") or 0) < output.length:
        return (
            f"it holds {field.get('length')} characters of {output.length}: longer texts are cut; lengthen it"
        )
    return ""


@dataclass(frozen=True, slots=True)
class View:
    """A list view. `filters`: (output, operator, values), all of which must hold."""

    name: str
    label: str
    filters: tuple[tuple[str, str, tuple[str, ...]], ...]
    columns: tuple[str, ...]
    mine: bool = False


NAME_COLUMNS = ("Name", "Company")
CALL_COLUMNS = ("Segment", "Score", "Stage", "Why", "Ask_Next", "Respond_By", "SLA")
_HOT = ("Respond_Rank", "LessThan", ("2000",))
"""Hot leads rank 1000 to 1599; closed ones 8000 and more (the contract's Respond_Rank)."""
_LIVE = ("Respond_Rank", "LessThan", ("8000",))

VIEWS: tuple[View, ...] = (
    View("Leadline_Call_Now", "Leadline – Call now", (_HOT,), CALL_COLUMNS),
    View("Leadline_My_Call_Now", "Leadline – My call now", (_HOT,), CALL_COLUMNS, mine=True),
    View(
        "Leadline_Came_Back",
        "Leadline – Came back",
        (("Tags", "Includes", ("came_back",)), _LIVE),
        (*CALL_COLUMNS, "Tags"),
    ),
    View(
        "Leadline_Ask_First",
        "Leadline – Ask before you judge",
        (("Phase", "Equals", ("contacted", "discovery")), ("Evidence", "LessThan", ("3",)), _LIVE),
        ("Segment", "Score", "Evidence", "Phase", "Ask_Next", "Why"),
    ),
    View(
        "Leadline_Thin_Data",
        "Leadline – Thin or conflicting",
        (("Data", "Equals", ("thin", "conflict")), _LIVE),
        ("Segment", "Score", "Data", "Ask_Next", "Why"),
    ),
)
"""The first five views of the product; Respond_Rank is the first column of each, so that one click sorts."""


def view_outputs(view: View) -> set[str]:
    """The outputs a view needs; where one is not written, the view is not made."""
    return {"Respond_Rank", *view.columns, *(name for name, _, _ in view.filters)}


def view_body(view: View, field_names: Mapping[str, str]) -> dict[str, Any]:
    """The UI API's body of a new list view. `field_names`: output → API name."""
    return {
        "listViewApiName": view.name,
        "label": view.label,
        "displayColumns": [
            field_names["Respond_Rank"],
            *NAME_COLUMNS,
            *(field_names[name] for name in view.columns),
        ],
        "filteredByInfo": [
            {"fieldApiName": field_names[name], "operator": operator, "operandLabels": list(values)}
            for name, operator, values in view.filters
        ],
        "filterLogicString": " AND ".join(str(number + 1) for number in range(len(view.filters))),
        "scope": {"apiName": "mine" if view.mine else "everything"},
        "visibility": "Public",
    }
