"""Settings of a template: environment variables, typed by their defaults."""

from typing import Any

import pytest

from pivotkit.core.settings import SettingError, setting

READ: list[tuple[str | None, str | int | bool, str | int | bool]] = [
    (None, "a", "a"),
    ("", "a", "a"),
    ("  ", 7, 7),
    (" b ", "a", "b"),
    ("12", 7, 12),
    ("-1", 7, -1),
    ("true", False, True),
    ("Yes", False, True),
    ("0", True, False),
    ("false", True, False),
    ("12", "a", "12"),
]


@pytest.mark.parametrize(("text", "default", "value"), READ)
def test_setting(
    text: str | None, default: Any, value: Any, environment: pytest.MonkeyPatch
) -> None:
    """A setting has the type of its default, and an empty one has its value."""
    if text is not None:
        environment.setenv("A_SETTING", text)
    found = setting("A_SETTING", default)
    assert (found, type(found)) == (value, type(default))


@pytest.mark.parametrize(("text", "default"), [("x", 7), ("1.5", 7), ("maybe", True)])
def test_a_setting_that_does_not_fit(
    text: str, default: Any, environment: pytest.MonkeyPatch
) -> None:
    """An error names the setting, its text, the rule, and the place to fix it."""
    environment.setenv("A_SETTING", text)
    with pytest.raises(SettingError, match=f"A_SETTING is '{text}': must be .* function.yaml"):
        setting("A_SETTING", default)
