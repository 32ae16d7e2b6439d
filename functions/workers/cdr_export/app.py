"""Write the verified CDRs of each day to S3, for Athena and as CSV."""

from collections.abc import Mapping
from datetime import datetime

from export import CdrExporter
from pivotkit import scheduled
from pivotkit.services.crossbar import Crossbar, accounts

exporter = CdrExporter(Crossbar(), accounts("CDR_ACCOUNTS"))


@scheduled
def handler(at: datetime) -> Mapping[str, int]:
    return exporter.run(at)
