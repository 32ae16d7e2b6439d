"""The local KAZOO's account on a local stack: its calls, its webhooks, and which are disabled."""
