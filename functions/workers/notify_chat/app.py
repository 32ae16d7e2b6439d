"""Post missed calls, new voicemails and faxes, and suspicious calls to a chat."""

from messages import request, text_for
from pivotkit import Delivery, worker
from pivotkit.services.upstream import Upstream
from pivotkit.workers.once import Once

chat = Upstream("CHAT_URL", "https://chat.example.com/services/T0/B0/secret", seconds=5)
once = Once()


@worker
def handler(delivery: Delivery) -> None:
    text = text_for(delivery)
    if text:
        once(delivery.id, lambda: chat.send("POST", "", request(text)))
