"""Store the voicemails and faxes that KAZOO announces in S3, and report where they are."""

from keeper import MediaKeeper, media_accounts
from pivotkit import Delivery, setting, worker
from pivotkit.services.crossbar import Crossbar

keeper = MediaKeeper(
    Crossbar(seconds=setting("SECONDS", 40)),
    media_accounts("MEDIA_ACCOUNTS"),
    link=setting("LINK", "console"),
    megabytes=setting("MOST_MEGABYTES", 25),
)


@worker
def handler(delivery: Delivery) -> None:
    keeper.keep(delivery)
