"""Store the events that callflows send: the steps of a menu, the result of a survey."""

from pivotkit import Record, webhook
from pivotkit.events import CallflowActionWebhook


@webhook
def handler(event: CallflowActionWebhook) -> Record:
    fields = {**event.other, **event.custom_data}
    facts = {name: value for name, value in fields.items() if isinstance(value, str) and value}
    return Record("noted", event.timestamp, facts)
