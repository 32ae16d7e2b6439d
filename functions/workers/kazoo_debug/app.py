"""Keep KAZOO's debug documents of pivot actions with the steps of their calls."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from documents import DebugDocuments
from pivotkit import AccountSettings, scheduled
from pivotkit.core.secret import Secret
from pivotkit.services.crossbar import Crossbar

documents = DebugDocuments(Crossbar())


class Settings(NamedTuple):
    """The rights of the worker."""

    crossbar_api_key: Secret = Secret()
    """API key of an account that is the accounts themselves or their ancestor"""


@scheduled(settings=Settings)
def handler(at: datetime, settings: AccountSettings[Settings]) -> Mapping[str, int]:
    return documents.keep(at)
