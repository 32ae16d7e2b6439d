"""Deploying a project with the SAM CLI: what is chosen, what it costs, and the run itself."""

from pivotctl.deployment.plan import Choice, Plan, PlanError, saved_canary, saved_options
from pivotctl.deployment.quota import concurrency
from pivotctl.deployment.run import SamError, delete, deploy

__all__ = [
    "Choice",
    "Plan",
    "PlanError",
    "SamError",
    "concurrency",
    "delete",
    "deploy",
    "saved_canary",
    "saved_options",
]
