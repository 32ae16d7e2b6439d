"""Imports a handler as Lambda's runtime would, and reports why that fails.

Run as a script: `python explain.py app.handler`, in the function's environment. Prints the report
as JSON: `error`, `error_message`, `causes`, and `frames`; nothing if the handler is found. It
imports nothing of the project.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
import sys
import traceback
from typing import Any


def main() -> None:
    """Import the handler, and print what went wrong."""
    output, sys.stdout = sys.stdout, sys.stderr  # what the module prints is no report
    # Python has put the folder of this script there, which Lambda does not have.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    module, _, name = sys.argv[1].rpartition(".")
    try:
        found = importlib.import_module(module.replace("/", "."))
    except BaseException as error:  # noqa: BLE001  SystemExit, too, ends an import
        json.dump(report(error), output)
        return
    if not hasattr(found, name):
        json.dump(missing(found, name), output)


def report(error: BaseException) -> dict[str, Any]:
    """Return the report of a failed import."""
    frames = [
        [frame.filename, frame.lineno or 0, frame.name]
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__
    ]
    message = str(error)
    if isinstance(error, SyntaxError):
        frames.append([error.filename or "", error.lineno or 0, "<module>"])
        message = error.msg
    cause = error.__cause__
    causes = [[type(cause).__name__, str(cause)]] if cause else []
    return _made(type(error).__name__, message, frames, causes)


def missing(module: Any, name: str) -> dict[str, Any]:
    """Return the report of a module without the handler `name`, with the nearest name it has."""
    functions = {
        each: function
        for each, value in vars(module).items()
        # A decorator of the layer keeps the author's function as `template`.
        if getattr(function := getattr(value, "template", value), "__module__", "")
        == module.__name__
    }
    near = difflib.get_close_matches(name, functions, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else f": define `def {name}(call)` there"
    code = getattr(functions.get(near[0]) if near else None, "__code__", None)
    line = code.co_firstlineno if code else 1
    frames = [[module.__file__, line, "<module>"]]
    return _made("HandlerNotFound", f"no function is called {name}{hint}", frames, [])


def _made(
    error: str, message: str, frames: list[list[Any]], causes: list[list[str]]
) -> dict[str, Any]:
    return {"error": error, "error_message": message, "causes": causes, "frames": frames}


if __name__ == "__main__":
    main()
