"""Creates what Leadline needs in a portal: a property group, the properties, the lists (fact sheet §6).

`plan` reads and changes nothing; `apply` walks the same plan. Everything is looked for before it is made,
live and in the bin, so that a second run changes nothing. `remove` takes it all away, in reverse.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config.connections import HubSpotConnection
from connectors.base import Misconfigured, Refused, Rejected, Step
from connectors.hubspot.answers import Row
from connectors.hubspot.client import CONTACT_TYPE_ID, CONTACTS, HubSpotClient
from connectors.hubspot.fields import own_outputs, property_name
from qualifier.verdict import OUTPUTS, REP_FIELDS, FieldKind, Output

GROUP, GROUP_LABEL = "leadline", "Leadline"

TYPES: Mapping[FieldKind, tuple[str, str]] = {
    "number": ("number", "number"),
    "text": ("string", "text"),
    "long_text": ("string", "textarea"),
    "pick": ("enumeration", "select"),
    "multi_pick": ("enumeration", "checkbox"),
    "date": ("date", "date"),
    "instant": ("datetime", "date"),
}
"""Kind → type and fieldType; HubSpot refuses any other pair (§6.1)."""
LABELS: Mapping[str, str] = {"not_icp": "Not ICP"}
"""What a choice is called where its value with a capital letter reads wrong; the value stays."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A dynamic list. `filters`: (output, operation), all of which must hold."""

    name: str
    filters: tuple[tuple[str, Mapping[str, Any]], ...]


def _below(value: int) -> Mapping[str, Any]:
    return {"operationType": "NUMBER", "operator": "IS_LESS_THAN", "value": value}


def _any_of(*values: str) -> Mapping[str, Any]:
    return {"operationType": "ENUMERATION", "operator": "IS_ANY_OF", "values": list(values)}


_HOT = ("Respond_Rank", _below(2000))
"""Hot leads rank 1000 to 1599; closed ones 8000 and more (the contract's Respond_Rank)."""
_LIVE = ("Respond_Rank", _below(8000))

LISTS: tuple[Listing, ...] = (
    Listing("Leadline – Call now", (_HOT,)),
    Listing("Leadline – Came back", (("Tags", _any_of("came_back")), _LIVE)),
    Listing(
        "Leadline – Ask before you judge",
        (("Phase", _any_of("contacted", "discovery")), ("Evidence", _below(3)), _LIVE),
    ),
    Listing("Leadline – Thin or conflicting", (("Data", _any_of("thin", "conflict")), _LIVE)),
)
"""The product's first views. `My call now` is a saved view of each rep: a list knows no viewer."""

VIEW_RECIPE = (
    "HubSpot has no API for saved views: in Contacts, Add view, filter by List membership = the list of the "
    "same name, add the columns Respond rank, Segment, Score, Buying stage, Why, Ask next, Respond by and "
    "Response, sort by Respond rank ascending, and share it with everyone. For `Leadline – My call now` take "
    "the list `Leadline – Call now` and add the filter Contact owner = Me."
)
"""What an admin does by hand (§6.3)."""
_IN_BIN = (
    "Its name is in the recycle bin: restore it in Settings > Properties, Archived, and run set-up again."
)
_REMEDIES: Mapping[str, str] = {
    "group": "Create the property group by hand, or give the token crm.schemas.contacts.write.",
    "property": "Look it up in Settings > Properties, archived ones too; correct it, and run set-up again.",
    "list": "Give the token crm.lists.read and crm.lists.write, or create the list by hand.",
}


class Setup:
    """Set-up of one portal."""

    def __init__(self, client: HubSpotClient, connection: HubSpotConnection) -> None:
        self._client = client
        self._connection = connection
        self._fields = (*own_outputs(connection), *REP_FIELDS)

    def plan(self, vocabulary: Mapping[str, Sequence[str]]) -> list[Step]:
        """What `apply` would do; changes nothing."""
        live, bin_names = self._live(), self._archived_names()
        has_group = GROUP in self._client.groups(CONTACTS)
        return [
            Step("group", GROUP, "keep" if has_group else "create", GROUP_LABEL),
            *(self._plan_property(one, live, bin_names, vocabulary) for one in self._fields),
            *self._plan_lists(),
        ]

    def apply(self, vocabulary: Mapping[str, Sequence[str]]) -> Iterator[Step]:
        """Carry the plan out; each step is yielded once it holds, `refuse` where an admin has to do it."""
        live = self._live()
        made: frozenset[str] | None = None
        for step in self.plan(vocabulary):
            if step.kind == "property" and step.action == "create" and made is None:
                made = self._make_properties(vocabulary, live)
            if step.action in {"keep", "refuse"} or step.name in (made or ()):
                yield step
            else:
                yield self._attempt(step, vocabulary, live)

    def remove_plan(self) -> list[Step]:
        """What `remove` would take away, in its order; a property in use by a list cannot go first (§6.1)."""
        live = self._live()
        names = [property_name(one, self._connection) for one in (*OUTPUTS, *REP_FIELDS)]
        renamed = set(self._connection.write.rename.values())
        ours = [name for name in names if name in live and name not in renamed]
        there = self._client.lists(GROUP_LABEL)
        lists = [one.name for one in LISTS if one.name in there]
        groups = [GROUP] if GROUP in self._client.groups(CONTACTS) else []
        return [
            *(Step("list", name, "remove") for name in lists),
            *(Step("property", name, "remove", "its values are lost") for name in ours),
            *(Step("group", name, "remove") for name in groups),
        ]

    def remove(self) -> Iterator[Step]:
        """Take away what set-up made, in reverse."""
        for step in self.remove_plan():
            yield self._attempt(step, {}, {})

    # --- planning -------------------------------------------------------------------------------------------

    def _plan_property(
        self,
        output: Output,
        live: Mapping[str, Row],
        bin_names: frozenset[str],
        vocabulary: Mapping[str, Sequence[str]],
    ) -> Step:
        name = property_name(output, self._connection)
        if name in live:
            return self._plan_existing(output, name, live[name], vocabulary)
        if output.name in self._connection.write.rename:
            return Step("property", name, "refuse", "write.rename names it, but it is not there: create it")
        return Step("property", name, "create", _IN_BIN if name in bin_names else output.label)

    def _plan_existing(
        self, output: Output, name: str, definition: Row, vocabulary: Mapping[str, Sequence[str]]
    ) -> Step:
        wanted = TYPES[output.kind]
        found = (definition.get("type"), definition.get("fieldType"))
        if found[0] != wanted[0] or (output.kind == "multi_pick" and found[1] != wanted[1]):
            need = f"it is {found[0]}/{found[1]}, and {wanted[0]}/{wanted[1]} is needed: rename or delete it"
            return Step("property", name, "refuse", need)
        missing = missing_options(definition, choices(output, vocabulary))
        if missing:
            return Step("property", name, "change", f"add {', '.join(missing)}")
        return Step("property", name, "keep")

    def _plan_lists(self) -> list[Step]:
        """Lists whose outputs are all written; one that exists is left as an admin may have changed it."""
        written = {output.name for output in self._fields}
        wanted = [one for one in LISTS if {output for output, _ in one.filters} <= written]
        try:
            found = self._client.lists(GROUP_LABEL)
        except Refused as error:
            return [Step("list", one.name, "refuse", f"{error} {_REMEDIES['list']}") for one in wanted]
        return [Step("list", one.name, "keep" if one.name in found else "create") for one in wanted]

    # --- doing ----------------------------------------------------------------------------------------------

    def _attempt(self, step: Step, vocabulary: Mapping[str, Sequence[str]], live: Mapping[str, Row]) -> Step:
        """Carry one step out. What HubSpot refuses becomes a step for the admin."""
        try:
            if step.action == "remove":
                self._remove(step)
            else:
                self._make(step, vocabulary, live)
        except (Rejected, Refused, Misconfigured) as error:
            remedy = _IN_BIN if step.detail == _IN_BIN else _REMEDIES[step.kind]
            return replace(step, action="refuse", detail=f"{error} ({error.code}) {remedy}")
        return step

    def _make_properties(
        self, vocabulary: Mapping[str, Sequence[str]], live: Mapping[str, Row]
    ) -> frozenset[str]:
        """All missing properties in one call; the caller tries those it could not make one by one."""
        names = {property_name(one, self._connection): one for one in self._fields}
        renamed = self._connection.write.rename.values()
        missing = [name for name in names if name not in live and name not in renamed]
        bodies = [property_body(names[name], name, choices(names[name], vocabulary)) for name in missing]
        try:
            return self._client.create_properties(CONTACTS, bodies)
        except (Rejected, Refused):
            return frozenset()

    def _make(self, step: Step, vocabulary: Mapping[str, Sequence[str]], live: Mapping[str, Row]) -> None:
        if step.kind == "group":
            self._client.create_group(CONTACTS, GROUP, GROUP_LABEL)
        elif step.kind == "list":
            self._client.create_list(self._list_body(next(one for one in LISTS if one.name == step.name)))
        else:
            output = next(o for o in self._fields if property_name(o, self._connection) == step.name)
            values = choices(output, vocabulary)
            if step.action == "create":
                self._client.create_property(CONTACTS, property_body(output, step.name, values))
            else:
                self._client.update_property(
                    CONTACTS, step.name, {"options": all_options(live[step.name], values)}
                )

    def _remove(self, step: Step) -> None:
        if step.kind == "group":
            self._client.archive_group(CONTACTS, step.name)
        elif step.kind == "property":
            self._client.archive_property(CONTACTS, step.name)
        elif list_id := self._client.lists(GROUP_LABEL).get(step.name):
            self._client.archive_list(list_id)

    def _live(self) -> dict[str, Row]:
        return {str(row["name"]): row for row in self._client.properties(CONTACTS)}

    def _archived_names(self) -> frozenset[str]:
        return frozenset(str(row["name"]) for row in self._client.properties(CONTACTS, archived=True))

    def _list_body(self, listing: Listing) -> dict[str, Any]:
        """An OR of one AND, the only structure that HubSpot takes at the root (§6.2)."""
        names = {output.name: property_name(output, self._connection) for output in self._fields}
        filters = [
            {
                "filterType": "PROPERTY",
                "property": names[output],
                "operation": {**operation, "includeObjectsWithNoValueSet": False},
            }
            for output, operation in listing.filters
        ]
        both = {"filterBranchType": "AND", "filterBranchOperator": "AND", "filterBranches": []}
        return {
            "name": listing.name,
            "objectTypeId": CONTACT_TYPE_ID,
            "processingType": "DYNAMIC",
            "filterBranch": {
                "filterBranchType": "OR",
                "filterBranchOperator": "OR",
                "filters": [],
                "filterBranches": [{**both, "filters": filters}],
            },
        }


def choices(output: Output, vocabulary: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The values of a picklist: the product's own and the playbook's, each once."""
    return tuple(dict.fromkeys((*output.values, *vocabulary.get(output.name, ()))))


def property_body(output: Output, name: str, values: Sequence[str]) -> dict[str, Any]:
    """The definition of a new property."""
    kind, field_type = TYPES[output.kind]
    return {
        "name": name,
        "label": f"Leadline {output.label[0].lower()}{output.label[1:]}",
        "description": output.help,
        "groupName": GROUP,
        "type": kind,
        "fieldType": field_type,
        "formField": False,
        "options": [_option(value, order) for order, value in enumerate(values)],
    }


def missing_options(definition: Row, values: Sequence[str]) -> list[str]:
    """Values that an existing picklist lacks."""
    there = {option["value"] for option in definition.get("options") or ()}
    return [value for value in values if value not in there]


def all_options(definition: Row, values: Sequence[str]) -> list[dict[str, Any]]:
    """What is there, unchanged, and the missing values behind it: records may still hold old ones."""
    there = [dict(option) for option in definition.get("options") or ()]
    missing = missing_options(definition, values)
    return [*there, *(_option(value, len(there) + order) for order, value in enumerate(missing))]


def _option(value: str, order: int) -> dict[str, Any]:
    words = value.replace("_", " ").replace(":", ": ")
    label = LABELS.get(value, words[:1].upper() + words[1:])
    return {"value": value, "label": label, "hidden": False, "displayOrder": order}
