"""Verdicts on answers, and reports on documents that were written for Twilio."""
