"""The ground of every room: errors, settings, deadlines, telemetry, speech, and KAZOO's time."""
