"""Every sample event through the real `sam local invoke`, in AWS's own image for Lambda."""

import json
import os
import subprocess
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException

from pivotctl.project import Tools
from scripts.lint_template import ROOT, read
from tests.template.facts import functions

ASKED_BY_HTTP = ("pivot", "webhooks", "cdr", "console")
EVENTS = sorted(path for kind in ASKED_BY_HTTP for path in (ROOT / "events" / kind).rglob("*.json"))
# `sam local` knows no value for a parameter without a default; the events carry development keys.
PARAMETERS = {"Secrets": f"SigningSecrets={'0' * 40}"}

# The first one pulls the image.
pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", autouse=True)
def docker_daemon() -> None:
    """Skip when there is no Docker: these tests are about what only runs in it."""
    try:
        docker.from_env(timeout=2).ping()
    except DockerException as error:
        pytest.skip(f"sam local needs a Docker daemon: {error}")


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: str(path.relative_to(ROOT / "events")))
def test_sam_local_invoke_answers_the_sample_event(path: Path) -> None:
    """A newcomer who has Docker gets 200 for every sample event, without any of our tools.

    No DynamoDB is in reach of the container: a stateful function answers with its fallback, and a
    receiver with the 200 that it gives whatever happens behind it.
    """
    template = read(ROOT / "template.yaml")
    names = {function.name: function.logical_id for function in functions(template)}
    result = subprocess.run(
        [
            *(Tools(ROOT).sam, "local", "invoke", names[path.parent.name]),
            *("--event", path, "--parameter-overrides"),
            *(f"{name}={value}" for name, value in PARAMETERS.items()),
        ],
        cwd=ROOT,
        env=os.environ | {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout.strip().splitlines()[-1])
    assert answer["statusCode"] == 200, answer
