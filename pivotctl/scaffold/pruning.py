"""template.yaml for some of the functions: what they need stays, with its comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from pivotctl.project import Project
from pivotctl.scaffold.document import Document, Section

_ALARMED = {"pivot": "Pivot", "webhooks": "Webhooks", "cdr": "Cdr"}
"""How the names of a kind's alarms begin."""

_TOPIC = "AlarmTopic"
_WATCHED = ("AWS::Logs::MetricFilter", "AWS::CloudWatch::Alarm")
_REFERENCE = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")


def pruned(source: Project, names: Iterable[str]) -> str:
    """template.yaml with these functions and what they need; comments stay."""
    body = source.template.body
    resources = resources_of(source, names)
    outputs = _outputs(body, resources)
    used = _references([body["Resources"][name] for name in resources])
    used |= _references([body["Outputs"][name] for name in outputs])
    used |= _references([body.get("Globals")])
    conditions = used & set(body.get("Conditions") or {})
    used |= _references([body["Conditions"][name] for name in conditions])
    document = Document.read(source.template.path.read_text(encoding="utf-8"))
    kept = {"Resources": resources, "Outputs": outputs, "Conditions": conditions}
    for section, names_kept in {**kept, "Parameters": used}.items():
        document = document.changed(section, partial(_keeping, names=names_kept))
    gone = set(body.get("Parameters") or {}) - used
    return document.changed("Metadata", partial(_without, names=gone)).text


def _keeping(section: Section, names: set[str]) -> Section:
    return section.keeping(names.__contains__)


def resources_of(source: Project, names: Iterable[str]) -> set[str]:
    """The resources of functions, all that these refer to, and what leads to or watches them."""
    functions = [source.functions[name] for name in names]
    body = source.template.body
    found = _led_to(body, _reached(body, {each.logical_id for each in functions}))
    watched = {name for name in _ALARMED if name in {each.kind for each in functions}}
    return _reached(body, found | set(_alarms(body, found, watched)))


def _led_to(body: Any, found: set[str]) -> set[str]:
    """The resources *found*, the rules that lead to their queues, and the policies of these."""
    leading = {name for name, each in body["Resources"].items() if _queues(each) & found}
    more = _reached(body, found | leading)
    return found if more == found else _led_to(body, more)


def _queues(resource: Any) -> set[str]:
    """The queues that a rule puts events into, or that a policy is for."""
    properties = resource.get("Properties") or {}
    if resource["Type"] == "AWS::Events::Rule":
        return _references([target["Arn"] for target in properties["Targets"]])
    return _references(properties.get("Queues"))


def _alarms(body: Any, found: set[str], kinds: set[str]) -> Iterator[str]:
    """Those of a kind are named after it; others watch a resource that stays."""
    resources = body["Resources"]
    for name, each in resources.items():
        if each["Type"] in _WATCHED:
            kind = next((kind for kind, start in _ALARMED.items() if name.startswith(start)), None)
            watched = (_references([each]) & set(resources)) - {_TOPIC}
            if kind in kinds or (kind is None and watched and watched <= found):
                yield name


def _reached(body: Any, names: set[str]) -> set[str]:
    """The resources `names`, and all that they refer to."""
    resources = body["Resources"]
    found, open_ = set[str](), names | _references([body.get("Globals")])
    while open_ := (open_ & set(resources)) - found:
        found |= open_
        open_ = _references([resources[name] for name in open_])
    return found


def _outputs(body: Any, resources: set[str]) -> set[str]:
    """The URLs of the functions that stay, and what else refers only to what stays."""
    functions = {f"{name}Url" for name in body["Resources"]}
    own = {f"{name}Url" for name in resources}
    return {
        name
        for name, each in (body.get("Outputs") or {}).items()
        if (name in own or name not in functions)
        and _references([each]) & set(body["Resources"]) <= resources
    }


def _references(node: Any) -> set[str]:
    """The names that `!Ref`, `!GetAtt`, `!Sub`, `!If` and `Condition` mention below a node."""
    return set(_mentioned(node))


def _mentioned(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _mentioned(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _named(key, value)
            yield from _mentioned(value)


def _named(key: str, value: Any) -> Iterator[str]:
    first = value[0] if isinstance(value, list) and value else value
    if key in ("Ref", "Condition", "Fn::GetAtt", "Fn::If") and isinstance(first, str):
        yield first.partition(".")[0]
    elif key == "Fn::Sub" and isinstance(first, str):
        yield from _REFERENCE.findall(first)


def _without(section: Section, names: set[str]) -> Section:
    """The section without the names in its lists."""
    head = section.head
    for name in names:
        head = re.sub(rf"(?<=[\[ ]){name}, |, {name}(?=\])", "", head)
    return Section(section.name, head, section.blocks)
