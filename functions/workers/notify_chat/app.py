"""Post missed calls, new voicemails and faxes, and suspicious calls to a chat."""

from typing import NamedTuple

from messages import request, text_for
from pivotkit import Delivery, worker
from pivotkit.core.secret import Secret
from pivotkit.services.upstream import Upstream
from pivotkit.workers.once import Once

once = Once()


class Settings(NamedTuple):
    """The chat."""

    chat_url: Secret = Secret()
    """URL of the chat's incoming webhook; anyone who knows it can post there"""


@worker(settings=Settings)
def handler(delivery: Delivery, settings: Settings) -> None:
    text = text_for(delivery)
    chat = Upstream.at_secret("chat", settings.chat_url, seconds=5) if text else None
    if chat:
        once(delivery.id, lambda: chat.send("POST", "", request(text)))
