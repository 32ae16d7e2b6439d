"""Foundations of the layer: errors, settings, deadlines, telemetry, speech, and Gregorian time."""
