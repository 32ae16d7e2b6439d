"""Debug documents of pivot actions, as a function of the answer."""

from __future__ import annotations

import pytest

from pivotctl.problems import Mode
from pivotctl.reader.answers import PivotAnswer, understand
from pivotctl.switch.http.exchange import HttpResponse, post
from pivotctl.switch.player.debugging import answer_documents, request_document

JSON, XML = "application/json", "text/xml"
GOOD = '{"module": "hangup"}'
WRONG_TYPE = '{"module": "response", "data": {"code": "486"}}'
CUT = '{"module": "tts",\n"data":\n}'


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("body", "kind", "status", "errors"),
    [
        (GOOD, JSON, 200, []),
        ("<Response><Hangup/></Response>", XML, 200, []),
        (WRONG_TYPE, JSON, 200, ["schema_errors"]),
        (CUT, JSON, 200, ["json_errors"]),
        ("", JSON, 200, []),
        (GOOD, XML, 200, []),
        (GOOD, JSON, 500, []),
    ],
)
def test_documents_of_an_answer(
    mode: Mode, body: str, kind: str, status: int, errors: list[str]
) -> None:
    """The answer is stored as it came, and the errors that KAZOO finds in a callflow after it."""
    response = HttpResponse(status, (("Content-Type", kind),), body.encode())
    understood = understand(PivotAnswer(body.encode(), kind, status), mode=mode)
    came, *more = answer_documents(response, understood)
    assert came == {
        "resp_status_code": str(status),
        "resp_headers": {"content-type": kind},
        "resp_body": body,
    }
    assert [name for each in more for name in each if name != "resp_body"] == errors


def test_where_json_ends() -> None:
    """An error of JSON has the text before and after its line."""
    response = HttpResponse(200, (), CUT.encode())
    _, found = answer_documents(response, understand(PivotAnswer(CUT.encode(), JSON)))
    errors = found["json_errors"]
    assert isinstance(errors, dict)
    assert f"{errors['before']}{errors['after']}" == CUT
    assert str(errors["message"]).startswith("not JSON: ")


def test_the_document_of_a_request() -> None:
    """Method and header values are in lower case, the body as it was sent."""
    document = request_document(post("http://H.example/x", "Digits=1", "text/Plain"))
    assert (document["method"], document["req_body"]) == ("post", "Digits=1")
    headers = document["req_headers"]
    assert isinstance(headers, dict)
    assert (headers["content-type"], headers["host"]) == ("text/plain", "h.example")
