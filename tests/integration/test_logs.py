"""No log holds what a caller said, pressed or is called: marked values through every function."""

import http.client
import json
import re
from urllib.parse import quote, urlsplit

import pytest

from pivotctl.stack import Stack
from tests.events import ACCOUNT, FORM

CANARIES = {
    "name": "Canary Zebra",
    "number": "+15550004711",
    "digits": "471147",
    "variable": "canaryvalue",
    "header": "canaryheader",
    "key": "pivot-canarykey",
    "own": "canaryown",
}
PIVOTS = ("say_hello", "play_media", "ring", "collect_digits", "account_balance", "twiml_menu")
ASKED = {
    "Account-ID": ACCOUNT,
    "Call-ID": "canary-call",
    "Caller-ID-Name": CANARIES["name"],
    "Caller-ID-Number": CANARIES["number"],
    "From": CANARIES["number"],
    "Digits[answer]": CANARIES["digits"],
    "Custom-Application-Vars[a]": CANARIES["variable"],
    "Custom-SIP-Headers[X-A]": CANARIES["header"],
    "own": CANARIES["own"],
}
HOOKED = {
    "account_id": ACCOUNT,
    "call_id": "canary-call",
    "hook_event": "channel_destroy",
    "caller_id_name": CANARIES["name"],
    "caller_id_number": CANARIES["number"],
    "custom_application_vars[a]": CANARIES["variable"],
    "timestamp": CANARIES["digits"],
}
CDR = {
    "Other-Leg-Call-ID": "canary-call",
    "Call-Direction": "outbound",
    "Caller-ID-Name": CANARIES["name"],
    "Caller-ID-Number": CANARIES["number"],
}


def send(url: str, fields: dict[str, str], broken: str = "") -> tuple[int, str]:
    """Post *fields*; *broken* is put behind them."""
    body = "&".join(f"{name}={quote(value)}" for name, value in fields.items())
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
    try:
        connection.request("POST", target.path, f"{body}{broken}", {"content-type": FORM})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.slow
def test_no_caller_data_in_any_log(stack: Stack) -> None:
    """Whatever function, request and failure: the logs hold no name, number, digit or key."""
    for name in PIVOTS:
        status, body = send(stack.url(name), ASKED)
        assert status == 200
        follow_up = _follow_up(body)
        if follow_up:
            assert send(follow_up, ASKED)[0] == 200
        assert send(stack.url(name), ASKED, f"&To={CANARIES['number']}&To=1")[0] == 400
        assert send(stack.url(name), ASKED, "&%FF=%FF&a[")[0] == 200
        assert send(stack.url(name, key=CANARIES["key"]), ASKED)[0] == 401
        assert send(stack.url(name, key=f"t1.{CANARIES['key']}"), ASKED)[0] == 401
    for name, fields in (("channel_events", HOOKED), ("cdr_url", CDR)):
        for broken in ("", "&a[", "&timestamp=x"):
            assert send(stack.url(name), fields, broken)[0] == 200
        assert send(stack.url(name, key=CANARIES["key"]), fields)[0] == 401
    stack.wait_for_workers(60)
    functions = (*PIVOTS, "channel_events", "cdr_url", "call_records", "spooled_deliveries")
    for name in functions:
        written = "\n".join(line for line in stack.logs(name) if '"SPOOL"' not in line)
        found = [kind for kind, canary in CANARIES.items() if canary in written]
        assert found == [], name
    lines = [json.loads(line) for line in stack.logs("say_hello") if line.startswith("{")]
    answered = [line for line in lines if line.get("message") == "answered"]
    assert answered[-1]["correlation_id"] == "canary-call"


def _follow_up(body: str) -> str:
    """The first of our own URLs in an answer, if there is one."""
    start = body.find("http://")
    return re.split('["<]', body[start:])[0] if "/t1." in body else ""
