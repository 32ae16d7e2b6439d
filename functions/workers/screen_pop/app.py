"""Show agents who is calling, from the first ring until the call is over."""

from pivotkit import Delivery, setting, worker
from pivotkit.services.upstream import Upstream
from pivotkit.workers.once import Once
from screens import screen

desk = Upstream("DESK_URL", "https://desk.example.com", token=setting("DESK_TOKEN", ""))
PATIENCE = setting("PATIENCE", 60)
once = Once()


@worker
def handler(delivery: Delivery) -> None:
    call = screen(delivery, PATIENCE)
    if call:
        once(delivery.id, lambda: desk.send("POST", "/calls", call, key=delivery.id))
