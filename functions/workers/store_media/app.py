"""Store the voicemails and faxes that KAZOO announces in S3, and report where they are."""

from functools import lru_cache
from typing import NamedTuple

from keeper import MediaKeeper, media_accounts
from pivotkit import Delivery, worker
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Count, Seconds
from pivotkit.deliveries.media_notes import MediaLink
from pivotkit.services.crossbar import Crossbar

accounts = media_accounts("MEDIA_ACCOUNTS")


class Settings(NamedTuple):
    """The files that are stored, and the links to them."""

    crossbar_api_key: Secret = Secret()
    """API key of an account that is the accounts below or their ancestor"""
    link: MediaLink = MediaLink("console")
    """`console`: the file's page in the AWS console, for people who may sign in there; `s3`:
    `s3://<bucket>/<place>`; `none`; or the `https://` address of your own page for files, to which
    the place is appended"""
    most_megabytes: Count = Count(25)
    """the largest file that is stored"""
    seconds: Seconds = Seconds(40)
    """the longest that a request to Crossbar may take, download included"""


@worker(settings=Settings)
def handler(delivery: Delivery, settings: Settings) -> None:
    keeper(settings.seconds, settings.link, settings.most_megabytes).keep(delivery)


@lru_cache(100)
def keeper(seconds: int, link: str, megabytes: int) -> MediaKeeper:
    return MediaKeeper(crossbar(seconds), accounts, link=link, megabytes=megabytes)


@lru_cache(10)
def crossbar(seconds: int) -> Crossbar:
    return Crossbar(seconds=seconds)
