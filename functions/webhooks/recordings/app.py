"""Store the recordings that KAZOO sends in S3, and add their location to the calls' records."""

from pivotkit import Fact, Record
from recordings import Recording
from sink import recording_sink


@recording_sink
def handler(recording: Recording) -> Record:
    facts: dict[str, Fact] = {
        "recording": recording.key,
        "recording_bytes": recording.size,
        "recording_type": recording.content_type,
    }
    return Record("noted", recording.received_at, facts)
