"""`python -m promises`: one table of what was tried."""

from __future__ import annotations

from click.testing import CliRunner

from pivotctl.project import Project
from promises import page
from promises.__main__ import main, tried
from promises.every import PROMISES
from promises.promise import Outcome, Promise, Run


def promise(name: str, outcome: Outcome | Exception) -> Promise:
    """A promise whose measurement ends in *outcome*."""

    def measure(_run: Run) -> Outcome:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return Promise(name, "A sentence.", "By a table | of cases.", "all", measure)


def run() -> Run:
    """A full run that shows no progress."""
    return Run(Project.find(), 1, 1.0, lambda _: None)


def test_names() -> None:
    """Each promise has a name of its own."""
    names = [each.name for each in PROMISES]
    assert len(set(names)) == len(names)


def test_a_broken_measurement() -> None:
    """A measurement that breaks off counts as not held, and the next promise is tried."""
    broken, sound = promise("X1", OSError("no port")), promise("X2", Outcome("7 of 7", held=True))
    rows = list(tried([broken, sound], run()))
    assert [(row.outcome.held, row.outcome.figure) for row in rows] == [
        (False, "broken off: OSError: no port"),
        (True, "7 of 7"),
    ]


def test_a_row_of_the_page() -> None:
    """A row holds the promise, the way, the figure, the goal, and whether it was held."""
    (row,) = tried([promise("X1", Outcome("6 of 7", held=False))], run())
    assert (
        page.row(row) == r"| X1 | A sentence. | By a table \| of cases. | 6 of 7 | all | **no** |"
    )


def test_an_unknown_name() -> None:
    """A name that no promise has is refused with the names that there are."""
    result = CliRunner().invoke(main, ["R99"])
    assert result.exit_code == 2
    assert "No promise is called R99: " in result.output
    assert PROMISES[0].name in result.output


def test_the_list() -> None:
    """--list shows every promise and tries none."""
    result = CliRunner().invoke(main, ["--list"])
    assert [line.split()[0] for line in result.output.splitlines()] == [p.name for p in PROMISES]


def test_the_page_has_every_promise() -> None:
    """docs/promises.md was written after the last promise was added."""
    text = (Project.find().root / page.PATH).read_text(encoding="utf-8")
    rows = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines()]
    assert [name for name in rows if name in {p.name for p in PROMISES}] == [
        each.name for each in PROMISES
    ]
