"""List views by the UI API, as reps open them (salesforce.md §6: v61 and later)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.calls import NO_CONTENT, Answer, Call, Routes, json_object
from sandbox.salesforce.errors import RequestError, not_found
from sandbox.salesforce.query import Search

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.schema import Field

FIRST_VERSION = 61.0
MAX_LABEL = 40
SIGNS = {
    "Equals": "=",
    "NotEqual": "!=",
    "LessThan": "<",
    "GreaterThan": ">",
    "LessOrEqual": "<=",
    "GreaterOrEqual": ">=",
}
PATTERNS = {"Contains": "%{}%", "NotContain": "%{}%", "StartsWith": "{}%"}
SETS = {"Includes": "INCLUDES", "Excludes": "EXCLUDES"}
_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PATH = "/ui-api/list-info/{name}"


def add_routes(routes: Routes) -> None:
    """Everything below `/ui-api/list-info`."""
    routes.add(_PATH, get=index, post=create)
    routes.add(_PATH + "/{view}", get=retrieve, patch=update, delete=delete)
    routes.add("/sobjects/{name}/listviews/{view}/describe", get=describe)


class ListViews:
    """The list views of an org by (object, API name)."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._views: dict[tuple[str, str], dict[str, Any]] = {}

    def all(self, object_name: str) -> list[dict[str, Any]]:
        """The views of an object, oldest first."""
        return [view for (name, _), view in self._views.items() if name == object_name]

    def items(self) -> list[tuple[tuple[str, str], dict[str, Any]]]:
        """Every view by (object, API name)."""
        return list(self._views.items())

    def load(self, views: dict[tuple[str, str], dict[str, Any]]) -> None:
        """Replace every view, without touching the ListView rows."""
        self._views = views

    def get(self, object_name: str, api_name: str) -> dict[str, Any] | None:
        """One view; None where there is none."""
        return self._views.get((object_name, api_name))

    def put(self, object_name: str, api_name: str, view: dict[str, Any]) -> None:
        """Add or replace a view, for SOQL too."""
        old = self._views.get((object_name, api_name))
        if old is None:
            row = {"Name": view["label"], "DeveloperName": api_name, "SobjectType": object_name}
            view["id"] = self._org.insert("ListView", row, created_by=self._org.integration_user)
        else:
            view["id"] = old["id"]
            self._org.update("ListView", old["id"], {"Name": view["label"]}, by=self._org.integration_user)
        self._views[object_name, api_name] = view

    def remove(self, object_name: str, api_name: str) -> None:
        """Take a view away."""
        view = self._views.pop((object_name, api_name))
        self._org.tables["ListView"].erase(view["id"])

    def using(self, object_name: str, field_name: str) -> list[str]:
        """Labels of the views that show a field or filter by it."""
        return [
            view["label"]
            for view in self.all(object_name)
            if field_name in view["displayColumns"]
            or any(part["fieldApiName"] == field_name for part in view["filteredByInfo"])
        ]

    def rows(
        self, object_name: str, api_name: str, *, user: str, order: str = "", limit: int = 50
    ) -> list[str]:
        """Ids of the records that a user sees in a view, sorted by an ORDER BY text."""
        view = self._views[object_name, api_name]
        query = f"SELECT Id FROM {object_name}{self.where(object_name, view)}"  # noqa: S608 - our own SOQL
        query += f" ORDER BY {order}" if order else ""
        return Search(self._org, user, f"{query} LIMIT {limit}").run().ids

    def where(self, object_name: str, view: dict[str, Any]) -> str:
        """A view's filters as a WHERE clause; filters with several operands match any of them."""
        fields = self._org.objects[object_name]
        terms: list[str] = []
        for one in view["filteredByInfo"]:
            field = fields.find(one["fieldApiName"])
            if field is not None:
                terms.append(_term(field, one["operator"], one["operandLabels"]))
        logic = view.get("filterLogicString")
        if not terms:
            return ""
        if not logic:
            return " WHERE " + " AND ".join(terms)
        return " WHERE " + re.sub(r"\d+", lambda match: terms[int(match[0]) - 1], logic)


def index(org: Org, call: Call, name: str) -> Answer:
    """Every view of an object."""
    _check_version(call)
    views = org.list_views.all(_object(org, name))
    return Answer(body={"count": len(views), "lists": [_summary(view) for view in views]})


def create(org: Org, call: Call, name: str) -> Answer:
    """201 with the view."""
    _check_version(call)
    _check_right(org)
    object_name, body = _object(org, name), json_object(call)
    api_name = body.get("listViewApiName")
    if not isinstance(api_name, str) or not _API_NAME.fullmatch(api_name):
        raise _invalid("listViewApiName must begin with a letter and hold letters, digits and _ only.")
    if org.list_views.get(object_name, api_name) is not None:
        raise RequestError(400, "DUPLICATE_DEVELOPER_NAME", f"The name {api_name} is already used.")
    view = _checked(org, call, object_name, body)
    org.list_views.put(object_name, api_name, view)
    return Answer(201, _shown(object_name, api_name, view))


def retrieve(org: Org, call: Call, name: str, view: str) -> Answer:
    """One view."""
    _check_version(call)
    object_name = _object(org, name)
    return Answer(body=_shown(object_name, view, _view(org, object_name, view)))


def update(org: Org, call: Call, name: str, view: str) -> Answer:
    """The given parts of a view anew."""
    _check_version(call)
    _check_right(org)
    object_name = _object(org, name)
    changed = _checked(org, call, object_name, _view(org, object_name, view) | json_object(call))
    org.list_views.put(object_name, view, changed)
    return Answer(body=_shown(object_name, view, changed))


def delete(org: Org, call: Call, name: str, view: str) -> Answer:
    """204."""
    _check_version(call)
    _check_right(org)
    object_name = _object(org, name)
    _view(org, object_name, view)
    org.list_views.remove(object_name, view)
    return Answer(NO_CONTENT)


def describe(org: Org, _call: Call, name: str, view: str) -> Answer:
    """A view, by its id, as a query."""
    object_name = _object(org, name)
    found = next((one for one in org.list_views.all(object_name) if one["id"][:15] == view[:15]), None)
    if found is None:
        raise not_found()
    columns = [*dict.fromkeys([*found["displayColumns"], "Id", "CreatedDate", "SystemModstamp"])]
    where = org.list_views.where(object_name, found)
    query = f"SELECT {', '.join(columns)} FROM {object_name}{where} ORDER BY Id ASC NULLS FIRST"  # noqa: S608 - our own SOQL
    shown = [{"fieldNameOrPath": one, "label": one, "selectListItem": one} for one in columns]
    return Answer(
        body={
            "columns": shown,
            "id": found["id"],
            "query": query,
            "scope": None,
            "sobjectType": object_name,
        }
    )


def _checked(org: Org, call: Call, object_name: str, body: dict[str, Any]) -> dict[str, Any]:
    label = body.get("label")
    if not isinstance(label, str) or not 0 < len(label) <= MAX_LABEL:
        raise _invalid(f"label must have 1 to {MAX_LABEL} characters.")
    columns, filters = body.get("displayColumns") or [], body.get("filteredByInfo") or []
    for one in [*columns, *(part.get("fieldApiName") for part in filters)]:
        _check_column(org, call, object_name, one)
    for part in filters:
        if part.get("operator") not in (*SIGNS, *PATTERNS, *SETS):
            raise _invalid(f"Unknown operator '{part.get('operator')}'.")
        if not isinstance(part.get("operandLabels"), list):
            raise _invalid("operandLabels must be a list.")
    return {
        "label": label,
        "displayColumns": columns,
        "filteredByInfo": filters,
        "filterLogicString": body.get("filterLogicString"),
        "visibility": body.get("visibility", "Private"),
    }


def _check_column(org: Org, call: Call, object_name: str, name: Any) -> None:
    schema = org.objects[object_name]
    own = str(name).partition(".")[0]
    field = schema.find(own) if own == name else schema.parent(own)
    if field is None or not org.access.can_read(call.user, schema, field):
        raise _invalid(f"Could not resolve list view column: {name}")
    if not field.filterable and field.type == "textarea":
        raise _invalid(f"The field {name} cannot be used in a list view.")


def _term(field: Field, operator: str, operands: list[Any]) -> str:
    if operator in SETS:
        return f"{field.name} {SETS[operator]} ({', '.join(_quoted(one) for one in operands)})"
    if operator in PATTERNS:
        tests = [f"{field.name} LIKE {_quoted(PATTERNS[operator].format(one))}" for one in operands]
    else:
        tests = [f"{field.name} {SIGNS[operator]} {_literal(field, one)}" for one in operands]
    if operator == "NotContain":
        return "(NOT (" + " OR ".join(tests) + "))"
    joint = " AND " if operator == "NotEqual" else " OR "
    return "(" + joint.join(tests) + ")" if len(tests) > 1 else tests[0]


def _literal(field: Field, operand: Any) -> str:
    if operand in (None, ""):
        return "null"
    if field.type == "boolean":
        return "TRUE" if str(operand).lower() in ("1", "true") else "FALSE"
    plain = field.is_number or field.type in ("date", "datetime")
    return str(operand) if plain else _quoted(operand)


def _quoted(text: Any) -> str:
    escaped = str(text).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _object(org: Org, name: str) -> str:
    found = org.find_object(name)
    if found is None:
        raise not_found()
    return found.name


def _view(org: Org, object_name: str, api_name: str) -> dict[str, Any]:
    view = org.list_views.get(object_name, api_name)
    if view is None:
        raise not_found()
    return view


def _summary(view: dict[str, Any]) -> dict[str, Any]:
    return {"id": view["id"], "label": view["label"]}


def _shown(object_name: str, api_name: str, view: dict[str, Any]) -> dict[str, Any]:
    reference = {"id": view["id"], "listViewApiName": api_name, "objectApiName": object_name}
    columns = [{"fieldApiName": name, "label": name, "sortable": True} for name in view["displayColumns"]]
    return {
        "displayColumns": columns,
        "filterLogicString": view["filterLogicString"],
        "filteredByInfo": view["filteredByInfo"],
        "label": view["label"],
        "listReference": reference | {"type": "listView"},
        "visibility": view["visibility"],
    }


def _check_version(call: Call) -> None:
    if float(call.version) < FIRST_VERSION:
        raise not_found()


def _check_right(org: Org) -> None:
    if not org.switches.customize:
        raise RequestError(403, "INSUFFICIENT_ACCESS", "You don't have permission to create list views.")


def _invalid(message: str) -> RequestError:
    return RequestError(400, "INVALID_INPUT", message)
