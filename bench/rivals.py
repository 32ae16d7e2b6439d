"""Functions to compare: the layer's way to do something, and others' ways to do the same.

Runs in the benchmark's own environment, which has twilio-python and pydantic. Each pair of
functions is checked to give the same result before it is timed.
"""

import base64
import hashlib
import hmac
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl
from xml.etree import ElementTree as ET

from pydantic import BaseModel
from twilio.twiml.voice_response import Gather as TwilioGather
from twilio.twiml.voice_response import VoiceResponse

type Work = Callable[[], object]

KEY = "pivot-benchmark"
ENVIRONMENT = {
    "KEY_HASHES": hashlib.sha256(KEY.encode()).hexdigest(),
    "SIGNING_SECRETS": "signing-benchmark",
    "POWERTOOLS_SERVICE_NAME": "say_hello",
    "POWERTOOLS_METRICS_NAMESPACE": "PivotFunctions",
    "POWERTOOLS_LOG_LEVEL": "INFO",
    "PUBLIC_URL": "https://pivot.example.com",
}
os.environ.update(ENVIRONMENT)

from pivotkit import kazoo, twiml  # noqa: E402  (reads the environment set above)
from pivotkit.calls.call import _RESERVED as RESERVED  # noqa: E402  (what read_call passes)
from pivotkit.calls.render import rendered  # noqa: E402
from pivotkit.core import telemetry  # noqa: E402
from pivotkit.http.parameters import Parameters, read_form, text_of  # noqa: E402


class Contest(NamedTuple):
    """Ways to do one thing, ours among them, and what the ratio to `against` should be.

    `goal` is the largest ratio of our time to theirs.
    """

    name: str
    ways: Mapping[str, Work]
    against: str
    goal: float


OURS = "pivotkit"
_ACTION = "https://pivot.example.com/t1.x.0.dmenu.1790000000.abc/pivot/menu?a=1&b=2"
_APOLOGY = kazoo.tts("Sorry.") >> kazoo.hangup()

# -- TwiML ---------------------------------------------------------------------------------------


def hello_pivotkit() -> str:
    """Two verbs."""
    return str(twiml.Response(twiml.Say("Hello Zoë & Co. Have a great day."), twiml.Hangup()))


def hello_twilio() -> str:
    """The same with twilio-python."""
    response = VoiceResponse()
    response.say("Hello Zoë & Co. Have a great day.")
    response.hangup()
    return str(response)


def hello_etree() -> str:
    """The same with the standard library."""
    response = ET.Element("Response")
    ET.SubElement(response, "Say").text = "Hello Zoë & Co. Have a great day."
    ET.SubElement(response, "Hangup")
    return ET.tostring(response, encoding="unicode")


def menu_pivotkit() -> str:
    """A menu: a Gather with three prompts, and a Redirect if no key is pressed."""
    return str(
        twiml.Response(
            twiml.Gather(
                twiml.Say("Welcome to Acme.", voice="woman", language="en"),
                twiml.Say("For sales, press 1. For support, press 2.", voice="woman"),
                twiml.Play("https://media.example.com/jingle.mp3"),
                action=_ACTION,
                method="POST",
                timeout=5,
                num_digits=1,
            ),
            twiml.Say("We did not hear you.", voice="woman"),
            twiml.Redirect(_ACTION),
        )
    )


def menu_twilio() -> str:
    """The same with twilio-python."""
    response = VoiceResponse()
    gather = TwilioGather(action=_ACTION, method="POST", timeout=5, num_digits=1)
    gather.say("Welcome to Acme.", voice="woman", language="en")
    gather.say("For sales, press 1. For support, press 2.", voice="woman")
    gather.play("https://media.example.com/jingle.mp3")
    response.append(gather)
    response.say("We did not hear you.", voice="woman")
    response.redirect(_ACTION)
    return str(response)


def menu_etree() -> str:
    """The same with the standard library."""
    response = ET.Element("Response")
    asked = {"action": _ACTION, "method": "POST", "timeout": "5", "numDigits": "1"}
    gather = ET.SubElement(response, "Gather", asked)
    voiced = {"voice": "woman", "language": "en"}
    ET.SubElement(gather, "Say", voiced).text = "Welcome to Acme."
    prompt = ET.SubElement(gather, "Say", {"voice": "woman"})
    prompt.text = "For sales, press 1. For support, press 2."
    ET.SubElement(gather, "Play").text = "https://media.example.com/jingle.mp3"
    ET.SubElement(response, "Say", {"voice": "woman"}).text = "We did not hear you."
    ET.SubElement(response, "Redirect").text = _ACTION
    return ET.tostring(response, encoding="unicode")


# -- callflow JSON -------------------------------------------------------------------------------

_GREETING = "Welcome to Acme. Please enter your customer number, and press pound at the end."
_LOST = "Sorry, your account cannot be read just now. Please try again later. Good bye."


def flow_pivotkit() -> str:
    """Five actions, checked and rendered as an answer."""
    flow = (
        kazoo.tts(_GREETING, voice="female", language="en-US", terminators=["1", "2", "#"])
        >> kazoo.collect_dtmf(
            max_digits=8, collection_name="customer", timeout=7000, interdigit_timeout=3000
        )
        >> kazoo.pivot(_ACTION, method="post", req_body_format="form", req_timeout_ms=5000)
        >> kazoo.tts(_LOST, voice="female", language="en-US")
        >> kazoo.hangup()
    )
    body: str = rendered(flow, _APOLOGY)["body"]
    return body


def flow_dict() -> str:
    """The same as plain objects, unchecked."""
    flow = {
        "module": "tts",
        "data": {
            "text": _GREETING,
            "voice": "female",
            "language": "en-US",
            "terminators": ["1", "2", "#"],
        },
        "children": {
            "_": {
                "module": "collect_dtmf",
                "data": {
                    "max_digits": 8,
                    "collection_name": "customer",
                    "timeout": 7000,
                    "interdigit_timeout": 3000,
                },
                "children": {
                    "_": {
                        "module": "pivot",
                        "data": {
                            "voice_url": _ACTION,
                            "method": "post",
                            "req_format": "kazoo",
                            "req_body_format": "form",
                            "req_timeout_ms": 5000,
                        },
                        "children": {
                            "_": {
                                "module": "tts",
                                "data": {"text": _LOST, "voice": "female", "language": "en-US"},
                                "children": {"_": {"module": "hangup", "data": {}}},
                            }
                        },
                    }
                },
            }
        },
    }
    return json.dumps(flow)


class _Tts(BaseModel):  # type: ignore[misc, unused-ignore]
    text: str
    voice: str | None = None
    language: str | None = None
    terminators: list[str] | None = None


class _Collect(BaseModel):  # type: ignore[misc, unused-ignore]
    max_digits: int | None = None
    collection_name: str | None = None
    timeout: int | None = None
    interdigit_timeout: int | None = None


class _Pivot(BaseModel):  # type: ignore[misc, unused-ignore]
    voice_url: str
    method: str | None = None
    req_format: str | None = None
    req_body_format: str | None = None
    req_timeout_ms: int | None = None


class _Hangup(BaseModel):  # type: ignore[misc, unused-ignore]
    pass


class _Node(BaseModel):  # type: ignore[misc, unused-ignore]
    module: str
    data: _Tts | _Collect | _Pivot | _Hangup
    children: "dict[str, _Node] | None" = None


def flow_pydantic() -> str:
    """The same with pydantic's models."""
    end = _Node(module="hangup", data=_Hangup())
    lost = _Tts(text=_LOST, voice="female", language="en-US")
    last = _Node(module="tts", data=lost, children={"_": end})
    asked = _Pivot(
        voice_url=_ACTION,
        method="post",
        req_format="kazoo",
        req_body_format="form",
        req_timeout_ms=5000,
    )
    pivot = _Node(module="pivot", data=asked, children={"_": last})
    keys = _Collect(max_digits=8, collection_name="customer", timeout=7000, interdigit_timeout=3000)
    collect = _Node(module="collect_dtmf", data=keys, children={"_": pivot})
    words = _Tts(text=_GREETING, voice="female", language="en-US", terminators=["1", "2", "#"])
    first = _Node(module="tts", data=words, children={"_": collect})
    text: str = first.model_dump_json(exclude_none=True)
    return text


# -- requests ------------------------------------------------------------------------------------

_FIRST = (
    "To-Realm=acme.sip.example&To=6001&Request-Realm=acme.sip.example&Request=6001&Language=en-us"
    "&From-Realm=carrier.example&From=%2B14155550142&Direction=inbound&&"
    "&Caller-ID-Number=%2B14155550142&Caller-ID-Name=Jane+%22JD%22+Doe"
    "&Call-ID=3f9d6a0e-72c4-4b18-a5f3-8e1c2d7b9046%40203.0.113.25&Api-Version=4.x"
    "&Account-ID=5d2f8c1b7a904e63b1c0d9e8f7a6b5c4"
)
_LATER = _FIRST.replace(
    "&&&",
    "&Digits[main_menu]=2&Digits[customer]=1042%23&Digits[default]=12%2A"
    "&Custom-SIP-Headers[X-Region]=eu-west&Custom-Application-Vars[tier]=gold"
    "&Custom-Application-Vars[visits]=3&",
)


def _body(form: str) -> str:
    return base64.b64encode(form.encode()).decode()


FIRST, LATER = _body(_FIRST), _body(_LATER)


def form_pivotkit(body: str) -> dict[str, Any]:
    """Decode into nested objects, with a request's limits."""
    found = Parameters(RESERVED)
    read_form(text_of(base64.b64decode(body, validate=True)), found)
    return found.values


def form_urllib(body: str) -> dict[str, list[str]]:
    """Decode into flat lists."""
    return parse_qs(base64.b64decode(body, validate=True).decode(), keep_blank_values=True)


# -- a whole function ----------------------------------------------------------------------------

EVENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "events/pivot/say_hello/post_form.json").read_text("utf-8")
)
EVENT |= {"pathParameters": {"key": KEY}, "body": FIRST}


class _Context:
    """The context that the runtime passes besides the event."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 4000


CONTEXT = _Context()


def plain_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """say_hello without the layer: authenticate, decode, answer."""
    digest = hashlib.sha256(event["pathParameters"]["key"].encode()).hexdigest()
    if not hmac.compare_digest(digest, os.environ["KEY_HASHES"]):
        return {"statusCode": 401, "headers": {}, "body": "Unauthorized"}
    values = dict(parse_qsl(base64.b64decode(event["body"]).decode(), keep_blank_values=True))
    if not values.get("Call-ID") or not values.get("Account-ID"):
        return {"statusCode": 400, "headers": {}, "body": "no Pivot request"}
    text = f"Hello {values['Caller-ID-Name'].replace('"', '')}. Have a great day."
    body = json.dumps({"module": "tts", "data": {"text": text}})
    headers = {"content-type": "application/json"}
    return {"statusCode": 200, "headers": headers, "body": body}


def logging_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The same, with one line of JSON."""
    started = time.monotonic()
    answer = plain_handler(event, context)
    line = {
        "level": "INFO",
        "message": "answered",
        "timestamp": time.strftime("%Y-%m-%d %H:%M:%S%z"),
        "service": os.environ["POWERTOOLS_SERVICE_NAME"],
        "ms": round((time.monotonic() - started) * 1000),
    }
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()
    return answer


def template() -> Callable[[dict[str, Any], object], dict[str, Any]]:
    """say_hello itself."""
    found: Callable[[dict[str, Any], object], dict[str, Any]]
    found = import_module("functions.pivot.say_hello.app").handler
    return found


@contextmanager
def silent(level: int) -> Iterator[None]:
    """Log from *level* on, and keep the output out of the table."""
    before = telemetry.LEVEL
    telemetry.LEVEL = level
    try:
        yield
    finally:
        telemetry.LEVEL = before


def contests() -> Iterator[Contest]:
    """Everything that is compared; a log level holds while its contest is measured."""
    handler = template()
    hello = {OURS: hello_pivotkit, "twilio": hello_twilio, "xml.etree": hello_etree}
    menu = {OURS: menu_pivotkit, "twilio": menu_twilio, "xml.etree": menu_etree}
    flow = {OURS: flow_pivotkit, "dict + json.dumps": flow_dict, "pydantic": flow_pydantic}
    _same_xml(hello)
    _same_xml(menu)
    _same_json(flow)
    yield Contest("TwiML: say, hangup", hello, "twilio", 0.2)
    yield Contest("TwiML: menu", menu, "twilio", 0.2)
    yield Contest("callflow: 5 actions", flow, "dict + json.dumps", 1.3)
    for name, body in (("form: first request", FIRST), ("form: digits, variables", LATER)):
        ways: dict[str, Work] = {
            OURS: lambda body=body: form_pivotkit(body),  # type: ignore[misc]
            "parse_qs": lambda body=body: form_urllib(body),  # type: ignore[misc]
        }
        yield Contest(name, ways, "parse_qs", 1.0)
    for name, plain, level, goal in (
        ("say_hello, warm", plain_handler, logging.ERROR, 1.5),
        ("say_hello, warm, with its log line", logging_handler, logging.INFO, 1.5),
    ):
        _same_answer(handler, plain)
        with silent(level):
            ways = {
                OURS: lambda: handler(EVENT, CONTEXT),
                "standard library": lambda plain=plain: plain(EVENT, CONTEXT),  # type: ignore[misc]
            }
            yield Contest(name, ways, "standard library", goal)


def _same_xml(ways: Mapping[str, Callable[[], str]]) -> None:
    _same({name: ET.canonicalize(way()) for name, way in ways.items()})


def _same_json(ways: Mapping[str, Callable[[], str]]) -> None:
    _same({name: json.loads(way()) for name, way in ways.items()})


def _same_answer(
    ours: Callable[..., dict[str, Any]], theirs: Callable[..., dict[str, Any]]
) -> None:
    answers = {OURS: ours(EVENT, CONTEXT), "standard library": theirs(EVENT, CONTEXT)}
    _same({name: (each["statusCode"], json.loads(each["body"])) for name, each in answers.items()})


def _same(results: Mapping[str, object]) -> None:
    if any(result != results[OURS] for result in results.values()):
        raise SystemExit(f"Not the same work: {results}")
