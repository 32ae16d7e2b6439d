"""Data that templates look up: opening hours, holidays, lists, callbacks, documents."""
