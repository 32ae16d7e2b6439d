"""Configuration documents: their sources and their errors."""

import json
from pathlib import Path
from typing import Any

import pytest

from pivotkit.kazoo.rules import integer, text
from pivotkit.lookups.documents import Document, DocumentError, DocumentName, check_shape
from pivotkit.store.directory import Directory
from tests.accounts import FIRST, SECOND

SHAPE = {"name": text(1, required=True), "size": integer(1, 3)}


def read(document: Any) -> str:
    """Read the name in a document."""
    check_shape("the document", document, SHAPE)
    return str(document["name"])


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "the document: value is None: must be an object"),
        ({}, "the document: value is {}: must be an object"),
        ({"size": 1}, "the document: name is None: is required"),
        ({"name": "a", "size": 4}, "the document: size is 4: must be 1 to 3"),
        ({"name": "a", "colour": 1}, "the document: colour is 1: must be one of name, size"),
    ],
)
def test_a_fault_is_told_with_its_place(document: Any, message: str) -> None:
    """An error names the place, the field, its value, and the rule."""
    with pytest.raises(DocumentError) as caught:
        read(document)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("tree.json", True),
        ("acme", True),
        ("../other/tree.json", False),
        ("a\\b.json", False),
        (".json", False),
        ("two words", False),
    ],
)
def test_a_name(name: str, *, accepted: bool) -> None:
    """A name in a setting leads to a file of the function or to an entry, and nowhere else."""
    assert DocumentName.accepts(name) == accepted


def test_a_file(tmp_path: Path) -> None:
    """A file next to the module is read once, when the document is created."""
    path = tmp_path / "names.json"
    path.write_text(json.dumps({"name": "a"}), encoding="utf-8")
    document = Document("names.json", read, kind="names", beside=str(tmp_path / "app.py"))
    path.unlink()
    assert document.current(FIRST) == "a"


def test_a_bad_file(tmp_path: Path) -> None:
    """An invalid file raises an error at import."""
    (tmp_path / "names.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DocumentError):
        Document("names.json", read, kind="names", beside=str(tmp_path / "app.py"))


@pytest.mark.usefixtures("tables")
def test_an_entry() -> None:
    """A Directory entry is read anew each time."""
    document = Document("first", read, kind="names", beside=__file__)
    for name in ("a", "b"):
        Directory("names").of(FIRST).put("first", {"name": name})
        assert document.current(FIRST) == name
    with pytest.raises(DocumentError, match="value is None"):
        document.current(SECOND)


@pytest.mark.usefixtures("tables")
def test_a_bad_entry(caplog: pytest.LogCaptureFixture) -> None:
    """The error of an invalid entry is logged for the operator."""
    Directory("names").of(FIRST).put("bad", {"name": "a", "size": 4})
    with pytest.raises(DocumentError):
        Document("bad", read, kind="names", beside=__file__).current(FIRST)
    assert "size is 4: must be 1 to 3" in vars(caplog.records[-1])["fault"]


@pytest.mark.usefixtures("tables")
def test_an_entry_that_is_not_there() -> None:
    """A missing entry is rejected like an empty one."""
    with pytest.raises(DocumentError, match="value is None"):
        Document("none", read, kind="names", beside=__file__).current(FIRST)
