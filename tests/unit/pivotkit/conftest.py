"""What a function's environment holds in a local run."""

import pytest

VARIABLES = {
    "AWS_SAM_LOCAL": "true",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "test",
    "POWERTOOLS_METRICS_NAMESPACE": "PivotFunctions",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The variables of a function that runs on this machine, and none that would change it."""
    for name in ("KEY_HASHES", "SIGNING_SECRETS", "PUBLIC_URL", "SPOOL_QUEUE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return monkeypatch
