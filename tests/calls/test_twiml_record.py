"""twiml_record, dialled: a message, silence, and a caller who hangs up."""

from pivotctl.switch.events import Recorded, RecordingSent
from pivotctl.switch.scenario import RecordingEnd
from tests.calls.conftest import Phone

PROMPT = "Please leave a message after the tone, and press pound when you are done."


def test_a_message(dial: Phone) -> None:
    """A caller who leaves a message is thanked."""
    call = dial("twiml_record").hears(PROMPT).is_recorded(dial.stack.gateway_url)
    call.hears("Thank you. Your message is recorded. Goodbye.").hung_up("kazoo")
    call.is_carried_through()
    (sent,) = [event for event in call.events if isinstance(event, RecordingSent)]
    assert (sent.method, sent.status) == ("PUT", 200)


def test_silence(dial: Phone) -> None:
    """A caller who says nothing is told so, and nothing is kept."""
    call = dial("twiml_record", recording=RecordingEnd.SILENCE).hears(PROMPT)
    call.hears("We heard nothing. Goodbye.").hung_up("kazoo").is_carried_through()
    assert not [event for event in call.events if isinstance(event, Recorded)]


def test_a_caller_who_hangs_up(dial: Phone) -> None:
    """KAZOO asks once more when the caller is gone, and gets an answer that harms nobody."""
    call = dial("twiml_record", recording=RecordingEnd.HANGUP).hears(PROMPT).hung_up("caller")
    assert {answer.status for answer in call.answers} == {200}
