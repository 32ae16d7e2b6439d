"""Warm starts: environments of a function that are ready before a request needs them.

SnapStart keeps a snapshot of an environment after its INIT, and restores others from it;
provisioned concurrency keeps environments running. Lambda has both for published versions only.
"""

from __future__ import annotations

from typing import Any

from pivotctl.infra import rollout
from pivotctl.infra.fragment import Fragment

_OF_SNAPSHOTS = {
    "SnapStart": {"ApplyOn": "PublishedVersions"},
    "VersionDeletionPolicy": "Delete",  # Lambda bills the snapshot of a version while that exists
}


def has_versions(fragment: Fragment) -> bool:
    """Tell whether each deployment publishes a version of a function, canary or not."""
    return fragment.snap_start or bool(fragment.provisioned_concurrency)


def properties(fragment: Fragment) -> dict[str, Any]:
    """The properties that a function has by its switches; none without one."""
    if fragment.snap_start:
        return {**rollout.published(), **_OF_SNAPSHOTS}
    if fragment.provisioned_concurrency:
        kept = {"ProvisionedConcurrentExecutions": fragment.provisioned_concurrency}
        return {**rollout.published(), "ProvisionedConcurrencyConfig": kept}
    return {}
