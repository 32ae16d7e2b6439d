"""samconfig.toml: read and written without losing what an operator wrote."""

from pathlib import Path

import pytest

from pivotctl.samconfig import ConfigError, SamConfig, region_of

TEXT = """\
# Ours.
version = 0.1

[default.global.parameters]
stack_name = "acme"

[default.deploy.parameters]
capabilities = "CAPABILITY_IAM" # roles

[prod.deploy.parameters]
stack_name = "acme-prod"
region = "eu-west-1"
"""


@pytest.fixture
def config(tmp_path: Path) -> SamConfig:
    """A file with two stacks."""
    made = SamConfig.of(tmp_path)
    made.path.write_text(TEXT)
    return made


@pytest.mark.parametrize(
    ("stack", "environment", "region"),
    [("acme", "default", ""), ("acme-prod", "prod", "eu-west-1"), ("new", "new", "")],
)
def test_a_stack_has_one_environment(
    config: SamConfig, stack: str, environment: str, region: str
) -> None:
    """It is found by its name, wherever `sam` reads the name; a new stack gets its own."""
    assert config.environment_of(stack) == environment
    assert region_of(config.path.parent, stack) == region


def test_writing_keeps_everything_else(config: SamConfig) -> None:
    """Comments and other values stay; new sections are added."""
    config.write("default", "global", {"region": "us-east-1"})
    config.write("new", "deploy", {"resolve_s3": True})
    text = config.path.read_text()

    assert "# Ours." in text
    assert "# roles" in text
    assert region_of(config.path.parent, "acme") == "us-east-1"
    assert config.value("new", "deploy", "resolve_s3") == "True"
    assert "[new.deploy.parameters]\nresolve_s3 = true" in text


def test_a_new_file(tmp_path: Path) -> None:
    """SAM requires a version."""
    SamConfig.of(tmp_path).write("default", "global", {"stack_name": "acme"})

    assert SamConfig.of(tmp_path).stack() == "acme"
    assert "version = 0.1" in (tmp_path / "samconfig.toml").read_text()


def test_an_unreadable_file_is_named(config: SamConfig) -> None:
    """The message has the file and the place."""
    config.path.write_text("version = = 1")
    with pytest.raises(ConfigError, match=r"samconfig\.toml: .*line 1.*: correct the file"):
        config.stack()
