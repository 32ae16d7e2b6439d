"""The callflow action: immutable, checked and serialized once, when it is built."""

import re
from collections.abc import Callable, Mapping
from json import JSONEncoder, loads
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from types import MappingProxyType
from typing import NamedTuple, Self

from pivotkit.core.errors import AnswerError
from pivotkit.kazoo.facts import LOADED, MODULES, ModuleFacts

type Json = dict[str, object]
NEXT = "_"
"""The key of the child that runs when no other key matches (`cf_exe:continue`)."""

MAX_CHAIN = 500
"""Maximum length of a chain; a longer one is almost certainly built by a runaway loop."""


_NO_DATA: Mapping[str, object] = {}


class _Parts(NamedTuple):
    """The parts of an `Action`.

    *text* is the JSON of module and data, without the closing brace. *then* is the rest of the
    chain: actions without followers of their own.
    """

    module: str
    given: dict[str, object]
    text: str
    branches: dict[str, "Action"]
    then: tuple["Action", ...]


class Action(_Parts):
    """A callflow action and its followers. Raises `AnswerError` for anything KAZOO would reject.

    `a >> b` appends *b* to *a*'s chain of `_` children, so `a >> b >> c` reads in the order of
    execution. `a.on(key, b)` adds a branch for a *key* that the module supports. Both return a new
    action, so fragments can be shared.
    """

    __slots__ = ()

    def __new__(
        cls,
        module: str,
        data: Mapping[str, object] = _NO_DATA,
        children: Mapping[str, "Action"] = MappingProxyType({}),
    ) -> Self:
        """Build the action *module* from the items of *data* that are not `None`.

        The action is serialized at once, so later changes to *data* do not affect it.
        """
        facts = MODULES.get(module)
        if facts is None:
            raise AnswerError(module, "module", module, "KAZOO has no such module")
        given, text = _checked(module, facts, data)
        action = tuple.__new__(cls, (module, given, text, {}, ()))
        for key, child in children.items():
            if not isinstance(child, Action):
                raise AnswerError(module, "children", child, "must be an action")
            action = action >> child if key == NEXT else action.on(key, child)
        return action

    @property
    def data(self) -> Mapping[str, object]:
        """The action's properties, as sent to KAZOO."""
        data: Json = loads(f"{self.text}}}")["data"]
        return MappingProxyType(data)

    @property
    def children(self) -> Mapping[str, "Action"]:
        """The actions that may follow, by key; read-only."""
        if not self.then:
            return MappingProxyType(self.branches)
        module, given, text, branches, _ = self.then[0]
        follower: Action = tuple.__new__(Action, (module, given, text, branches, self.then[1:]))
        return MappingProxyType({**self.branches, NEXT: follower})

    def __rshift__(self, follower: "Action") -> Self:
        if not isinstance(follower, Action):
            return NotImplemented
        module, given, text, branches, then = self
        last = then[-1] if then else self
        if LOADED[last.module].then == "never" and last.given.get("skip_module") is not True:
            raise AnswerError(
                last.module, ">>", follower.module, f"KAZOO runs nothing after {last.module}"
            )
        if len(then) + len(follower.then) >= MAX_CHAIN:
            raise AnswerError(module, ">>", follower.module, f"more than {MAX_CHAIN} in a row")
        chain = (*then, *follower._chain()) if follower.then else (*then, follower)
        return tuple.__new__(self.__class__, (module, given, text, branches, chain))

    def _chain(self) -> tuple["Action", ...]:
        """The action itself, then its followers, each without followers of its own."""
        module, given, text, branches, then = self
        return (tuple.__new__(Action, (module, given, text, branches, ())), *then)

    def on(self, key: str, flow: "Action") -> Self:
        """Return the same action with *flow* as its branch for *key*. Raises `AnswerError`."""
        module, given, text, branches, then = self
        if not isinstance(flow, Action):
            raise AnswerError(module, "on", flow, "must be an action")
        fault = branch_fault(LOADED[module], given, key)
        if fault:
            raise AnswerError(module, "on", key, fault)
        keyed = {**branches, key: flow}
        return tuple.__new__(self.__class__, (module, given, text, keyed, then))

    def skipped(self, *, skip: bool = True) -> "Action":
        """Return the same action, marked so that KAZOO skips to its `_` child (`cf_exe.erl`)."""
        return Action(self.module, {**self.given, "skip_module": skip}, self.children)

    def as_text(self, fallback: "Action | None" = None) -> str:
        """Return the action as JSON text; every `pivot` without a `_` child gets *fallback* as one.

        KAZOO runs that child if the nested request fails (`cf_pivot.erl`); without one it would
        hang up.
        """
        after = ""
        for action in (*reversed(self.then), self):
            if not after and fallback is not None and action.module == "pivot":
                after = fallback.as_text()
            children = f'"_":{after}' if after else ""
            if action.branches:
                children = _with_branches(children, action.branches, fallback)
            after = f'{action.text},"children":{{{children}}}}}' if children else f"{action.text}}}"
        return after

    def as_json(self) -> Json:
        """Return the action as a JSON object: `module`, `data`, and `children`."""
        document: Json = loads(self.as_text())
        return document

    def __repr__(self) -> str:
        return f"Action({self.as_text()})"


def _with_branches(children: str, branches: Mapping[str, Action], fallback: Action | None) -> str:
    """*children*, the JSON of the `_` child if there is one, and the *branches* after it."""
    texts = [children] if children else []
    for key, flow in branches.items():
        texts.append(f"{encode_basestring(key)}:{flow.as_text(fallback)}")
    return ",".join(texts)


def build(name: str, data: Mapping[str, object] = _NO_DATA) -> Action:
    """Build the action *name* from the items of *data* that are not `None`. Raises `AnswerError`.

    The functions of this package pass `locals()`: their parameters are the module's properties, so
    each property is written only once, in the signature.
    """
    given, text = _checked(name, LOADED[name], data)
    return tuple.__new__(Action, (name, given, text, {}, ()))


def _checked(
    name: str, module: ModuleFacts, data: Mapping[str, object]
) -> tuple[dict[str, object], str]:
    """The properties that are not `None`, and the action as text.

    Raises `AnswerError` for the first property that breaks its rule or is missing.
    """
    given: dict[str, object] = {}
    _, _, _, together, required, checks = module
    for key, value in data.items():
        if value is not None:
            if fault := checks.get(key, _unknown)(value):
                raise AnswerError(name, key, value, fault)
            given[key] = value
    for key in required:
        if key not in given:
            raise AnswerError(name, key, None, "is required")
    if together and (fault := together(given)):
        raise AnswerError(name, "data", given, fault)
    return given, f'{{"module":"{name}","data":{_written(name, given)}'


def _unknown(_: object) -> str:
    return "KAZOO does not know this property"


def _written(name: str, given: Mapping[str, object]) -> str:
    """The properties as JSON. Raises `AnswerError` for one that JSON cannot represent."""
    if not given:
        return "{}"
    try:
        return _encoded(given)
    except (TypeError, ValueError, RecursionError):
        for key, value in given.items():
            _require_json(name, key, value)
        raise


def _require_json(name: str, key: str, value: object) -> None:
    try:
        _encoded(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise AnswerError(name, key, value, "must be JSON values") from error


def _mapping(value: object) -> dict[object, object]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _encoder() -> Callable[[object], str]:
    """Write JSON, by one encoder for all actions: `JSONEncoder` makes a new one each time."""
    if c_make_encoder is None:
        return JSONEncoder(
            ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_mapping
        ).encode
    sort_keys = skip_keys = allow_nan = False
    parts = c_make_encoder(
        None, _mapping, encode_basestring, None, ":", ",", sort_keys, skip_keys, allow_nan
    )
    return lambda value: "".join(parts(value, 0))


_encoded = _encoder()


def branch_fault(module: ModuleFacts, data: Mapping[str, object], key: object) -> str | None:
    """Return the error of a branch for *key*, or `None` if the module supports it."""
    if module.keys is None:
        return "the module has no branches other than `>>`"
    pattern = module.keys if isinstance(module.keys, str) else module.keys(data)
    known = isinstance(key, str) and re.fullmatch(pattern, key)
    return None if known else f"must match {pattern}"
