"""The error of templates and projects that cannot be created or changed."""


class ScaffoldError(Exception):
    """A template or project cannot be created. The message has the reason and the fix."""
