"""template.yaml against the folders, and each function against the rules of its kind."""

import json
import re

import pytest

from scripts.lint_template import ROOT, Template
from tests.template.facts import (
    KEYS_OF_KIND,
    KEYS_OF_SOCKETS,
    LOGS_OF_KIND,
    SETTINGS_OF_KIND,
    SHARED_SETTINGS,
    called_by_kazoo,
    functions,
    read_of,
)

GIVEN = {"CALL_STATE_TABLE", "DIRECTORY_TABLE", "RECORDINGS_BUCKET", "SIGNING_SECRETS"}

HOOKS = {"HOOK_SECRETS", "SIGNATURE_AGE_SECONDS"}
# KAZOO adds the name of a file to the URL that it is given.
OTHER_ROUTES = {
    "recordings": [
        ("ANY", "/{key}/recordings/{name+}"),
        ("PUT", "/{key}/{kind}/{function}/{name+}"),
    ],
}
INTRINSIC = {"Ref", "Fn::Sub", "Fn::GetAtt", "Fn::If"}


def test_every_folder_is_a_function_and_every_function_a_folder(template: Template) -> None:
    """A folder that is copied but not declared, or declared but gone, does not go unnoticed."""
    declared = {function.folder for function in functions(template)}

    assert declared == {path.parent for path in (ROOT / "functions").rglob("app.py")}


def test_logical_ids_follow_the_folders(template: Template) -> None:
    """A logical id is the folder's name in camel case; a worker's says that it is one."""
    for function in functions(template):
        suffix = "Worker" if function.kind == "workers" else ""
        assert function.logical_id == function.name.title().replace("_", "") + suffix


def test_one_route_a_function_named_after_its_folder(template: Template) -> None:
    """KAZOO reaches each function by one ANY route that starts with the key."""
    for function in called_by_kazoo(template):
        usual = [("ANY", f"/{{key}}/{function.kind}/{function.name}")]
        assert function.routes == [
            {
                "ApiId": {"Ref": "Api"},
                "Path": path,
                "Method": method,
                "PayloadFormatVersion": "2.0",
                "TimeoutInMillis": 4500,
            }
            for method, path in OTHER_ROUTES.get(function.name, usual)
        ]


def test_the_console_has_an_api_of_its_own(template: Template) -> None:
    """No console route shares a host name with the keys of KAZOO's URLs."""
    (console,) = (function for function in functions(template) if function.kind == "console")

    assert [(route["ApiId"], route["Path"]) for route in console.routes] == [
        ({"Ref": "ConsoleApi"}, "/"),
        ({"Ref": "ConsoleApi"}, "/{proxy+}"),
    ]


def test_the_console_knows_every_route(template: Template) -> None:
    """The console lists exactly the deployed functions."""
    (console,) = (function for function in functions(template) if function.kind == "console")
    expected = [f"{function.kind}/{function.name}" for function in called_by_kazoo(template)]

    assert console.variables["ENDPOINTS"].split() == expected


def test_the_clocks_are_staggered_below_kazoos(template: Template) -> None:
    """Lambda gives up at 4 s, the gateway at 4.5 s, KAZOO at 5 s: it sees an error, not silence."""
    default = template["Globals"]["Function"]["Timeout"]
    for function in called_by_kazoo(template):
        assert function.properties.get("Timeout", default) == 4


def test_every_function_has_the_variables_of_its_kind(template: Template) -> None:
    """A function finds in its environment what its kind needs, under the agreed names."""
    shared = set(template["Globals"]["Function"]["Environment"]["Variables"])
    for function in functions(template):
        missing = (SHARED_SETTINGS | SETTINGS_OF_KIND[function.kind]) - shared
        assert missing <= function.variables.keys(), function.name
        assert function.variables["POWERTOOLS_SERVICE_NAME"] == function.name


def test_a_function_is_given_the_keys_of_its_own_kind_only(template: Template) -> None:
    """A key for webhooks opens no Pivot function."""
    for function in functions(template):
        own = KEYS_OF_KIND.get(function.kind)
        expected = set(KEYS_OF_SOCKETS) if function.kind == "sockets" else {own} - {None}
        said = json.dumps(function.properties)
        every = (*KEYS_OF_KIND.values(), *KEYS_OF_SOCKETS)
        assert {name for name in every if f";{name}=" in said} == expected, function.name


def test_only_what_signs_or_verifies_urls_has_the_signing_secrets(template: Template) -> None:
    """Keys and follow-up URLs are verified by all that have a URL or a socket, and nothing else."""
    for function in functions(template):
        has_secrets = "SIGNING_SECRETS" in function.variables
        assert has_secrets == (function.kind in {*KEYS_OF_KIND, "sockets"}), function.name


def test_every_receiver_of_webhooks_can_verify_them(template: Template) -> None:
    """Receivers of hooks alone have the hooks' secrets: a callflow signs nothing."""
    for function in functions(template):
        code = (function.folder / "app.py").read_text(encoding="utf-8")
        takes = "@webhook\n" in code and "CallflowActionWebhook" not in code
        secrets = function.variables.get("HOOK_SECRETS")
        assert secrets == (read_of(template, "HookSecrets") if takes else None), function.name


@pytest.mark.parametrize("suffix", ["_TABLE", "_QUEUE_URL"])
def test_tables_and_queues_are_named_by_reference(template: Template, suffix: str) -> None:
    """No physical name stands in the template, so two stacks can live in one account."""
    for function in functions(template):
        for name, value in function.variables.items():
            if name.endswith(suffix):
                assert isinstance(value, dict), f"{function.name}: {name}"
                assert value.keys() <= INTRINSIC


def test_functions_log_json_to_the_group_of_their_kind(template: Template) -> None:
    """There is one log group a kind, so that there is one set of alarms a kind."""
    assert template["Globals"]["Function"]["LoggingConfig"]["LogFormat"] == "JSON"
    for function in functions(template):
        group = function.properties["LoggingConfig"]["LogGroup"]
        assert group == {"Ref": LOGS_OF_KIND[function.kind]}


def test_functions_carry_no_requirements_of_their_own(template: Template) -> None:
    """Third-party code comes from the layers alone, locked and with byte-code."""
    for function in functions(template):
        assert not (function.folder / "requirements.txt").exists(), function.name


def test_every_setting_of_a_receiver_is_in_its_environment(template: Template) -> None:
    """Receivers and sinks have the variables that they read, and no other."""
    for function in called_by_kazoo(template):
        if function.kind != "pivot":  # the contract of tests/suite has this rule for those
            code = (function.folder / "app.py").read_text(encoding="utf-8")
            read = set(re.findall(r'\b(?:setting|choice|Upstream)\(\s*"(\w+)"', code))
            own = SHARED_SETTINGS | SETTINGS_OF_KIND[function.kind] | GIVEN | HOOKS
            assert function.variables.keys() - own == read, function.name


def test_memory_is_the_same_for_all_that_kazoo_calls(template: Template) -> None:
    """Functions that KAZOO calls have the memory of Globals, whatever options the stack has."""
    assert template["Globals"]["Function"]["MemorySize"] == 512
    for function in called_by_kazoo(template):
        assert "MemorySize" not in function.properties, function.name
