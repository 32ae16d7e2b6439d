"""twiml_record, dialed: a message, silence, and a caller who hangs up."""

from pivotctl.switch.events import Recorded, RecordingSent
from pivotctl.switch.scenario import RecordingEnd
from tests.calls.conftest import Phone

PROMPT = "Please leave a message after the tone. When you're done, press the pound key."


def test_a_message(dial: Phone) -> None:
    """Callers who leave a message are thanked."""
    call = dial("twiml_record").hears(PROMPT).is_recorded(dial.stack.gateway_url)
    call.hears("Thank you. Your message has been recorded. Goodbye.").hung_up("kazoo")
    call.is_carried_through()
    (sent,) = [event for event in call.events if isinstance(event, RecordingSent)]
    assert (sent.method, sent.status) == ("PUT", 200)


def test_silence(dial: Phone) -> None:
    """Callers who say nothing are told so, and nothing is stored."""
    call = dial("twiml_record", recording=RecordingEnd.SILENCE).hears(PROMPT)
    call.hears("Sorry, I didn't hear a message. Goodbye.").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, Recorded)]


def test_a_caller_who_hangs_up(dial: Phone) -> None:
    """KAZOO makes one more request when the caller is gone, and gets a valid answer."""
    call = dial("twiml_record", recording=RecordingEnd.HANGUP).hears(PROMPT).hung_up("caller")
    assert {answer.status for answer in call.answers} == {200}
