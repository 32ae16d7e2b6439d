"""The whole application, deployed with `sam deploy` into an AWS of its own on this machine."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from pivotctl.options import of_template, packed
from pivotctl.project import Tools
from pivotctl.stack.aws import LocalAws
from pivotctl.stack.processes import Processes
from scripts.lint_template import ROOT, Template, read
from tests.deploy.terminal import Terminal, drive

NAME = "deploy-test"
REGION = "us-east-1"
SECRET = "the-signing-secret-of-the-deploy-test"
KEYS = {kind: f"{kind}-key-of-the-deploy-test" for kind in ("pivot", "webhooks", "cdr")}
FLOODING = "fedcba9876543210fedcba9876543210"
"""An account that may place four calls in a minute."""

PARAMETERS = {
    "PivotKeyHashes": "pivot",
    "WebhookKeyHashes": "webhooks",
    "CdrKeyHashes": "cdr",
}


def no_sam(*_: str) -> subprocess.CompletedProcess[str]:
    """Stand in for `sam` where a test does not run it."""
    raise NotImplementedError


@dataclass(frozen=True)
class Deployed:
    """A deployed stack: what AWS says of it, and how to run SAM on it."""

    url: str
    name: str = NAME
    sam: Callable[..., subprocess.CompletedProcess[str]] = no_sam

    def client(self, service: str) -> Any:
        """Return a client of *service* in the stack's AWS."""
        session = boto3.Session("test", "test", region_name=REGION)
        return session.client(service, endpoint_url=self.url)  # type: ignore[call-overload]

    @property
    def resources(self) -> dict[str, str]:
        """Physical ids by logical id."""
        found = self.client("cloudformation").describe_stack_resources(StackName=self.name)
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in found["StackResources"]
        }


class StrictAws(LocalAws):
    """A MiniStack that lets a function do only what its role allows, and compares expressions."""

    def _command(self, program: Path) -> list[str | Path]:
        return [program.with_name("python"), Path(__file__).with_name("ministack_conditions.py")]

    def _environment(self) -> dict[str, str]:
        return super()._environment() | {"AUTH": "true"}


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A MiniStack that nothing else uses."""
    folder = tmp_path_factory.mktemp("aws")
    processes = Processes()
    aws = StrictAws(Tools(ROOT), processes, folder / "state", folder / "ministack.log")
    try:
        aws.start()
        aws.wait()
        yield aws
    finally:
        processes.close()


@dataclass(frozen=True)
class Guided:
    """A deployment by `sam deploy --guided`: its terminal, the file it saves, and its HOME."""

    terminal: Terminal
    config: Path
    home: Path


@pytest.fixture(scope="session")
def guided(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Guided:
    """The application as `make build` and an operator without our tool put it there."""
    home = tmp_path_factory.mktemp("home")
    config = home / "samconfig.toml"
    config.write_text((ROOT / "samconfig.toml").read_text("utf-8"), "utf-8")
    given = with_parameters(FanOut="on", CallsPerMinute=f"600,{FLOODING}:4")
    seen = drive(
        [Tools(ROOT).sam, "deploy", "--guided", "--config-file", config],
        {
            "Stack Name": NAME,
            "Deploy this changeset": "y",
            **{f"Parameter {name}": value for name, value in given.items()},
        },
        env=environment(local_aws.url, home) | {"TERM": "dumb"},
        cwd=ROOT,
    )
    assert seen.returncode == 0, seen.screen
    return Guided(seen, config, home)


@pytest.fixture(scope="session")
def deployed(guided: Guided, local_aws: LocalAws) -> Deployed:
    """That stack."""

    def sam(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [Tools(ROOT).sam, *arguments],
            cwd=ROOT,
            env=environment(local_aws.url, guided.home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    return Deployed(local_aws.url, sam=sam)


@pytest.fixture(scope="session")
def api_url(deployed: Deployed) -> str:
    """The API's URL, once it has the routes of the template."""
    return routed(deployed, read(ROOT / "template.yaml"))


def routed(stack: Deployed, template: Template) -> str:
    """Return where the API of *stack* answers, with the routes of its *template*.

    On AWS they come with the OpenAPI document that SAM writes. MiniStack 1.5 stores the document
    and ignores it (its issue 928), so the routes are added here, as the template names them.
    """
    gateway, functions = stack.client("apigatewayv2"), stack.client("lambda")
    resources = stack.resources
    for function, route in _routes(template, "Api"):
        if function not in resources:
            continue  # its option is off
        found = functions.get_function(FunctionName=resources[function])
        integration = gateway.create_integration(
            ApiId=resources["Api"],
            IntegrationType="AWS_PROXY",
            IntegrationUri=found["Configuration"]["FunctionArn"],
            PayloadFormatVersion=route["PayloadFormatVersion"],
        )
        gateway.create_route(
            ApiId=resources["Api"],
            RouteKey=f"{route['Method']} {route['Path']}",
            Target=f"integrations/{integration['IntegrationId']}",
        )
    return f"{stack.url}/_aws/execute-api/{resources['Api']}/$default"


def _routes(template: Template, api: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template["Resources"].items():
        for event in resource["Properties"].get("Events", {}).values():
            properties = event["Properties"]
            if event["Type"] == "HttpApi" and properties["ApiId"] == {"Ref": api}:
                yield name, properties


def with_parameters(**more: str) -> dict[str, str]:
    """Return the parameters that every stack needs, and *more*."""
    hashes = {
        parameter: hashlib.sha256(KEYS[kind].encode()).hexdigest()
        for parameter, kind in PARAMETERS.items()
    }
    options = of_template(read(ROOT / "template.yaml"))
    return packed(options, hashes | {"SigningSecrets": SECRET, **more})


def environment(url: str, home: Path) -> dict[str, str]:
    """Return an environment in which SAM finds this AWS and nobody's credentials."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "SAM_CLI_TELEMETRY": "0",
    }
