"""Reads answers to pivot requests as KAZOO does, without playing them."""
