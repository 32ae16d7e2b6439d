"""Fates of Twilio's verbs, nouns, and attributes in KAZOO, in one table.

Follows `kzt_twiml.erl`, `kzt_twiml_util.erl`, `kzt_twiml_say.erl` and `kzt_twiml_dial.erl`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pivotctl.switch.player.twiml.attributes import kept, whole_number

type Callflow = Mapping[str, Any]
type Test = Callable[[str], bool]

ID = "b2c0a4e1d3f5968778695a4b3c2d1e0f"
_URL = "https://server.example/next"


class Closeness(StrEnum):
    """Degrees to which KAZOO does the same as Twilio."""

    SAME = "same"
    DIFFERENT = "different"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Fate:
    """KAZOO's behavior, and an alternative: TwiML, or a callflow where TwiML cannot do it."""

    kind: Closeness
    how: str = ""
    twiml: str = ""
    callflow: Callflow | None = None


@dataclass(frozen=True, slots=True)
class AttributeFate:
    """Fate of an attribute: `fate` if the value passes `test`, else that of `otherwise`.

    `values` describes the values that pass. Without `otherwise`, all do.
    """

    fate: Fate
    values: str = ""
    test: Test = lambda _: True
    otherwise: AttributeFate | None = None

    def of(self, value: str) -> Fate:
        """Return the fate of the attribute with this value."""
        if self.otherwise and not self.test(value):
            return self.otherwise.of(value)
        return self.fate


@dataclass(frozen=True, slots=True)
class ElementFate:
    """Fate of a verb or noun, and of its attributes."""

    fate: Fate
    attributes: Mapping[str, AttributeFate]


def _same(how: str = "") -> Fate:
    return Fate(Closeness.SAME, how)


def _differs(how: str, twiml: str = "", callflow: Callflow | None = None) -> Fate:
    return Fate(Closeness.DIFFERENT, how, twiml, callflow)


def _refused(how: str, twiml: str = "", callflow: Callflow | None = None) -> Fate:
    return Fate(Closeness.REFUSED, how, twiml, callflow)


def _action(module: str, /, **data: Any) -> Callflow:
    return {"module": module, "data": data}


def _ignored(how: str = "", twiml: str = "", callflow: Callflow | None = None) -> AttributeFate:
    return AttributeFate(_differs(f"ignored{f': {how}' if how else ''}", twiml, callflow))


def _words(*allowed: str) -> Test:
    return lambda value: value in allowed


def _matches(pattern: str) -> Test:
    return lambda value: re.fullmatch(pattern, value) is not None


def _numbers(least: int, most: int | None = None) -> Test:
    """Return a test for numbers, rounded, in a range; KAZOO ignores anything but a number."""

    def test(value: str) -> bool:
        number = whole_number({"": value}, "")
        return number is None or (number >= least and (most is None or number <= most))

    return test


_SAME = AttributeFate(_same())
KAZOOS_OWN = _same("KAZOO's own")
LOST = _differs(
    "lost: KAZOO keeps no attribute with a character above U+00FF, as if it were not there"
)
RELATIVE = _differs(
    "a relative URL is not resolved as in RFC 3986: `/menu` is appended to the path",
    f"<Redirect>{_URL}</Redirect>",
)
_URL_FATE = AttributeFate(
    _same(), "absolute URL", _matches(r"https?://\S+"), AttributeFate(RELATIVE)
)


def _method(how: str, example: str) -> AttributeFate:
    """Return the fate of a method; a word that Erlang has not used yet means POST."""
    wrong = _refused("other methods end the call, and so does an empty value", example)
    word = AttributeFate(_differs("means POST, unless this KAZOO happens to know the word"))
    crashing = _matches(r"(?i:put|delete|head|options|trace|patch|connect|true|false|ok|)")
    refused = AttributeFate(
        wrong, "other methods, empty", lambda value: crashing(value) or not kept(value), word
    )
    return AttributeFate(_same(how), "GET, POST", _matches("(?i:get|post)"), refused)


_METHOD = _method(
    "POST if omitted, whatever the method of the first request",
    f'<Redirect method="POST">{_URL}</Redirect>',
)
_DIAL_METHOD = _method(
    "read only with `action`", f'<Dial action="{_URL}" method="GET">+14155550100</Dial>'
)
_LOOP = AttributeFate(
    _same("0 repeats forever"),
    "0 and more",
    _numbers(0),
    AttributeFate(_refused("a negative number ends the call", '<Say loop="2">Hello.</Say>')),
)


def _seconds(example: str, how: str = "") -> AttributeFate:
    """Return the fate of a time, which must be above zero; anything but a number is ignored."""
    wrong = AttributeFate(_refused("0 and less end the call", example))
    return AttributeFate(_same(how), "1 and more", _numbers(1), wrong)


SPEECH = {
    "voice": AttributeFate(
        _same("two voices, a man's and a woman's, under two names each"),
        "man, woman, male, female",
        _words("man", "woman", "male", "female"),
        AttributeFate(
            _refused("`alice` and all named voices end the call", '<Say voice="woman">Hello.</Say>')
        ),
    ),
    "language": AttributeFate(
        _same(),
        "en, en-gb, es, fr, de, it",
        _words("en", "en-gb", "es", "fr", "de", "it"),
        AttributeFate(
            _refused(
                "any other spelling ends the call, even `en-US`",
                '<Say language="en">Hello.</Say>',
                _action("tts", text="Bom dia.", language="pt-br"),
            )
        ),
    ),
    "loop": _LOOP,
}
_RECORDING = {
    name: _ignored("KAZOO reports no progress of recordings")
    for name in (
        "recordingStatusCallback",
        "recordingStatusCallbackMethod",
        "recordingStatusCallbackEvent",
    )
}
_NO_REPORTS = "use a channel webhook to learn what happens to the other leg"
_STATUS = {
    name: _ignored(_NO_REPORTS)
    for name in ("statusCallback", "statusCallbackMethod", "statusCallbackEvent")
}
_SPEECH_ONLY = {
    name: _ignored("KAZOO collects keys only")
    for name in (
        "hints",
        "language",
        "speechTimeout",
        "maxSpeechTime",
        "profanityFilter",
        "speechModel",
        "enhanced",
        "partialResultCallback",
        "partialResultCallbackMethod",
    )
}
_ACDC = _action("acdc_member", id=ID)

VERBS: Mapping[str, ElementFate] = {
    "Say": ElementFate(
        _differs(
            "speaks plain text, 4000 bytes at most: SSML is dropped, and text beginning with CDATA"
        ),
        SPEECH,
    ),
    "Play": ElementFate(
        _same("an absolute URL, or the ID of media in the account; keys stop it"),
        {
            "loop": _LOOP,
            "digits": _ignored("KAZOO plays no tones", "", _action("send_dtmf", digits="12")),
        },
    ),
    "Pause": ElementFate(
        _differs("answers the call first; lasts an hour at most"),
        {"length": _seconds('<Pause length="1"/>')},
    ),
    "Gather": ElementFate(
        _differs("asks `action` only if a key was pressed; a Redirect inside is lost"),
        {
            "action": _URL_FATE,
            "method": _METHOD,
            "timeout": _seconds(
                '<Gather timeout="5"><Say>Press 1.</Say></Gather>', "`auto` means 5 seconds"
            ),
            "finishOnKey": AttributeFate(
                _same("an empty value means none"),
                "one key, or empty",
                _matches("[0-9*#]?"),
                AttributeFate(
                    _refused(
                        "several keys end the call",
                        '<Gather finishOnKey="#"><Say>Press 1.</Say></Gather>',
                    )
                ),
            ),
            "numDigits": _seconds('<Gather numDigits="1"><Say>Press 1.</Say></Gather>'),
            "input": AttributeFate(
                _same(),
                "dtmf",
                _words("dtmf"),
                AttributeFate(
                    _differs(
                        "KAZOO collects keys only",
                        '<Gather numDigits="1"><Say>Press 1.</Say></Gather>',
                    )
                ),
            ),
            "actionOnEmptyResult": AttributeFate(
                _differs(
                    "ignored: without a key the next verb runs",
                    f"<Gather><Say>Press 1.</Say></Gather><Redirect>{_URL}</Redirect>",
                ),
                "true",
                _words("true"),
                _SAME,
            ),
            "bargeIn": AttributeFate(
                _same(), "true", _words("true"), _ignored("keys always stop the prompts")
            ),
            **_SPEECH_ONLY,
        },
    ),
    "Record": ElementFate(
        _differs(
            "does not answer the call: put a Say in front. The recording is sent by PUT below"
            " `action`, and the key that ended it, or the word `hangup`, stays in `Digits` of all"
            " later requests",
            f'<Say>Please speak.</Say><Record action="{_URL}"/>',
        ),
        {
            "action": _URL_FATE,
            "method": _METHOD,
            "timeout": _seconds('<Record timeout="5"/>'),
            "finishOnKey": _SAME,
            "maxLength": AttributeFate(
                _same(),
                "1 to 3600",
                _numbers(1, 3600),
                AttributeFate(_refused("another number ends the call", '<Record maxLength="9"/>')),
            ),
            "playBeep": AttributeFate(
                _same(),
                "true, false",
                _words("true", "false"),
                AttributeFate(_differs("another word means false")),
            ),
            "recordingUrl": AttributeFate(
                _refused("KAZOO reads it, and ends the call", f'<Record action="{_URL}"/>')
            ),
            "trim": _ignored(),
            "transcribe": _ignored("KAZOO does not transcribe it"),
            "transcribeCallback": _ignored("KAZOO does not transcribe it"),
            **_RECORDING,
        },
    ),
    "Dial": ElementFate(
        _differs(
            "`CallStatus` has the outcome, not `DialCallStatus`. After an answered call KAZOO asks"
            " `action` only when the caller's leg is gone: they hear nothing more",
            "",
            {
                "module": "user",
                "data": {"id": ID, "timeout": 20},
                "children": {"_": _action("voicemail", id=ID)},
            },
        ),
        {
            "action": _URL_FATE,
            "method": _DIAL_METHOD,
            "timeout": _seconds(
                '<Dial timeout="20">+14155550100</Dial>', "30 if omitted, 20 for nouns"
            ),
            "timeLimit": _SAME,
            "callerId": AttributeFate(
                _same(),
                "characters up to U+00FF",
                kept,
                AttributeFate(
                    _refused(
                        "a character above U+00FF ends the call",
                        '<Dial callerId="+14155550199">+14155550100</Dial>',
                    )
                ),
            ),
            "strategy": AttributeFate(
                KAZOOS_OWN,
                "simultaneous, single",
                _words("simultaneous", "single"),
                AttributeFate(
                    _refused(
                        "another word ends the call",
                        f'<Dial strategy="single"><User>{ID}</User></Dial>',
                    )
                ),
            ),
            "record": AttributeFate(
                _same(),
                "true, false",
                _words("true", "false"),
                AttributeFate(
                    _differs(
                        "words such as `record-from-answer` mean false",
                        '<Dial record="true">+14155550100</Dial>',
                        _action("record_call", action="start"),
                    )
                ),
            ),
            "hangupOnStar": _ignored(
                "never works", '<Dial hangupOn="*" record="true">+14155550100</Dial>'
            ),
            "answerOnBridge": _ignored(
                "a text or a Conference answers the call, other nouns do not"
            ),
            "sequential": _ignored(
                "write `strategy`",
                f'<Dial strategy="single"><User>{ID}</User></Dial>',
            ),
            "ringTone": _ignored(),
            "trim": _ignored(),
            "recordingTrack": _ignored(),
            "referUrl": _ignored(),
            "referMethod": _ignored(),
            **_RECORDING,
        },
    ),
    "Redirect": ElementFate(_same("to an absolute URL"), {"method": _METHOD}),
    "Hangup": ElementFate(_same("must be empty: `<Hangup/>`"), {}),
    "Reject": ElementFate(
        _differs("SIP 503 or 486; no announcement except media named by `prompt`"),
        {
            "reason": AttributeFate(
                _same(),
                "rejected, busy",
                _words("rejected", "busy"),
                AttributeFate(_refused("another word ends the call", '<Reject reason="busy"/>')),
            )
        },
    ),
    "Enqueue": ElementFate(_refused("no such verb", "", _ACDC), {}),
    "Leave": ElementFate(_refused("no such verb: callers leave a queue by hanging up"), {}),
    "Connect": ElementFate(_refused("no such verb: only KAZOO 5 streams (`--mode k5`)"), {}),
    "Start": ElementFate(_refused("no such verb: only KAZOO 5 streams (`--mode k5`)"), {}),
    "Stop": ElementFate(_refused("no such verb: only KAZOO 5 streams (`--mode k5`)"), {}),
    "Pay": ElementFate(
        _refused(
            "no such verb",
            f'<Gather numDigits="16" action="{_URL}"><Say>Your card number, please.</Say></Gather>',
        ),
        {},
    ),
    "Prompt": ElementFate(_refused("no such verb", "<Say>Your card number, please.</Say>"), {}),
    "Refer": ElementFate(_refused("no such verb", "<Dial>+14155550100</Dial>"), {}),
    "Sms": ElementFate(
        _refused(
            "no such verb: send it from your server while you answer",
            "",
            _action("webhook", uri="https://server.example/send-sms", http_verb="post"),
        ),
        {},
    ),
    "Message": ElementFate(
        _refused(
            "no such verb: send it from your server while you answer",
            "",
            _action("webhook", uri="https://server.example/send-sms", http_verb="post"),
        ),
        {},
    ),
}

_SIP_DEVICE = f"<Dial><Device>{ID}</Device></Dial>"
_UNREAD = "KAZOO reads no attributes of it"
NOUNS: Mapping[str, ElementFate] = {
    "Number": ElementFate(
        _same("a single Number; a second noun beside it ends the call"),
        {
            "sendDigits": _ignored(
                "nothing is sent after the answer", "", _action("send_dtmf", digits="12")
            ),
            "url": _ignored("the called party hears nothing before the bridge"),
            "method": _ignored(_UNREAD),
            "byoc": _ignored(_UNREAD),
            **_STATUS,
        },
    ),
    "Client": ElementFate(
        _refused("unknown, and skipped: the call ends", f"<Dial><User>{ID}</User></Dial>"), {}
    ),
    "Sip": ElementFate(
        _refused(
            "every SIP address ends the call: ring a device whose settings hold it",
            _SIP_DEVICE,
            _action("device", id=ID),
        ),
        {},
    ),
    "Sim": ElementFate(_refused("unknown, and skipped: the call ends", _SIP_DEVICE), {}),
    "WhatsApp": ElementFate(
        _refused("unknown, and skipped: the call ends", "<Dial>+14155550100</Dial>"), {}
    ),
    "Application": ElementFate(
        _refused("unknown, and skipped: the call ends", f"<Redirect>{_URL}</Redirect>"), {}
    ),
    "Queue": ElementFate(_refused("no one is connected: the call ends", "", _ACDC), {}),
    "Conference": ElementFate(
        _differs("the call ends afterwards: `action` of the Dial is ignored"),
        {
            "muted": _SAME,
            "beep": AttributeFate(
                _same(),
                "true, false",
                _words("true", "false"),
                AttributeFate(_differs("`onEnter` and `onExit` mean false")),
            ),
            "method": _method(
                "read, but not used",
                '<Dial><Conference method="POST">Room</Conference></Dial>',
            ),
            "startConferenceOnEnter": _SAME,
            "endConferenceOnExit": _SAME,
            "maxParticipants": AttributeFate(
                _same("40 if omitted"),
                "3 to 40",
                _numbers(3, 40),
                AttributeFate(
                    _refused(
                        "another number ends the call",
                        '<Dial><Conference maxParticipants="40">Room</Conference></Dial>',
                    )
                ),
            ),
            "voice": AttributeFate(
                KAZOOS_OWN,
                "man, woman, male, female",
                _words("man", "woman", "male", "female"),
                AttributeFate(
                    _refused(
                        "other voices end the call",
                        '<Dial><Conference voice="man">Room</Conference></Dial>',
                    )
                ),
            ),
            "waitUrl": _ignored("as TwiML; KAZOO plays it as media"),
            "waitMethod": _ignored(_UNREAD),
            "record": _ignored("", "", _action("record_call", action="start")),
            "coach": _ignored(),
            "region": _ignored(),
            "participantLabel": _ignored(),
            "jitterBufferSize": _ignored(),
            "trim": _ignored(),
            "eventCallbackUrl": _ignored(_NO_REPORTS),
            **_STATUS,
            **_RECORDING,
        },
    ),
}

OWN_VERBS = ("Set",)
OWN_NOUNS = ("User", "Device")
"""Elements that Twilio does not have."""

ALL_NOUNS = frozenset((*NOUNS, *OWN_NOUNS))

KAZOO_ONLY: Mapping[str, tuple[str, ...]] = {
    "Say": ("engine", "terminators"),
    "Play": ("terminators",),
    "Dial": ("hangupOn", "continueOnFail", "collect_dtmf"),
    "Reject": ("prompt",),
    "Variable": ("key", "value"),
    "Conference": (
        "deaf", "play_name", "play_entry_prompt", "announceCount", "callerControls", "callerIdName",
        "callerIdNumber", "comfortNoise", "energyLevel", "interval", "moderatorControls", "rate",
        "engine",
    ),
}  # fmt: skip

"""Attributes that Twilio does not have."""

UNKNOWN_VERB = _refused("KAZOO has no such verb")
NOUN_AS_VERB = _refused(
    "no verb: KAZOO has it only inside a Dial", f"<Dial><User>{ID}</User></Dial>"
)
CONFERENCE_AS_VERB = _refused(
    "no verb: KAZOO has it only inside a Dial", "<Dial><Conference>Room</Conference></Dial>"
)
UNKNOWN_NOUN = _refused("unknown, and skipped: with no one else to call, the call ends")
SKIPPED = _differs("skipped: KAZOO rings only the users and devices beside it")
IGNORED_NOUN = _differs("ignored: KAZOO dials only the number in front of it")
BESIDE = _refused(
    "ends the call unless it is alone in the Dial, without other nouns or line breaks around it",
    "<Dial><Number>+14155550100</Number></Dial>",
)
NOT_A_SIP_ADDRESS = _refused("no SIP address, and skipped: the call ends")
ZERO = _refused("KAZOO ends the call on the number 0", "<Dial>+14155550100</Dial>")
NO_DIGITS = _differs("has no digits: KAZOO goes on with the next verb")
HANGUP_ON = _refused(
    "ends the call unless `record` is true", '<Dial hangupOn="*" record="true">+14155550100</Dial>'
)
UNREAD_METHOD = _differs("not read: a Dial without `action` sends no request")
UNREAD_STRATEGY = _differs("not read: it is for users and devices")
PROMPT_ENDS = _differs("ends the call, whatever key is pressed: no request follows")
PROMPT_DIALS = _differs("dials while the Gather waits for keys, and the call ends with it")
PROMPT_ONLY = _differs("its result is lost: a Gather is for Say, Play, and Pause")
UNKNOWN_ATTRIBUTE = _differs("ignored: KAZOO does not read it")
RELATIVE_MEDIA = _differs(
    "not resolved as a relative URL: KAZOO takes it for the ID of media in the account",
    "<Play>https://server.example/welcome.mp3</Play>",
)
CUT = _differs(
    "cut after 4000 bytes, and garbled if that is inside a character",
    "<Say>The first half.</Say><Say>The second half.</Say>",
)
CUT_CHARACTER = _refused(
    "cut after 4000 bytes, inside a character that KAZOO cannot garble: the call ends",
    "<Say>The first half.</Say><Say>The second half.</Say>",
)
NO_VARIABLE = _refused(
    "KAZOO crashes without a Variable: dead air", '<Set><Variable key="a" value="b"/></Set>'
)
VARIABLES = _refused(
    "a second Variable ends the call: one Set for each",
    '<Set><Variable key="a" value="b"/></Set><Set><Variable key="c" value="d"/></Set>',
)
VARIABLE_IN_REDIRECT = _refused(
    "a Variable in it ends the call",
    f'<Set><Variable key="a" value="b"/></Set><Redirect>{_URL}</Redirect>',
)
SSML = _differs("SSML is dropped, including the words inside it", "<Say>Hello.</Say><Pause/>")
CDATA = _refused(
    "text that begins with CDATA is dropped, which leaves it empty", "<Say>a &lt; b</Say>"
)
EMPTY_GATHER = _refused(
    "without a prompt it fails at the first key", "<Gather><Say>Press 1.</Say></Gather>"
)
NO_ONE = _refused("has no one to dial: the call ends", "<Dial>+14155550100</Dial>")
NUMBERS = _refused(
    "a Number beside other nouns ends the call: dial one after the other",
    "<Dial>+14155550100</Dial><Dial>+14155550101</Dial>",
    {
        "module": "ring_group",
        "data": {"endpoints": [{"id": ID, "endpoint_type": "user"}]},
    },
)
NOT_EMPTY = _refused("must be empty, without even a space", "<Hangup/>")
NO_ATTRIBUTES = _refused("takes no attributes: with one, the call ends", "<Hangup/>")
EMPTY_TEXT = _refused("without text, the call ends", "<Say>Hello.</Say>")
EMPTY_RESPONSE = _refused("KAZOO crashes on an empty Response: dead air", "<Hangup/>")
LONG_ID = _refused(
    "skipped: IDs have 32 characters, and Twilio's names are not IDs",
    f"<Dial><User>{ID}</User></Dial>",
)
