"""`pivotctl lint --twilio`: what KAZOO makes of documents that were written for Twilio."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from pivotctl.commands.lint import command
from pivotctl.lint import fates, streams
from pivotctl.lint.fates import KAZOO_ONLY, NOUNS, VERBS, Closeness, ElementFate, Fate
from pivotctl.lint.twilio import TwilioError, examine
from pivotctl.lint.verdict import read
from pivotctl.problems import Mode, Verdict
from pivotctl.reader.answers import PivotAnswer
from pivotkit import twiml

URL = "https://server.example/next"
ID = fates.ID


def kinds(xml: str) -> dict[str, str]:
    """The kind of each finding, by its path."""
    return {each.path: each.fate.kind.value for each in examine(xml.encode()).findings}


def fates_of(entries: dict[str, ElementFate]) -> Iterator[Fate]:
    """Every fate in a table."""
    for entry in entries.values():
        yield entry.fate
        for known in entry.attributes.values():
            yield known.fate
            yield from [known.otherwise] if known.otherwise else []


LOOSE = [value for value in vars(fates).values() if isinstance(value, Fate)]
ALL = [*LOOSE, *fates_of(dict(VERBS)), *fates_of(dict(NOUNS))]


def test_what_to_write_instead_executes() -> None:
    """All TwiML and all callflows that are offered are such as KAZOO carries through."""
    for fate in ALL:
        if fate.twiml:
            body = f"<Response>{fate.twiml}</Response>".encode()
            assert read(PivotAnswer(body, "text/xml")).verdict is Verdict.EXECUTES, fate.twiml
        if fate.callflow:
            body = json.dumps(fate.callflow).encode()
            assert read(PivotAnswer(body, "application/json")).verdict is Verdict.EXECUTES, fate


def test_what_is_refused_has_a_reason() -> None:
    """A refusal and a difference say what KAZOO does."""
    assert [fate for fate in ALL if fate.kind is not Closeness.SAME and not fate.how] == []


CONTENT = {
    "Say": "<Say {}>Hi</Say>",
    "Play": "<Play {}>https://h/a.mp3</Play>",
    "Pause": "<Pause {}/>",
    "Gather": "<Gather {}><Say>Hi</Say></Gather>",
    "Record": "<Record {}/>",
    "Dial": f"<Dial {{}}><User>{ID}</User></Dial>",
    "Redirect": "<Redirect {}>https://h/x</Redirect>",
    "Reject": "<Reject {}/>",
    "Conference": "<Dial><Conference {}>Room</Conference></Dial>",
    "Number": "<Dial><Number {}>+14155550100</Number></Dial>",
}
VALUES = (
    "", "0", "1", "-1", "2", "3", "40", "41", "3600", "3601", "2.5", "x", "auto", "true", "false",
    "man", "woman", "male", "female", "alice", "Polly.Joanna", "en", "en-gb", "en-US", "pt", "es",
    "GET", "post", "PUT", "#", "*", "#*", "12w", "dtmf", "speech", "busy", "rejected", "other",
    "record-from-answer", "onEnter", URL, "/menu",
)  # fmt: skip
METHODS = ("", "GET", "get", "Post", "PUT", "DELETE", "HEAD", "patch", "true")
"""A word that is no atom in KAZOO yet means POST, which nobody can rely on."""

TAKEN = [
    (name, attribute)
    for entries in (VERBS, NOUNS)
    for name, entry in entries.items()
    for attribute in entry.attributes
]


@pytest.mark.parametrize(("name", "attribute"), TAKEN)
def test_the_table_and_the_reader_agree(name: str, attribute: str) -> None:
    """An attribute is called refused exactly where KAZOO would end the call for its value."""
    entry = VERBS.get(name) or NOUNS[name]
    wrong = {}
    for value in METHODS if attribute == "method" else VALUES:
        given = f'{attribute}="{value}"' + (f' action="{URL}"' if attribute == "method" else "")
        xml = f"<Response>{CONTENT[name].format(given)}</Response>"
        reading = read(PivotAnswer(xml.encode(), "text/xml"), press=("1",))
        refused = entry.attributes[attribute].of(value).kind is Closeness.REFUSED
        if refused != (reading.verdict is not Verdict.EXECUTES):
            wrong[value] = reading
    assert wrong == {}


@pytest.mark.parametrize(
    ("xml", "path", "kind"),
    [
        ("<Response/>", "Response", "refused"),
        ("<Response><Enqueue>q</Enqueue></Response>", "Enqueue[1]", "refused"),
        ("<Response><Nonsense/></Response>", "Nonsense[1]", "refused"),
        ("<Response><Say>a <break/></Say></Response>", "Say[1]/break[1]", "different"),
        ("<Response><Say><![CDATA[a]]></Say></Response>", "Say[1]", "refused"),
        ("<Response><Say/></Response>", "Say[1]", "refused"),
        ("<Response><Gather/></Response>", "Gather[1]", "refused"),
        (
            '<Response><Gather><Say voice="alice">a</Say></Gather></Response>',
            "Gather[1]/Say[1]/@voice",
            "refused",
        ),
        ("<Response><Hangup> </Hangup></Response>", "Hangup[1]", "refused"),
        ('<Response><Hangup x="1"/></Response>', "Hangup[1]", "refused"),
        ("<Response><Dial/></Response>", "Dial[1]", "refused"),
        ("<Response><Dial><Client>a</Client></Dial></Response>", "Dial[1]/Client[1]", "refused"),
        ("<Response><Dial><User>a</User></Dial></Response>", "Dial[1]/User[1]", "refused"),
        ("<Response><Dial><Odd>a</Odd></Dial></Response>", "Dial[1]/Odd[1]", "refused"),
        (
            "<Response><Dial><Number>1</Number><Number>2</Number></Dial></Response>",
            "Dial[1]",
            "refused",
        ),
        ("<Response><Redirect>/menu</Redirect></Response>", "Redirect[1]", "different"),
        (
            '<Response><Set><Variable key="a" value="b"/></Set></Response>',
            "Set[1]",
            "same",
        ),
        ('<Response><Say engine="flite">a</Say></Response>', "Say[1]/@engine", "same"),
        ('<Response><Say odd="1">a</Say></Response>', "Say[1]/@odd", "different"),
        ("<Response><Say>a</Say><Say>b</Say></Response>", "Say[2]", "different"),
    ],
)
def test_findings(xml: str, path: str, kind: str) -> None:
    """Each verb, noun and attribute is found, with what becomes of it."""
    assert kinds(xml)[path] == kind


@pytest.mark.parametrize(
    ("xml", "path", "k50", "k5"),
    [
        ("<Start><Stream/></Start>", "Start[1]", "refused", "same"),
        ("<Start/>", "Start[1]", "refused", "refused"),
        ("<Connect><Stream/></Connect>", "Connect[1]", "refused", "different"),
        ("<Connect><Room/></Connect>", "Connect[1]/Room[1]", None, "refused"),
        ('<Stop><Stream name="a"/></Stop>', "Stop[1]/Stream[1]/@name", None, "same"),
        ('<Start><Stream rawAudio="true"/></Start>', "Start[1]/Stream[1]/@rawAudio", None, "same"),
        (
            '<Start><Stream><Parameter name="a" value="b"/></Stream></Start>',
            "Start[1]/Stream[1]/Parameter[1]",
            None,
            "same",
        ),
        ("<Sms>a</Sms>", "Sms[1]", "refused", "refused"),
    ],
)
def test_streams_have_another_fate_in_kazoo_5(
    xml: str, path: str, k50: str | None, k5: str
) -> None:
    """KAZOO master refuses the verbs; KAZOO 5 takes what it documents of them."""
    told = {
        mode: {each.path: each.fate.kind for each in examine(document, mode).findings}
        for document in [f"<Response>{xml}</Response>".encode()]
        for mode in Mode
    }
    assert (told[Mode.K50].get(path), told[Mode.K5][path]) == (k50, k5)


def test_the_stream_to_write_instead_executes() -> None:
    """In KAZOO 5, for which it is offered."""
    for fate in (streams.NO_STREAM, streams.UNKNOWN_NOUN):
        body = f"<Response>{fate.twiml}</Response>".encode()
        assert read(PivotAnswer(body, "text/xml"), mode=Mode.K5).verdict is Verdict.EXECUTES


def test_the_command_takes_a_mode() -> None:
    """Findings and verdict are those of the KAZOO that was asked for."""
    given = "<Response><Connect><Stream/></Connect></Response>"
    told = {
        mode: CliRunner().invoke(
            command, ["--twilio", "--json", "--mode", mode.value, "-"], input=given
        )
        for mode in Mode
    }
    assert [json.loads(each.stdout)["verdict"] for each in told.values()] == [
        "hangs_up",
        "executes",
    ]
    assert [each.exit_code for each in told.values()] == [1, 0]


def test_kazoos_own_attributes_can_be_built() -> None:
    """What the table calls KAZOO's own is what the layer's builders offer beyond Twilio's."""
    offered = {name: set(getattr(twiml, name).rules) for name in ("Dial", "Reject", "Conference")}
    offered["Play"] = inspect.signature(twiml.Play).parameters.keys() - {"media"}
    for name, built in offered.items():
        known = (VERBS.get(name) or NOUNS[name]).attributes
        assert built - set(known) == set(KAZOO_ONLY[name]), name


@pytest.mark.parametrize(
    ("xml", "error"), [("<Response>", "line 1"), ("<a/>", "root element is a")]
)
def test_what_is_no_twiml(xml: str, error: str) -> None:
    """The error says where reading ended."""
    with pytest.raises(TwilioError, match=error):
        examine(xml.encode())


def test_the_command_reports_and_exits() -> None:
    """Status 1 when something is refused, 0 when not; JSON has counts, verdict and findings."""
    run = CliRunner().invoke
    bad = run(command, ["--twilio", "--json", "-"], input="<Response><Sms>a</Sms></Response>")
    told = json.loads(bad.stdout)
    assert (bad.exit_code, told["refused"], told["verdict"]) == (1, 1, "hangs_up")
    assert told["findings"][0]["callflow"]["module"] == "webhook"
    good = run(command, ["--twilio", "-"], input="<Response><Say>a</Say></Response>")
    assert good.exit_code == 0
    assert "0 same, 1 different, 0 refused." in good.stdout
    broken = run(command, ["--twilio", "-"], input="<Response>")
    assert broken.exit_code == 1
    assert "not XML" in broken.output
