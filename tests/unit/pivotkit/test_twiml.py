"""TwiML: what an expression renders to, and what cannot be built."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.errors import AnswerError
from pivotkit.twiml import (
    Device,
    Dial,
    Gather,
    Hangup,
    Number,
    Pause,
    Play,
    Redirect,
    Reject,
    Response,
    Say,
    Set,
    User,
)

URL = "https://pivot.example.com/k/pivot/x"

BUILT = {
    "<Say>Hi.</Say>": Say("Hi."),
    '<Say voice="man" language="en-gb" loop="0" terminators="#">Hi</Say>': Say(
        "Hi", voice="man", language="en-gb", loop=0, terminators="#"
    ),
    "<Say>a &lt;b&gt; &amp; &quot;c&quot;</Say>": Say('a <b> & "c"'),
    "<Say>a {x} b</Say>": Say("a ${x}\nb"),
    "<Play>https://h/a.mp3?b=1&amp;c=2</Play>": Play("https://h/a.mp3?b=1&c=2"),
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
    "<Dial><User>u1</User><Device>d1</Device><Number>+14155550100</Number></Dial>": Dial(
        User("u1"), Device("d1"), Number("+14155550100")
    ),
    f'<Dial action="{URL}" method="POST" callerId="+1415" record="true" timeout="9" '
    'timeLimit="60" strategy="single"><User>u1</User></Dial>': Dial(
        User("u1"),
        action=URL,
        method="POST",
        caller_id="+1415",
        record=True,
        timeout=9,
        time_limit=60,
        strategy="single",
    ),
    f"<Redirect>{URL}?a=1&amp;b=2</Redirect>": Redirect(f"{URL}?a=1&b=2"),
    f'<Redirect method="GET">{URL}</Redirect>': Redirect(URL, method="GET"),
    "<Hangup/>": Hangup(),
    "<Reject/>": Reject(),
    '<Reject reason="busy" prompt="m1"/>': Reject(reason="busy", prompt="m1"),
    '<Set><Variable key="color" value="&lt;red&gt;"/></Set>': Set("color", "<red>"),
    '<Set><Variable key="a.b-c_1" value=""/></Set>': Set("a.b-c_1", ""),
    "<Response><Hangup/></Response>": Response(Hangup()),
    "<Response><Say>Hi</Say><Reject/></Response>": Response(Say("Hi"), Reject()),
    f'<Response><Dial action="{URL}"><User>u</User></Dial></Response>': Response(
        Dial(User("u"), action=URL)
    ),
}


@pytest.mark.parametrize(("xml", "built"), BUILT.items(), ids=BUILT.keys())
def test_rendering(xml: str, built: object) -> None:
    """An expression renders to exactly the XML beside it, without what is not given."""
    assert str(built) == repr(built) == xml
    ET.fromstring(xml)


FAULTS: list[tuple[Callable[[], object], str]] = [
    (lambda: Say(""), "Say: content is '': must be text that is not blank"),
    (lambda: Say(" \n"), "must be text that is not blank"),
    (lambda: Say("\x00\x07"), "must be text that is not blank"),
    (lambda: Say(None), "speech: text is None: must be text"),  # type: ignore[arg-type]
    (lambda: Say("é" * 2001), "must have at most 4000 bytes"),
    (lambda: Say("a", voice="alice"), "Say: voice is 'alice': must be one of man, male"),  # type: ignore[arg-type]
    (lambda: Say("a", language="en-US"), "Say: language is 'en-US': must be one of en, en-gb"),  # type: ignore[arg-type]
    (lambda: Say("a", loop=-1), "Say: loop is -1: must be at least 0"),
    (lambda: Say("a", terminators="ab"), "Say: terminators is 'ab': must match"),
    (lambda: Say("a", terminators="1\n"), "Say: terminators is '1\\n': must match"),
    (lambda: Play(""), "Play: content is '': must be text that is not blank"),
    (lambda: Play("\x00"), "Play: content is '\\x00': must be text that is not blank"),
    (lambda: Play("m", loop=1.0), "Play: loop is 1.0: must be an integer"),  # type: ignore[arg-type]
    (lambda: Pause(0), "Pause: length is 0: must be 1 to 3600"),
    (lambda: Pause(3601), "Pause: length is 3601: must be 1 to 3600"),
    (lambda: Gather(action=URL), "Gather: prompts is (): KAZOO fails on a Gather without"),
    (lambda: Gather(Say("a"), action="/menu"), "Gather: action is '/menu': must match"),
    (lambda: Gather(Say("a"), action="https://h/a b"), "Gather: action is 'https://h/a b'"),
    (lambda: Gather(Hangup(), action=URL), "must be Say, Play or Pause"),  # type: ignore[arg-type]
    (lambda: Gather("a", action=URL), "prompts is 'a': must be Say, Play or Pause"),  # type: ignore[arg-type]
    (lambda: Gather(Say("a"), action=URL, finish_on_key="#*"), "must have 0 to 1 characters"),
    (lambda: Gather(Say("a"), action=URL, finish_on_key="\n"), "finishOnKey is '\\n': must match"),
    (lambda: Gather(Say("a"), action=URL, num_digits=0), "numDigits is 0: must be at least 1"),
    (lambda: Gather(Say("a"), action=URL, timeout=0), "timeout is 0: must be 1 to 3600"),
    (Dial, "Dial: targets is (): KAZOO fails on a Dial without a target"),
    (lambda: Dial("2030"), "Dial: targets is '2030': must be User, Device or Number"),  # type: ignore[arg-type]
    (lambda: Dial(User("u"), strategy="all"), "Dial: strategy is 'all': must be one of"),  # type: ignore[arg-type]
    (lambda: Dial(User("u"), record="true"), "record is 'true': must be True or False"),  # type: ignore[arg-type]
    (lambda: User(" "), "User: content is ' ': must be text that is not blank"),
    (lambda: User("\x01"), "User: content is '\\x01': must be text that is not blank"),
    (lambda: Device(""), "Device: content is ''"),
    (lambda: Number("sales"), "Number: number is 'sales': must be digits"),
    (lambda: Number("٢٣٤"), "must be digits, with or without a +"),
    (lambda: Number("12\n"), "must be digits, with or without a +"),
    (lambda: Redirect("/menu"), "Redirect: url is '/menu': must be an absolute http"),
    (lambda: Redirect(""), "Redirect: url is ''"),
    (lambda: Redirect(URL, method="PUT"), "Redirect: method is 'PUT': must be one of"),  # type: ignore[arg-type]
    (lambda: Reject(reason="away"), "Reject: reason is 'away': must be one of"),  # type: ignore[arg-type]
    (lambda: Set("", "a"), "Set: key is '': must have 1 to 128 characters"),
    (lambda: Set("a b", "a"), "Set: key is 'a b': must match"),
    (lambda: Set("a", 1), "Set: value is 1: must be text"),  # type: ignore[arg-type]
    (Response, "Response: verbs is None: must end in Hangup, Reject, Redirect"),
    (lambda: Response(Say("a")), "must end in Hangup, Reject, Redirect or a Dial with an action"),
    (lambda: Response(Dial(User("u"))), "must end in Hangup"),
    (lambda: Response(User("u")), "verbs is <User>u</User>: must be a verb"),  # type: ignore[arg-type]
    (lambda: Response("a"), "verbs is 'a': must be a verb"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("build", "message"), FAULTS, ids=[str(at) for at in range(len(FAULTS))])
def test_what_cannot_be_built(build: Callable[[], object], message: str) -> None:
    """What KAZOO's translator fails on cannot be built; the error names field, value and rule."""
    with pytest.raises(AnswerError) as refusal:
        build()
    assert message in str(refusal.value)


def test_verbs_never_change() -> None:
    """Verbs and documents are immutable and compare by what they render to."""
    for built in (Say("a"), Response(Hangup())):
        with pytest.raises(AttributeError, match="immutable"):
            built.terminal = True
    assert Say("a") == Say("a") != Say("b")
    assert len({Say("a"), Say("a"), Response(Hangup()), Response(Hangup())}) == 2


ANY = st.text(st.characters(), max_size=40)


def document(words: str) -> Response | None:
    """A document with *words* wherever text goes; None where it cannot be built."""
    try:
        return Response(
            Say(words),
            Set("a", words),
            Play(words),
            Gather(Say(words), action=URL),
            Dial(User(words), action=URL),
            Redirect(URL),
        )
    except AnswerError:
        return None


TAGS = ("Response", "Say", "Set", "Variable", "Play", "Gather", "Say", "Dial", "User", "Redirect")


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_no_text_changes_the_structure(words: str) -> None:
    """Whatever text is put into a document, it stays well-formed and its elements the same."""
    built = document(words)
    if built is None:
        return
    root = ET.fromstring(str(built).encode())
    assert [element.tag for element in root.iter()] == list(TAGS)
    assert all(element.text or "" for element in root.iter("Play"))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"))))
@settings(max_examples=300, deadline=None)
def test_ordinary_text_arrives_unchanged(words: str) -> None:
    """Text without control characters is read back by an XML parser as it was written."""
    set_verb = ET.fromstring(str(Set("a", words)))
    assert set_verb[0].get("value") == words


CHECK = """
main([Folder]) ->
    {ok, Files} = file:list_dir(Folder),
    [begin
        {ok, Binary} = file:read_file(filename:join(Folder, File)),
        {Root, _} = xmerl_scan:string(unicode:characters_to_list(Binary)),
        'Response' = element(2, Root)
    end || File <- Files],
    io:format("~b documents~n", [length(Files)]).
"""


@pytest.mark.skipif(shutil.which("escript") is None, reason="Erlang's escript is not installed")
def test_erlang_reads_it(tmp_path: Path) -> None:
    """KAZOO's own XML parser, xmerl, reads documents with every kind of character in them."""
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
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{len(list(folder.iterdir()))} documents\n"
