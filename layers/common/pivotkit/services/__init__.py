"""HTTP clients with deadlines and circuit breakers: upstream services and KAZOO's Crossbar."""
