"""A callflow action: immutable, checked when it is built, rendered as KAZOO's callflow JSON."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from pivotkit.errors import AnswerError
from pivotkit.kazoo.facts import MODULES, Module
from pivotkit.kazoo.rules import Rule, boolean

type Json = dict[str, object]
NEXT = "_"
"""The child that runs when no other key fits (`cf_exe:continue`)."""


class Action(NamedTuple):
    """One callflow action with what follows it.

    `a >> b` puts *b* at the end of *a*'s chain of `_` children, so `a >> b >> c` reads in the
    order it is executed. `a.on(key, b)` adds a branch where the module gives *key* a meaning.
    Both return a new action, so fragments can be shared.
    """

    module: str
    data: Mapping[str, object] = MappingProxyType({})
    children: Mapping[str, "Action"] = MappingProxyType({})

    def __rshift__(self, follower: "Action") -> "Action":
        if not isinstance(follower, Action):
            return NotImplemented
        chain = [self]
        while following := chain[-1].children.get(NEXT):
            chain.append(following)
        last = chain[-1]
        if MODULES[last.module].then == "never" and last.data.get("skip_module") is not True:
            raise AnswerError(
                last.module, ">>", follower.module, f"KAZOO goes no further after {last.module}"
            )
        for action in reversed(chain):
            follower = action._with(NEXT, follower)
        return follower

    def on(self, key: str, flow: "Action") -> "Action":
        """The same action with *flow* as its branch for *key*. Raises `AnswerError`."""
        fault = branch_fault(MODULES[self.module], self.data, key)
        if fault:
            raise AnswerError(self.module, "on", key, fault)
        return self._with(key, flow)

    def skipped(self, *, skip: bool = True) -> "Action":
        """The same action, which KAZOO skips: it goes straight to the `_` child (`cf_exe.erl`)."""
        return self._replace(data=MappingProxyType({**self.data, "skip_module": skip}))

    def _with(self, key: str, flow: "Action") -> "Action":
        return Action(self.module, self.data, MappingProxyType({**self.children, key: flow}))

    def with_fallback(self, fallback: "Action") -> "Action":
        """The same tree, where every `pivot` without a `_` child has *fallback* there.

        KAZOO runs that child when the nested request fails (`cf_pivot.erl`); without one it
        would hang up.
        """
        children = {key: child.with_fallback(fallback) for key, child in self.children.items()}
        if self.module == "pivot":
            children.setdefault(NEXT, fallback)
        return self._replace(children=MappingProxyType(children)) if children else self

    def walk(self) -> Iterator["Action"]:
        """This action and all below it."""
        yield self
        for child in self.children.values():
            yield from child.walk()

    def as_json(self) -> Json:
        """The action as KAZOO takes it: `module`, `data`, `children`."""
        document: Json = {"module": self.module, "data": dict(self.data)}
        if self.children:
            document["children"] = {key: child.as_json() for key, child in self.children.items()}
        return document


_SKIP = boolean()
_UNKNOWN = Rule(lambda _: "KAZOO does not know this property")
_NESTED: frozenset[object] = frozenset({dict, list, tuple, MappingProxyType})


def build(name: str, /, **data: object) -> Action:
    """The action *name* with those of *data* that are not `None`. Raises `AnswerError`.

    Lists and objects are copied, so that what they were made from may change afterwards.
    """
    given = {
        key: _copied(value) if value.__class__ in _NESTED else value
        for key, value in data.items()
        if value is not None
    }
    check_data(name, MODULES[name], given)
    return Action(name, MappingProxyType(given))


def check_data(name: str, module: Module, data: Mapping[str, object]) -> None:
    """Raise `AnswerError` for the first of *data* that breaks its rule, or is missing."""
    for key in module.required:
        if key not in data:
            raise AnswerError(name, key, None, "is required")
    properties = module.properties
    for key, value in data.items():
        rule = properties.get(key) or _other(key)
        if fault := rule.check(value):
            raise AnswerError(name, key, value, fault)
    if module.together and (fault := module.together(data)):
        raise AnswerError(name, "data", dict(data), fault)


def _other(key: str) -> Rule:
    return _SKIP if key == "skip_module" else _UNKNOWN


def branch_fault(module: Module, data: Mapping[str, object], key: object) -> str | None:
    """What is wrong with a branch for *key*, or `None`."""
    if module.keys is None:
        return "the module has no branches but `>>`"
    pattern = module.keys if isinstance(module.keys, str) else module.keys(data)
    known = type(key) is str and re.fullmatch(pattern, key)
    return None if known else f"must match {pattern}"


def _copied(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _copied(member) for key, member in value.items()}
    return [_copied(member) for member in value] if isinstance(value, list | tuple) else value
