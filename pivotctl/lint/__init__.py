"""What KAZOO makes of documents that were written for Twilio."""
