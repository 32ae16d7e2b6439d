"""The cost of a million requests to each function, at most, and its record in scripts/costs.json.

Counted are API Gateway, the invocation, its memory for an assumed time, a line of the log, and one
small read and write in each table that the function's role lets it read and write. Tests hold the
template against the record: what becomes a tenth dearer is recorded anew, with a note.

    python -m scripts.request_costs --note "Why it costs more"
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from scripts.deployed import deployed
from scripts.lint_template import ROOT, Template, read, transformed
from scripts.make_costs import PRICES, idle

RECORD = ROOT / "scripts/costs.json"
TOLERANCE = 1.1
IDLE = "an idle stack, a month"
_MILLION = 1_000_000
_READS = ("GetItem", "BatchGetItem", "Query", "TransactGetItems")
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")


def costs(template: Template) -> dict[str, float]:
    """Dollars of the idle stack, and of a million requests to each function behind the API.

    *template* is the one after the SAM transform; its parameters have their defaults.
    """
    resources = deployed(template)
    return {
        IDLE: round(idle(resources).dollars(free=False), 2),
        **{
            name: round(_dollars(resources, name), 2) for name in sorted(_behind_the_api(resources))
        },
    }


def dearer(now: Mapping[str, float], before: Mapping[str, float]) -> dict[str, str]:
    """Return what costs more than a tenth more than was recorded, or is not in the record."""
    return {
        name: f"{before.get(name, 0):.2f} to {dollars:.2f} dollars"
        for name, dollars in now.items()
        if name not in before or dollars > before[name] * TOLERANCE
    }


def recorded() -> dict[str, Any]:
    """The record: `dollars` by name, and `notes`, the reasons of all increases."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def _behind_the_api(resources: Mapping[str, Any]) -> Iterator[str]:
    """The functions that API Gateway may invoke."""
    for each in resources.values():
        if each["Type"] == "AWS::Lambda::Permission":
            properties = each["Properties"]
            if properties["Principal"] == "apigateway.amazonaws.com":
                yield _function(resources, _referred(properties["FunctionName"]))


def _function(resources: Mapping[str, Any], name: str) -> str:
    """The logical ID of a function, by its own or its alias's."""
    found = resources[name]
    if found["Type"] == "AWS::Lambda::Alias":
        return _referred(found["Properties"]["FunctionName"])
    return name


def _referred(node: Any) -> str:
    """The logical ID behind a `Ref` or `Fn::GetAtt`."""
    found = node.get("Ref") or node["Fn::GetAtt"][0]
    return str(found)


def _dollars(resources: Mapping[str, Any], name: str) -> float:
    properties = resources[name]["Properties"]
    statements = list(_statements(resources[_referred(properties["Role"])]["Properties"]))
    seconds = PRICES["assumed"]["request_seconds"]
    units = {
        "api_requests": 1,
        "runs": 1,
        "gigabyte_seconds": properties["MemorySize"] / 1024 * seconds,
        "log_gigabytes": PRICES["assumed"]["log_bytes"] / 1e9,
        "reads": len(_tables(statements, _READS)),
        "writes": len(_tables(statements, _WRITES)),
    }
    dollars: float = sum(PRICES["dollars"][unit] * count for unit, count in units.items())
    return _MILLION * dollars


def _statements(role: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if "Action" in statement:  # and not `AWS::NoValue`
                yield statement


def _tables(statements: list[Mapping[str, Any]], operations: tuple[str, ...]) -> set[str]:
    """The tables on which one of *operations* is allowed."""
    wanted = {f"dynamodb:{operation}" for operation in operations}
    return {
        json.dumps(resource)
        for statement in statements
        for resource in _listed(statement["Resource"])
        if wanted & set(_listed(statement["Action"]))
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def main(arguments: list[str]) -> int:
    """Record the costs of the current template; what became dearer needs a note."""
    now = costs(transformed(read(ROOT / "template.yaml")))
    record = recorded() if RECORD.exists() else {"dollars": {}, "notes": []}
    found = dearer(now, record["dollars"])
    note = arguments[1] if arguments[:1] == ["--note"] and len(arguments) > 1 else ""
    print(*(f"{name}: {said}" for name, said in found.items()), sep="\n")
    if found and not note:
        print('Give the reason: python -m scripts.request_costs --note "..."', file=sys.stderr)
        return 1
    notes = [*record["notes"], *([note] if found else [])]
    text = json.dumps({"notes": notes, "dollars": now}, indent=2, ensure_ascii=False)
    RECORD.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
