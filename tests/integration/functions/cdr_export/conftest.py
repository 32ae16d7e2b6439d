"""The local Crossbar and a bucket, for every test here."""

from tests.integration.functions.cdr_export.exporting import bucket
from tests.integration.functions.crossbar_cdrs import kazoo

__all__ = ["bucket", "kazoo"]
