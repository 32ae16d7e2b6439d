"""TwiML: rendering, and rejection of invalid documents."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.calls import call as call_module
from pivotkit.core.errors import AnswerError
from pivotkit.twiml import (
    KAZOOS_NAMES,
    Conference,
    Device,
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Response,
    Say,
    Set,
    User,
    Variable,
)

URL = "https://pivot.example.com/k/pivot/x"
ID = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
OTHER = "c3d1b5f2e4a6079889706b5c4d3e2f1a"

BUILT = {
    "<Say>Hi.</Say>": Say("Hi."),
    '<Say voice="man" language="en-gb" loop="0" terminators="#">Hi</Say>': Say(
        "Hi", voice="man", language="en-gb", loop=0, terminators="#"
    ),
    "<Say>a &lt;b&gt; &amp; &quot;c&quot;</Say>": Say('a <b> & "c"'),
    "<Say>a {x} b</Say>": Say("a ${x}\nb"),
    "<Say>日本語 é</Say>": Say(" 日本語 é\n"),
    "<Play>https://h/a.mp3?b=1&amp;c=2</Play>": Play("https://h/a.mp3?b=1&c=2"),
    "<Play>日 &#9;m</Play>": Play(" \n日 \tm "),
    '<Play loop="2">m1</Play>': Play("m1", loop=2),
    "<Pause/>": Pause(),
    '<Pause length="3600"/>': Pause(3600),
    f'<Gather action="{URL}"><Say>Hi</Say></Gather>': Gather(Say("Hi"), action=URL),
    f'<Gather action="{URL}" method="GET" timeout="3" finishOnKey="" numDigits="4">'
    "<Say>a</Say><Pause/><Play>m</Play></Gather>": Gather(
        Say("a"),
        Pause(),
        Play("m"),
        action=URL,
        method="GET",
        timeout=3,
        finish_on_key="",
        num_digits=4,
    ),
    '<Say engine="flite" terminators="">Hi</Say>': Say("Hi", engine="flite", terminators=""),
    "<Gather><Say>Hi</Say></Gather>": Gather(Say("Hi")),
    "<Record/>": Record(),
    f'<Record action="{URL}" method="GET" timeout="3" finishOnKey="12#" maxLength="60" '
    'playBeep="false"/>': Record(
        action=URL, method="GET", timeout=3, finish_on_key="12#", max_length=60, play_beep=False
    ),
    f"<Dial><User>{ID}</User><Device>{OTHER}</Device></Dial>": Dial(User(ID), Device(OTHER)),
    "<Dial>+14155550100</Dial>": Dial("+14155550100"),
    "<Dial><Number>2030</Number></Dial>": Dial(Number("2030")),
    f'<Dial action="{URL}" method="POST" callerId="+1415" record="true" timeout="9" '
    f'timeLimit="60" strategy="single" hangupOn="*" continueOnFail="false" collect_dtmf="true">'
    f"<User>{ID}</User></Dial>": Dial(
        User(ID),
        action=URL,
        method="POST",
        caller_id="+1415",
        record=True,
        timeout=9,
        time_limit=60,
        strategy="single",
        hangup_on="*",
        continue_on_fail=False,
        collect_dtmf=True,
    ),
    "<Dial><Conference>Room &amp; 1</Conference></Dial>": Dial(Conference("Room & 1")),
    '<Conference startConferenceOnEnter="false" endConferenceOnExit="true" muted="true" '
    'deaf="true" play_name="true" play_entry_prompt="false" beep="false" maxParticipants="3" '
    'waitUrl="m1" announceCount="2" callerControls="c" callerIdName="n" callerIdNumber="1" '
    'comfortNoise="0" energyLevel="30" interval="20" moderatorControls="m" rate="8000" '
    'engine="flite" voice="man">Room</Conference>': Conference(
        "Room",
        start_conference_on_enter=False,
        end_conference_on_exit=True,
        muted=True,
        deaf=True,
        play_name=True,
        play_entry_prompt=False,
        beep=False,
        max_participants=3,
        wait_url="m1",
        announce_count=2,
        caller_controls="c",
        caller_id_name="n",
        caller_id_number="1",
        comfort_noise=0,
        energy_level=30,
        interval=20,
        moderator_controls="m",
        rate=8000,
        engine="flite",
        voice="man",
    ),
    f"<Redirect>{URL}?a=1&amp;b=2</Redirect>": Redirect(f"{URL}?a=1&b=2"),
    f'<Redirect method="GET">{URL}</Redirect>': Redirect(URL, method="GET"),
    "<Hangup/>": Hangup(),
    "<Reject/>": Reject(),
    '<Reject reason="busy" prompt="m1"/>': Reject(reason="busy", prompt="m1"),
    '<Set><Variable key="color" value="&lt;red&gt;"/></Set>': Set("color", "<red>"),
    '<Set><Variable key="a.b-c_1" value=""/></Set>': Set("a.b-c_1", ""),
    '<Set><Variable key="a" value=" Zoë ÿ"/></Set>': Set("a", " Zoë ÿ"),
    '<Set><Variable key="a" value="b&#10;c"/></Set>': Set(Variable("a", "b\nc")),
    "<Response><Hangup/></Response>": Response(Hangup()),
    "<Response><Say>Hi</Say><Reject/></Response>": Response(Say("Hi"), Reject()),
    f'<Response><Dial action="{URL}"><User>{ID}</User></Dial></Response>': Response(
        Dial(User(ID), action=URL)
    ),
    "<Response><Dial><Conference>R</Conference></Dial></Response>": Response(Dial(Conference("R"))),
}


@pytest.mark.parametrize(("xml", "built"), BUILT.items(), ids=BUILT.keys())
def test_rendering(xml: str, built: object) -> None:
    """An expression renders to exactly the XML next to it, without omitted attributes."""
    assert str(built) == repr(built) == xml
    ET.fromstring(xml)


FAULTS: list[tuple[Callable[[], object], str]] = [
    (lambda: Say(""), "Say: content is '': must be text that is not blank"),
    (lambda: Say(" \n"), "must be text that is not blank"),
    (lambda: Say("\x00\x07"), "must be text that is not blank"),
    (lambda: Say(None), "speech: text is None: must be text"),  # type: ignore[arg-type]
    (lambda: Say("é" * 2001), "must have at most 4000 bytes: split it into several Say"),
    (lambda: Say("a", engine="日"), "Say: engine is '日': must not contain '日': KAZOO loses"),
    (lambda: Say("a", voice="alice"), "Say: voice is 'alice': must be one of man, male"),  # type: ignore[arg-type]
    (lambda: Say("a", language="en-US"), "Say: language is 'en-US': must be one of en, en-gb"),  # type: ignore[arg-type]
    (lambda: Say("a", loop=-1), "Say: loop is -1: must be at least 0"),
    (lambda: Say("a", terminators="ab"), "Say: terminators is 'ab': must be keys of 0-9"),
    (lambda: Say("a", terminators="1\n"), "Say: terminators is '1\\n': must be keys of 0-9"),
    (lambda: Say("a", engine=" "), "Say: engine is ' ': must be text that is not blank"),
    (lambda: Play(""), "Play: content is '': must be text that is not blank"),
    (lambda: Play("\x00"), "Play: content is '\\x00': must not contain '\\x00', which XML"),
    (lambda: Play("a\rb"), "Play: content is 'a\\rb': must not contain a carriage return"),
    (lambda: Conference("a\r"), "name is 'a\\r': must not contain a carriage return"),
    (lambda: Play("a\ud800"), "Play: content is 'a\\ud800': must not contain '\\ud800'"),
    (lambda: Play(None), "Play: content is None: must be text"),  # type: ignore[arg-type]
    (lambda: Play("m", loop=1.0), "Play: loop is 1.0: must be an integer"),  # type: ignore[arg-type]
    (lambda: Pause(0), "Pause: length is 0: must be 1 to 3600"),
    (lambda: Pause(3601), "Pause: length is 3601: must be 1 to 3600"),
    (lambda: Gather(action=URL), "Gather: prompts is (): KAZOO fails on a Gather without"),
    (
        lambda: Gather(Say("a"), action="/menu"),
        "Gather: action is '/menu': must be an absolute http",
    ),
    (lambda: Gather(Say("a"), action="https://h/a b"), "Gather: action is 'https://h/a b'"),
    (lambda: Gather(Say("a"), action="https://h/[x]"), "Gather: action is 'https://h/[x]'"),
    (lambda: Gather(Say("a"), action="https://h/日"), "Gather: action is 'https://h/日'"),
    (lambda: Gather(Say("a"), action="https://h/é"), "with non-ASCII characters percent-encoded"),
    (lambda: Gather(Say("a"), action="https://h/%zz"), "Gather: action is 'https://h/%zz'"),
    (lambda: Gather(Say("a"), action="https://h/#a#b"), "Gather: action is 'https://h/#a#b'"),
    (lambda: Gather(Say("a"), action="https://h:port/"), "Gather: action is 'https://h:port/'"),
    (lambda: Gather(Hangup(), action=URL), "must be Say, Play, or Pause"),  # type: ignore[arg-type]
    (lambda: Gather("a", action=URL), "prompts is 'a': must be Say, Play, or Pause"),  # type: ignore[arg-type]
    (lambda: Gather(Say("a"), action=URL, finish_on_key="#*"), "must be one key of 0-9, * and #"),
    (lambda: Gather(Say("a"), action=URL, finish_on_key="\n"), "finishOnKey is '\\n': must be one"),
    (lambda: Gather(Say("a"), action=URL, num_digits=0), "numDigits is 0: must be at least 1"),
    (lambda: Gather(Say("a"), action=URL, timeout=0), "timeout is 0: must be 1 to 3600"),
    (Dial, "Dial: targets is (): KAZOO fails on a Dial without a target"),
    (lambda: Dial("sales"), "Dial: number is 'sales': must be digits"),
    (lambda: Dial("0"), "Dial: number is '0': must be another number: KAZOO hangs up on 0"),
    (lambda: Dial(Number("0")), "Number: number is '0': must be another number"),
    (lambda: Dial("2030", caller_id="日本"), "callerId is '日本': must not contain '本': KAZOO"),
    (lambda: Dial("2030", caller_id="0"), "callerId is '0': must be a number: KAZOO takes"),
    (lambda: Dial("2030", caller_id=" "), "callerId is ' ': must be text that is not blank"),
    (lambda: Dial(2030), "targets is 2030: must be a number, User, Device"),  # type: ignore[arg-type]
    (lambda: Dial(Number("1"), Number("2")), "<Number>1</Number>: must be the only target"),
    (lambda: Dial(User(ID), Number("2")), "<Number>2</Number>: must be the only target"),
    (
        lambda: Dial(Conference("a"), User(ID)),
        "<Conference>a</Conference>: must be the only target",
    ),
    (lambda: Dial("1", "2"), "Dial: targets is '1': must be the only target"),
    (lambda: Dial(Conference("a"), action=URL), "KAZOO ignores it with a Conference"),
    (lambda: Dial("2030", hangup_on="*"), "hangupOn is '*': KAZOO fails unless record is True"),
    (lambda: Dial("2030", hangup_on="**", record=True), "hangupOn is '**': must be one key"),
    (lambda: Dial("2030", timeout=0), "Dial: timeout is 0: must be 1 to 3600"),
    (lambda: Dial("2030", time_limit=0), "Dial: timeLimit is 0: must be at least 1"),
    (lambda: Dial(User(ID), strategy="all"), "Dial: strategy is 'all': must be one of"),  # type: ignore[arg-type]
    (lambda: Dial(User(ID), record="true"), "record is 'true': must be True or False"),  # type: ignore[arg-type]
    (lambda: Conference(" "), "Conference: name is ' ': must be text that is not blank"),
    (lambda: Conference("a", caller_id_name="Łódź"), "callerIdName is 'Łódź': must not contain"),
    (lambda: Conference("a", wait_url="日"), "waitUrl is '日': must not contain '日'"),
    (lambda: Conference("a", max_participants=2), "maxParticipants is 2: must be 3 to 40"),
    (lambda: Conference("a", max_participants=41), "maxParticipants is 41: must be 3 to 40"),
    (lambda: Conference("a", voice="alice"), "Conference: voice is 'alice'"),  # type: ignore[arg-type]
    (lambda: Record(max_length=3601), "Record: maxLength is 3601: must be 1 to 3600"),
    (lambda: Record(timeout=0), "Record: timeout is 0: must be 1 to 3600"),
    (lambda: Record(action="/r"), "Record: action is '/r': must be an absolute http"),
    (lambda: User("u1"), "User: user_id is 'u1': must be an id of 32 letters and digits"),
    (lambda: User(" " * 32), "must be an id of 32 letters and digits"),
    (lambda: Device(""), "Device: device_id is ''"),
    (lambda: Number("sales"), "Number: number is 'sales': must be digits"),
    (lambda: Number("٢٣٤"), "must be digits, with or without a +"),
    (lambda: Number("12\n"), "must be digits, with or without a +"),
    (lambda: Redirect("/menu"), "Redirect: url is '/menu': must be an absolute http"),
    (lambda: Redirect(""), "Redirect: url is ''"),
    (lambda: Redirect(URL, method="PUT"), "Redirect: method is 'PUT': must be one of"),  # type: ignore[arg-type]
    (lambda: Reject(prompt="日"), "Reject: prompt is '日': must not contain '日': KAZOO loses"),
    (lambda: Reject(reason="away"), "Reject: reason is 'away': must be one of"),  # type: ignore[arg-type]
    (lambda: Set("", "a"), "Set: key is '': must be 1 to 128"),
    (lambda: Set("a b", "a"), "Set: key is 'a b': must be 1 to 128"),
    (lambda: Set("日", "a"), "Set: key is '日': must be 1 to 128"),
    (lambda: Set("From", "a"), "Set: key is 'From': must be another name: KAZOO sends"),
    (
        lambda: Set("a", "日"),
        "Set: value is '日': must not contain '日': KAZOO loses a text with a",
    ),
    (lambda: Set("a", "€"), "character above U+00FF; percent-encode or transliterate it"),
    (lambda: Set("a", "b\x00"), "Set: value is 'b\\x00': must not contain '\\x00', which XML"),
    (lambda: Set("a", 1), "Set: value is 1: must be text"),  # type: ignore[call-overload]
    (lambda: Set("a"), "Set: value is None: must be text"),  # type: ignore[call-overload]
    (lambda: Set(Variable("a", "b"), "c"), "a Variable has its own"),  # type: ignore[call-overload]
    (Response, "Response: verbs is None: must end in Hangup, Reject, Redirect"),
    (lambda: Response(Say("a")), "must end in Hangup, Reject, Redirect, or a Dial with an action"),
    (lambda: Response(Dial(User(ID))), "must end in Hangup"),
    (lambda: Response(Record(action=URL)), "must end in Hangup"),
    (lambda: Response(User(ID)), f"verbs is <User>{ID}</User>: must be a verb"),  # type: ignore[arg-type]
    (lambda: Response("a"), "verbs is 'a': must be a verb"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("build", "message"), FAULTS, ids=[str(at) for at in range(len(FAULTS))])
def test_what_cannot_be_built(build: Callable[[], object], message: str) -> None:
    """A document on which KAZOO fails cannot be built; the error names field, value, and rule."""
    with pytest.raises(AnswerError) as refusal:
        build()
    assert message in str(refusal.value)


def test_verbs_never_change() -> None:
    """Verbs and documents are immutable, and equal if they render to the same XML."""
    for built in (Say("a"), Response(Hangup())):
        with pytest.raises(AttributeError, match="immutable"):
            built.terminal = True
    assert Say("a") == Say("a") != Say("b")
    assert len({Say("a"), Say("a"), Response(Hangup()), Response(Hangup())}) == 2


ANY = st.text(st.characters(), max_size=40)


def document(words: str) -> Response | None:
    """A document with *words* in every place for text; `None` if it cannot be built.

    Attributes get only the characters that KAZOO keeps.
    """
    kept = "".join(character for character in words if character <= "\xff")
    try:
        return Response(
            Say(words),
            Set("a", kept),
            Play(words),
            Gather(Say(words), action=URL),
            Dial(Conference(words, wait_url=f"m{kept}")),
            Redirect(URL),
        )
    except AnswerError:
        return None


TAGS = (
    "Response",
    "Say",
    "Set",
    "Variable",
    "Play",
    "Gather",
    "Say",
    "Dial",
    "Conference",
    "Redirect",
)


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_no_text_changes_the_structure(words: str) -> None:
    """With any text, a document stays well-formed and keeps its elements."""
    built = document(words)
    if built is None:
        return
    root = ET.fromstring(str(built).encode())
    assert [element.tag for element in root.iter()] == list(TAGS)
    assert all(element.text or "" for element in root.iter("Play"))


@given(st.text(st.characters(codec="latin-1", exclude_categories=["C"])))
@settings(max_examples=300, deadline=None)
def test_ordinary_text_arrives_unchanged(words: str) -> None:
    """An XML parser reads text without control characters back unchanged."""
    set_verb = ET.fromstring(str(Set("a", words)))
    assert set_verb[0].get("value") == words


def test_no_variable_hides_behind_a_name_of_kazoo() -> None:
    """The names that Set refuses are those that a call reads as KAZOO's own."""
    own = {*call_module._KAZOO, *call_module._TWIML}
    assert own == KAZOOS_NAMES


CHECK = """
main([Folder]) ->
    code:which(xmerl_scan) =/= non_existing orelse halt(77),
    {ok, Files} = file:list_dir(Folder),
    [begin
        {ok, Binary} = file:read_file(filename:join(Folder, File)),
        {Root, _} = xmerl_scan:string(binary_to_list(Binary)),
        'Response' = element(2, Root)
    end || File <- Files],
    io:format("~b documents~n", [length(Files)]).
"""


@pytest.mark.skipif(shutil.which("escript") is None, reason="Erlang's escript is not installed")
def test_erlang_reads_it(tmp_path: Path) -> None:
    """KAZOO's own XML parser, xmerl, reads documents with every kind of character."""
    folder = tmp_path / "documents"
    folder.mkdir()
    texts = [f"a{chr(code)}b" for code in (*range(0x20, 0x180), 0x2028, 0xD800, 0xFFFE, 0x1F600)]
    for number, words in enumerate([*texts, "\x00a\x1f", "]]>", "<!--a-->", "&#1;", "<?x?>"]):
        built = document(words)
        if built is not None:
            (folder / f"{number}.xml").write_text(str(built), encoding="utf-8")
    script = tmp_path / "check.escript"
    script.write_text(f"#!/usr/bin/env escript\n{CHECK}")
    done = subprocess.run(["escript", script, folder], capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("Erlang's xmerl is not installed")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{len(list(folder.iterdir()))} documents\n"
