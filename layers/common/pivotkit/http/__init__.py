"""Requests over HTTP: API Gateway's events, KAZOO's parameters, and the keys in URLs."""
