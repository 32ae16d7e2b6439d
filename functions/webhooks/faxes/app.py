"""Keep each fax that came in or went out, and each that failed."""

from pivotkit import Fact, Record, webhook
from pivotkit.events import FaxEvent, InboundFax, InboundFaxError, OutboundFax, OutboundFaxError
from pivotkit.events import OutboundSmtpFaxError as EmailError
from pivotkit.events.fields import text


@webhook
def handler(event: FaxEvent | EmailError) -> Record:
    if isinstance(event, EmailError):
        asked = {"from_email": event.fax_from_email, "to_email": event.fax_to_email}
        return Record("failed", event.timestamp, asked | {"fax_error": "; ".join(event.errors)})
    facts: dict[str, Fact] = {
        "call_id": event.call_id,
        "caller_id_number": event.caller_id_number,
        "callee_id_number": event.callee_id_number,
        "faxbox_id": event.faxbox_id,
        "pages": text(event.fax_info.get("fax_total_pages")),
        "result": text(event.fax_info.get("fax_result_text")),
    }
    at = event.fax_timestamp or event.timestamp
    match event:
        case InboundFax():
            return Record("received", at, facts)
        case OutboundFax():
            return Record("sent", at, facts)
        case InboundFaxError() | OutboundFaxError():
            facts["fax_error"] = event.fax_error
    return Record("failed", at, facts)
