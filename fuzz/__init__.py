"""Coverage-guided fuzzing of every door: each place that takes bytes from outside."""
