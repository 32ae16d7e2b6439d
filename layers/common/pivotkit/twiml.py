"""KAZOO's TwiML: every verb, noun, attribute, and value that its translator supports.

Follows `core/kazoo_translator/src/converters/kzt_twiml*.erl`. Documents that would crash KAZOO
cannot be built: an empty Say, a Gather without a prompt, a Number among other nouns, or a document
without a final verb. Neither can values that KAZOO would lose, such as an attribute with a
character above U+00FF (`kz_term.erl`). A verb's docstring names the differences from Twilio. There
is no noun Sip, because KAZOO fails on every SIP address; ring a Device with that address instead.
"""

import re
from collections.abc import Callable, Mapping
from typing import ClassVar, Literal, overload

from pivotkit.core.errors import AnswerError
from pivotkit.core.speech import speakable

MAX_SAY_BYTES = 4000
MAX_SECONDS = 3600
_MAX_BYTES_PER_CHARACTER = 4
_LAST_BYTE = "\xff"
_OUTER = " \n"
"""Characters that KAZOO strips from both ends of a text (`kz_xml:texts_to_binary/1`)."""

_NO_CALLER_ID = frozenset({"0", "NULL", "undefined"})
"""Texts that KAZOO takes for an empty value (`kz_term:is_empty/1`)."""

_UNSAFE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

type Method = Literal["GET", "POST"]
type Voice = Literal["man", "male", "woman", "female"]
type Language = Literal["en", "en-gb", "es", "fr", "de", "it"]
type _Rule = Callable[[str, str, object], str]
"""Takes the element's name and the attribute's name and value; returns XML, or raises."""


def _one_of(*allowed: str) -> _Rule:
    rule = f"must be one of {', '.join(allowed)}"

    def check(where: str, name: str, value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        raise AnswerError(where, name, value, rule)

    return check


def _integer(minimum: int, maximum: int | None = None) -> _Rule:
    rule = f"at least {minimum}" if maximum is None else f"{minimum} to {maximum}"

    def check(where: str, name: str, value: object) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            raise AnswerError(where, name, value, "must be an integer")
        if value < minimum or (maximum is not None and value > maximum):
            raise AnswerError(where, name, value, f"must be {rule}")
        return str(value)

    return check


def _pattern(pattern: str, rule: str, write: Callable[[str], str] | None = None) -> _Rule:
    """A rule for text that matches *pattern*, compiled on first use to keep cold starts short.

    *write* converts the text to XML, by default by escaping all markup.
    """
    matches: Callable[[str], object] | None = None

    def check(where: str, name: str, value: object) -> str:
        nonlocal matches
        matches = matches or re.compile(pattern).fullmatch
        if isinstance(value, str) and matches(value):
            return (write or _escape)(value)
        raise AnswerError(where, name, value, rule)

    return check


def _boolean(where: str, name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    raise AnswerError(where, name, value, "must be True or False")


def _text(where: str, name: str, value: object) -> str:
    """*value*, if it is text that XML can represent. Raises `AnswerError`."""
    if not isinstance(value, str):
        raise AnswerError(where, name, value, "must be text")
    if not value.isprintable() and (found := _UNSAFE.search(value)):
        rule = f"must not contain {found[0]!r}, which XML cannot represent: remove it"
        raise AnswerError(where, name, value, rule)
    return value


def _kept(where: str, name: str, value: object) -> str:
    """The text of an attribute, escaped. Raises `AnswerError` if KAZOO would lose it."""
    text = _text(where, name, value)
    if not text.isascii() and (last := max(text)) > _LAST_BYTE:
        rule = f"must not contain {last!r}: KAZOO loses a text with a character above U+00FF"
        raise AnswerError(where, name, value, f"{rule}; percent-encode or transliterate it")
    return _escape(text)


def _words(where: str, name: str, value: object) -> str:
    return _kept(where, name, _visible(where, name, _text(where, name, value)))


def _content(where: str, name: str, value: object) -> str:
    """The text of an element, without the outer spaces that KAZOO would strip, escaped."""
    text = _visible(where, name, _text(where, name, value)).strip(_OUTER)
    if "\r" in text:
        rule = "must not contain a carriage return, which KAZOO reads as a line break: remove it"
        raise AnswerError(where, name, value, rule)
    return _escape(text)


def _visible(where: str, name: str, text: str) -> str:
    if not text or text.isspace():
        raise AnswerError(where, name, text, "must be text that is not blank")
    return text


def _caller_id(where: str, name: str, value: object) -> str:
    if value in _NO_CALLER_ID:
        raise AnswerError(where, name, value, "must be a number: KAZOO takes this for none")
    return _words(where, name, value)


def _number(where: str, name: str, value: object) -> str:
    if value == "0":
        raise AnswerError(where, name, value, "must be another number: KAZOO hangs up on 0")
    return _DIGITS(where, name, value)


_METHOD = _one_of("GET", "POST")
_VOICE = _one_of("man", "male", "woman", "female")
_LANGUAGE = _one_of("en", "en-gb", "es", "fr", "de", "it")
_LOOP = _integer(0)
_SECONDS = _integer(1, MAX_SECONDS)
_COUNT = _integer(1)
_FINISH_KEY = _pattern(r"[0-9*#]?", "must be one key of 0-9, * and #, or ''")
_KEYS = _pattern(r"[0-9*#]*", "must be keys of 0-9, * and #")
_AFTER_HOST = r"(?:[!$&-;=?-Z_a-z~]++|%[0-9A-Fa-f]{2})*+"
_URL = _pattern(
    r"https?://(?:(?:[!$&-.0-;=A-Z_a-z~]++|%[0-9A-Fa-f]{2})*+@)?"
    r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._~-]+)(?::[0-9]{1,5})?"
    rf"(?:[/?]{_AFTER_HOST})?(?:#{_AFTER_HOST})?",
    "must be an absolute http or https URL, with non-ASCII characters percent-encoded",
    lambda url: url.replace("&", "&amp;"),  # the pattern allows no other markup
)
_ID = _pattern(r"[0-9A-Za-z]{32}", "must be an id of 32 letters and digits")
_DIGITS = _pattern(r"\+?[0-9]{1,32}", "must be digits, with or without a +")


class TwimlElement:
    """An immutable element, whose attributes are checked when it is created.

    `xml` is the element as text.
    """

    __slots__ = ("xml",)
    xml: str
    rules: ClassVar[Mapping[str, _Rule]] = {}

    def __init__(self, content: str, attributes: Mapping[str, object]) -> None:
        name = self.__class__.__name__
        xml = f"<{name}"
        for attribute, value in attributes.items():
            if value is not None:
                xml += f' {attribute}="{self.rules[attribute](name, attribute, value)}"'
        _set_xml(self, f"{xml}>{content}</{name}>" if content else f"{xml}/>")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TwimlElement) and self.xml == other.xml

    def __hash__(self) -> int:
        return hash(self.xml)

    def __repr__(self) -> str:
        return self.xml

    def __str__(self) -> str:
        return self.xml


# The slot's own setter: the fastest way past __setattr__, which makes elements immutable.
_set_xml = TwimlElement.__dict__["xml"].__set__


class Verb(TwimlElement):
    """A verb of a Response. After a `terminal` one, KAZOO never continues with the next verb."""

    __slots__ = ()
    terminal = False


class Say(Verb):
    """Answer and speak *words*, at most 4000 bytes; `loop=0` repeats forever.

    Keys in *terminators* ('' for none; default: any) stop the speech, and all keys pressed
    meanwhile count as digits of a following Gather. Unlike Twilio, KAZOO supports only four voices
    and six languages, rejects others such as `alice` and `en-US`, and drops CDATA and SSML
    (`kzt_twiml_say.erl`).
    """

    __slots__ = ()

    def __init__(
        self,
        words: str,
        *,
        voice: Voice | None = None,
        language: Language | None = None,
        engine: str | None = None,
        loop: int | None = None,
        terminators: str | None = None,
    ) -> None:
        speech = speakable(words).strip(_OUTER)
        if not speech or speech.isspace():
            raise AnswerError("Say", "content", words, "must be text that is not blank")
        if len(speech) * _MAX_BYTES_PER_CHARACTER > MAX_SAY_BYTES:
            _check_size(speech)
        xml = "<Say"
        if voice is not None:
            xml += f' voice="{_VOICE("Say", "voice", voice)}"'
        if language is not None:
            xml += f' language="{_LANGUAGE("Say", "language", language)}"'
        if engine is not None:
            xml += f' engine="{_words("Say", "engine", engine)}"'
        if loop is not None:
            xml += f' loop="{_LOOP("Say", "loop", loop)}"'
        if terminators is not None:
            xml += f' terminators="{_KEYS("Say", "terminators", terminators)}"'
        _set_xml(self, f"{xml}>{_markup(speech)}</Say>")


class Play(Verb):
    """Answer and play a media file of the account, by ID, or a URL; `loop=0` repeats forever.

    *terminators* work as in Say. Unlike Twilio, KAZOO has no `digits` and plays no tones.
    """

    __slots__ = ()

    def __init__(
        self, media: str, *, loop: int | None = None, terminators: str | None = None
    ) -> None:
        xml = "<Play"
        if loop is not None:
            xml += f' loop="{_LOOP("Play", "loop", loop)}"'
        if terminators is not None:
            xml += f' terminators="{_KEYS("Play", "terminators", terminators)}"'
        _set_xml(self, f"{xml}>{_content('Play', 'content', media)}</Play>")


class Pause(Verb):
    """Answer and wait for *length* seconds, 1 (default) to 3600.

    Unlike Twilio, KAZOO answers the call even if Pause is the first verb.
    """

    __slots__ = ()
    rules: ClassVar = {"length": _SECONDS}

    def __init__(self, length: int | None = None) -> None:
        super().__init__("", {"length": length})


_PROMPTS = (Say, Play, Pause)


class Gather(Verb):
    """Collect keys while *prompts* play, then request *action* with `Digits`.

    Collection ends with *finish_on_key* (one key, default `#`; '' for none), after *num_digits*
    keys, or after *timeout* seconds (default 5) without a key since the prompts or the last key. If
    **no** key is pressed, KAZOO continues with the next verb. Without *action*, it requests the
    same URL again. Unlike Twilio, KAZOO does not recognize speech, supports only one finish key,
    and uses POST whatever the method of the first request.
    """

    __slots__ = ()

    def __init__(
        self,
        *prompts: Say | Play | Pause,
        action: str | None = None,
        method: Method | None = None,
        timeout: int | None = None,
        finish_on_key: str | None = None,
        num_digits: int | None = None,
    ) -> None:
        if not prompts:
            raise AnswerError("Gather", "prompts", (), "KAZOO fails on a Gather without a prompt")
        xml = "<Gather"
        if action is not None:
            xml += f' action="{_URL("Gather", "action", action)}"'
        if method is not None:
            xml += f' method="{_METHOD("Gather", "method", method)}"'
        if timeout is not None:
            xml += f' timeout="{_SECONDS("Gather", "timeout", timeout)}"'
        if finish_on_key is not None:
            xml += f' finishOnKey="{_FINISH_KEY("Gather", "finishOnKey", finish_on_key)}"'
        if num_digits is not None:
            xml += f' numDigits="{_COUNT("Gather", "numDigits", num_digits)}"'
        xml += ">"
        for prompt in prompts:
            if not isinstance(prompt, _PROMPTS):
                raise AnswerError("Gather", "prompts", prompt, "must be Say, Play, or Pause")
            xml += prompt.xml
        _set_xml(self, f"{xml}</Gather>")


class Record(Verb):
    """Record the caller after a beep, upload the recording below *action*, and request *action*.

    Recording ends with a key in *finish_on_key* (default: any key), after *max_length* seconds (1
    to 3600), or after *timeout* seconds (default 5) of silence. If only silence was recorded,
    KAZOO continues with the next verb. The request has `RecordingDuration`, `RecordingUrl`, and
    the key in `Digits`, or there the word `hangup` if no key was pressed, which does not mean that
    the caller hung up. Unlike Twilio, KAZOO neither answers the call (put a Say first) nor
    transcribes; it uploads the file by PUT to `<action>/call_recording_<call ID>.mp3`, and sends
    the same `Digits` with **all** later requests. Without *action*, upload and request go to the
    current URL.
    """

    __slots__ = ()
    rules: ClassVar = {
        "action": _URL,
        "method": _METHOD,
        "timeout": _SECONDS,
        "finishOnKey": _KEYS,
        "maxLength": _SECONDS,
        "playBeep": _boolean,
    }

    def __init__(
        self,
        *,
        action: str | None = None,
        method: Method | None = None,
        timeout: int | None = None,
        finish_on_key: str | None = None,
        max_length: int | None = None,
        play_beep: bool | None = None,
    ) -> None:
        attributes = {
            "action": action,
            "method": method,
            "timeout": timeout,
            "finishOnKey": finish_on_key,
            "maxLength": max_length,
            "playBeep": play_beep,
        }
        super().__init__("", attributes)


class User(TwimlElement):
    """All devices of a user, by the user's ID (32 characters)."""

    __slots__ = ()

    def __init__(self, user_id: str) -> None:
        super().__init__(_ID("User", "user_id", user_id), {})


class Device(TwimlElement):
    """A device, by its ID (32 characters)."""

    __slots__ = ()

    def __init__(self, device_id: str) -> None:
        super().__init__(_ID("Device", "device_id", device_id), {})


class Number(TwimlElement):
    """A number, dialed through the account's carriers.

    Unlike Twilio, KAZOO ignores all attributes: there is no `sendDigits` and no `url`.
    """

    __slots__ = ()

    def __init__(self, number: str) -> None:
        super().__init__(_number("Number", "number", number), {})


class Conference(TwimlElement):
    """A conference room with any name; callers who dial the same name meet there.

    Spaces around the name do not count; of the other texts no character may be above U+00FF.
    *max_participants* is 3 to 40 (default 40); *wait_url* is media to play, not TwiML. Unlike
    Twilio, KAZOO always hangs up afterwards, even if the Dial has an action.
    """

    __slots__ = ()
    rules: ClassVar = {
        "startConferenceOnEnter": _boolean,
        "endConferenceOnExit": _boolean,
        "muted": _boolean,
        "deaf": _boolean,
        "play_name": _boolean,
        "play_entry_prompt": _boolean,
        "beep": _boolean,
        "maxParticipants": _integer(3, 40),
        "waitUrl": _words,
        "announceCount": _integer(0),
        "callerControls": _words,
        "callerIdName": _words,
        "callerIdNumber": _words,
        "comfortNoise": _integer(0),
        "energyLevel": _integer(0),
        "interval": _integer(1),
        "moderatorControls": _words,
        "rate": _integer(1),
        "engine": _words,
        "voice": _VOICE,
    }

    def __init__(
        self,
        name: str,
        *,
        start_conference_on_enter: bool | None = None,
        end_conference_on_exit: bool | None = None,
        muted: bool | None = None,
        deaf: bool | None = None,
        play_name: bool | None = None,
        play_entry_prompt: bool | None = None,
        beep: bool | None = None,
        max_participants: int | None = None,
        wait_url: str | None = None,
        announce_count: int | None = None,
        caller_controls: str | None = None,
        caller_id_name: str | None = None,
        caller_id_number: str | None = None,
        comfort_noise: int | None = None,
        energy_level: int | None = None,
        interval: int | None = None,
        moderator_controls: str | None = None,
        rate: int | None = None,
        engine: str | None = None,
        voice: Voice | None = None,
    ) -> None:
        attributes = {
            "startConferenceOnEnter": start_conference_on_enter,
            "endConferenceOnExit": end_conference_on_exit,
            "muted": muted,
            "deaf": deaf,
            "play_name": play_name,
            "play_entry_prompt": play_entry_prompt,
            "beep": beep,
            "maxParticipants": max_participants,
            "waitUrl": wait_url,
            "announceCount": announce_count,
            "callerControls": caller_controls,
            "callerIdName": caller_id_name,
            "callerIdNumber": caller_id_number,
            "comfortNoise": comfort_noise,
            "energyLevel": energy_level,
            "interval": interval,
            "moderatorControls": moderator_controls,
            "rate": rate,
            "engine": engine,
            "voice": voice,
        }
        super().__init__(_content("Conference", "name", name), attributes)


type Dialable = str | User | Device | Number | Conference
_TARGETS = (str, User, Device, Number, Conference)


class Dial(Verb):
    """Dial one number (text or Number), ring users and devices together, or join a Conference.

    For text KAZOO answers the caller before it dials; for nouns it does not. It fails on a Number
    next to other nouns, on the number 0, and on any number if the call came from a device or
    gateway that it does not know. Afterwards it requests *action*, if given, with `CallStatus`
    (which is reliable, unlike `DialCallStatus`); otherwise it continues with the next verb. Unlike
    Twilio, it has already hung up the caller's leg by then: after every answered call and, if it
    rang users or devices, even after an unanswered one. The caller can still hear something only
    after a number that failed (`kzt_receiver.erl`). To continue when a user does not answer, return
    `kazoo.user(...) >> ...` instead.

    *timeout* (default 20, for a number 30) and *time_limit* (default 14400) are in seconds.
    *hangup_on* is a key that ends the call; it requires `record=True`. *strategy* `single` rings
    one target after another. With *continue_on_fail* False, KAZOO may find a number internally.
    *collect_dtmf* sends keys pressed during the call with the next request.
    """

    __slots__ = ("terminal",)
    rules: ClassVar = {
        "action": _URL,
        "method": _METHOD,
        "callerId": _caller_id,
        "record": _boolean,
        "timeout": _SECONDS,
        "timeLimit": _integer(1),
        "strategy": _one_of("simultaneous", "single"),
        "hangupOn": _pattern(r"[0-9*#]", "must be one key of 0-9, * and #"),
        "continueOnFail": _boolean,
        "collect_dtmf": _boolean,
    }

    def __init__(
        self,
        *targets: Dialable,
        action: str | None = None,
        method: Method | None = None,
        caller_id: str | None = None,
        record: bool | None = None,
        timeout: int | None = None,
        time_limit: int | None = None,
        strategy: Literal["simultaneous", "single"] | None = None,
        hangup_on: str | None = None,
        continue_on_fail: bool | None = None,
        collect_dtmf: bool | None = None,
    ) -> None:
        content = _dialled(targets)
        conference = isinstance(targets[0], Conference)
        if conference and (action is not None or method is not None):
            raise AnswerError("Dial", "action", action, "KAZOO ignores it with a Conference")
        if hangup_on is not None and record is not True:
            raise AnswerError("Dial", "hangupOn", hangup_on, "KAZOO fails unless record is True")
        attributes = {
            "action": action,
            "method": method,
            "callerId": caller_id,
            "record": record,
            "timeout": timeout,
            "timeLimit": time_limit,
            "strategy": strategy,
            "hangupOn": hangup_on,
            "continueOnFail": continue_on_fail,
            "collect_dtmf": collect_dtmf,
        }
        super().__init__(content, attributes)
        # Past `TwimlElement.__setattr__`, which makes elements immutable.
        object.__setattr__(self, "terminal", conference or action is not None)


def _dialled(targets: tuple[object, ...]) -> str:
    if not targets:
        raise AnswerError("Dial", "targets", (), "KAZOO fails on a Dial without a target")
    for target in targets:
        if not isinstance(target, _TARGETS):
            rule = "must be a number, User, Device, Number, or Conference"
            raise AnswerError("Dial", "targets", target, rule)
        if len(targets) > 1 and not isinstance(target, (User, Device)):
            rule = "must be the only target: KAZOO rings only users and devices together"
            raise AnswerError("Dial", "targets", target, rule)
    first = targets[0]
    return (
        _number("Dial", "number", first) if isinstance(first, str) else "".join(map(str, targets))
    )


class Redirect(Verb):
    """Request *url*, an absolute URL, and continue with its answer.

    Unlike Twilio, KAZOO does not resolve relative URLs by RFC 3986: it appends `/menu` to the
    path. The default method is POST.
    """

    __slots__ = ()
    terminal = True

    def __init__(self, url: str, *, method: Method | None = None) -> None:
        how = "" if method is None else f' method="{_METHOD("Redirect", "method", method)}"'
        _set_xml(self, f"<Redirect{how}>{_URL('Redirect', 'url', url)}</Redirect>")


class Hangup(Verb):
    """Answer, if necessary, and hang up. The call is therefore charged, unlike with Reject."""

    __slots__ = ()
    terminal = True

    def __init__(self) -> None:
        _set_xml(self, "<Hangup/>")


class Reject(Verb):
    """End the call without answering: `rejected` (SIP 503, default) or `busy` (486).

    *prompt* is media that KAZOO plays first; Twilio has no such attribute.
    """

    __slots__ = ()
    terminal = True
    rules: ClassVar = {"reason": _one_of("rejected", "busy"), "prompt": _words}

    def __init__(
        self, *, reason: Literal["rejected", "busy"] | None = None, prompt: str | None = None
    ) -> None:
        super().__init__("", {"reason": reason, "prompt": prompt})


_VARIABLE_KEY = _pattern(
    r"[A-Za-z0-9_.-]{1,128}", "must be 1 to 128 letters, digits, or any of _ . -"
)
KAZOOS_NAMES = frozenset({
    "Account-ID", "Api-Version", "Call-ID", "Call-Status", "Caller-ID-Name", "Caller-ID-Number",
    "Custom-Application-Vars", "Custom-SIP-Headers", "Direction", "From", "From-Realm", "Language",
    "Recording-Duration", "Recording-ID", "Recording-Url", "Request", "Request-Realm", "To",
    "To-Realm", "Transcription-ID", "Transcription-Status", "Transcription-Text",
    "Transcription-Url", "User-ID",
    "AccountSid", "ApiVersion", "CallSid", "CallStatus", "CallerName", "CallerNumber",
    "DialCallDuration", "DialCallSid", "DialCallStatus", "Digits", "FromRealm", "QueueSid",
    "RecordingDuration", "RecordingSid", "RecordingUrl", "ToRealm", "TranscriptionSid",
    "TranscriptionStatus", "TranscriptionText", "TranscriptionUrl",
})  # fmt: skip
"""Names of KAZOO's own parameters, in both formats."""


class Variable(TwimlElement):
    """A variable of a Set: a *key* of letters, digits, `_`, `.`, and `-`, and a *value*.

    The key must not be the name of one of KAZOO's own parameters, which KAZOO would send instead.
    The value must not contain characters above U+00FF: KAZOO would lose it. To keep such a text,
    use `call.vars`.
    """

    __slots__ = ()

    def __init__(self, key: str, value: str) -> None:
        name = _VARIABLE_KEY("Set", "key", key)
        if key in KAZOOS_NAMES:
            rule = "must be another name: KAZOO sends a parameter of its own under this one"
            raise AnswerError("Set", "key", key, rule)
        text = _kept("Set", "value", value)
        _set_xml(self, f'<Variable key="{name}" value="{text}"/>')


class Set(Verb):
    """Store a variable inside KAZOO, which sends it back in `call.variables`.

    `Set("color", "red")` and `Set(Variable("color", "red"))` are the same. Each verb sets exactly
    one variable: KAZOO rejects two and crashes on none. Twilio has no such verb.
    """

    __slots__ = ()

    @overload
    def __init__(self, variable: str, value: str) -> None: ...

    @overload
    def __init__(self, variable: Variable) -> None: ...

    def __init__(self, variable: str | Variable, value: str | None = None) -> None:
        made = variable if isinstance(variable, Variable) else Variable(variable, value or "")
        if made is variable and value is not None:
            raise AnswerError("Set", "value", value, "must be omitted: a Variable has its own")
        if value is None and made is not variable:
            raise AnswerError("Set", "value", None, "must be text")
        _set_xml(self, f"<Set>{made.xml}</Set>")


class Response:
    """A TwiML document. Its last verb must be a terminal one, such as Hangup.

    Unlike Twilio, KAZOO would leave the caller of an empty document in silence.
    """

    __slots__ = ("verbs",)
    verbs: tuple[Verb, ...]

    def __init__(self, *verbs: Verb) -> None:
        for verb in verbs:
            if not isinstance(verb, Verb):
                raise AnswerError("Response", "verbs", verb, "must be a verb")
        if not verbs or not verbs[-1].terminal:
            last = verbs[-1] if verbs else None
            rule = (
                "must end in Hangup, Reject, Redirect, or a Dial with an action or of a Conference"
            )
            raise AnswerError("Response", "verbs", last, rule)
        _set_verbs(self, verbs)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Response is immutable")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Response) and self.verbs == other.verbs

    def __hash__(self) -> int:
        return hash(self.verbs)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"<Response>{''.join([verb.xml for verb in self.verbs])}</Response>"


_set_verbs = Response.__dict__["verbs"].__set__


def _check_size(words: str) -> None:
    if len(words.encode("utf-8", "replace")) > MAX_SAY_BYTES:
        rule = f"must have at most {MAX_SAY_BYTES} bytes: split it into several Say"
        raise AnswerError("Say", "words", words, rule)


def _escape(words: str) -> str:
    """*words*, which XML can represent, with markup and line breaks escaped."""
    if words.isprintable():
        return _markup(words)
    return _markup(words).replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")


def _markup(words: str) -> str:
    """*words* with markup escaped."""
    if "&" in words:
        words = words.replace("&", "&amp;")
    if "<" in words:
        words = words.replace("<", "&lt;")
    if ">" in words:
        words = words.replace(">", "&gt;")
    if '"' in words:
        words = words.replace('"', "&quot;")
    return words
