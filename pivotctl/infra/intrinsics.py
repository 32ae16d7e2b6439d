"""CloudFormation's intrinsic functions as data, and the names that a node refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")
_BY_FIRST = ("Ref", "Condition", "Fn::GetAtt", "Fn::If", "Fn::FindInMap", "DependsOn")


def ref(name: str) -> dict[str, Any]:
    """`!Ref name`."""
    return {"Ref": name}


def get_att(name: str, attribute: str = "Arn") -> dict[str, Any]:
    """`!GetAtt name.attribute`."""
    return {"Fn::GetAtt": [name, attribute]}


def sub(*arguments: Any) -> dict[str, Any]:
    """`!Sub` of a text, or of a text and its variables."""
    return {"Fn::Sub": arguments[0] if len(arguments) == 1 else list(arguments)}


def is_intrinsic(node: object) -> bool:
    """Whether a node is a call of an intrinsic function."""
    if not isinstance(node, Mapping) or len(node) != 1:
        return False
    (name,) = node
    return name == "Ref" or str(name).startswith("Fn::")


def merged(base: Any, change: Any) -> Any:
    """`base` with the keys of `change`: mappings are merged, null removes, all else replaces."""
    both = (base, change)
    if not all(isinstance(each, Mapping) and not is_intrinsic(each) for each in both):
        return change
    every = {**base, **{key: merged(base.get(key), value) for key, value in change.items()}}
    return {key: value for key, value in every.items() if value is not None}


def references(node: Any) -> set[str]:
    """The names that `!Ref`, `!GetAtt`, `!Sub`, `!If` and the like mention below a node."""
    return {name for name in _mentioned(node) if not name.startswith("AWS::")}


def _mentioned(node: Any) -> Iterator[str]:
    if isinstance(node, list | tuple):
        for item in node:
            yield from _mentioned(item)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _named(str(key), value)
            yield from _mentioned(value)


def _named(key: str, value: Any) -> Iterator[str]:
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, str):
        return
    if key == "Fn::Sub":
        own = set(value[1]) if isinstance(value, list) else set()
        yield from (name for name in _IN_TEXT.findall(first) if name not in own)
    elif key == "DependsOn" and isinstance(value, list):
        yield from value
    elif key in _BY_FIRST:
        yield first if first.startswith("AWS::") else first.partition(".")[0]
