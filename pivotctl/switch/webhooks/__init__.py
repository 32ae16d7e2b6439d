"""Webhooks as KAZOO fires them: what is sent, how, and how often."""
