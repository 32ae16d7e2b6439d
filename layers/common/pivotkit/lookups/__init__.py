"""Lookups in the Directory: opening hours, holidays, callbacks, do-not-call list, and documents."""
