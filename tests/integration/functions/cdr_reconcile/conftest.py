"""The local Crossbar, for every test here."""

from tests.integration.functions.crossbar_cdrs import kazoo

__all__ = ["kazoo"]
