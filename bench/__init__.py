"""What the layer costs: side by side with others, and as first and warm invocations."""
