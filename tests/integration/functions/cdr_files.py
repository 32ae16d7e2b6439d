"""The export of a day of CDRs, into a bucket of the local AWS."""

from collections.abc import Mapping
from datetime import UTC, datetime

import boto3
import pytest

from functions.workers.cdr_export.export import Exporter
from pivotkit.services.crossbar import Crossbar
from tests.integration.functions.cdr_api import (
    ACCOUNT,
    Kazoo,
)

NEXT_DAY = datetime(2026, 9, 22, 3, tzinfo=UTC)


@pytest.fixture
def bucket(kazoo: Kazoo, environment: pytest.MonkeyPatch) -> str:
    """A bucket for the files of this test."""
    del kazoo  # the settings lead to it
    name = "cdrs-of-a-test"
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name)
    for item in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=item["Key"])
    environment.setenv("CDR_BUCKET", name)
    return name


def export(*accounts: str) -> Mapping[str, int]:
    """What the run of the next night does."""
    return Exporter(Crossbar(), accounts or (ACCOUNT,)).run(NEXT_DAY)
