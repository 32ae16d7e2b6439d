"""What the pages of the console and of the softphone share: style, scripts, layout, and headers.

The console gets it from ConsoleLayer, `pivotctl serve` from the checkout. It knows nothing of
KAZOO and nothing of a stack.
"""
