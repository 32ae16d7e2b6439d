"""Settings that a template declares in a class, and what the environment changes of them."""

from typing import Any, Literal, NamedTuple

import pytest

from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import MenuId, Seconds, UserId
from pivotkit.core.settings import SettingError, fields, from_environment

ID = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
OTHER = "c3d1b5f2e4a6079889706b5c4d3e2f1a"


class Settings(NamedTuple):
    """One setting of each form."""

    front_desk: UserId = UserId(ID)
    menu: MenuId | None = None
    overflow: UserId | None = UserId(ID)
    ring_seconds: Seconds = Seconds(20)
    kind: Literal["user", "device"] = "user"
    greeting: str = ""
    recorded: bool = False
    turns: int = 3
    crm_token: Secret = Secret()


CHANGED: list[tuple[str, str, str, Any]] = [
    ("FRONT_DESK", OTHER, "front_desk", OTHER),
    ("FRONT_DESK", "", "front_desk", ID),
    ("MENU", "", "menu", None),
    ("MENU", OTHER, "menu", OTHER),
    ("OVERFLOW", "", "overflow", None),
    ("RING_SECONDS", " 30 ", "ring_seconds", 30),
    ("KIND", "device", "kind", "device"),
    ("GREETING", "Hello", "greeting", "Hello"),
    ("RECORDED", "yes", "recorded", True),
    ("TURNS", "-1", "turns", -1),
]
WRONG = [
    ("FRONT_DESK", "x", "must be an ID of 32 hexadecimal digits"),
    ("MENU", "x", "or empty for none"),
    ("RING_SECONDS", "0", "must be a whole number from 1 to 86400"),
    ("KIND", "group", "must be one of user, device"),
    ("RECORDED", "maybe", "must be true or false"),
    ("TURNS", "many", "must be a whole number"),
]


@pytest.mark.usefixtures("environment")
def test_defaults() -> None:
    """Without variables the settings are those of the class."""
    assert from_environment(Settings) == Settings()


@pytest.mark.parametrize(("variable", "text", "name", "value"), CHANGED)
def test_a_variable_changes_a_setting(
    environment: pytest.MonkeyPatch, variable: str, text: str, name: str, value: object
) -> None:
    """A variable is read by the type; an empty one is the default, or none if it is optional."""
    environment.setenv(variable, text)
    found = from_environment(Settings)
    assert getattr(found, name) == value
    assert type(getattr(found, name)) is type(value) or isinstance(value, str | int)


@pytest.mark.parametrize(("variable", "text", "rule"), WRONG)
def test_a_wrong_variable_fails_the_import(
    environment: pytest.MonkeyPatch, variable: str, text: str, rule: str
) -> None:
    """The error names setting, value, rule, and the place to fix it."""
    environment.setenv(variable, text)
    with pytest.raises(SettingError) as caught:
        from_environment(Settings)
    said = str(caught.value)
    assert said.startswith(f"setting {variable} is '{text}': ")
    assert rule in said
    assert said.endswith("correct it in function.yaml")


def test_a_secret_is_never_in_the_environment(environment: pytest.MonkeyPatch) -> None:
    """A variable with the name of a secret changes nothing."""
    environment.setenv("CRM_TOKEN", "open sesame")
    assert "sesame" not in repr(from_environment(Settings))


def test_every_value_is_a_text() -> None:
    """A field reads what it has written."""
    for each in fields(Settings):
        if not each.is_secret and each.name != "greeting":
            assert each.read(each.text(each.default)) == each.default


class Unfinished(NamedTuple):
    """A class with a setting that has no default."""

    front_desk: UserId


class TwoTypes(NamedTuple):
    """A class with a setting of two types."""

    front_desk: UserId | Seconds = Seconds(1)


@pytest.mark.parametrize("settings", [Unfinished, TwoTypes])
def test_a_class_that_cannot_be_read(settings: Any) -> None:
    """The error names the class and the field, and says what to write."""
    with pytest.raises(TypeError, match=rf"{settings.__name__}\.front_desk .*: (give|write)"):
        list(fields(settings))
