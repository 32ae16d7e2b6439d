"""KAZOO's debug documents: nothing that a caller pressed, and no key of a URL, is kept."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.workers.kazoo_debug.documents import _pressed, without_digits

REQUEST = {"uri": "https://a.example/pivot-secret/pivot/ring", "method": "post", "iteration": 1}
DIGITS = st.text("0123456789", min_size=3, max_size=8)


def kept(*documents: dict[str, Any]) -> str:
    """The documents of a call as they are kept, in one text."""
    pressed = {each for document in documents for each in _pressed(document)}
    return json.dumps([without_digits(each, pressed) for each in documents], ensure_ascii=False)


@given(DIGITS, st.sampled_from(["form", "json", "query", "named"]))
def test_nothing_pressed_is_kept(digits: str, way: str) -> None:
    """Digits are hidden in the request, in any format, and in what the answer says of them."""
    body, uri = "", REQUEST["uri"]
    if way == "form":
        body = f"Call-ID=call&Digits={digits}"
    elif way == "named":
        body = f"Call-ID=call&Digits[{quote('my answer')}]={digits}%23"
    elif way == "json":
        body = json.dumps({"Call-ID": "call", "Digits": digits})
    else:
        uri = f"{uri}?Digits={digits}"
    answer = json.dumps({"module": "tts", "data": {"text": f"You entered {' '.join(digits)}."}})
    text = kept({**REQUEST, "uri": uri, "req_body": body}, {"resp_body": answer})
    assert digits not in text
    assert " ".join(digits) not in text
    assert "pivot-secret" not in text
    assert "You entered" in text


@pytest.mark.parametrize(
    "errors",
    [
        {"schema_errors": {"data.code": {"type": {"message": "wrong", "target": "integer"}}}},
        {"json_errors": {"before": '{"a":', "after": "x}", "message": "unexpected"}},
    ],
)
def test_what_kazoo_found_wrong_stays(errors: dict[str, Any]) -> None:
    """The errors that KAZOO found in an answer are what the documents are read for."""
    text = kept({"resp_body": "{}", **errors})
    assert json.loads(text)[0] == {"resp_body": "{}", **errors}


@pytest.mark.parametrize("body", ["", "%", "{", "[1]", "&&&", "a=%ff", None, 7])
def test_an_unreadable_request(body: Any) -> None:
    """A request that cannot be read is left out, and the rest of its document is kept."""
    assert "iteration" in kept({**REQUEST, "req_body": body})
