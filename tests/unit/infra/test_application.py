"""infra/: it is taken over word by word, as far as functions use it."""

from pathlib import Path

import pytest

from pivotctl.infra import Application, FragmentError
from tests.functions import ROOT
from tests.unit.infra.conftest import WEBHOOKS, add, add_function


def text(root: Path) -> str:
    """The template.yaml of a project."""
    return Application.read(root).assembled().text


@pytest.mark.parametrize(
    "comment",
    [
        "  # How long logs stay.\n  Days:",
        "    Timeout: 4 # below KAZOO's five seconds\n",
        "  # KAZOO calls this one.\n  Api:",
        "  # What is looked up.\n  DirectoryTable:",
    ],
)
def test_comments_stay(root: Path, comment: str) -> None:
    """template.yaml is read by people, too."""
    assert comment in text(root)


def test_what_no_function_uses_is_left_out(root: Path) -> None:
    """A table that nothing reads is neither deployed nor paid for, and that is said."""
    made = Application.read(root).assembled()
    assert "Media" in made.left_out
    assert "SpoolQueue" in made.left_out
    assert not {"Media", "SpoolQueue", "SpoolAlarm", "WebhooksErrors"} & made.resources
    assert "  Bytes:" not in made.text


def test_what_a_function_uses_brings_what_it_refers_to(root: Path) -> None:
    """A receiver brings the spool queue, its parameter, its alarm, and the part of its kind."""
    add_function(root, "webhooks/hear", "description: Hears\n")
    made = Application.read(root).assembled()
    assert {"SpoolQueue", "SpoolAlarm", "CallRecordsTable", "WebhooksErrors"} <= made.resources
    assert "  Bytes:" in made.text


def test_outputs_follow_their_resources(root: Path) -> None:
    """The name of a table is told if there is the table."""
    assert "\n  Directory:" in text(root)
    only = Application.read(root).only(["greet"]).assembled()
    assert "\n  Directory:" not in only.text


def test_headings_name_the_sources(root: Path) -> None:
    """A reader of template.yaml finds the file to change."""
    assert "---- functions/pivot\n" in text(root)
    assert "---- infra/shared.yaml\n" in text(root)


def test_a_part_of_another_kind_can_be_used(root: Path) -> None:
    """A resource that a function names is there, whichever file has it; unused ones are not."""
    text = "description: Hears\nmay: {HeardTable: [PutItem]}\nstream: CallRecordsTable\n"
    add(root, "infra/webhooks.yaml", WEBHOOKS + "  HeardTable: {Type: AWS::DynamoDB::Table}\n")
    add_function(root, "workers/hear", text)
    made = Application.read(root).assembled()
    assert "HeardTable" in made.resources
    assert "WebhooksErrors" not in made.resources


def test_a_name_that_is_nowhere_is_refused(root: Path) -> None:
    """A queue that does not exist would only be missed by CloudFormation."""
    add_function(root, "workers/hear", "description: Hears\nqueue: SpolQueue\n")
    with pytest.raises(
        FragmentError, match=r"hear/function\.yaml: SpolQueue: is neither in infra/"
    ):
        Application.read(root).assembled()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("infra/shared.yaml", "Globals: {}", "Globals: is no section here: use Parameters"),
        ("infra/shared.yaml", "a: b: c", "infra/shared.yaml: is not valid YAML"),
        ("infra/shared.yaml", "- a", "infra/shared.yaml: write sections"),
    ],
)
def test_a_part_that_is_wrong_is_named(root: Path, name: str, content: str, said: str) -> None:
    """The error has the file and the fix."""
    add(root, name, content)
    with pytest.raises(FragmentError) as error:
        Application.read(root)
    assert said in str(error.value)


def test_without_base_yaml_there_is_no_template(root: Path) -> None:
    """The error says which file is missing, and what it is."""
    (root / "infra/base.yaml").unlink()
    with pytest.raises(FragmentError, match="add it: it is the head"):
        Application.read(root)


def test_nothing_of_this_collection_is_left_out() -> None:
    """Everything in infra/ is used by a function."""
    assert Application.read(ROOT).assembled().left_out == ()
