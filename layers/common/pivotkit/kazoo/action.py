"""A callflow action: immutable, checked when it is built, rendered as KAZOO's callflow JSON."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from pivotkit.errors import AnswerError
from pivotkit.kazoo.facts import MODULES
from pivotkit.kazoo.rules import check_properties

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
        if MODULES[self.module].then == "never":
            raise AnswerError(
                self.module, ">>", follower.module, f"KAZOO goes no further after {self.module}"
            )
        following = self.children.get(NEXT)
        return self._with(NEXT, following >> follower if following else follower)

    def on(self, key: str, flow: "Action") -> "Action":
        """The same action with *flow* as its branch for *key*. Raises `AnswerError`."""
        keys = MODULES[self.module].keys
        if keys is None:
            raise AnswerError(self.module, "on", key, "the module has no branches but `>>`")
        if type(key) is not str or not re.fullmatch(keys, key):
            raise AnswerError(self.module, "on", key, f"must match {keys}")
        return self._with(key, flow)

    def _with(self, key: str, flow: "Action") -> "Action":
        return self._replace(children=MappingProxyType({**self.children, key: flow}))

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


def build(module: str, **data: object) -> Action:
    """The action *module* with those of *data* that are not `None`. Raises `AnswerError`."""
    given = {name: value for name, value in data.items() if value is not None}
    check_properties(module, MODULES[module].properties, given)
    return Action(module, MappingProxyType(given))
