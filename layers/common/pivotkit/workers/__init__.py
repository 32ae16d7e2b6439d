"""Workers behind queues, streams, and schedules: batches, retries, and effects that happen once."""
