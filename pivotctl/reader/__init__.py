"""Reads an answer to a pivot request and says what KAZOO does with it."""
