"""Costs of the layer: side by side with others, and for first and warm invocations."""
