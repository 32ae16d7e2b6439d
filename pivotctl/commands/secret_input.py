"""Secrets that a person types or a program pipes in: never arguments, which others could list."""

import sys

import click

LONGEST = 4096
"""Characters of a secret: those of a SecureString."""


def read_secret(label: str) -> str:
    """Return a secret from a prompt, or one line of standard input. Raises `click.UsageError`."""
    if sys.stdin.isatty():
        text = str(click.prompt(label, hide_input=True))
    else:
        text = sys.stdin.read().rstrip("\r\n")
    if not text or len(text) > LONGEST or not text.isprintable():
        raise click.UsageError(f"{label} must be one line of 1 to {LONGEST} characters.")
    return text
