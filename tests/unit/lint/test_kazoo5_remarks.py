"""Remarks where KAZOO 5's documentation differs from KAZOO master."""

from __future__ import annotations

import pytest

from pivotctl.lint.kazoo5 import REMARKS
from pivotctl.lint.twilio import examine
from pivotctl.lint.verdict import Reading, read
from pivotctl.problems import Mode, Verdict
from pivotctl.reader.answers import PivotAnswer

URL = "https://server.example/next"


def judged(verbs: str, mode: Mode = Mode.K5) -> Reading:
    """The reading of a document with these verbs."""
    body = f"<Response>{verbs}</Response>".encode()
    return read(PivotAnswer(body, "text/xml"), press=("1",), mode=mode)


CASES = [
    ('<Say language="pt-BR">a</Say>', "Say", "language", Verdict.HANGS_UP),
    ('<Say language="en-US">a</Say>', "Say", "language", Verdict.HANGS_UP),
    ('<Say voice="alice">a</Say>', "Say", "voice", Verdict.HANGS_UP),
    ('<Record method="GET" timeout="0"/>', "Record", "timeout", Verdict.HANGS_UP),
    (
        '<Record method="GET" recordStoreMethod="POST"/>',
        "Record",
        "recordStoreMethod",
        Verdict.EXECUTES,
    ),
    ("<Record/>", "Record", "method", Verdict.EXECUTES),
    ("<Gather><Say>a</Say></Gather>", "Gather", "method", Verdict.EXECUTES),
    (f"<Redirect>{URL}</Redirect>", "Redirect", "method", Verdict.EXECUTES),
    (f'<Dial action="{URL}">+14155550100</Dial>', "Dial", "method", Verdict.EXECUTES),
]


@pytest.mark.parametrize(("verbs", "verb", "_", "verdict"), CASES)
def test_a_documented_difference_is_a_remark(
    verbs: str, verb: str, _: str, verdict: Verdict
) -> None:
    """The verdict is KAZOO master's, and the remark says that KAZOO 5 documents something else."""
    reading = judged(verbs)
    assert reading.verdict is verdict
    (remark,) = [each for each in reading.problems if each.rule.startswith("REMARK: ")]
    assert (remark.path, remark.line) == (f"Response/{verb}[1]", 1)
    assert "KAZOO 5 documents" in remark.rule
    assert "what KAZOO master does" in remark.rule
    assert remark.fix
    assert not [each for each in judged(verbs, Mode.K50).problems if "REMARK" in each.rule]


def test_every_remark_is_tested() -> None:
    """Each entry of the table has a document above."""
    known = {(verb, each.attribute) for verb, remarks in REMARKS.items() for each in remarks}
    assert {(verb, attribute) for _, verb, attribute, _ in CASES} == known


@pytest.mark.parametrize(
    "verbs",
    [
        '<Say language="en" voice="man">a</Say>',
        '<Gather method="POST"><Say>a</Say></Gather>',
        "<Dial>+14155550100</Dial>",
        '<Record timeout="10" method="GET"/>',
        "<Play>m</Play>",
    ],
)
def test_where_both_agree_there_is_no_remark(verbs: str) -> None:
    """A document that says what it means is the same to both."""
    assert judged(verbs).problems == ()


def test_a_remark_on_a_prompt_names_its_place() -> None:
    """A Say inside a Gather is found there."""
    reading = judged('<Gather method="POST">\n<Say language="pt-BR">a</Say></Gather>')
    assert [(each.path, each.line) for each in reading.problems] == [
        ("Response/Gather[1]/Say[1]", 2)
    ]


@pytest.mark.parametrize(("verbs", "verb", "attribute", "_"), CASES)
def test_twilio_reports_say_it(verbs: str, verb: str, attribute: str, _: Verdict) -> None:
    """`--twilio --mode k5` has the remark where it reports on the verb or its attribute."""
    body = f"<Response>{verbs}</Response>".encode()
    said = {mode: [each.fate.how for each in examine(body, mode).findings] for mode in Mode}
    assert any("KAZOO 5 documents" in how for how in said[Mode.K5]), (verb, attribute)
    assert not any("KAZOO 5 documents" in how for how in said[Mode.K50])
