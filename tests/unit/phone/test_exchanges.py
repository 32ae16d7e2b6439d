"""Requests and answers beside a call."""

import json

from pivotctl.phone.documents import laid_out
from pivotctl.phone.exchanges import beside, exchanges
from pivotctl.switch.http.exchange import HttpResponse
from tests.unit.phone.played import URL, action, callflow, played, twiml


def test_a_request_and_its_answer() -> None:
    """An exchange has the request as sent, and the answer as it came and laid out."""
    [found] = exchanges(played([callflow(action("tts", text="Hello."))]))
    head, _, body = found["raw"].partition("\n\n")
    assert head.startswith(f"POST {URL}\ncontent-type: application/x-www-form-urlencoded\n")
    assert body.startswith("To-Realm=")
    assert found["answer"]["headers"] == ["content-type: application/json"]
    assert ["Caller-ID-Name", "Jane Doe"] in found["parameters"]
    assert found["answer"]["raw"].startswith('{"module": "tts"')
    assert found["answer"]["pretty"].splitlines()[1] == '  "module": "tts",'
    assert found["verdict"]["name"] == "executes"


def test_the_line_of_a_problem() -> None:
    """A problem of a document in one line is marked in the line where the laid-out one has it."""
    flow = action("tts", {"_": action("menu", id=5)}, text="Hello.")
    [found] = exchanges(played([callflow(flow)]))
    problem = found["verdict"]["problems"][0]
    line = found["answer"]["pretty"].splitlines()[problem["shown"] - 1]
    assert (found["verdict"]["name"], problem["line"]) == ("dead_air", 1)
    assert line.strip() == '"id": 5'


def test_the_line_of_a_verb() -> None:
    """A problem of a verb is marked at its element."""
    document = '<Response><Say>One</Say><Pause length="0"/><Hangup/></Response>'
    [found] = exchanges(played([twiml(document)]))
    [problem] = found["verdict"]["problems"]
    line = found["answer"]["pretty"].splitlines()[problem["shown"] - 1]
    assert line.strip() == '<Pause length="0"/>'


def test_a_document_that_cannot_be_read() -> None:
    """Text that is neither JSON nor XML stays as it is, with the line of the error."""
    text = '{"module": "tts",\n"data": }'
    answer = HttpResponse(200, (("content-type", "application/json"),), text.encode())
    [found] = exchanges(played([answer]))
    assert found["answer"]["pretty"] == text
    assert found["verdict"]["problems"][0]["shown"] == 2


def test_xml_is_laid_out_without_changes() -> None:
    """A laid-out document has the texts and attributes of the original, escaped as XML."""
    laid = laid_out('<Response><Say voice="a&quot;b">1 &lt; 2</Say></Response>')
    assert laid.text == "<Response>\n  <Say voice='a\"b'>1 &lt; 2</Say>\n</Response>"


def test_everything_beside_a_call() -> None:
    """The panels get graph, exchanges, and the limits that the bar of the latency draws."""
    found = beside(played([callflow(action("hangup"))]))
    assert found["limits"] == {"slow": 3.0, "most": 5.0}
    assert len(found["exchanges"]) == 1
    assert found["graph"]["nodes"]


def test_json_is_laid_out_without_changes() -> None:
    """Laid-out JSON has the same value; lists of plain values take one line."""
    value = {"data": {"keys": ["1", "2"], "more": [{"a": None}], "none": {}}, "text": "é"}
    laid = laid_out(json.dumps(value))
    assert json.loads(laid.text) == value
    assert '    "keys": ["1", "2"],' in laid.text.splitlines()
    assert laid.line("data.more[0].a", 1) == 6
