"""Dry runs: a request that is answered once more for its developer, without any effect.

Reads go ahead. A write to a table, a message, a request to a service that may change something, and
anything else that could have an effect ends the run: what would come after it is unknown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

READS = frozenset(
    {"BatchGetItem", "GetItem", "GetObject", "GetParameters", "HeadObject", "Query"},
)
"""The operations of AWS that a dry run may use."""

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"})
"""The methods of HTTP that change nothing."""

_running: list[str] = []


class EffectRefused(BaseException):
    """An effect that a dry run came to. Not an `Exception`, so that no template goes on after it.

    `what` names the operation, and never has a value.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@contextmanager
def dry_run() -> Iterator[None]:
    """Refuse all effects inside of this context."""
    _running.append("dry run")
    try:
        yield
    finally:
        _running.pop()


def is_dry() -> bool:
    """Tell whether a dry run is going on in this execution environment."""
    return bool(_running)


def refuse(what: str) -> None:
    """Raise `EffectRefused` in a dry run; otherwise do nothing."""
    if _running:
        raise EffectRefused(what)


def refuse_operation(model: Any, **_: Any) -> None:
    """Refuse an operation of AWS that is no read, as botocore is about to send it."""
    if _running and model.name not in READS:
        raise EffectRefused(f"{model.service_model.service_name} {model.name}")
