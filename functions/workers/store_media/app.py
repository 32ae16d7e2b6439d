"""Keep the voicemails and faxes that KAZOO announces, and tell where they are."""

from pivotkit import Delivery, setting, worker
from pivotkit.crossbar import Crossbar
from pivotkit.media import MediaKeeper, wanted_accounts

keeper = MediaKeeper(
    Crossbar(seconds=setting("SECONDS", 40)),
    wanted_accounts("MEDIA_ACCOUNTS"),
    link=setting("LINK", "console"),
    megabytes=setting("MOST_MEGABYTES", 25),
)


@worker
def handler(delivery: Delivery) -> None:
    keeper.keep(delivery)
