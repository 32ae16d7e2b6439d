"""The environment of a function in a local run, for handlers that run in this process."""

import pytest

from tests.environment import log

__all__ = ["function_environment", "log"]

VARIABLES = {
    "AWS_SAM_LOCAL": "true",
    "POWERTOOLS_SERVICE_NAME": "test",
    "POWERTOOLS_METRICS_NAMESPACE": "PivotFunctions",
    "PUBLIC_URL": "https://pivot.example.com",
}


@pytest.fixture
def function_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The variables that the local stack gives to every function."""
    for name in ("KEY_HASHES", "SIGNING_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return monkeypatch
