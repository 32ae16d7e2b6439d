"""Put the recordings that KAZOO sends into S3, and note them in their calls' records."""

from pivotkit import Record
from recordings import Recording, recording_sink


@recording_sink
def handler(recording: Recording) -> Record:
    return Record(
        "noted",
        recording.received_at,
        {
            "recording": recording.key,
            "recording_bytes": recording.size,
            "recording_type": recording.content_type,
        },
    )
