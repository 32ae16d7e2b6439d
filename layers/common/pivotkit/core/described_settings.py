"""Settings as JSON: what a form needs, without the class that declares them.

The type of a setting is named by its module, `pivotkit.core.setting_types.Seconds`, so that the
same type reads values wherever the description is read.
"""

from importlib import import_module
from typing import Any

from pivotkit.core.secret import Secret
from pivotkit.core.settings import Field

_PLAIN: dict[str, type] = {"str": str, "int": int, "bool": bool}
_LAYER = "pivotkit."


def described(declared: Field) -> dict[str, Any]:
    """Return a setting as JSON: name, type, default as a text, and what else differs from none."""
    return {
        "name": declared.name,
        "type": _name_of(declared.kind),
        "optional": declared.optional,
        "choices": list(declared.choices),
        "default": "" if declared.is_secret else declared.text(declared.default),
    }


def field_of(description: dict[str, Any]) -> Field:
    """Return the setting that `described` has described. Raises `ValueError` for another type."""
    name, optional = str(description["name"]), bool(description["optional"])
    kind = _type_of(str(description["type"]))
    declared = Field(name, kind, None, optional, tuple(description["choices"]))
    return declared._replace(default=_default(declared, str(description["default"])))


def _default(declared: Field, text: str) -> Any:
    return Secret() if declared.is_secret else declared.read(text)


def _name_of(kind: type) -> str:
    return kind.__name__ if kind in _PLAIN.values() else f"{kind.__module__}.{kind.__name__}"


def _type_of(name: str) -> type:
    if name in _PLAIN:
        return _PLAIN[name]
    module, _, last = name.rpartition(".")
    if not module.startswith(_LAYER):
        raise ValueError(f"{name} is no type of a setting: use one of the layer")
    found: type = getattr(import_module(module), last)
    return found
