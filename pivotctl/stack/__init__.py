"""The local stack: runs template.yaml on this machine as AWS would, without Docker."""

from pivotctl.stack.engine import Options
from pivotctl.stack.environment import DEVELOPMENT_KEYS, EnvVarsError, read_overrides
from pivotctl.stack.info import StackInfo, running
from pivotctl.stack.mappings import WorkersBusyError
from pivotctl.stack.stack import Stack, StackError, session, started

__all__ = [
    "DEVELOPMENT_KEYS",
    "EnvVarsError",
    "Options",
    "Stack",
    "StackError",
    "StackInfo",
    "WorkersBusyError",
    "read_overrides",
    "running",
    "session",
    "started",
]
