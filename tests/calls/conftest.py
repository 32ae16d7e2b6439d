"""Calls to the functions of the local stack: AWS's runtime, a real socket, a local DynamoDB."""

from collections.abc import Mapping
from typing import Any, Protocol

import pytest

from pivotctl.stack import Stack
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.local import local_scenario


class Dial(Protocol):
    """Dials a function; `data` is put over the pivot action, the rest over the scenario."""

    def __call__(self, name: str, data: Mapping[str, Any] | None = None, **call: Any) -> Dialogue:
        """Play the whole call."""
        ...


@pytest.fixture
def dial(stack: Stack) -> Dial:
    """A phone."""

    def placed(name: str, data: Mapping[str, Any] | None = None, **call: Any) -> Dialogue:
        return Dialogue.place(local_scenario(stack, name, data, **call))

    return placed
