"""The environment of a local run, for every test here."""

import pytest

from tests.environment import environment, log

__all__ = ["environment", "log"]


@pytest.fixture(autouse=True)
def local(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set up the environment of a local run."""
    return environment
