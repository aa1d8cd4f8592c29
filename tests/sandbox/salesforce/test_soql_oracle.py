"""The sandbox reads SOQL as an independent parser does: npm's `@jetstreamapp/soql-parser-js`, for tests only.

Once `npm install --no-save @jetstreamapp/soql-parser-js` has run in the checkout (or NODE_PATH names a place
that has it), these tests run; without node or the package they are skipped.
"""

import json
import shutil
import subprocess
from pathlib import Path as File
from random import Random
from typing import Any

import pytest

from sandbox.salesforce.errors import RequestError
from sandbox.salesforce.soql import All, Comparison, Either, Inclusion, Membership, Not, Path, Query, parse

ROOT = File(__file__).parents[3]
SCRIPT = """
const {isQueryValid, parseQuery} = require('@jetstreamapp/soql-parser-js');
const queries = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(queries.map(query => isQueryValid(query) ? parseQuery(query) : null)));
"""
REFUSED = [
    "SELECT Id FORM Lead",
    "SELECT * FROM Lead",
    "SELECT FROM Lead",
    "SELECT Id FROM Lead WHERE",
    "SELECT Id FROM Lead WHERE Name = ",
    "SELECT Id FROM Lead WHERE Name LIKE",
    "SELECT Id FROM Lead WHERE (Name = 'a'",
    "SELECT Id FROM Lead WHERE Name = 'a' AND",
    "SELECT Id FROM Lead WHERE Name = 'a",
    "SELECT Id FROM Lead WHERE Name IN ()",
    "SELECT Id FROM Lead ORDER Name",
    "SELECT Id FROM Lead LIMIT many",
    "SELECT Id FROM Lead LIMIT 5 OFFSET",
    "SELECT Id, FROM Lead",
    "DELETE FROM Lead",
]
CONDITIONS = [
    "Title = 'CTO'",
    "Title != 'O\\'Hara'",
    "Title LIKE '50\\% off\\_%'",
    "Company IN ('a', 'b; c', '')",
    "Company NOT IN ('x')",
    "Tags__c INCLUDES ('a;b', 'c')",
    "Tags__c EXCLUDES ('c')",
    "NumberOfEmployees >= 10",
    "AnnualRevenue < 1000000.5",
    "NumberOfEmployees = null",
    "HasOptedOutOfEmail = TRUE",
    "SystemModstamp >= 2026-11-21T20:51:40Z",
    "CreatedDate = 2026-11-21T20:51:40.000+01:00",
    "ConvertedDate > 2026-11-21",
    "CreatedDate = LAST_N_DAYS:3",
    "CreatedDate < TOMORROW",
    "Owner.Type = 'Queue'",
    "Id > '00Q5e00000000001'",
]
COLUMNS = ["Id", "Owner.Name", "SystemModstamp", "Campaign.Type", "Score__c"]
ORDERS = [
    "",
    " ORDER BY SystemModstamp ASC, Id ASC",
    " ORDER BY Score__c DESC NULLS LAST, Name",
    " ORDER BY Name",
]
ENDS = ["", " LIMIT 2000", " LIMIT 5 OFFSET 2"]


def ask(queries: list[str]) -> list[dict[str, Any] | None]:
    """What the other parser makes of each query; None where it refuses."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node: is not on the path")
    done = subprocess.run(
        [node, "-e", SCRIPT],
        input=json.dumps(queries),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )
    if "Cannot find module" in done.stderr:
        pytest.skip("node: run npm install --no-save @jetstreamapp/soql-parser-js")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any] | None] = json.loads(done.stdout)
    return found


def make_queries(count: int) -> list[str]:
    """Random queries that Salesforce would take; AND and OR never stand side by side."""
    chance = Random(7)  # noqa: S311 - no secret

    def condition(depth: int) -> str:
        if depth == 0 or chance.random() < 0.4:
            return chance.choice(CONDITIONS)
        if chance.random() < 0.2:
            return f"(NOT {chance.choice(CONDITIONS)})"
        joint = chance.choice([" AND ", " OR "])
        return f"({joint.join(condition(depth - 1) for _ in range(chance.randint(2, 3)))})"

    queries = []
    for _ in range(count):
        columns = chance.sample(COLUMNS, chance.randint(1, len(COLUMNS)))
        where = f" WHERE {condition(3)}" if chance.random() < 0.9 else ""
        end = chance.choice(ORDERS) + chance.choice(ENDS)
        queries.append(f"SELECT {', '.join(columns)} FROM Lead{where}{end}")  # noqa: S608 - parsed, never run
    return queries


def ours(query: Query) -> dict[str, Any]:
    """What both parsers tell, as the sandbox sees it."""
    return {
        "from": query.source.name,
        "columns": [str(item.what) for item in query.items if isinstance(item.what, Path)],
        "tests": leaves_of(query.where),
        "order": [(str(one.key), one.descending, one.nulls_last) for one in query.order],
        "limit": query.limit,
        "offset": query.offset,
    }


def leaves_of(condition: Any) -> list[tuple[str, str]]:
    """Field and operator of every test, in the order of the text; joints in between."""
    match condition:
        case All(parts) | Either(parts):
            joint = ("", "AND" if isinstance(condition, All) else "OR")
            first, *others = [leaves_of(part) for part in parts]
            return first + [one for part in others for one in (joint, *part)]
        case Not(part):
            return [("", "NOT"), *leaves_of(part)]
        case Comparison(path, operator, _):
            return [(str(path), operator)]
        case Membership(path, negated, _):
            return [(str(path), "NOT IN" if negated else "IN")]
        case Inclusion(path, negated, _):
            return [(str(path), "EXCLUDES" if negated else "INCLUDES")]
    return []


def theirs(tree: dict[str, Any]) -> dict[str, Any]:
    """The same of the other parser's tree."""
    order = tree.get("orderBy", [])
    tests: list[tuple[str, str]] = []
    step = tree.get("where")
    while step:
        left = step.get("left") or {}
        if "field" in left:
            tests.append((left["field"], left["operator"].upper()))
        if step.get("operator"):
            tests.append(("", step["operator"].upper()))
        step = step.get("right")
    return {
        "from": tree["sObject"],
        "columns": [one.get("rawValue", one["field"]) for one in tree["fields"]],
        "tests": tests,
        "order": [(one["field"], one.get("order") == "DESC", one.get("nulls") == "LAST") for one in order],
        "limit": tree.get("limit"),
        "offset": tree.get("offset", 0),
    }


def test_both_parsers_see_the_same_query() -> None:
    queries = make_queries(200)
    for query, tree in zip(queries, ask(queries), strict=True):
        assert tree is not None, query
        assert ours(parse(query)) == theirs(tree), query


def test_both_parsers_refuse_the_same() -> None:
    for query, tree in zip(REFUSED, ask(REFUSED), strict=True):
        assert tree is None, query
        with pytest.raises(RequestError):
            parse(query)
