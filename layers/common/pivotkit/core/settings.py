"""A template's settings: environment variables, read once, at import, typed by their default."""

import os

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class SettingError(ValueError):
    """A setting whose text does not fit its type. Raised at import, so a deploy shows it."""

    def __init__(self, name: str, text: str, rule: str) -> None:
        super().__init__(f"setting {name} is {text!r}: {rule}; correct it in function.yaml")


def setting[T: (str, int, bool)](name: str, default: T) -> T:
    """The environment variable *name* as the type of *default*, which stands for '' too."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if isinstance(default, bool):
        return _boolean(name, text)
    if isinstance(default, int):
        return _integer(name, text)
    return text


def choice(name: str, default: str, *allowed: str) -> str:
    """A setting that is one of a few words."""
    text = setting(name, default)
    if text not in allowed:
        raise SettingError(name, text, f"must be one of {', '.join(allowed)}")
    return text


def _boolean(name: str, text: str) -> bool:
    if text.lower() not in _WORDS:
        raise SettingError(name, text, "must be true or false")
    return _WORDS[text.lower()]


def _integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise SettingError(name, text, "must be a whole number") from error
