"""Settings that a class declares: what template.yaml gets, and what cannot be read."""

import re
from pathlib import Path
from typing import Any

import pytest

from pivotctl.declared_settings import SettingsClassError, declared_settings
from pivotctl.infra import Application, FragmentError
from pivotctl.sam_template import parse
from pivotctl.settings_table import settings_table
from scripts.make_settings import pages
from tests.unit.infra.conftest import add_function

APP = '''"""Greet callers."""

from typing import Literal, NamedTuple

from pivotkit import Call, Flow, pivot
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import MenuId, Seconds, UserId


class Settings(NamedTuple):
    """Whom we ring."""

    front_desk: UserId = UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")
    """user to ring for callers
    who press nothing"""
    menu: MenuId | None = None
    kind: Literal["user", "device"] = "user"
    ring_seconds: Seconds = Seconds(20)
    crm_token: Secret = Secret()


@pivot(settings=Settings)
def handler(call: Call, settings: Settings) -> Flow: ...
'''
BASE = "description: Greets\ngroup: starters\n"
ACCOUNTS = """
Parameters: {AccountSettings: {Type: String, Default: "off"}}
Conditions: {HasAccountSettings: !Equals [!Ref AccountSettings, "on"]}
"""


def project(root: Path, app: str = APP, yaml: str = BASE) -> Path:
    """A project with a function `own` that has this code."""
    add_function(root, "pivot/own", yaml)
    (root / "functions/pivot/own/app.py").write_text(app, encoding="utf-8")
    (root / "infra/settings.yaml").write_text(ACCOUNTS, encoding="utf-8")
    return root


def resources(root: Path) -> Any:
    """The resources of template.yaml as data."""
    return parse(Application.read(root).assembled().text)["Resources"]


def test_defaults_come_from_the_class(root: Path) -> None:
    """Every setting but the secret is in the environment, and function.yaml may change it."""
    made = resources(project(root, yaml=f"{BASE}settings: {{RING_SECONDS: 30, MENU: ''}}\n"))
    variables = made["Own"]["Properties"]["Environment"]["Variables"]
    assert variables["FRONT_DESK"] == "b2c0a4e1d3f5968778695a4b3c2d1e0f"
    assert (variables["MENU"], variables["KIND"], variables["RING_SECONDS"]) == ("", "user", "30")
    assert "CRM_TOKEN" not in variables


def test_only_a_stack_with_accounts_settings_reads_them(root: Path) -> None:
    """Variable and permission depend on a parameter, and the permission on the key."""
    made = resources(project(root))
    table = made["Own"]["Properties"]["Environment"]["Variables"]["SETTINGS_TABLE"]
    nothing = {"Ref": "AWS::NoValue"}
    assert table == {"Fn::If": ["HasAccountSettings", {"Ref": "DirectoryTable"}, nothing]}
    (policy,) = made["OwnRole"]["Properties"]["Policies"]
    name, granted, otherwise = policy["PolicyDocument"]["Statement"][1]["Fn::If"]
    assert (name, otherwise) == ("HasAccountSettings", nothing)
    assert granted["Action"] == "dynamodb:GetItem"
    leading = granted["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert leading == ["settings#*"]


def test_settings_by_number_are_read_at_once(root: Path) -> None:
    """A function with settings by number may read both entries in one request, and only so."""
    app = APP.replace("settings=Settings)", "settings=Settings, by_number=True)")
    (policy,) = resources(project(root, app))["OwnRole"]["Properties"]["Policies"]
    _, granted, _ = policy["PolicyDocument"]["Statement"][1]["Fn::If"]
    assert granted["Action"] == "dynamodb:BatchGetItem"


def test_a_function_may_read_its_own_secrets_only(root: Path) -> None:
    """The permission names each secret, and that of any account, and nothing else."""
    made = resources(project(root))
    (policy,) = made["OwnRole"]["Properties"]["Policies"]
    granted = policy["PolicyDocument"]["Statement"][2]
    assert granted["Action"] == "ssm:GetParameters"
    paths = [each["Fn::Sub"].partition(":parameter/")[2] for each in granted["Resource"]]
    stack = "${AWS::StackName}"
    assert paths == [f"{stack}/own/crm_token", f"{stack}/own/*/crm_token"]
    variables = made["Own"]["Properties"]["Environment"]["Variables"]
    assert variables["SECRETS_PATH"] == {"Fn::Sub": f"/{stack}/own"}


def test_a_function_without_a_class_gets_nothing(root: Path) -> None:
    """Neither variable nor permission nor memory follows from the parameter."""
    text = str(resources(project(root))["Greet"])
    assert "SETTINGS_TABLE" not in text
    assert "HasAccountSettings" not in text


OVERRIDES = [
    ("RING_SECOND: 30", "app.py declares no such setting: use FRONT_DESK, MENU"),
    ("RING_SECONDS: 0", "must be a whole number from 1 to 86400"),
    ("MENU: x", "must be an ID of 32 hexadecimal digits"),
    ("CRM_TOKEN: abc", "set it with `pivotctl secret`"),
]


@pytest.mark.parametrize(("given", "rule"), OVERRIDES)
def test_function_yaml_cannot_break_the_class(root: Path, given: str, rule: str) -> None:
    """The error names the file, the setting, the value, and the rule."""
    name, _, value = given.partition(": ")
    with pytest.raises(FragmentError) as caught:
        Application.read(project(root, yaml=f"{BASE}settings: {{{given}}}\n"))
    said = str(caught.value)
    assert said.startswith(f"functions/pivot/own/function.yaml: settings: {name}: '{value}'")
    assert rule in said


BROKEN = [
    ('UserId("b2c0a4e1d3f5968778695a4b3c2d1e0f")', "FRONT_DESK", "has the default FRONT_DESK"),
    ("Seconds(20)", "Seconds(0)", "must be a whole number from 1 to 86400"),
    ("kind: Literal", "kind: list", "has the type list"),
    ('= "user"', '= "group"', "must be one of user, device"),
    (" = Seconds(20)", "", "Settings.ring_seconds: has no default"),
    ("Settings(NamedTuple)", "Settings", "declare it in app.py, as a NamedTuple"),
    ("class Settings", "class Others", "declare it in app.py, as a NamedTuple"),
    ("Seconds, UserId", "Seconds", "has the type UserId: use str, int, bool"),
    ("import MenuId", "import MenuIds as MenuId", "has no MenuId"),
]


@pytest.mark.parametrize(("good", "bad", "rule"), BROKEN)
def test_a_class_that_cannot_be_read(root: Path, good: str, bad: str, rule: str) -> None:
    """The error names the file, the line, and what to write."""
    assert good in APP
    folder = project(root, APP.replace(good, bad, 1)) / "functions/pivot/own"
    with pytest.raises(SettingsClassError) as caught:
        declared_settings(folder)
    assert re.match(rf"{re.escape(str(folder))}/app\.py:\d+: ", str(caught.value))
    assert rule in str(caught.value)


def test_a_class_as_json_and_as_a_table(root: Path) -> None:
    """Forms and READMEs have name, type, default, rule, and meaning from the class."""
    declared = declared_settings(project(root) / "functions/pivot/own")
    assert declared
    first, menu, kind, seconds, token = (each.as_json() for each in declared.settings)
    assert (first["type"], first["meaning"]) == (
        "user ID",
        "user to ring for callers who press nothing",
    )
    assert (menu["optional"], menu["default"]) == (True, "")
    assert kind["choices"] == ["user", "device"]
    assert (seconds["variable"], seconds["default"]) == ("RING_SECONDS", "20")
    assert (token["secret"], token["default"], token["variable"]) == (True, None, None)
    assert "| `ring_seconds` | seconds | `20` |" in settings_table(declared)


def test_the_tables_in_readmes_are_fresh() -> None:
    """Each README lists the settings of its class; `python -m scripts.make_settings` writes it."""
    stale = [path for path, text in pages() if path.read_text(encoding="utf-8") != text]
    assert stale == []
