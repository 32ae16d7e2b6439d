"""The stacks whose keys are rotated: what is asked of CloudFormation, and of the local stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner

from pivotctl.cli import main
from pivotctl.commands import url as url_command
from pivotctl.commands.rotation_run import RotationRun, SecretSteps
from pivotctl.connect.accepted_keys import StackKey
from pivotctl.connect.current_keys import current_key
from pivotctl.connect.rotated_stacks import DeployedKeyStack, LocalKeyStack
from pivotctl.deployed import DeployedError, DeployedStack
from pivotctl.deployment import Choice, Plan, saved_options
from pivotctl.keys import KeyFile
from pivotctl.options import unpacked
from pivotctl.project import Project
from pivotctl.stack.gateway import GatewayAnswer, message
from pivotctl.stack.info import StackInfo
from pivotctl.stack.live_variables import RENEW_PATH, live_variables
from pivotctl.stack.server import AccessLog, ApiServer
from pivotkit.http.keys import DEVELOPMENT_SECRET, KeySigner
from scripts.lint_template import ROOT

ACCOUNT = "a" * 32
DECLARED = [
    {"ParameterKey": "Secrets", "ParameterValue": "****"},
    {"ParameterKey": "AlarmEmail", "ParameterValue": "ops@example.com"},
    {"ParameterKey": "Options", "ParameterValue": "FanOut=on;RevokedKeys=any:1"},
]
OLD = "o" * 40


@dataclass
class Cloud:
    """CloudFormation, which expects updates of the stack."""

    stub: Stubber
    stack: DeployedStack
    texts: list[dict[str, Any]] = field(default_factory=list)

    def expects(self, error: str = "") -> None:
        """Expect an update, which succeeds or is refused with *error*."""
        if error:
            self.stub.add_client_error("update_stack", "ValidationError", error)
            return
        self.stub.add_response("update_stack", {"StackId": "demo"})
        status = {"StackName": "demo", "StackStatus": "UPDATE_COMPLETE", "CreationTime": 0}
        self.stub.add_response("describe_stacks", {"Stacks": [status]}, {"StackName": "demo"})

    def sent(self) -> dict[str, str]:
        """The parameters of the last update, which keeps all others and the template."""
        request = self.texts[-1]
        assert request["UsePreviousTemplate"] is True
        assert {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"} == set(request["Capabilities"])
        assert [each["ParameterKey"] for each in request["Parameters"]] == [
            each["ParameterKey"] for each in DECLARED
        ]
        kept = [each for each in request["Parameters"] if "ParameterValue" not in each]
        assert all(each["UsePreviousValue"] for each in kept)
        return {
            each["ParameterKey"]: each["ParameterValue"]
            for each in request["Parameters"]
            if "ParameterValue" in each
        }


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A stack that CloudFormation describes."""
    client = boto3.client("cloudformation", "us-east-1", aws_access_key_id="x",
                          aws_secret_access_key="x")  # fmt: skip
    stack = DeployedStack("demo", "us-east-1")
    stack.__dict__["described"] = {
        "Parameters": DECLARED,
        "Outputs": [{"OutputKey": "SayHelloUrl", "OutputValue": "https://h/<KEY>/pivot/say_hello"}],
    }
    monkeypatch.setattr(DeployedStack, "client", lambda _self, _service: client)
    with Stubber(client) as stub:
        found = Cloud(stub, stack)
        client.meta.events.register(
            "before-parameter-build.cloudformation.UpdateStack",
            lambda params, **_: found.texts.append(params),
        )
        yield found
        stub.assert_no_pending_responses()


@pytest.fixture
def deployed(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeployedKeyStack:
    """The stack, with a key file that has its secret, and a samconfig.toml."""
    monkeypatch.setenv("PIVOTCTL_KEYS", str(tmp_path / "keys.json"))
    for name in ("infra", "functions", "template.yaml", "layers"):
        (tmp_path / name).symlink_to(ROOT / name)
    here = Project.find(ROOT)
    project = Project(tmp_path, here.template, here.parameters)
    Plan.of(project, Choice("demo", "us-east-1", options={"FanOut": "on"})).write_config()
    KeyFile().put("demo", "signing", OLD)
    return DeployedKeyStack(cloud.stack, project)


def test_options_are_changed_by_an_update_of_parameters(
    cloud: Cloud, deployed: DeployedKeyStack
) -> None:
    """Only the parameter Options changes; the stack is then described by what was sent."""
    cloud.expects()
    deployed.set_options({"RevokedKeys": f"any:1,{ACCOUNT}:1"})
    sent = cloud.sent()
    options = {"FanOut": "on", "RevokedKeys": f"any:1,{ACCOUNT}:1"}
    assert sent.keys() == {"Options"}
    assert unpacked(sent["Options"]) == options
    assert deployed.keys.options == options
    assert deployed.keys.first(ACCOUNT) == 2


def test_a_stack_with_a_canary_takes_an_ended_key_at_once(
    cloud: Cloud, deployed: DeployedKeyStack
) -> None:
    """A version keeps its environment, so a new one is published, and gets all calls at once."""
    rollout = [{"ParameterKey": name, "ParameterValue": "x"} for name in ("Release", "Rollout")]
    cloud.stack.__dict__["described"]["Parameters"] = [*DECLARED, *rollout]
    cloud.expects()
    deployed.set_options({"RevokedKeys": "any:1"})
    sent = {each["ParameterKey"]: each for each in cloud.texts[-1]["Parameters"]}
    assert sent["Rollout"]["ParameterValue"] == "AllAtOnce"
    assert sent["Release"]["ParameterValue"] not in {"", "x"}
    assert sent["Secrets"] == {"ParameterKey": "Secrets", "UsePreviousValue": True}


def test_a_stack_with_a_snapshot_takes_an_ended_key(
    cloud: Cloud, deployed: DeployedKeyStack
) -> None:
    """A version without a canary is replaced at once, and has no rollout to pass."""
    release = {"ParameterKey": "Release", "ParameterValue": "x"}
    cloud.stack.__dict__["described"]["Parameters"] = [*DECLARED, release]
    cloud.expects()
    deployed.set_options({"RevokedKeys": "any:1"})
    sent = {each["ParameterKey"]: each for each in cloud.texts[-1]["Parameters"]}
    assert sent["Release"]["ParameterValue"] not in {"", "x"}
    assert "Rollout" not in sent


def test_the_next_deployment_does_not_revive_a_key(
    cloud: Cloud, deployed: DeployedKeyStack
) -> None:
    """samconfig.toml gets the changed options, and keeps all others."""
    cloud.expects()
    deployed.set_options({"RevokedKeys": "", "KeyGeneration": "2"})
    assert saved_options(deployed.project, "demo") == {"FanOut": "on", "KeyGeneration": "2"}
    assert unpacked(cloud.sent()["Options"]) == {"FanOut": "on", "KeyGeneration": "2"}


def test_a_stack_that_has_the_options_already(cloud: Cloud, deployed: DeployedKeyStack) -> None:
    """An update without a change, as after a run that was cut, is no error; others are."""
    cloud.expects(error="No updates are to be performed.")
    deployed.set_options({"KeyGeneration": "2"})
    cloud.expects(error="Stack is in UPDATE_IN_PROGRESS state and can not be updated.")
    with pytest.raises(DeployedError, match="UPDATE_IN_PROGRESS"):
        deployed.set_options({"KeyGeneration": "3"})


def test_too_many_ended_keys(deployed: DeployedKeyStack) -> None:
    """A list that CloudFormation would not take is refused, with the way that needs none."""
    many = ",".join(f"{at:032x}:1" for at in range(200))
    with pytest.raises(DeployedError, match="Rotate the whole stack, with --whole-stack"):
        deployed.require({"RevokedKeys": many})


def test_a_new_secret(cloud: Cloud, deployed: DeployedKeyStack) -> None:
    """Both secrets are deployed before anything changes, and the new one alone at the end."""
    KeyFile().put("demo", "BillingUrl", "https://billing.example.com/x")
    steps = SecretSteps(RotationRun(None, deployed, [], print), deployed)  # type: ignore[arg-type]
    planned = steps.planned()
    assert deployed.keys.secrets == [OLD]
    cloud.expects()
    steps.begin()
    new, old = deployed.keys.secrets
    assert [*planned.keys.secrets] == [new, old] == [new, OLD]
    billing = {"BillingUrl": "https://billing.example.com/x"}
    assert unpacked(cloud.sent()["Secrets"]) == {"SigningSecrets": f"{new},{OLD}", **billing}
    key = deployed.keys.read(KeyFile().proving("demo", "pivot", ACCOUNT, 3))
    assert key is not None
    assert (key.generation, key.is_signed_first) == (3, True)
    assert SecretSteps(steps.run, deployed).planned().keys.secrets == [new, OLD]
    cloud.expects()
    steps.end()
    assert unpacked(cloud.sent()["Secrets"]) == {"SigningSecrets": new, **billing}
    assert KeyFile().get("demo", "signing") == new


def test_a_new_secret_that_the_stack_does_not_get(cloud: Cloud, deployed: DeployedKeyStack) -> None:
    """Until the stack has the new secret, the old one makes keys; the next run uses the same."""
    steps = SecretSteps(RotationRun(None, deployed, [], print), deployed)  # type: ignore[arg-type]
    (new, old) = steps.planned().keys.secrets
    cloud.expects(error="Stack is in UPDATE_IN_PROGRESS state and can not be updated.")
    with pytest.raises(DeployedError):
        steps.begin()
    assert deployed.keys.secrets == [old] == [OLD]
    assert [*steps.planned().keys.secrets] == [new, old]


def test_the_signature_of_the_old_secret_is_renewed(deployed: DeployedKeyStack) -> None:
    """A key keeps its owner and generation, and one that is signed with the new secret stays."""
    old = KeyFile().proving("demo", "pivot", ACCOUNT, 3)
    KeyFile().put("demo", "signing", f"{'n' * 40},{OLD}")
    new = KeyFile().proving("demo", "pivot", ACCOUNT, 3)
    how = SecretSteps(RotationRun(None, deployed, [], print), deployed).planned().how  # type: ignore[arg-type]
    for text in (old, new):
        key = deployed.keys.read(text)
        assert key
        assert how.fresh(key, ACCOUNT, for_all=False) == new


def test_commands_use_the_current_key(
    cloud: Cloud, deployed: DeployedKeyStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a rotation, and during one, URLs have the new key; on another machine, a valid one."""
    monkeypatch.setattr(url_command, "stack_named", lambda _name: cloud.stack)
    file = deployed.file
    assert current_key(cloud.stack, file, "pivot") == file.proving("demo", "pivot", "", 2)
    assert current_key(cloud.stack, file, "pivot", ACCOUNT) == file.proving(
        "demo", "pivot", ACCOUNT, 1
    )
    deployed.note(ACCOUNT, 4)
    arguments = ["url", "say_hello", "--stack", "demo", "--account", ACCOUNT]
    said = CliRunner().invoke(main, arguments).output
    assert said == f"https://h/{file.proving('demo', 'pivot', ACCOUNT, 4)}/pivot/say_hello\n"
    made = CliRunner().invoke(
        main, ["key", "--for", "pivot", "--stack", "demo", "--account", ACCOUNT]
    )
    assert file.proving("demo", "pivot", ACCOUNT, 4) in made.output


def test_the_local_stack(tmp_path: Path) -> None:
    """The running stack gets variables at once; a later command finds them, and its own secret."""
    renewed: list[int] = []

    def renew() -> GatewayAnswer:
        renewed.append(1)
        return message(200, "renewed")

    quiet = AccessLog(lambda _line: None, lambda _line: None)
    server = ApiServer([], quiet, print, lambda _name, _returned: "", own={RENEW_PATH: renew})
    server.bind(18_700, exactly=False)
    server.start()
    info = StackInfo(0, server.url, None, "", "", str(tmp_path / "build"), "rie", ())
    stack = LocalKeyStack(info)
    assert stack.keys.read("pivot-development") == StackKey("pivot-development", "pivot")
    key = stack.keys.read(KeySigner([DEVELOPMENT_SECRET]).key("pivot", ACCOUNT, 1))
    assert key
    assert key.generation == 1
    stack.set_options({"RevokedKeys": f"{ACCOUNT}:1", "PivotKeyHashes": ""})
    server.stop()
    assert renewed == [1]
    assert live_variables(tmp_path) == {"REVOKED_KEYS": f"{ACCOUNT}:1"}
    assert LocalKeyStack(info).keys.first(ACCOUNT) == 2
    own = replace(info, overrides={"Parameters": {"SIGNING_SECRETS": OLD}})
    assert LocalKeyStack(own).keys.secrets == [OLD]
