"""How long callers wait: first and warm invocations in Lambda's runtime, side by side."""
