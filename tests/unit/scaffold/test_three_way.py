"""The merge of a newer version into files that their owner has changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivotctl.scaffold.three_way import Change, Merge, Outcome

BASE = b"one\ntwo\nthree\nfour\nfive\n"
OURS = BASE.replace(b"one", b"1")
THEIRS = BASE.replace(b"five", b"5")
BOTH = OURS.replace(b"five", b"5")
CLASH = BASE.replace(b"one", b"uno")


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "outcome", "content"),
    [
        (BASE, BASE, BASE, None, None),
        (BASE, OURS, BASE, None, None),
        (BASE, None, BASE, None, None),
        (BASE, THEIRS, THEIRS, None, None),
        (BASE, BASE, THEIRS, Outcome.REPLACED, THEIRS),
        (BASE, BASE, None, Outcome.REMOVED, None),
        (None, None, THEIRS, Outcome.ADDED, THEIRS),
        (BASE, OURS, THEIRS, Outcome.MERGED, BOTH),
        (BASE, OURS, None, Outcome.KEPT, None),
        (BASE, None, THEIRS, Outcome.ABSENT, None),
        (b"\0" + BASE, b"\0" + OURS, b"\0" + THEIRS, Outcome.BINARY, None),
    ],
)
def test_a_file_has_one_outcome(
    base: bytes | None,
    ours: bytes | None,
    theirs: bytes | None,
    outcome: Outcome | None,
    content: bytes | None,
) -> None:
    """Unchanged files are replaced, changed ones merged, and deleted ones stay deleted."""
    trees = [{"f": each} if each is not None else {} for each in (base, ours, theirs)]
    wanted = [Change("f", outcome, content)] if outcome else []
    assert Merge(trees[0], trees[1], trees[2], "new").changes() == wanted


@pytest.mark.parametrize("base", [BASE, None])
def test_a_conflict_shows_both_sides(base: bytes | None) -> None:
    """If both changed the same lines, neither change is lost, and the exit status says so."""
    tree = {} if base is None else {"f": base}
    (change,) = Merge(tree, {"f": OURS}, {"f": CLASH}, "Pivot Functions 2").changes()
    assert change.outcome.is_conflict
    text = (change.content or b"").decode()
    assert "<<<<<<< yours\n1\n" in text
    assert "uno\n" in text
    assert ">>>>>>> Pivot Functions 2\n" in text


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=6).map(
    lambda lines: "".join(f"{line}\n" for line in lines).encode()
)
FILES = st.dictionaries(st.sampled_from("xyz"), LINES, max_size=3)


@given(FILES, FILES)
def test_without_edits_the_result_is_the_newer_version(
    base: dict[str, bytes], new: dict[str, bytes]
) -> None:
    """An owner who changed nothing has the newer version afterwards, and no conflict."""
    changes = Merge(base, base, new, "new").changes()
    assert {each.outcome for each in changes} <= {Outcome.ADDED, Outcome.REPLACED, Outcome.REMOVED}
    done = dict(base)
    for each in changes:
        if each.content is None:
            del done[each.path]
        else:
            done[each.path] = each.content
    assert done == new


@given(FILES, FILES)
def test_without_news_nothing_is_changed(base: dict[str, bytes], ours: dict[str, bytes]) -> None:
    """The owner's files stay as they are while upstream has not changed."""
    assert Merge(base, ours, base, "new").changes() == []
