"""A call's memory while one request is being answered: variables, and values made once."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast

from pivotkit.http.parameters import Value
from pivotkit.store.remembered import Changes, Remembered


class Memory:
    """The stateful side of a `Call`.

    *scope* names the function, and the run of a conversation: values made once belong to it.
    While `live` is false the template repeats what it did in an earlier request, and changes are
    not kept.
    """

    def __init__(
        self, call: str, scope: str, stored: Remembered, at: int, defaults: Mapping[str, Value]
    ) -> None:
        self.stored = stored
        self.changes = Changes({}, {})
        self.live = True
        self.now = datetime.fromtimestamp(at, UTC)
        self.vars = Vars(self, defaults)
        self._call = call
        self._scope = scope

    def at(self, seconds: int) -> None:
        """Move the clock to *seconds* (Unix)."""
        self.now = datetime.fromtimestamp(seconds, UTC)

    def once[T](self, name: str, kind: type[T], make: Callable[[], T]) -> T:
        """Return the value stored under *name*, or make it with *make* and keep it."""
        key = f"{self._scope}:{name}"
        for holder in (self.stored.once, self.changes.once):
            if key in holder:
                return _rebuilt(kind, holder[key])
        made = make()
        self.changes.once[key] = plain(made)
        return made

    def kept(self, name: str) -> Any:
        """Return the value stored under *name*, or `None` if there is none."""
        return self.stored.once.get(f"{self._scope}:{name}")

    def effect_key(self, name: str) -> str:
        """A digest of call, scope and *name*: 32 hex characters."""
        return sha256(f"{self._call}\0{self._scope}\0{name}".encode()).hexdigest()[:32]


class Vars(MutableMapping[str, Value]):
    """The call's variables. Our own hide those that KAZOO sent; `None` deletes one."""

    def __init__(self, memory: Memory, defaults: Mapping[str, Value]) -> None:
        self._memory = memory
        self._defaults = defaults

    def _all(self) -> dict[str, Value]:
        everything = {**self._defaults, **self._memory.stored.vars, **self._memory.changes.vars}
        return {name: value for name, value in everything.items() if value is not None}

    def __getitem__(self, name: str) -> Value:
        return self._all()[name]

    def __setitem__(self, name: str, value: Value) -> None:
        if self._memory.live and self._all().get(name) != value:
            self._memory.changes.vars[name] = value

    def __delitem__(self, name: str) -> None:
        if name not in self._all():
            raise KeyError(name)
        self[name] = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def plain(value: object) -> Value:
    """Convert *value* to JSON's types: dataclasses and named tuples become objects."""
    if _is_dataclass(type(value)):
        from dataclasses import asdict  # noqa: PLC0415  (a dataclass has loaded it)

        return asdict(cast("Any", value))
    as_dict = getattr(value, "_asdict", None)
    return cast("Value", as_dict() if as_dict else value)


def _is_dataclass(kind: type) -> bool:
    return hasattr(kind, "__dataclass_fields__")


def _rebuilt[T](kind: type[T], value: Value) -> T:
    if isinstance(value, dict) and (_is_dataclass(kind) or hasattr(kind, "_fields")):
        return kind(**cast("dict[str, Any]", value))
    return cast("T", value)
