"""Calls to the functions of the local stack: in this process, or through AWS's runtime."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import pytest

from pivotctl.stack import Stack
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.local import local_scenario
from pivotctl.upstreams import Upstreams
from tests.calls.phone import Phone, phone

__all__ = ["Dial", "Phone", "Upstreams"]


class Dial(Protocol):
    """Dials a function; `data` is put over the pivot action, the rest over the scenario."""

    def __call__(self, name: str, data: Mapping[str, Any] | None = None, **call: Any) -> Dialogue:
        """Play the whole call."""
        ...


@pytest.fixture
def dial(stack: Stack) -> Iterator[Phone]:
    """A phone that reaches the functions in this process, with tables of the test's own.

    `settings` changes the function's variables, `at` the time of the call.
    """
    with phone(stack) as ready:
        yield ready


@pytest.fixture
def dial_runtime(stack: Stack) -> Dial:
    """A phone that reaches the functions as KAZOO would: through the gateway and AWS's runtime.

    Webhooks and CDRs of the call go to the stack's receivers.
    """

    def placed(name: str, data: Mapping[str, Any] | None = None, **call: Any) -> Dialogue:
        return Dialogue.place(local_scenario(stack, name, data, **call))

    return placed


@pytest.fixture
def upstreams(stack: Stack) -> Iterator[Upstreams]:
    """The fakes of other services: `upstreams.crm.is_slow()`, `upstreams.sms.received`."""
    yield stack.upstreams
    stack.upstreams.reset()
