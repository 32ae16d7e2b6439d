"""The environment of a function in a local run, and what the layer logs."""

from tests.local_function import environment, log

__all__ = ["environment", "log"]
