"""Fixtures for code of the layer and of functions that runs in this process."""

import io
from collections.abc import Iterator

import pytest

from pivotkit.core import telemetry

VARIABLES = {
    "AWS_SAM_LOCAL": "true",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "test",
    "POWERTOOLS_METRICS_NAMESPACE": "PivotFunctions",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The variables of a function that runs on this machine, and none that would change it."""
    for name in (
        *("KEY_HASHES", "SIGNING_SECRETS", "HOOK_SECRETS", "SIGNATURE_AGE_SECONDS"),
        "PUBLIC_URL",
        "SPOOL_QUEUE_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The lines that the layer logs."""
    written = io.StringIO()
    before = telemetry.output.setStream(written)
    yield written
    telemetry.output.setStream(before)
