"""Loads a function's handler from its folder, as Lambda does, but into this process."""

import importlib.util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def load(path: str) -> Any:
    """A fresh `handler` of the function in functions/*path*; its environment is read now."""
    file = ROOT / "functions" / path / "app.py"
    spec = importlib.util.spec_from_file_location(f"app_{path.replace('/', '_')}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler
