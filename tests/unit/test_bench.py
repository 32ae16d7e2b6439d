"""The benchmark's reading of import times, and the note that has its table."""

import re

from bench.imports import NOTE, Import, slow
from tests.kazoo import ROOT

_ROW = re.compile(r"^\| `([\w.]+)` \|[^|]*\|[^|]*\| (.+) \|$", re.MULTILINE)


def test_the_note_has_the_reason_for_each_import() -> None:
    """The table in the decision note gives the reasons that the benchmark knows."""
    rows = _ROW.findall((ROOT / NOTE).read_text(encoding="utf-8"))
    assert rows
    assert [reason for _, reason in rows] == [Import(module, 0).reason for module, _ in rows]


def test_slow_imports_took_a_millisecond_in_every_round() -> None:
    """The shortest time of a module counts; what else a function writes is no import."""
    heading = "import time: self [us] | cumulative | imported package\n"
    first = f"{heading}START\nimport time:      1200 |       2400 |     hmac\n"
    second = "import time:      1800 |       1800 | hmac\nimport time:      9000 |   9000 | ssl\n"
    third = "import time:      3000 |       3000 |   ssl\nimport time:       900 |    900 | hmac\n"
    assert slow([first + second.splitlines()[1], second]) == [
        Import("ssl", 9.0),
        Import("hmac", 1.2),
    ]
    assert slow([second, third]) == [Import("ssl", 3.0)]


def test_a_module_without_a_reason_is_found() -> None:
    """A package's reason counts for its modules, and no other name's."""
    assert Import("pivotkit.calls.call", 1.1).reason == Import("pivotkit", 1.1).reason
    assert not Import("pivotkits", 1.1).reason
