"""Write the verified CDRs of each day to S3, for Athena and as CSV."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from export import CdrExporter
from pivotkit import AccountSettings, scheduled
from pivotkit.core.secret import Secret
from pivotkit.services.crossbar import Crossbar, accounts

exporter = CdrExporter(Crossbar(), accounts("CDR_ACCOUNTS"))


class Settings(NamedTuple):
    """The key to Crossbar."""

    crossbar_api_key: Secret = Secret()
    """API key of an account that is the accounts below or their ancestor"""


@scheduled(settings=Settings)
def handler(at: datetime, settings: AccountSettings[Settings]) -> Mapping[str, int]:
    del settings  # Crossbar reads its key itself
    return exporter.run(at)
