"""`pivotctl lint --twilio`: what KAZOO makes of documents that were written for Twilio."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping

import pytest
from click.testing import CliRunner

from pivotctl.commands.lint import command
from pivotctl.lint import fates, streams
from pivotctl.lint.fates import (
    KAZOO_ONLY,
    NOUNS,
    VERBS,
    AttributeFate,
    Closeness,
    ElementFate,
    Fate,
)
from pivotctl.lint.twilio import TwilioError, examine
from pivotctl.lint.verdict import Reading, read
from pivotctl.problems import Mode, Verdict
from pivotctl.reader.answers import PivotAnswer
from pivotkit import twiml

URL = "https://server.example/next"
ID = fates.ID


def kinds(xml: str) -> dict[str, str]:
    """The kind of each finding, by its path."""
    return {each.path: each.fate.kind.value for each in examine(xml.encode()).findings}


def chain(known: AttributeFate) -> Iterator[Fate]:
    """The fates of an attribute, by value."""
    yield known.fate
    yield from chain(known.otherwise) if known.otherwise else ()


def fates_of(entries: Mapping[str, ElementFate]) -> Iterator[Fate]:
    """Every fate in a table."""
    for entry in entries.values():
        yield entry.fate
        for known in entry.attributes.values():
            yield from chain(known)


LOOSE = {name: value for name, value in vars(fates).items() if isinstance(value, Fate)}
ALL = [*LOOSE.values(), *fates_of(VERBS), *fates_of(NOUNS)]


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


MARK = "https://server.example/mark"
LAST = f"<Redirect>{MARK}</Redirect>"
"""A verb that shows whether KAZOO gets past the one before."""

ENDS_BY_NATURE = frozenset({"Hangup", "Reject", "Redirect"})


def played(verbs: str, press: str = "1", mode: Mode = Mode.K50) -> Reading:
    """KAZOO's reading of verbs, and of a mark behind them."""
    body = f"<Response>{verbs}{LAST}</Response>".encode()
    return read(PivotAnswer(body, "text/xml"), press=(press,), mode=mode)


def fails(verbs: str, mode: Mode = Mode.K50) -> bool:
    """Whether KAZOO ends the call at these verbs, though they do not ask for that.

    It does so by an error, or silently: then it neither joins a conference nor goes on. A Gather is
    played with a key and in silence.
    """
    readings = [played(verbs, press, mode) for press in ("1", "")]
    if any(reading.verdict is not Verdict.EXECUTES for reading in readings):
        return True
    asked = any(reading.follow_up for reading in readings)
    return not asked and not any("park" in reading.commands for reading in readings)


def statements(xml: str, mode: Mode = Mode.K50) -> dict[str, Fate]:
    """The tool's statements about each part of a document."""
    body = f"<Response>{xml}</Response>".encode()
    return {each.path: each.fate for each in examine(body, mode).findings}


def refused(xml: str, mode: Mode = Mode.K50) -> list[str]:
    """The parts of a document that the tool calls refused."""
    said = statements(xml, mode)
    return [path for path, fate in said.items() if fate.kind is Closeness.REFUSED]


CONTENT = {
    "Say": "<Say{}>Hi</Say>",
    "Play": "<Play{}>https://h/a.mp3</Play>",
    "Pause": "<Pause{}/>",
    "Gather": "<Gather{}><Say>Hi</Say></Gather>",
    "Record": "<Record{}/>",
    "Dial": f"<Dial{{}}><User>{ID}</User></Dial>",
    "Redirect": "<Redirect{}>https://h/x</Redirect>",
    "Hangup": "<Hangup{}/>",
    "Reject": "<Reject{}/>",
    "Conference": "<Conference{}>Room</Conference>",
    "Number": "<Number{}>+14155550100</Number>",
    "User": f"<User{{}}>{ID}</User>",
    "Device": f"<Device{{}}>{ID}</Device>",
    "Set": '<Set{}><Variable key="a" value="b"/></Set>',
    "Sip": "<Sip{}>sip:alice@example.com</Sip>",
}
NAMES = sorted({*VERBS, *fates.OWN_VERBS, *fates.ALL_NOUNS, "Nonsense", "Variable"})


def element(name: str, attributes: str = "") -> str:
    """The element *name*, with content as it usually has."""
    given = f" {attributes}" if attributes else ""
    return CONTENT.get(name, f"<{name}{{}}>x</{name}>").format(given)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_verb_is_true(name: str) -> None:
    """A document with just one element: it is called refused exactly if KAZOO ends the call."""
    xml = element(name)
    ends = name in ENDS_BY_NATURE and played(xml).verdict is Verdict.EXECUTES
    assert bool(refused(xml)) == (fails(xml) and not ends), statements(xml)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_noun_is_true(name: str) -> None:
    """The same inside a Dial, alone: what KAZOO skips there leaves no one to call."""
    xml = f"<Dial>{element(name)}</Dial>"
    assert bool(refused(xml)) == fails(xml), statements(xml)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_noun_beside_another_is_true(name: str) -> None:
    """The same beside a user, whose phones ring nevertheless, before it or after it."""
    user = element("User")
    for xml in (f"<Dial>{element(name)}{user}</Dial>", f"<Dial>{user}\n{element(name)}</Dial>"):
        assert bool(refused(xml)) == fails(xml), statements(xml)
        ours = {"User", "Device"}
        path = f"Dial[1]/{name}[1]"
        assert (statements(xml)[path].kind is Closeness.SAME) == (name in ours)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_prompt_is_true(name: str) -> None:
    """Inside a Gather no error ends the call; only Hangup, Reject, and a Dial do."""
    xml = f'<Gather action="{URL}">{element(name)}</Gather>'
    assert refused(xml) == []
    assert fails(xml) == (name in {"Dial", "Hangup", "Reject"})
    said = statements(xml)[f"Gather[1]/{name}[1]"]
    assert (said in (fates.PROMPT_DIALS, fates.PROMPT_ENDS)) == fails(xml)
    assert said.kind is Closeness.DIFFERENT or name == "Play"


VALUES = (
    "", "0", "1", "-1", "2", "3", "40", "41", "3600", "3601", "2.5", "0.4", "0.5", "1,5", "0,4",
    "-1,5", "1.0e3", "40.4", "40,5", "+3", " 1", "1 ", "x", "auto", "true", "false", "man", "woman",
    "male", "female", "alice", "Polly.Joanna", "en", "en-gb", "en-US", "pt", "es", "GET", "post",
    "PUT", "Delete", "banana", "undefined", "ok", "#", "*", "#*", "12w", "dtmf", "speech", "busy",
    "rejected", "other", "single", "simultaneous", "record-from-answer", "onEnter", URL, "/menu",
    "é", "日", "+14155550199", "sales-日本",
)  # fmt: skip
TAKEN = [
    (name, attribute)
    for entries in (VERBS, NOUNS)
    for name, entry in entries.items()
    for attribute in (*entry.attributes, *KAZOO_ONLY.get(name, ()), "unheardOf")
    if name in CONTENT
]


def documents(name: str, attribute: str, value: str) -> Iterator[str]:
    """Documents that hold just an element with this attribute, where it may stand."""
    xml = element(name, f'{attribute}="{value}"')
    if name not in VERBS:
        yield f"<Dial>{xml}</Dial>"
        return
    yield xml
    if attribute == "method" and name == "Dial":
        yield element(name, f'{attribute}="{value}" action="{URL}"')
    if name == "Dial":
        yield f'<Dial {attribute}="{value}">+14155550100</Dial>'
        yield f'<Dial {attribute}="{value}" record="true"><Number>2030</Number></Dial>'
        yield f'<Dial {attribute}="{value}"><Conference>Room</Conference></Dial>'


@pytest.mark.parametrize(("name", "attribute"), TAKEN)
def test_what_is_said_of_an_attribute_is_true(name: str, attribute: str) -> None:
    """An attribute is called refused exactly where KAZOO would end the call for its value."""
    wrong = {}
    for value in VALUES:
        for xml in documents(name, attribute, value):
            if f'record="true" {attribute}' in xml or xml.count(f"{attribute}=") > 1:
                continue
            reading = played(xml)
            if bool(refused(xml)) != (reading.verdict is not Verdict.EXECUTES):
                wrong[xml] = reading
    assert wrong == {}


@pytest.mark.parametrize(
    ("name", "attribute"), [each for each in TAKEN if each[0] in {"Say", "Play", "Pause"}]
)
def test_what_is_said_of_an_attribute_in_a_gather_is_true(name: str, attribute: str) -> None:
    """There the error ends only the prompts: the Gather collects keys all the same."""
    endless = {"0", "0.4", "0,4", "3600", "3601", "+14155550199"} if attribute == "loop" else set()
    for value in {*VALUES} - endless:
        prompt = element(name, f'{attribute}="{value}"')
        xml = f'<Gather action="{URL}" numDigits="1">{prompt}</Gather>'
        assert refused(xml) == []
        assert played(xml).follow_up == ("post", URL)
        path = f"{name}[1]/@{attribute}"
        ends = statements(prompt)[path].kind is Closeness.REFUSED
        assert ("prompts" in statements(xml)[f"Gather[1]/{path}"].how) == ends


LONG, SHIFTED = "é" * 2001, "x" * 3998 + "😀"
EXAMPLES: dict[str, tuple[str, str]] = {
    "KAZOOS_OWN": ("Set[1]", element("Set")),
    "LOST": ("Say[1]/@voice", element("Say", 'voice="日"')),
    "RELATIVE": ("Redirect[1]", "<Redirect>/menu</Redirect>"),
    "RELATIVE_MEDIA": ("Play[1]", "<Play>/welcome.mp3</Play>"),
    "UNKNOWN_VERB": ("Nonsense[1]", "<Nonsense/>"),
    "NOUN_AS_VERB": ("User[1]", element("User")),
    "CONFERENCE_AS_VERB": ("Conference[1]", element("Conference")),
    "UNKNOWN_NOUN": ("Dial[1]/Say[1]", "<Dial><Say>a</Say></Dial>"),
    "SKIPPED": ("Dial[1]/Say[1]", f"<Dial><Say>a</Say>{element('User')}</Dial>"),
    "IGNORED_NOUN": ("Dial[1]/Client[1]", "<Dial>2030<Client>a</Client></Dial>"),
    "BESIDE": ("Dial[1]/Conference[1]", "<Dial><Conference>a</Conference>\n</Dial>"),
    "NOT_A_SIP_ADDRESS": ("Dial[1]/Sip[1]", "<Dial><Sip>alice</Sip></Dial>"),
    "ZERO": ("Dial[1]", "<Dial>0</Dial>"),
    "NO_DIGITS": ("Dial[1]/Number[1]", "<Dial><Number>sales</Number></Dial>"),
    "HANGUP_ON": ("Dial[1]/@hangupOn", '<Dial hangupOn="*">2030</Dial>'),
    "UNREAD_METHOD": ("Dial[1]/@method", '<Dial method="PUT">2030</Dial>'),
    "UNREAD_STRATEGY": ("Dial[1]/@strategy", '<Dial strategy="x">2030</Dial>'),
    "PROMPT_ENDS": ("Gather[1]/Hangup[1]", "<Gather><Hangup/></Gather>"),
    "PROMPT_DIALS": ("Gather[1]/Dial[1]", f"<Gather>{element('Dial')}</Gather>"),
    "PROMPT_ONLY": ("Gather[1]/Record[1]", "<Gather><Record/></Gather>"),
    "UNKNOWN_ATTRIBUTE": ("Say[1]/@odd", element("Say", 'odd="1"')),
    "CUT": ("Say[1]", f"<Say>{LONG}</Say>"),
    "CUT_CHARACTER": ("Say[1]", f"<Say>{SHIFTED}</Say>"),
    "NO_VARIABLE": ("Set[1]", "<Set/>"),
    "VARIABLES": ("Set[1]", "<Set><Variable key='a'/><Variable key='b'/></Set>"),
    "VARIABLE_IN_REDIRECT": ("Redirect[1]", f"<Redirect>{URL}<Variable key='a'/></Redirect>"),
    "SSML": ("Say[1]/break[1]", "<Say>a <break/></Say>"),
    "CDATA": ("Say[1]", "<Say><![CDATA[a]]></Say>"),
    "EMPTY_GATHER": ("Gather[1]", "<Gather/>"),
    "NO_ONE": ("Dial[1]", "<Dial/>"),
    "NUMBERS": ("Dial[1]", "<Dial><Number>1</Number><Number>2</Number></Dial>"),
    "NOT_EMPTY": ("Hangup[1]", "<Hangup> </Hangup>"),
    "NO_ATTRIBUTES": ("Hangup[1]", '<Hangup x="1"/>'),
    "EMPTY_TEXT": ("Say[1]", "<Say/>"),
    "LONG_ID": ("Dial[1]/User[1]", "<Dial><User>a</User></Dial>"),
}
"""A document for each statement that depends on structure, and the place it is about."""


@pytest.mark.parametrize("name", [name for name in LOOSE if name != "EMPTY_RESPONSE"])
def test_what_is_said_of_structure_is_true(name: str) -> None:
    """Each statement has a document that gets it, and is refused exactly if KAZOO ends the call."""
    path, xml = EXAMPLES[name]
    assert statements(xml)[path] == LOOSE[name]
    ends = name in {"PROMPT_DIALS", "PROMPT_ENDS", "RELATIVE"}
    assert (LOOSE[name].kind is Closeness.REFUSED) == (fails(xml) and not ends)


def test_an_empty_response_is_dead_air() -> None:
    """It is the only statement about the whole document."""
    (finding,) = examine(b"<Response/>").findings
    assert finding.fate == fates.EMPTY_RESPONSE
    assert read(PivotAnswer(b"<Response/>", "text/xml")).verdict is Verdict.DEAD_AIR


@pytest.mark.parametrize("stream", ["<Stream/>", "<Stream/><Stream/>", "", "<Room/>"])
@pytest.mark.parametrize("name", streams.STREAM_VERBS)
def test_what_is_said_of_streams_is_true(name: str, stream: str) -> None:
    """In KAZOO 5, whose verdict follows its documentation."""
    xml = f"<{name}>{stream}</{name}>"
    reading = played(xml, mode=Mode.K5)
    assert bool(refused(xml, Mode.K5)) == (reading.verdict is not Verdict.EXECUTES)


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
            "different",
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
    """The table calls those verbs KAZOO's own that the layer offers beyond Twilio's."""
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
