"""One door under atheris: `python -m fuzz.drive NAME [libFuzzer's arguments]`, in .tools/promises.

The code behind the door is instrumented, so that an input that takes a new way is kept.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from types import FunctionType

import atheris  # type: ignore[import-untyped]  # it is in .tools/promises alone

# The linter's own code lies behind its door alone.
_TOOLS = ("lint", "replay")


def main() -> None:
    """Fuzz until libFuzzer ends the process."""
    name, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=["pivotctl" if name in _TOOLS else "pivotkit"]):
        from fuzz import doors, seeds  # noqa: PLC0415  (what they import is instrumented)
        from fuzz.doors.rules import VARIABLES, without_output  # noqa: PLC0415

        os.environ.update(VARIABLES)
        enter = doors.opened(name)
        with without_output():
            for seed in seeds.of(name):  # what is imported on the way is instrumented, too
                enter(seed)
    for function in _of_functions():
        atheris.instrument_func(function)
    atheris.Setup([sys.argv[0], *arguments], enter)
    with without_output():
        atheris.Fuzz()


def _of_functions() -> Iterator[FunctionType]:
    """The code in functions/, whose modules have a loader of their own."""
    for name, module in list(sys.modules.items()):
        if name.startswith("functions."):
            classes = [each for _, each in inspect.getmembers(module, inspect.isclass)]
            for place in (module, *(each for each in classes if each.__module__ == name)):
                found = inspect.getmembers(place, inspect.isfunction)
                yield from (each for _, each in found if each.__module__ == name)


if __name__ == "__main__":
    main()
