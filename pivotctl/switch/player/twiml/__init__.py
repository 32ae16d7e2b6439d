"""Plays TwiML: `kzt_twiml.erl` and the modules around it."""
