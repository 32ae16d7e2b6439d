"""HTTP requests: API Gateway's events, KAZOO's parameters, and the keys that authorize requests."""
