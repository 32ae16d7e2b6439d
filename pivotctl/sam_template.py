"""Read a CloudFormation / SAM template: its tags, its parameters and its intrinsic functions.

Only what a local run needs is resolved, and only when it is asked for, so a template may hold
resources that this module has never heard of.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import yaml

from pivotctl.options import of_template, packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REGION = "us-east-1"
ACCOUNT = "000000000000"
STACK_NAME = "local"

_NO_VALUE = object()
_SUB = re.compile(r"\$\{(!?[^}]+)\}")
_PSEUDO: Mapping[str, object] = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": STACK_NAME,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK_NAME}/local",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NotificationARNs": (),
    "AWS::NoValue": _NO_VALUE,
}


class TemplateError(Exception):
    """The template cannot be used here. The message names the file, the key, and the fix."""


_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseLoader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short tags, read as their long forms."""


def _construct(loader: yaml.Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)
    return {name: value}


_Loader.add_multi_constructor("!", _construct)


def parse(text: str) -> Any:
    """The content of a YAML text, with CloudFormation's short tags as long forms."""
    return yaml.load(text, _Loader)  # noqa: S506 a SafeLoader


def parse_texts(text: str) -> Any:
    """The content of a YAML text with every scalar as it is written: 020, yes, and 12:30."""
    return yaml.load(text, _BaseLoader)  # noqa: S506 it makes only texts


@functools.lru_cache(maxsize=4)
def _parsed(text: str) -> Any:
    """Parse a template, which takes a third of a second, once."""
    return parse(text)


def compose(text: str) -> yaml.Node | None:
    """The nodes of a YAML text, which say where each key begins and ends."""
    return yaml.compose(text, _SafeLoader)


@dataclass(frozen=True)
class Values:
    """Values of intrinsic functions: parameters, and the results of `Ref` and `GetAtt`."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class SamTemplate:
    """A template as it is in its file, with short tags read as long forms."""

    path: Path
    body: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> SamTemplate:
        """Read `path`. Raises `TemplateError` with the line that is wrong."""
        try:
            body = _parsed(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise TemplateError(f"{path} is not valid YAML: {error}") from error
        if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict):
            raise TemplateError(f"{path} has no Resources: is it a SAM template?")
        return cls(path, body)

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Logical id to resource."""
        return cast("Mapping[str, Mapping[str, Any]]", self.body["Resources"])

    def of_type(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """The properties of each resource of a type, by logical id."""
        return self._by_type.get(kind, {})

    @functools.cached_property
    def _by_type(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        found: dict[str, dict[str, Mapping[str, Any]]] = {}
        for logical_id, resource in self.resources.items():
            of_type = found.setdefault(str(resource.get("Type")), {})
            of_type[logical_id] = resource.get("Properties") or {}
        return found

    def globals_for(self, section: str) -> Mapping[str, Any]:
        """The Globals of one section, e.g. `Function`."""
        return (self.body.get("Globals") or {}).get(section) or {}

    def parameters(self, overrides: Mapping[str, str] | None = None) -> dict[str, str]:
        """Every parameter's value: the override, else its default, else the empty text.

        An override may also be an option, which a parameter holds.
        """
        declared: Mapping[str, Mapping[str, Any]] = self.body.get("Parameters") or {}
        values = {name: _text(spec.get("Default", "")) for name, spec in declared.items()}
        for name, value in packed(of_template(self.body), overrides or {}).items():
            if name not in declared:
                known = ", ".join(declared) or "none"
                raise TemplateError(f"{self.path} has no parameter {name!r} (it has: {known})")
            values[name] = value
        return values

    def resolver(self, values: Values) -> Resolver:
        """A resolver of this template's intrinsic functions."""
        return Resolver(self, values)


@dataclass(frozen=True)
class Resolver:
    """Resolves intrinsic functions against local values."""

    template: SamTemplate
    values: Values

    def resolve(self, node: Any, where: str = "") -> Any:
        """`node` with every intrinsic function replaced; `where` is its path, for errors."""
        value = self._resolve(node, where)
        return None if value is _NO_VALUE else value

    def _resolve(self, node: Any, where: str) -> Any:
        if isinstance(node, list):
            items = (self._resolve(item, f"{where}[{i}]") for i, item in enumerate(node))
            return [item for item in items if item is not _NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
                return self._call(name, argument, where)
        return self._mapping(node, where)

    def _mapping(self, node: dict[str, Any], where: str) -> dict[str, Any]:
        pairs = {key: self._resolve(value, f"{where}.{key}") for key, value in node.items()}
        return {key: value for key, value in pairs.items() if value is not _NO_VALUE}

    def _call(self, name: str, argument: Any, where: str) -> Any:
        functions: dict[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
        }
        if name not in functions:
            raise self._error(where, f"{name} is not supported in a local run")
        try:
            return functions[name](argument, where)
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise self._error(where, f"{name} has wrong arguments {argument!r}: {error}") from error

    def _error(self, where: str, problem: str) -> TemplateError:
        return TemplateError(f"{self.template.path}: {where.lstrip('.') or 'template'}: {problem}")

    def _ref(self, name: str, where: str) -> Any:
        for known in (_PSEUDO, self.values.parameters, self.values.refs):
            if name in known:
                return known[name]
        if name in self.template.resources:
            return physical_name(name)
        raise self._error(where, f"!Ref {name} names neither a parameter nor a resource")

    def _get_att(self, argument: Any, where: str) -> str:
        logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        if (logical_id, attribute) in self.values.attributes:
            return self.values.attributes[logical_id, attribute]
        if logical_id not in self.template.resources:
            raise self._error(where, f"!GetAtt {logical_id}.{attribute}: no such resource")
        if attribute == "Arn":
            return arn(str(self.template.resources[logical_id].get("Type")), logical_id)
        raise self._error(where, f"!GetAtt {logical_id}.{attribute} has no value in a local run")

    def _sub(self, argument: Any, where: str) -> str:
        text, extra = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in extra:
                return _text(self._resolve(extra[name], where))
            got = self._get_att(name, where) if "." in name else self._ref(name, where)
            return _text(got)

        return _SUB.sub(value, text)

    def _join(self, argument: Any, where: str) -> str:
        separator, items = argument
        return str(separator).join(_text(item) for item in self._resolve(items, where))

    def _if(self, argument: Any, where: str) -> Any:
        name, yes, no = argument
        return self._resolve(yes if self.condition(name, where) else no, where)

    def _select(self, argument: Any, where: str) -> Any:
        index, items = argument
        return self._resolve(items, where)[int(self._resolve(index, where))]

    def _split(self, argument: Any, where: str) -> list[str]:
        separator, text = argument
        return _text(self._resolve(text, where)).split(separator)

    def _find_in_map(self, argument: Any, where: str) -> Any:
        name, top, second = self._resolve(argument, where)
        return self.template.body["Mappings"][name][top][second]

    def condition(self, name: str, where: str = "Conditions") -> bool:
        """Whether the template's condition `name` holds."""
        conditions = self.template.body.get("Conditions") or {}
        if name not in conditions:
            raise self._error(where, f"condition {name!r} is not declared under Conditions")
        return self._test(conditions[name], f"Conditions.{name}")

    def _test(self, node: Any, where: str) -> bool:
        ((name, argument),) = node.items()
        if name == "Condition":
            return self.condition(argument, where)
        if name == "Fn::Equals":
            left, right = (self._resolve(item, where) for item in argument)
            return _text(left) == _text(right)
        results = [self._test(item, where) for item in argument]
        tests: dict[str, Callable[[list[bool]], bool]] = {
            "Fn::Not": lambda found: not found[0],
            "Fn::And": all,
            "Fn::Or": any,
        }
        if name not in tests:
            raise self._error(where, f"{name} is not a condition function")
        return tests[name](results)


def physical_name(logical_id: str) -> str:
    """The name a resource has in a local run, as CloudFormation would put it together."""
    return f"{STACK_NAME}-{logical_id}"


def arn(resource_type: str, logical_id: str, name: str | None = None) -> str:
    """The ARN of a resource in a local run."""
    name = name or physical_name(logical_id)
    services = {
        "AWS::Serverless::Function": ("lambda", f"function:{logical_id}"),
        "AWS::Lambda::Function": ("lambda", f"function:{logical_id}"),
        "AWS::DynamoDB::Table": ("dynamodb", f"table/{name}"),
        "AWS::Serverless::SimpleTable": ("dynamodb", f"table/{name}"),
        "AWS::SQS::Queue": ("sqs", name),
        "AWS::Events::EventBus": ("events", f"event-bus/{name}"),
    }
    service, resource = services.get(resource_type, ("local", name))
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _text(value: object) -> str:
    """A value as CloudFormation puts it into text: `true` rather than `True`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ",".join(_text(item) for item in value)
    return str(value)
