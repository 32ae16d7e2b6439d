"""Promises of the collection, each measured anew by one command."""
