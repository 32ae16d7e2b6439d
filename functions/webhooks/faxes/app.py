"""Store each fax that was received or sent, and each that failed."""

from pivotkit import Fact, Record, webhook
from pivotkit.events import (
    FaxEvent,
    InboundFax,
    InboundFaxError,
    OutboundFax,
    OutboundFaxError,
    OutboundSmtpFaxError,
)
from pivotkit.events.fields import text


@webhook
def handler(event: FaxEvent | OutboundSmtpFaxError) -> Record:
    if isinstance(event, OutboundSmtpFaxError):
        return Record("failed", event.timestamp, email_facts(event))
    sent_at = event.fax_timestamp or event.timestamp
    match event:
        case InboundFax():
            return Record("received", sent_at, fax_facts(event))
        case OutboundFax():
            return Record("sent", sent_at, fax_facts(event))
        case InboundFaxError() | OutboundFaxError():
            return Record("failed", sent_at, {**fax_facts(event), "fax_error": event.fax_error})
    return Record("failed", sent_at, fax_facts(event))


def fax_facts(event: FaxEvent) -> dict[str, Fact]:
    return {
        "call_id": event.call_id,
        "caller_id_number": event.caller_id_number,
        "callee_id_number": event.callee_id_number,
        "faxbox_id": event.faxbox_id,
        "pages": text(event.fax_info.get("fax_total_pages")),
        "result": text(event.fax_info.get("fax_result_text")),
    }


def email_facts(event: OutboundSmtpFaxError) -> dict[str, Fact]:
    return {
        "from_email": event.fax_from_email,
        "to_email": event.fax_to_email,
        "fax_error": "; ".join(event.errors),
    }
