"""template.yaml as text: it comes back unchanged, and blocks leave with their comments."""

import pytest

from pivotctl.scaffold.document import Block, Document, NoBlockError
from tests.functions import ROOT

TEXT = """# What this is.
Transform: AWS::Serverless-2016-10-31

Parameters:
  One:
    Type: String
  # Only for two.
  Two:
    Type: String

Resources:
  # ---------------------------------------------------------------- first
  A:
    Type: X
    # inside A
    Properties:
      - a

  # above B
  B:
    Type: X

  # ---------------------------------------------------------------- second
  C:
    Type: X

Outputs:
  A:
    Value: a
"""


def test_the_projects_template_comes_back_unchanged() -> None:
    """Taking template.yaml apart and putting it together changes no letter."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert Document.read(text).text == text


def test_a_text_without_blocks_comes_back_unchanged() -> None:
    """A document of comments and single keys is left as it is."""
    assert Document.read("# Only this.\nTransform: x\n").text == "# Only this.\nTransform: x\n"


@pytest.mark.parametrize(
    ("section", "kept", "stays", "goes"),
    [
        ("Resources", {"A"}, ["# inside A", "first"], ["# above B", "second", "  C:"]),
        ("Resources", {"B"}, ["# above B\n  B:", "first"], ["  A:\n    Type: X", "second"]),
        ("Resources", {"C"}, ["second"], ["first", "# above B"]),
        ("Parameters", {"One"}, ["  One:"], ["# Only for two.", "  Two:"]),
        ("Parameters", set(), ["Resources:"], ["Parameters:"]),
    ],
)
def test_what_is_left_out_takes_its_comments_along(
    section: str, kept: set[str], stays: list[str], goes: list[str]
) -> None:
    """A comment belongs to the block below it, and a heading to all blocks below it."""
    document = Document.read(TEXT)
    text = document.changed(section, lambda each: each.keeping(kept.__contains__)).text
    assert [part for part in stays if part not in text] == []
    assert [part for part in goes if part in text] == []


def test_a_block_is_put_in_behind_another() -> None:
    """Nothing else moves."""
    added = Block("New", "  New:\n    Type: X\n\n")
    text = Document.read(TEXT).changed("Resources", lambda each: each.after("B", added)).text
    assert text == TEXT.replace("\n  # ----", f"\n{added.text}  # ----").replace(
        f"Resources:\n{added.text}", "Resources:\n"
    )


def test_a_block_that_is_not_there_is_named() -> None:
    """The error says which block of which section was wanted."""
    with pytest.raises(NoBlockError, match="Resources has no Z"):
        Document.read(TEXT).block("Resources", "Z")
