"""Keep what callflows themselves tell: the steps of a menu, the result of a survey."""

from pivotkit import Record, webhook
from pivotkit.events import CallflowActionWebhook


@webhook
def handler(event: CallflowActionWebhook) -> Record:
    told = {**event.other, **event.custom_data}
    facts = {name: value for name, value in told.items() if isinstance(value, str) and value}
    return Record("noted", event.timestamp, facts)
