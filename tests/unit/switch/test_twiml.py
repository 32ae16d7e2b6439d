"""TwiML as KAZOO's translator executes it."""

from __future__ import annotations

from typing import Any

import pytest

from pivotctl.lint.verdict import read
from pivotctl.reader.answers import PivotAnswer
from pivotctl.switch.dialogue import Dialogue
from pivotctl.switch.events import Bridged, Heard, Played
from pivotctl.switch.scenario import RecordingEnd, Rung, Scenario, pivot_flow
from tests.unit.switch.servers import URL, Server, as_xml

NEXT = "https://server.example/next"
USER = "u" * 32


def place(*answers: str, **scenario: Any) -> tuple[Dialogue, Server]:
    """A call in twiml format whose requests get these documents."""
    server = Server([as_xml(answer) for answer in answers])
    given = Scenario(flow=pivot_flow(URL, req_format="twiml"), **scenario)
    return Dialogue.place(given, server), server


def test_verbs_run_one_after_the_other() -> None:
    """After the last verb KAZOO hangs up."""
    dialogue, _ = place('<Say>One</Say><Pause length="2"/><Play>https://m/a.mp3</Play>')
    dialogue.hears("One").hears_media("a.mp3").hung_up("kazoo").is_carried_through()


def test_digits_are_posted_to_the_action() -> None:
    """A Gather with keys asks its action, by POST whatever the pivot action said."""
    document = f'<Gather numDigits="1" action="{NEXT}"><Say>Press</Say></Gather>'
    dialogue, server = place(document, "<Hangup/>", press=("5",))
    dialogue.hears("Press").presses("5").is_carried_through()
    assert (server.requests[1].method, server.requests[1].url) == ("POST", NEXT)
    assert server.form()["Digits"] == "5"


@pytest.mark.parametrize(
    ("terminators", "stopped"),
    [("", "1"), (' terminators="1"', "1"), (' terminators="23"', ""), (' terminators=""', "")],
)
@pytest.mark.parametrize("verb", ["Say", "Play"])
def test_only_terminators_stop_a_prompt(verb: str, terminators: str, stopped: str) -> None:
    """Any key stops a prompt that names none; an empty list means that none does."""
    document = f"<{verb}{terminators}>hello.mp3</{verb}>"
    dialogue, _ = place(document, press_during_prompts=("1",))
    prompts = [each for each in dialogue.events if isinstance(each, Heard | Played)]
    assert [each.interrupted_by for each in prompts] == [stopped]


@pytest.mark.parametrize(("limit", "seconds"), [("60", 42.0), ("30", 24.0), ("3", 0.0)])
def test_a_time_limit_ends_the_call(limit: str, seconds: float) -> None:
    """A Dial's time limit begins with the Dial: six seconds of ringing count."""
    dialogue, _ = place(f'<Dial timeLimit="{limit}">+14155550177</Dial>')
    assert [event.seconds for event in dialogue.events if isinstance(event, Bridged)] == [seconds]
    dialogue.hung_up("kazoo").is_carried_through()


def test_a_silent_gather_goes_on_and_leaves_empty_digits() -> None:
    """No key: the next verb runs, and later requests carry an empty Digits."""
    document = f"<Gather> </Gather><Redirect>{NEXT}</Redirect>"
    _, server = place(document, "<Hangup/>")
    assert server.form()["Digits"] == ""


def test_digits_are_forgotten_after_a_request() -> None:
    """Digits that were collected for one request are not in the next."""
    gather = f'<Gather numDigits="1" action="{NEXT}"> </Gather>'
    _, server = place(gather, f"<Redirect>{NEXT}</Redirect>", "<Hangup/>", press=("5",))
    assert "Digits" not in server.form()


def test_a_childless_gather_fails_at_the_first_key() -> None:
    """Without even a blank inside, a key crashes the verb and the call is hung up."""
    dialogue, _ = place('<Gather numDigits="1"/>', press=("5",))
    assert dialogue.verdict == "hangs_up"
    assert "Put a prompt" in dialogue.end.reason


def test_a_childless_gather_times_out_into_a_request_without_digits() -> None:
    """Nothing was ever collected, so there is no Digits at all."""
    _, server = place(f'<Gather action="{NEXT}"/><Say>x</Say>', "<Hangup/>")
    assert server.requests[1].url == NEXT
    assert "Digits" not in server.form()


def test_a_failing_prompt_only_ends_the_prompts() -> None:
    """Prompts run beside the collection: their faults do not end the call."""
    document = f'<Gather numDigits="1" action="{NEXT}"><Say/><Say>never</Say></Gather>'
    dialogue, server = place(document, "<Hangup/>", press=("1",))
    dialogue.does_not_hear("never").is_carried_through()
    assert server.form()["Digits"] == "1"


def test_set_freezes_what_is_known() -> None:
    """A Set stores its variable and every current one; both come back for good."""
    document = (
        '<Set><Variable key="k" value="v &amp; w"/></Set>'
        f'<Gather numDigits="1" action="{NEXT}"> </Gather>'
    )
    frozen = f"<Redirect>{NEXT}</Redirect>"
    _, server = place(document, frozen, "<Hangup/>", press=("7",))
    assert server.form(1)["k"] == "v & w"
    assert server.form(2)["k"] == "v & w"


def test_an_answered_dial_hangs_the_caller_up_first() -> None:
    """The action is asked for bookkeeping only: the caller is gone."""
    dialogue, server = place(
        f'<Dial action="{NEXT}">+1 415 555 0123</Dial>', "<Say>nobody hears</Say>"
    )
    dialogue.is_bridged_to("+14155550123").hung_up("kazoo").does_not_hear("nobody hears")
    form = server.form()
    assert (form["CallStatus"], form["DialCallStatus"]) == ("completed", "completed")
    assert form["Digits"] == ""


def test_a_busy_number_tells_it_by_call_status() -> None:
    """CallStatus says busy while DialCallStatus still rings."""
    document = f'<Dial action="{NEXT}"><Number>4155550123</Number></Dial>'
    _, server = place(document, "<Hangup/>", rung=Rung.BUSY)
    form = server.form()
    assert (form["CallStatus"], form["DialCallStatus"]) == ("busy", "ringing")


def test_a_dial_without_action_goes_on() -> None:
    """Nobody answers, and the next verb runs."""
    dialogue, _ = place("<Dial>4155550123</Dial><Say>Sorry</Say>", rung=Rung.NO_ANSWER)
    dialogue.hears("Sorry").is_carried_through()


def test_users_are_rung() -> None:
    """A User is rung by its id; one that cannot exist is skipped, and nobody left stops."""
    dialogue, _ = place(f"<Dial><User>{USER}</User><User>short</User></Dial>")
    dialogue.is_bridged_to(USER)
    nobody, _ = place("<Dial><User>short</User></Dial><Say>not reached</Say>")
    nobody.does_not_hear("not reached").is_carried_through()


@pytest.mark.parametrize(
    ("rung", "timeout", "goes_on"),
    [
        (Rung.NO_ANSWER, ' timeout="10"', True),
        (Rung.NO_ANSWER, "", False),
        (Rung.BUSY, ' timeout="10"', False),
    ],
)
def test_a_user_who_does_not_come_ends_the_call_unless_the_timer_is_quicker(
    rung: Rung, timeout: str, *, goes_on: bool
) -> None:
    """KAZOO hangs the caller up when the bridge fails; the Dial's own timer only goes on."""
    document = f"<Dial{timeout}><User>{USER}</User></Dial><Say>Sorry</Say>"
    dialogue, _ = place(document, rung=rung)
    assert dialogue.heard == (["Sorry"] if goes_on else [])


def test_a_recording_asks_with_the_key_that_ended_it() -> None:
    """The key sticks in every later Digits, and the recording's URL lies under the action's."""
    _, server = place(f'<Record action="{NEXT}"/>', f"<Redirect>{NEXT}</Redirect>", "<Hangup/>")
    first, second = server.form(1), server.form(2)
    assert first["RecordingUrl"].startswith(f"{NEXT}/call_recording_")
    assert (first["RecordingDuration"], first["Digits"], second["Digits"]) == ("7", "#", "#")


def test_a_silent_recording_goes_on() -> None:
    """Silence is an empty recording, and no request."""
    dialogue, _ = place("<Record/><Say>Goodbye</Say>", recording=RecordingEnd.SILENCE)
    dialogue.hears("Goodbye").is_carried_through()


def test_a_hang_up_during_a_recording_still_asks() -> None:
    """Digits=hangup is what KAZOO sends then."""
    dialogue, server = place(f'<Record action="{NEXT}"/>', recording=RecordingEnd.HANGUP)
    dialogue.hung_up("caller")
    assert server.form()["Digits"] == "hangup"


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        ('<Say language="en-US">x</Say>', "language 'en-US'"),
        ('<Say voice="alice">x</Say>', "voice 'alice'"),
        ("<Say/>", "no text"),
        ("<Say><![CDATA[x]]></Say>", "no text"),
        ("<Play/>", "no media"),
        ('<Pause length="0"/>', "length is 0"),
        ("<Hangup> </Hangup>", "must be empty"),
        ('<Hangup reason="x"/>', "no attributes"),
        ('<Gather finishOnKey="#*"> </Gather>', "finishOnKey"),
        ('<Reject reason="other"/>', "reason 'other'"),
        ("<Dial/>", "has nothing to dial"),
        ("<Dial><Number>1</Number><Number>2</Number></Dial>", "among other nouns"),
        ("<Dial><Sip>sip:a@b</Sip></Dial>", "SIP address"),
        ('<Dial><Conference maxParticipants="2">r</Conference></Dial>', "maxParticipants"),
        ('<Record maxLength="7200"/>', "maxLength"),
        ("<Sms>x</Sms>", "is not a verb of KAZOO"),
        ("<say>x</say>", "is not a verb of KAZOO"),
        (
            '<Set><Variable key="a" value="1"/><Variable key="b" value="2"/></Set>',
            "more than one Variable",
        ),
    ],
)
def test_a_verb_that_fails_hangs_up_and_says_why(document: str, rule: str) -> None:
    """Verbs before the fault run, the rest is skipped, and the reason names the rule."""
    dialogue, _ = place(f"<Say>before</Say>{document}<Say>after</Say>")
    dialogue.hears("before").does_not_hear("after")
    assert dialogue.verdict == "hangs_up"
    assert rule in dialogue.end.reason


@pytest.mark.parametrize("document", ["", "<Set></Set>"])
def test_a_crash_leaves_the_call_in_silence(document: str) -> None:
    """Nobody controls the call: the caller hears nothing and gives up."""
    dialogue, _ = place(document)
    dialogue.hung_up("caller")
    assert dialogue.verdict == "dead_air"


def test_speech_is_cut_at_four_thousand_bytes() -> None:
    """Longer text is cut where KAZOO cuts it."""
    dialogue, _ = place(f"<Say>{'é' * 3000}</Say>")
    assert len(dialogue.heard[0].encode()) == 4000


def test_an_entity_bomb_is_refused() -> None:
    """Entities that grow without bound do not fill the memory."""
    body = (
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 20}">' for n in range(8))
        + "]><Response><Say>&i;</Say></Response>"
    )
    from pivotctl.switch.http.exchange import HttpResponse  # noqa: PLC0415

    server = Server([HttpResponse(200, (("Content-Type", "text/xml"),), body.encode())])
    dialogue = Dialogue.place(Scenario(flow=pivot_flow(URL)), server)
    assert dialogue.verdict == "rejected"


def test_a_prompt_that_is_repeated_for_ages_ends() -> None:
    """Nobody listens for ever: the caller hangs up, as when a prompt is endless."""
    answer = b'<Response><Say loop="4294967296">Still there?</Say></Response>'
    reading = read(PivotAnswer(answer, "text/xml"))
    assert reading.verdict == "executes"
