"""Writes data as readable YAML: short tags, no aliases, quotes only where needed."""

from __future__ import annotations

import json
import re
import textwrap
from functools import cache
from io import StringIO
from typing import Any

import yaml

from pivotctl.infra.intrinsics import is_intrinsic

_WIDTH = 86
_IN_ONE_LINE = 72
_ACTION = re.compile(r"[a-z0-9]+:[A-Za-z]+")


_SafeDumper: Any = yaml.SafeDumper


@cache
def _analysis(scalar: str) -> Any:
    """The styles that a scalar can be written in; most of a template's are repeated."""
    return _SafeDumper(StringIO(), allow_unicode=True).analyze_scalar(scalar)


class _Dumper(_SafeDumper):  # type: ignore[misc]
    """Writes intrinsic functions as tags, and what fits on a line on one."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        del data
        return True

    def analyze_scalar(self, scalar: str) -> Any:
        """Look a scalar up that was seen before."""
        return _analysis(scalar)

    def choose_scalar_style(self) -> str:
        """No quotes around an action and behind a tag, and double ones elsewhere."""
        tag, style, may = self.event.tag, str(super().choose_scalar_style()), self.analysis
        plain = may.allow_flow_plain if self.flow_level else may.allow_block_plain
        if (tag and tag.startswith("!") and plain) or _ACTION.fullmatch(self.event.value):
            return ""
        return '"' if style == "'" else style

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 PyYAML's own
        """Indent the items of a list below its key."""
        del indentless
        super().increase_indent(flow, indentless=False)


def _mapping(dumper: _Dumper, data: dict[str, Any]) -> Any:
    if is_intrinsic(data):
        ((name, argument),) = data.items()
        return _intrinsic(dumper, name, argument)
    flow = len(data) == 1 and _in_one_line([*data, *data.values()])
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=flow)


class _Block(dict[str, Any]):
    """A mapping that is never written on one line."""


def _block(dumper: _Dumper, data: _Block) -> Any:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=False)


def _intrinsic(dumper: _Dumper, name: str, argument: Any) -> Any:
    tag = f"!{name.removeprefix('Fn::')}"
    if name == "Fn::GetAtt":
        whole = argument if isinstance(argument, str) else ".".join(argument)
        return dumper.represent_scalar(tag, whole)
    if isinstance(argument, list):
        flow = name != "Fn::Sub" and _in_one_line(argument)
        return dumper.represent_sequence(tag, argument, flow_style=flow)
    if isinstance(argument, dict):
        return dumper.represent_mapping(tag, argument.items(), flow_style=False)
    return dumper.represent_scalar(tag, str(argument))


def _list(dumper: _Dumper, data: list[Any]) -> Any:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=_in_one_line(data))


def _string(dumper: _Dumper, data: str) -> Any:
    style = ">" if len(data) > _IN_ONE_LINE and " " in data else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


def _in_one_line(nodes: list[Any]) -> bool:
    """Whether these fit on a line: texts, numbers and calls on a name, none of them nested."""
    length = sum(len(str(each)) + 2 for each in nodes)
    return length <= _IN_ONE_LINE and all(_is_leaf(each) for each in nodes)


def _is_leaf(node: Any) -> bool:
    if not is_intrinsic(node):
        return not isinstance(node, dict | list)
    ((name, argument),) = node.items()
    return name == "Fn::GetAtt" or isinstance(argument, str) or _in_one_line(argument)


_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(_Block, _block)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _string)


def written(name: str, value: Any, indent: int = 2) -> str:
    """A key and its value in block style, `indent` spaces to the right."""
    return _written(json.dumps({name: _plain(value)}), indent)


@cache
def _written(document: str, indent: int) -> str:
    """The text of a JSON document. A role or a queue is written once, however often it is asked."""
    text = yaml.dump(
        _Block(json.loads(document)),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_WIDTH - indent,
        default_flow_style=False,
    )
    return textwrap.indent(str(text), " " * indent)


def _plain(node: Any) -> Any:
    """`node` of dicts and lists only."""
    if hasattr(node, "items"):
        return {key: _plain(value) for key, value in node.items()}
    return [_plain(each) for each in node] if isinstance(node, list | tuple) else node
