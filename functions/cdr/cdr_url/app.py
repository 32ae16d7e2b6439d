"""Keep the CDRs that KAZOO posts to a pivot action's cdr_url."""

from pivotkit import CallDetail, Record, cdr_sink


@cdr_sink
def handler(cdr: CallDetail) -> Record:
    result = {
        "hangup_cause": cdr.hangup_cause,
        "duration_seconds": cdr.duration_seconds,
        "billing_seconds": cdr.billing_seconds,
        "callee_id_number": cdr.callee_id_number,
    }
    if cdr.leg == "b":
        return Record("ended", cdr.timestamp, {f"b_{name}": fact for name, fact in result.items()})
    return Record("ended", cdr.timestamp, result)
