"""Plays a call: executes each answer as KAZOO does, and reports what happens."""
