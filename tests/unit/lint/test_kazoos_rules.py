"""The behavior of KAZOO's own code on answers that other readers judge differently."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.lint.verdict import Reading, read
from pivotctl.problems import Verdict
from pivotctl.reader.answers import PivotAnswer
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.http.exchange import HttpResponse, is_odd
from pivotctl.switch.scenario import Scenario, pivot_flow
from tests.unit.switch.servers import URL, Server, as_xml

EXECUTES, HANGS_UP, REJECTED = Verdict.EXECUTES, Verdict.HANGS_UP, Verdict.REJECTED


def played(verbs: str, *press: str) -> Reading:
    """The reading of a document with these verbs."""
    body = f"<Response>{verbs}</Response>".encode()
    return read(PivotAnswer(body, "text/xml"), base_url="https://h/a", press=press)


@pytest.mark.parametrize(
    ("verbs", "verdict"),
    [
        ("<Say voice='日'>a</Say>", EXECUTES),
        ("<Say language='日'>a</Say>", EXECUTES),
        ("<Say voice='é'>a</Say>", HANGS_UP),
        ("<Reject reason='日'/>", EXECUTES),
        ("<Dial callerId='日'>+14155550100</Dial>", HANGS_UP),
        ("<Dial callerId='é'>+14155550100</Dial>", EXECUTES),
        ("<Dial>0</Dial>", HANGS_UP),
        ("<Dial><Number>0</Number></Dial>", HANGS_UP),
        ("<Dial>00</Dial>", EXECUTES),
        ("<Dial> <Number>+14155550100</Number> </Dial>", EXECUTES),
        ("<Dial> <Number>+14155550100</Number>\n</Dial>", HANGS_UP),
        ("<Dial>\n<Number>+14155550100</Number>\n</Dial>", EXECUTES),
        ("<Dial> </Dial>", HANGS_UP),
        ("<Dial><![CDATA[2030]]></Dial>", HANGS_UP),
        ("<Dial><Sip>room 1</Sip></Dial>", EXECUTES),
        ("<Dial><Sip>bob@</Sip></Dial>", EXECUTES),
        ("<Dial><Sip>@:5060</Sip></Dial>", EXECUTES),
        ("<Dial><Sip>sip:bob@example.com</Sip></Dial>", HANGS_UP),
        (f"<Say>x{'é' * 2000}</Say>", EXECUTES),
        (f"<Say>{'é' * 1999}€</Say>", HANGS_UP),
        ("<Say loop='-1,5'>a</Say>", HANGS_UP),
    ],
)
def test_verbs_end_as_in_kazoo(verbs: str, verdict: Verdict) -> None:
    """A value with a character above U+00FF is lost; 0 is no number; text is cut at 4000 bytes."""
    assert played(verbs).verdict is verdict


@pytest.mark.parametrize(
    ("method", "asked"),
    [
        ("banana", "post"),
        ("post ", "post"),
        ("undefined", "post"),
        ("Get", "get"),
        ("put", None),
        ("DELETE", None),
        ("", None),
        ("日", None),
    ],
)
def test_a_method_that_is_no_atom_means_post(method: str, asked: str | None) -> None:
    """Other methods make KAZOO crash, in a Gather, a Record, a Dial, and a Redirect."""
    verbs = (
        f"<Gather method='{method}'> </Gather>",
        f"<Record method='{method}'/>",
        f"<Dial action='/x' method='{method}'>+14155550100</Dial>",
        f"<Redirect method='{method}'>/x</Redirect>",
    )
    for verb in verbs:
        reading = played(verb, "1")
        assert (reading.follow_up or (None,))[0] == asked
        assert reading.verdict is (EXECUTES if asked else HANGS_UP)


def test_a_conference_reads_its_method() -> None:
    """KAZOO reads the method of the wait URL, and does not use it."""
    assert played("<Dial><Conference method='put'>a</Conference></Dial>").verdict is HANGS_UP


def test_a_lost_action_means_the_same_url() -> None:
    """An action with a character above U+00FF counts as missing."""
    assert played("<Gather action='/日'> </Gather>", "1").follow_up == ("post", "https://h/a")


def test_a_number_with_a_comma_is_rounded() -> None:
    """Erlang reads 1,5 as 1.5."""
    assert played("<Say loop='1,5'>a</Say>").commands.count("queue") == 2


@pytest.mark.parametrize("verb", ["<Hangup/>", "<Say>Bye</Say><Hangup/>"])
def test_a_hangup_in_a_gather_ends_the_call(verb: str) -> None:
    """No request follows, whatever the caller presses."""
    reading = played(f"<Gather>{verb}</Gather>", "1")
    assert (reading.verdict, reading.follow_up) == (EXECUTES, None)


def test_a_gather_in_a_gather_collects_nothing() -> None:
    """The keys are those of the outer one."""
    reading = played("<Gather numDigits='2'><Gather method='put'/></Gather>", "12")
    assert reading.follow_up == ("post", "https://h/a")


def test_a_file_that_kazoo_reads_is_a_warning() -> None:
    """KAZOO executes it, and speaks the file of its own server."""
    document = (
        '<!DOCTYPE Response [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        "<Response><Say>&e;</Say></Response>"
    )
    reading = read(PivotAnswer(document.encode(), "text/xml"))
    assert reading.verdict is EXECUTES
    assert reading.problems[0].rule.startswith("WARNING: KAZOO reads file:///etc/passwd")
    assert "root:" not in str(reading)


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ('{"module":"tts","data":{"text":"a"},"data":{}}', EXECUTES),
        ('{"module":"tts","data":{},"data":{"text":"a"}}', Verdict.DEAD_AIR),
        (r'{"module":"tts","data":{"text":"\ud800"}}', REJECTED),
        (r'{"module":"tts","data":{"text":"\ud83d\ude00"}}', EXECUTES),
        (r'{"module":"hangup","a\udc00":1}', REJECTED),
        ('{"module":"sleep","data":{"duration":1E400}}', REJECTED),
        ('{"module":"sleep","data":{"duration":1E-400}}', Verdict.DEAD_AIR),
        ('{"module":"audio_macro.say","data":{"gender":"neuter"}}', EXECUTES),
        ('{"module":"audio_macro.say","data":{"gender":"x"}}', Verdict.DEAD_AIR),
        ('{"module":"action","data":{"module":"hangup"}}', EXECUTES),
        ('{"module":"action"}', Verdict.DEAD_AIR),
        ('{"module":"hangup","children":{"":1}}', EXECUTES),
        ('{"module":"hangup","children":{"x":1}}', Verdict.DEAD_AIR),
        ('{"module":"hangup","children":{"":{"children":1}}}', EXECUTES),
    ],
)
def test_flows_are_judged_as_in_kazoo(body: str, verdict: Verdict) -> None:
    """The first of equal keys counts, half a character does not, and a key may be empty."""
    assert read(PivotAnswer(body.encode(), "application/json")).verdict is verdict


@pytest.mark.parametrize(
    ("url", "odd"),
    [
        ("https://h/a?b=c&d=%20#e", False),
        ("https://user:pw@h:8080/a", False),
        ("https://[::1]/a", False),
        ("https://h/javascript:alert(1)", False),
        ("https://h/a b", True),
        ("https://h/ü", True),
        ("https://h/?a[b]=c", True),
        ("https://h/a|b", True),
        ("https://h/%zz", True),
        ("https://h/#a#b", True),
        ("httpx://h/", True),
    ],
)
def test_a_url_that_the_http_client_refuses(url: str, *, odd: bool) -> None:
    """Spaces, raw brackets, and characters outside ASCII are refused."""
    assert is_odd(url) is odd


def test_a_refused_follow_up_is_a_warning() -> None:
    """KAZOO executes the document, and then leaves the call alone: there is no hangup."""
    reading = played("<Redirect>https://h/ü</Redirect>")
    assert (reading.verdict, reading.commands) == (EXECUTES, ("answer",))
    assert "leaves the call in silence" in reading.problems[0].rule


def place(*documents: str, **scenario: Any) -> tuple[Dialogue, Server]:
    """A call that gets these documents."""
    server = Server([as_xml(each) for each in documents])
    return Dialogue.place(Scenario(flow=pivot_flow(URL), **scenario), server), server


def test_a_lost_variable_is_not_sent() -> None:
    """A value with a character above U+00FF is lost; a key becomes `undefined`."""
    variables = (("a", "日"), ("日", "b"), ("c", "é"))
    sets = (f"<Set><Variable key='{key}' value='{value}'/></Set>" for key, value in variables)
    _, server = place("".join(sets) + "<Redirect>/x</Redirect>", "<Hangup/>")
    form = server.form(1)
    assert (form.get("a"), form["undefined"], form["c"]) == (None, "b", "é")


def test_a_follow_up_that_is_not_utf8_is_dead_air() -> None:
    """There is no fallback any more: KAZOO's worker has died, and nothing controls the call."""
    second = HttpResponse(
        200, (("Content-Type", "text/xml"),), b"<Response><Say>\xff</Say></Response>"
    )
    server = Server([as_xml("<Redirect>/x</Redirect>"), second])
    dialogue = Dialogue.place(Scenario(flow=pivot_flow(URL)), server)
    assert dialogue.end.verdict == "dead_air"


def test_a_number_needs_an_authorizing_id() -> None:
    """A call from an unknown gateway has none, and KAZOO crashes when it dials a number for it."""
    document = "<Dial>+14155550100</Dial>"
    dialogue, _ = place(document, authorized=False)
    assert dialogue.end.verdict == "hangs_up"
    assert "no Authorizing-ID" in dialogue.end.reason
    dialogue, _ = place(document)
    assert dialogue.end.verdict == "executes"
