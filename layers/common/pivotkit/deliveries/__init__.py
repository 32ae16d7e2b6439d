"""Deliveries: webhooks and CDRs, each authenticated, stored once, and answered with 200."""
