"""The parameters of a stack: those that its owner is asked for, and those that stay secret."""

import json
import re
from typing import Any

import pytest

from pivotctl.options import SECRETS, of_template
from pivotctl.sam_template import SamTemplate, Values
from scripts.lint_template import ROOT, Template
from tests.template.facts import called_by_kazoo, read_of

HASH = "0123456789abcdef" * 4
ACCOUNT = "0123456789abcdef" * 2
SECRET = "SigningSecrets=" + "s" * 32


def accepts(template: Template, name: str, value: str) -> bool:
    """Whether an option may have *value*, by its own pattern and by that of its parameter."""
    option = of_template(template)[name]
    text = f"{name}={value}"
    if option.holder == SECRETS and name != "SigningSecrets":
        text = f"{SECRET};{text}"
    pattern = template["Parameters"][option.holder]["AllowedPattern"]
    alone = bool(re.fullmatch(option.pattern, value))
    assert alone is bool(re.fullmatch(pattern, text))
    return alone


def test_a_guided_deployment_asks_for_three_values(template: Template) -> None:
    """SAM asks for each parameter, with nine questions of its own; the others are options."""
    assert list(template["Parameters"]) == ["Secrets", "AlarmEmail", "Options"]
    assert len(of_template(template)) > 25


def test_secrets_are_hidden_and_have_no_default(template: Template) -> None:
    """A stack cannot be deployed with a secret that is published here, nor show its own."""
    parameter = template["Parameters"]["Secrets"]

    assert parameter["NoEcho"] is True
    assert "Default" not in parameter
    for value in ("", "none", "SigningSecrets=short", f"HookSecrets={'s' * 32}", "s" * 40):
        assert not re.fullmatch(parameter["AllowedPattern"], value)
    for value in (
        SECRET,
        f"HookSecrets=a;{SECRET}",
        f"{SECRET},{'n' * 32};BillingUrl=https://a/b?c=d",
    ):
        assert re.fullmatch(parameter["AllowedPattern"], value)


def test_every_option_but_the_signing_secret_has_a_default(template: Template) -> None:
    """The signing secret is all that one must bring along."""
    options = of_template(template).values()

    assert {each.name for each in options if each.default is None} == {"SigningSecrets"}
    for each in options:
        if each.default:
            each.require(each.default)


def test_secrets_of_hooks_are_hidden_and_optional(template: Template) -> None:
    """KAZOO 4 signs nothing, so nobody has to bring secrets for hooks; they are hidden."""
    option = of_template(template)["HookSecrets"]

    assert (option.holder, option.default) == (SECRETS, "")
    for value in ("", "secret", "new,old", "new, old", "a/b+c="):
        assert accepts(template, "HookSecrets", value)
    for value in (" ", "new old older", ",new"):
        assert not accepts(template, "HookSecrets", value)


def test_options_are_read_where_they_are_used(cloudformation: Template) -> None:
    """An option that is given counts, wherever it stands; any other has its default."""
    read = SamTemplate(ROOT / "template.yaml", cloudformation)

    def days(**values: str) -> Any:
        resolver = read.resolver(Values(read.parameters({"Secrets": SECRET} | values)))
        return resolver.resolve(cloudformation["Resources"]["PivotLogGroup"]["Properties"])[
            "RetentionInDays"
        ]

    assert days() == "14"
    assert days(Options="LogRetentionDays=30") == "30"
    assert days(Options="FanOut=on;LogRetentionDays=60;EventBus=on") == "60"
    assert days(LogRetentionDays="90", FanOut="on") == "90"


@pytest.mark.parametrize(
    "value", ["Days=3", "LogRetentionDays=2", "FanOut=yes", "LogRetentionDays=7 FanOut=on", "on"]
)
def test_an_unknown_option_or_value_is_refused(template: Template, value: str) -> None:
    """CloudFormation rejects it before it makes a resource, and names the page with the list."""
    parameter = template["Parameters"]["Options"]

    assert not re.fullmatch(parameter["AllowedPattern"], value)
    assert "docs/guides/deploy.md" in parameter["ConstraintDescription"]


def test_an_address_is_not_closed_without_another(template: Template) -> None:
    """CloudFormation rejects a stack that nobody could reach, and says why."""
    parameter = template["Parameters"]["Options"]
    closed, address = "DefaultEndpoint=closed", "PublicUrl=https://pivot.example.com"

    for refused in (closed, f"{closed};PublicUrl=", f"FanOut=on;{closed}"):
        assert not re.fullmatch(parameter["AllowedPattern"], refused), refused
    for fine in (f"{closed};{address}", f"{address};{closed}", "DefaultEndpoint=open", address):
        assert re.fullmatch(parameter["AllowedPattern"], fine), fine
    assert "Set PublicUrl" in parameter["ConstraintDescription"]


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
    assert accepts(template, "PivotKeyHashes", value)


@pytest.mark.parametrize("value", ["pivot-development", HASH[:-1], f"{HASH}:", f"{HASH};{HASH}"])
def test_a_key_in_place_of_its_hash_is_refused(template: Template, value: str) -> None:
    """CloudFormation says so at once, before a key lies in a function's environment."""
    assert not accepts(template, "PivotKeyHashes", value)


@pytest.mark.parametrize("name", ["WebhookKeyHashes", "CdrKeyHashes"])
def test_all_kinds_of_key_have_the_same_form(template: Template, name: str) -> None:
    """The rules for the keys of Pivot URLs hold for the other kinds."""
    options = of_template(template)

    assert options[name].pattern == options["PivotKeyHashes"].pattern


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
    assert accepts(template, "PublicUrl", value) is accepted


def test_outputs_give_every_url_with_a_placeholder_for_the_key(template: Template) -> None:
    """The URL to paste into KAZOO is printed, without the secret in it."""
    for function in called_by_kazoo(template):
        text, variables = template["Outputs"][f"{function.logical_id}Url"]["Value"]["Fn::Sub"]
        assert text == f"${{Base}}/<KEY>/{function.kind}/{function.name}"
        own_domain, given_domain = variables["Base"]["Fn::If"][1:]
        assert own_domain == read_of(template, "PublicUrl")
        assert given_domain["Fn::Sub"].startswith("https://${Api}.execute-api.")


def test_outputs_tell_the_address_of_the_console(template: Template) -> None:
    """The operator finds the console without the AWS console."""
    assert template["Outputs"]["ConsoleUrl"]["Value"]["Fn::Sub"].startswith(
        "https://${ConsoleApi}."
    )


def test_outputs_hold_no_secret(template: Template) -> None:
    """Outputs are readable by whoever may list the stack."""
    outputs = json.dumps(template["Outputs"])

    assert not [name for name in ("Secrets", "Hashes") if name in outputs]


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
