"""`sam deploy --guided`, as an operator without our tool uses it."""

from pathlib import Path

import pytest

from pivotctl.project import Tools
from pivotctl.stack.aws import LocalAws
from scripts.lint_template import ROOT
from tests.deploy.conftest import SECRET, environment
from tests.deploy.terminal import drive

pytestmark = [pytest.mark.deploy, pytest.mark.slow]


def test_the_questions_of_a_guided_deployment(local_aws: LocalAws, tmp_path: Path) -> None:
    """At most twelve, all answered by Enter but the one secret; then the stack is complete."""
    config = tmp_path / "samconfig.toml"
    config.write_text((ROOT / "samconfig.toml").read_text("utf-8"), "utf-8")
    seen = drive(
        [Tools(ROOT).sam, "deploy", "--guided", "--config-file", config],
        {
            "Stack Name": "guided-test",
            "Parameter Secrets": f"SigningSecrets={SECRET}",
            "Deploy this changeset": "y",
        },
        env=environment(local_aws.url, tmp_path) | {"TERM": "dumb"},
        cwd=ROOT,
    )

    assert seen.returncode == 0, seen.screen
    assert "Successfully created/updated stack - guided-test" in seen.screen
    assert len(seen.questions) <= 12, seen.questions
    assert sum("Parameter" in each for each in seen.questions) == 3
    assert SECRET not in config.read_text("utf-8")
    assert SECRET not in seen.screen
