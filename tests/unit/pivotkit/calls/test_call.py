"""A request becomes a `Call`, whatever its format, method, body and payload version."""

import json
from typing import Any

import pytest

from pivotctl.project import Route
from pivotctl.stack.gateway import HeaderPairs, http_event, rest_event
from pivotkit.calls.call import MAX_BYTES, Call, Caller, read_call
from pivotkit.calls.handler import pivot
from pivotkit.core.errors import (
    Malformed,
    MethodNotAllowed,
    RequestError,
    StateNotDeclared,
    TooLarge,
    UnsupportedMediaType,
)
from pivotkit.http.gateway import request_of
from pivotkit.kazoo import tts
from tests.events import ACCOUNT, ASKED, CALL, FORM, JSON, event

ROUTE = Route("Api", "ANY", "/{key}/pivot/test")
URL = "https://pivot.example.com/secret/pivot/test"
TWIML = f"CallSid=c1&AccountSid={ACCOUNT}&From=1&To=2&CallerName=Jane&CallerNumber=%2B1415"


def call(body: str | bytes = ASKED, **options: Any) -> Call:
    """The call that a request with *body* is about."""
    return read_call(request_of(event(body, **options), MAX_BYTES))


def asked(**more: Any) -> dict[str, Any]:
    """The parameters of a first request."""
    return {"Account-ID": ACCOUNT, "Call-ID": CALL, **more}


def as_json(**more: Any) -> Call:
    """The call of a JSON body."""
    return call(json.dumps(asked(**more)), content_type=JSON)


def test_kazoo_format() -> None:
    """`req_format: kazoo` fills the fields that carry KAZOO's names."""
    found = call()
    assert (found.req_format, found.account_id, found.call_id) == ("kazoo", ACCOUNT, CALL)
    assert (found.from_, found.from_realm) == ("+14155550199", "pstn.example")
    assert (found.api_version, found.direction, found.language) == ("4.x", "inbound", "en-us")
    assert found.caller == found.caller.__class__("+14155550199", 'Jane "JD" Doe')
    assert dict(found.custom_application_vars) == dict(found.custom_sip_headers) == {}


def test_twiml_format() -> None:
    """`req_format: twiml` fills the same fields from TwiML's names."""
    found = call(f"{TWIML}&Digits=42&RecordingDuration=7&DialCallStatus=completed")
    assert (found.req_format, found.account_id, found.call_id) == ("twiml", ACCOUNT, "c1")
    assert (found.caller_id_name, found.caller_id_number) == ("Jane", "+1415")
    assert (found.digits, found.recording_duration) == ("42", 7)
    assert (found.dial_call_status, found.dial_call_duration) == ("completed", None)


FORM_POST = (("content-type", FORM),)
JSON_POST = (("content-type", JSON),)
PLAIN = json.dumps(asked(To="2030", **{"Custom-Application-Vars": {"a": {"b": "1"}}}))
SAME = f"Account-ID={ACCOUNT}&Call-ID={CALL}&To=2030&Custom-Application-Vars[a][b]=1&&"
TRANSPORTS: dict[str, tuple[str, str, HeaderPairs, bytes]] = {
    "GET": ("GET", f"{URL}?{SAME}", (), b""),
    "form POST": ("POST", URL, FORM_POST, SAME.encode()),
    "JSON POST": ("POST", URL, JSON_POST, PLAIN.encode()),
    "POST with a query": ("POST", f"{URL}?To=9&team=red", FORM_POST, SAME.encode()),
    "charset": ("POST", URL, (("Content-Type", f"{JSON}; charset=UTF-8"),), PLAIN.encode()),
}


@pytest.mark.parametrize("payload", ["1.0", "1.0 binary", "2.0"])
@pytest.mark.parametrize("transport", TRANSPORTS.values(), ids=TRANSPORTS.keys())
def test_transports(payload: str, transport: tuple[str, str, HeaderPairs, bytes]) -> None:
    """The same parameters make the same call by GET or POST, form or JSON, payload 1.0 or 2.0."""
    method, url, headers, body = transport
    if payload == "2.0":
        sent = http_event(method, url, headers, body, route=ROUTE)
    else:
        sent = rest_event(method, url, headers, body, route=ROUTE, binary="binary" in payload)
    request = request_of(sent, MAX_BYTES)
    found = read_call(request)
    assert (found.account_id, found.call_id, found.to) == (ACCOUNT, CALL, "2030")
    assert dict(found.custom_application_vars) == {"a": {"b": "1"}}
    assert request.key == "secret"


PATHS = {
    "/secret/pivot/test": "secret",
    "/secret/pivot/test/": "secret",
    "//secret//pivot/test": "secret",
    "/secret": "secret",
    "/prod/secret/pivot/test": "secret",
    "/prod/secret": "secret",
    "/base/secret/pivot/test": "secret",
    "/pivot%2Dsecret/pivot/test": "pivot-secret",
    "/a%2Fb/pivot/test": "a/b",
    "/%FF/pivot/test": "",
    "/": "",
    "": "",
}


@pytest.mark.parametrize(("path", "key"), PATHS.items(), ids=PATHS.keys())
@pytest.mark.parametrize("name", ["rawPath", "path"])
def test_a_key_without_path_parameters(name: str, path: str, key: str) -> None:
    """Without path parameters, as in a function URL, the key is read from the path itself."""
    sent = event(ASKED)
    del sent["pathParameters"], sent["rawPath"]
    sent["requestContext"]["stage"] = "prod"
    assert request_of(sent | {name: path}, MAX_BYTES).key == key
    assert request_of(sent | {name: path, "pathParameters": None}, MAX_BYTES).key == key
    named = {"pathParameters": {"key": "fir%73t"}}
    assert request_of(sent | {name: path} | named, MAX_BYTES).key == "first"


FUNCTION_URL = {
    "version": "2.0",
    "routeKey": "$default",
    "rawQueryString": "",
    "headers": {"content-type": FORM},
    "requestContext": {
        "domainName": "abc.lambda-url.us-east-1.on.aws",
        "stage": "$default",
        "http": {"method": "POST"},
    },
}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/pivot-development/pivot/test", 200),
        ("/pivot%2ddevelopment/pivot/test", 200),
        ("/pivot-other/pivot/test", 401),
        ("/%FF/pivot/test", 401),
        ("/", 401),
    ],
)
def test_a_function_url(path: str, status: int) -> None:
    """A function URL answers with the right key in its path, and 401 with any other."""
    handler = pivot(lambda call: tts(call.to))
    sent = FUNCTION_URL | {"rawPath": path, "body": ASKED, "isBase64Encoded": False}
    assert handler(sent, None)["statusCode"] == status


ENCODED = [(True, True), ("true", True), ("True", True)]
PLAINLY = [(False, False), ("false", False), ("", False), (None, False)]


@pytest.mark.parametrize(("said", "encoded"), ENCODED + PLAINLY)
def test_a_body_that_is_base64_by_words(said: object, encoded: bool) -> None:  # noqa: FBT001
    """`isBase64Encoded` is read as a boolean or as its text."""
    sent = event(ASKED) | {"isBase64Encoded": said}
    sent["body"] = sent["body"] if encoded else ASKED
    assert request_of(sent, MAX_BYTES).body == ASKED.encode()


def test_origin_is_the_request_contexts() -> None:
    """URLs start with the domain and stage of the request context, whatever Host says."""
    headers = (("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"))
    sent = event(headers=dict(headers))
    assert request_of(sent, 99).origin == "https://abc123.execute-api.eu-central-1.amazonaws.com"
    sent["requestContext"]["stage"] = "prod"
    assert request_of(sent, 99).origin.endswith("amazonaws.com/prod")


DIGITS = {
    "Digits=12%23": ("12#", "12#", None),
    "Digits=": ("", None, None),
    "": (None, None, None),
    "Digits[default]=12": ({"default": "12"}, "12", None),
    "Digits[pin]=4321": ({"pin": "4321"}, None, "4321"),
    "Digits[default]=1&Digits[pin]=": ({"default": "1", "pin": ""}, "1", None),
    "Digits[my menu]=7": ({"my menu": "7"}, None, None),
}


@pytest.mark.parametrize(("text", "expected"), DIGITS.items(), ids=DIGITS.keys())
def test_digits(text: str, expected: tuple[Any, str | None, str | None]) -> None:
    """`Digits` is text after TwiML and an object after callflow actions; `pressed` reads both."""
    digits, default, pin = expected
    found = call(f"{ASKED}&{text}")
    assert found.digits == digits
    assert found.pressed() == default
    if not isinstance(digits, str):
        assert found.pressed("pin") == pin


def test_digits_that_are_numbers_in_json() -> None:
    """Keys that a JSON body writes as numbers are text all the same."""
    assert as_json(Digits={"default": 12}).digits == {"default": "12"}
    assert as_json(Digits={}).digits is None


OWNERS = {
    "": (),
    "User-ID=u1": ("u1",),
    "User-ID[]=u1&User-ID[]=u2": ("u1", "u2"),
}


@pytest.mark.parametrize(("text", "owners"), OWNERS.items(), ids=["none", "one", "many"])
def test_user_id(text: str, owners: tuple[str, ...]) -> None:
    """`user_id` holds the owners of the calling device: none, one or several."""
    assert call(f"{ASKED}&{text}").user_id == owners
    assert as_json(**{"User-ID": list(owners)}).user_id == owners
    if len(owners) == 1:
        assert as_json(**{"User-ID": owners[0]}).user_id == owners


def test_user_variables() -> None:
    """Parameters that are not KAZOO's are in `variables`: TwiML's Set, and the URL's own query."""
    found = call(f"{ASKED}&color=green&DialCallStatus=busy", url="https://h/x?tenant=7")
    assert dict(found.variables) == {"color": "green", "tenant": "7"}
    assert found.dial_call_status == "busy"


def test_base_parameters_win() -> None:
    """Of a parameter under KAZOO's name and under TwiML's, that of the request's format counts."""
    assert call(f"{ASKED}&Call-Status=ringing&CallStatus=busy").call_status == "ringing"
    assert call(f"{ASKED}&CallStatus=busy").call_status == "busy"


def test_spoken_name() -> None:
    """A caller's name is spoken without anything a speech engine might act on."""
    found = call(ASKED.replace("Jane+%22JD%22+Doe", "%3CZo%C3%AB%3E+%24%7Bexit%7D%0A%26"))
    assert found.caller.spoken_name == "Zoë exit"


@pytest.mark.parametrize("name", ["", "unknown", "Anonymous", "RESTRICTED", "+1 415-555-0199"])
def test_no_spoken_name(name: str) -> None:
    """A word or number in place of a caller's name is not spoken as one."""
    assert Caller("+14155550199", name).spoken_name == ""


def test_a_call_never_changes() -> None:
    """A call is immutable, down to its variables."""
    found = call(f"{ASKED}&Custom-Application-Vars[a]=1")
    with pytest.raises(AttributeError):
        found.to = "9"  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.custom_application_vars["a"] = "2"  # type: ignore[index]


REFUSALS: dict[str, tuple[type[RequestError], int, dict[str, Any]]] = {
    "no Call-ID": (Malformed, 400, {"body": f"Account-ID={ACCOUNT}"}),
    "no Account-ID": (Malformed, 400, {"body": "Call-ID=c1"}),
    "no AccountSid": (Malformed, 400, {"body": "CallSid=c1"}),
    "empty Call-ID": (Malformed, 400, {"body": f"Account-ID={ACCOUNT}&Call-ID="}),
    "nothing": (Malformed, 400, {"body": ""}),
    "reserved name twice": (Malformed, 400, {"body": f"{ASKED}&To=9"}),
    "reserved name twice in a GET": (
        Malformed,
        400,
        {"body": "", "method": "GET", "url": f"https://h/?To=9&{ASKED}"},
    ),
    "no UTF-8": (Malformed, 400, {"body": ASKED.encode() + b"&A=\xff"}),
    "no UTF-8 in a name": (Malformed, 400, {"body": f"{ASKED}&Call-Status=%FF"}),
    "list for text": (Malformed, 400, {"body": f"{ASKED}&Language[]=a"}),
    "object for text": (Malformed, 400, {"body": json.dumps(asked(To={})), "content_type": JSON}),
    "boolean for text": (
        Malformed,
        400,
        {"body": json.dumps(asked(To=True)), "content_type": JSON},
    ),
    "text for object": (Malformed, 400, {"body": f"{ASKED}&Custom-SIP-Headers=a"}),
    "too large": (TooLarge, 413, {"body": f"{ASKED}&A={'a' * MAX_BYTES}"}),
    "query too large": (TooLarge, 413, {"body": ASKED, "url": f"https://h/?A={'a' * MAX_BYTES}"}),
    "PUT": (MethodNotAllowed, 405, {"body": ASKED, "method": "PUT"}),
    "DELETE": (MethodNotAllowed, 405, {"body": ASKED, "method": "DELETE"}),
    "HEAD": (MethodNotAllowed, 405, {"body": ASKED, "method": "HEAD"}),
    "XML": (UnsupportedMediaType, 415, {"body": ASKED, "content_type": "text/xml"}),
}


@pytest.mark.parametrize(("error", "status", "sent"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refusals(error: type[RequestError], status: int, sent: dict[str, Any]) -> None:
    """A request that is none of KAZOO's is refused with the status of its fault."""
    with pytest.raises(error) as refusal:
        call(**sent)
    assert refusal.value.status == status


@pytest.mark.parametrize(
    ("body", "content_type"), [(ASKED, FORM), (json.dumps(asked()), JSON)], ids=["form", "json"]
)
def test_names_of_kazoo_in_the_query_of_a_post(body: str, content_type: str) -> None:
    """KAZOO leaves the `voice_url`'s query as it is: there, none of its own names has a meaning."""
    query = "To=9&From=sales&Digits=1&CallSid=x&User-ID[]=u&Custom-Application-Vars[a]=1&team=red"
    found = call(body, content_type=content_type, url=f"https://h/?{query}")
    expected = call(body, content_type=content_type)
    assert found == expected._replace(variables={"team": "red"})


def test_a_body_that_is_not_base64() -> None:
    """A body that is not the base64 it is said to be is refused."""
    with pytest.raises(Malformed):
        request_of(event() | {"body": "%%%", "isBase64Encoded": True}, MAX_BYTES)


def test_exactly_the_largest_request() -> None:
    """256 kB are read, one byte more is not."""
    fits = f"{ASKED}&A={'a' * (MAX_BYTES - len(ASKED) - 3)}"
    assert call(fits).call_id == CALL
    with pytest.raises(TooLarge):
        call(f"{fits}a")


@pytest.mark.parametrize("duration", ["", "abc", "-1", "٣", "1.5", "9" * 5000], ids=range(6))
def test_a_duration_that_is_no_number(duration: str) -> None:
    """A duration that cannot be one is left out, however long its text."""
    assert call(f"{TWIML}&RecordingDuration={duration}").recording_duration is None


@pytest.mark.parametrize("name", ["vars", "now"])
def test_state_has_to_be_declared(name: str) -> None:
    """Using state in a function that has not declared it is an error at once."""
    with pytest.raises(StateNotDeclared, match=r"state=True"):
        getattr(call(), name)
    with pytest.raises(StateNotDeclared):
        call().once("a", str, str)
    with pytest.raises(StateNotDeclared):
        call().effect_key("a")


def test_a_call_without_a_request_has_no_url() -> None:
    """A call that a test made by hand has no URL to hand out, and says so."""
    with pytest.raises(RuntimeError, match="no URL"):
        Call(account_id="a", call_id="c", req_format="kazoo").url  # noqa: B018


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("Account-ID=a", "Call-ID is missing, although Account-ID is there: send both"),
        ("Call-ID=c", "Account-ID is missing, although Call-ID is there: send both"),
        ("CallSid=c", "AccountSid is missing, although CallSid is there: send both"),
        ("To=1", "Account-ID and Call-ID are missing: this is not a Pivot request"),
    ],
)
def test_the_refusal_names_the_missing_parameter(body: str, message: str) -> None:
    """A request without account or call is refused with the name that its sender left out."""
    with pytest.raises(Malformed) as refused:
        read_call(request_of(event(body), MAX_BYTES))
    assert str(refused.value) == message
