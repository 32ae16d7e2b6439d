"""The deployed stack that --stack names, in the region that samconfig.toml has for it."""

from pivotctl.deployed import DeployedError, DeployedStack
from pivotctl.project import Project, ProjectError
from pivotctl.samconfig import ConfigError, region_of


def stack_named(name: str, region: str | None = None, profile: str | None = None) -> DeployedStack:
    """Return the stack *name*. Raises `DeployedError`."""
    try:
        saved = region_of(Project.root_of(), name)
    except ProjectError:
        saved = ""
    except ConfigError as error:
        raise DeployedError(str(error)) from error
    return DeployedStack(name, region or saved, profile or "")
