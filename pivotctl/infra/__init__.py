"""Generates template.yaml from infra/ and from the function.yaml in each function's folder."""

from pivotctl.infra.application import Application, Assembled
from pivotctl.infra.fragment import Fragment, FragmentError
from pivotctl.infra.freshness import EditedError, Outcome, renew

__all__ = [
    "Application",
    "Assembled",
    "EditedError",
    "Fragment",
    "FragmentError",
    "Outcome",
    "renew",
]
