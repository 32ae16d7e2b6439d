"""Parts of the console's and the softphone's pages: style, scripts, layout, and headers.

The console gets it from ConsoleLayer, `pivotctl serve` from the checkout. It knows nothing of
KAZOO and nothing of a stack.
"""
