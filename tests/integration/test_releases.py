"""Layers of different releases read each other's items, and calls go on over deployments."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from unittest.mock import patch

import pytest

import pivotctl.stack
from pivotctl.project import Project
from pivotctl.stack import Stack
from promises import midcall, stored
from promises.compatibility import differences, otherwise
from scripts.record_release import variables, version
from tests.dynamodb import forget_clients

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Project.find().root
RELEASES = stored.releases(ROOT)
OF_EACH = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)


@pytest.fixture(scope="module")
def fresh(project: Project) -> Iterator[Stack]:
    """A stack whose tables are empty, and whose build can be replaced."""
    with pivotctl.stack.session(project, functions=tuple(midcall.CALLS), fresh=True) as stack:
        yield stack


@pytest.fixture
def reached(fresh: Stack) -> Iterator[Stack]:
    """The same stack, whose tables the layer reaches from this process."""
    with patch.dict(os.environ, variables(fresh)):
        forget_clients()
        yield fresh
        forget_clients()


def test_every_release_is_recorded(project: Project) -> None:
    """The version in pyproject.toml and those in the changelog have a file each."""
    changelog = (project.root / "CHANGELOG.md").read_text(encoding="utf-8")
    released = set(re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE))
    assert {release.version for release in RELEASES} == released | {version(project)}


@OF_EACH
def test_items_of_a_release(reached: Stack, release: stored.Release) -> None:
    """This layer reads from a release's items what the release read, and keeps later fields."""
    assert differences(reached, release) == []


@OF_EACH
def test_a_layer_that_reads_otherwise_is_noticed(reached: Stack, release: stored.Release) -> None:
    """If an item had been stored with another answer, the difference is named."""
    read = copy.deepcopy(dict(release.read))
    place = next(name for name, state in read["states"].items() if state["steps"])
    read["states"][place]["steps"][-1]["value"] = "another"
    (other,) = differences(reached, stored.Release("0", {**release.items}, read))[:1]
    assert other.startswith(f"/states/{place}/steps")


def test_differences_name_their_place() -> None:
    """Two readings that differ in one member are told apart by its path."""
    assert otherwise({"a": {"b": 1}, "c": 2}, {"a": {"b": 1}, "c": 2}) == []
    assert otherwise({"a": {"b": 1}}, {"a": {"b": 2}, "d": None}) == ["/a/b"]


@pytest.mark.parametrize("name", midcall.CALLS)
def test_a_deployment_in_mid_call(fresh: Stack, name: str) -> None:
    """A call hears the same when each of its requests is answered by another layer."""
    undisturbed = midcall.dialogue(fresh, name)
    deployments = midcall.Deployments(fresh, name)
    disturbed = midcall.dialogue(fresh, name, deployments)
    assert disturbed.heard == undisturbed.heard
    assert deployments.number >= 2
