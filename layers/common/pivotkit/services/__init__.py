"""Other services over HTTP, each with a deadline and a circuit breaker; KAZOO's Crossbar first."""
