"""What the owner of a stack is asked, what is told, and what must stay secret."""

import json
import re

import pytest

from scripts.lint_template import Template
from tests.template.facts import called_by_kazoo

SECRET = {"PivotKeyHashes", "WebhookKeyHashes", "CdrKeyHashes", "SigningSecrets"}
HASH = "0123456789abcdef" * 4
ACCOUNT = "0123456789abcdef" * 2


@pytest.mark.parametrize("name", sorted(SECRET))
def test_secrets_are_hidden_and_have_no_default(template: Template, name: str) -> None:
    """A stack cannot be deployed with a secret that is published here, nor show its own."""
    parameter = template["Parameters"][name]

    assert parameter["NoEcho"] is True
    assert "Default" not in parameter


def test_secrets_of_hooks_are_hidden_and_optional(template: Template) -> None:
    """KAZOO 4 signs nothing, so nobody has to bring secrets for hooks; they are hidden."""
    parameter = template["Parameters"]["HookSecrets"]

    assert (parameter["NoEcho"], parameter["Default"]) == (True, "")
    for value in ("", "secret", "new,old", "new, old", "a/b+c="):
        assert re.fullmatch(parameter["AllowedPattern"], value)
    for value in (" ", "new old older", ",new"):
        assert not re.fullmatch(parameter["AllowedPattern"], value)


def test_everything_else_has_a_default(template: Template) -> None:
    """The four secrets are all that one must bring along."""
    parameters = template["Parameters"].items()

    assert {name for name, parameter in parameters if "Default" not in parameter} == SECRET


@pytest.mark.parametrize(
    "value",
    [
        HASH,
        f"{HASH}:{ACCOUNT}",
        f"{HASH}:{ACCOUNT}+{ACCOUNT}",
        f"{HASH},{HASH}",
        f"{HASH}:{ACCOUNT} {HASH}",
    ],
)
def test_key_hashes_in_every_documented_form_are_accepted(template: Template, value: str) -> None:
    """One hash or two, each for all accounts or for some."""
    assert re.fullmatch(template["Parameters"]["PivotKeyHashes"]["AllowedPattern"], value)


@pytest.mark.parametrize(
    "value", ["", "pivot-development", HASH[:-1], f"{HASH}:", f"{HASH};{HASH}"]
)
def test_a_key_in_place_of_its_hash_is_refused(template: Template, value: str) -> None:
    """CloudFormation says so at once, before a key lies in a function's environment."""
    assert not re.fullmatch(template["Parameters"]["PivotKeyHashes"]["AllowedPattern"], value)


@pytest.mark.parametrize("name", ["WebhookKeyHashes", "CdrKeyHashes"])
def test_all_kinds_of_key_have_the_same_form(template: Template, name: str) -> None:
    """What holds for the keys of Pivot URLs holds for the other kinds."""
    parameters = template["Parameters"]

    assert parameters[name]["AllowedPattern"] == parameters["PivotKeyHashes"]["AllowedPattern"]


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("", True),
        ("https://pivot.example.com", True),
        ("https://example.com/pivot", True),
        ("https://pivot.example.com/", False),
        ("http://pivot.example.com", False),
        ("pivot.example.com", False),
    ],
)
def test_the_public_url_can_be_put_before_a_path(
    template: Template, value: str, *, accepted: bool
) -> None:
    """A slash too many or a missing scheme would make every follow-up URL wrong."""
    pattern = template["Parameters"]["PublicUrl"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, value)) is accepted


def test_outputs_give_every_url_with_a_placeholder_for_the_key(template: Template) -> None:
    """What is pasted into KAZOO is printed; the secret in it is not."""
    for function in called_by_kazoo(template):
        text, variables = template["Outputs"][f"{function.logical_id}Url"]["Value"]["Fn::Sub"]
        assert text == f"${{Base}}/<KEY>/{function.kind}/{function.name}"
        own_domain, given_domain = variables["Base"]["Fn::If"][1:]
        assert own_domain == {"Ref": "PublicUrl"}
        assert given_domain["Fn::Sub"].startswith("https://${Api}.execute-api.")


def test_outputs_tell_the_address_of_the_console(template: Template) -> None:
    """The operator finds the console without the AWS console."""
    assert template["Outputs"]["ConsoleUrl"]["Value"]["Fn::Sub"].startswith(
        "https://${ConsoleApi}."
    )


def test_outputs_hold_no_secret(template: Template) -> None:
    """Outputs are readable by whoever may list the stack."""
    outputs = json.dumps(template["Outputs"])

    assert not [name for name in SECRET if name in outputs]


def test_access_logs_hold_no_key_and_nothing_a_caller_said(template: Template) -> None:
    """A path holds the key and a query what was pressed: only the route's pattern is recorded."""
    for name in ("Api", "ConsoleApi"):
        line = template["Resources"][name]["Properties"]["AccessLogSettings"]["Format"]
        logged = set(re.findall(r"\$context\.([A-Za-z.]+)", line))
        assert logged == {
            "requestId",
            "requestTime",
            "httpMethod",
            "identity.sourceIp",
            "status",
            "responseLatency",
            "integrationStatus",
            "integrationErrorMessage",
        } | ({"routeKey"} if name == "Api" else set())


def test_an_access_log_line_is_json(template: Template) -> None:
    """The alarms read status and latency as numbers."""
    line = template["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"]
    for variable, value in [
        ("$context.status", "200"),
        ("$context.responseLatency", "12"),
        ("$context.routeKey", "ANY /{key}/pivot/say_hello"),
    ]:
        line = line.replace(variable, value)
    parsed = json.loads(line)

    assert (parsed["status"], parsed["latency"]) == (200, 12)
    assert parsed["route"] == "ANY /{key}/pivot/say_hello"


def test_every_api_is_throttled(template: Template) -> None:
    """A flood of guessed keys costs a bounded amount of money."""
    for name in ("Api", "ConsoleApi"):
        settings = template["Resources"][name]["Properties"]["DefaultRouteSettings"]
        assert settings["ThrottlingRateLimit"] > 0
        assert settings["ThrottlingBurstLimit"] > 0
