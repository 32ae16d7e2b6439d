"""A bucket for exported CDRs, and the run that writes to it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from functions.workers.cdr_export.export import CdrExporter
from pivotkit.services.crossbar import Account, Crossbar
from tests.aws import aws_client
from tests.integration.functions.crossbar_cdrs import ACCOUNT, Kazoo

NEXT_DAY = datetime(2026, 9, 22, 3, tzinfo=UTC)


@pytest.fixture
def bucket(kazoo: Kazoo, environment: pytest.MonkeyPatch) -> str:
    """An empty bucket for the files."""
    del kazoo  # the settings name it
    name = "cdrs-of-a-test"
    s3 = aws_client("s3")
    s3.create_bucket(Bucket=name)
    for item in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=item["Key"])
    environment.setenv("CDR_BUCKET", name)
    return name


def export(*accounts: str) -> Mapping[str, int]:
    """The counts of the run in the following night."""
    return CdrExporter(Crossbar(), tuple(map(Account, accounts or (ACCOUNT,)))).run(NEXT_DAY)
