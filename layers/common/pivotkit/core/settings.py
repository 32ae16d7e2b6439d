"""Settings of a template: environment variables, read once at import, typed by their defaults."""

import os

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class SettingError(ValueError):
    """A setting with an invalid value. Raised at import, so a bad deploy fails at once."""

    def __init__(self, name: str, text: str, rule: str) -> None:
        super().__init__(f"setting {name} is {text!r}: {rule}; correct it in function.yaml")


def setting[T: (str, int, bool)](name: str, default: T) -> T:
    """Return the environment variable *name*, converted to the type of *default*.

    An unset or empty variable gives *default*. Raises `SettingError`.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if isinstance(default, bool):
        return _boolean(name, text)
    if isinstance(default, int):
        return _integer(name, text)
    return text


def choice(name: str, default: str, *allowed: str) -> str:
    """Return the setting *name*, which must be one of the *allowed* words.

    Raises `SettingError`.
    """
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
