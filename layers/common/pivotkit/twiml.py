"""KAZOO's subset of TwiML: exactly the verbs, attributes and values that its translator reads.

Follows `core/kazoo_translator/src/converters/kzt_twiml*.erl`. What KAZOO crashes on cannot be
built: an empty Say, a Gather without a prompt, a document that just ends.
"""

import re
from collections.abc import Mapping
from typing import ClassVar, Literal

from pivotkit.errors import AnswerError
from pivotkit.kazoo.rules import Rule, boolean, check_properties, integer, one_of, text
from pivotkit.speech import speakable

MAX_SAY_BYTES = 4000
_HTTP_URL = r"https?://[^\s]+"
_URL = text(1, None, _HTTP_URL)
_METHOD = one_of("GET", "POST")
_LOOP = integer(0)
_KEYS = text(0, None, r"[0-9*#]*")
_UNSAFE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Node:
    """An element: its attributes are checked when it is made, and it never changes afterwards."""

    __slots__ = ("_xml",)
    _xml: str
    rules: ClassVar[Mapping[str, Rule]] = {}

    def __init__(self, content: str, **attributes: object) -> None:
        given = {name: value for name, value in attributes.items() if value is not None}
        check_properties(self._name(), self.rules, given)
        opening = "".join([self._name(), *(_attribute(*pair) for pair in given.items())])
        xml = f"<{opening}>{content}</{self._name()}>" if content else f"<{opening}/>"
        object.__setattr__(self, "_xml", xml)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{self._name()} is immutable")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self._xml == other._xml

    def __hash__(self) -> int:
        return hash(self._xml)

    def __repr__(self) -> str:
        return self._xml

    def __str__(self) -> str:
        return self._xml

    @classmethod
    def _name(cls) -> str:
        return cls.__name__


class Verb(Node):
    """A verb that may stand in a Response. `terminal`: KAZOO never goes on to the next one."""

    __slots__ = ()
    terminal = False


class Say(Verb):
    """Answer and speak *words*, at most 4000 bytes; `loop=0` repeats for ever.

    KAZOO knows six languages and refuses others, `en-US` among them (`kzt_twiml_say.erl`).
    """

    __slots__ = ()
    rules: ClassVar = {
        "voice": one_of("man", "male", "woman", "female"),
        "language": one_of("en", "en-gb", "es", "fr", "de", "it"),
        "loop": _LOOP,
        "terminators": _KEYS,
    }

    def __init__(
        self,
        words: str,
        *,
        voice: Literal["man", "male", "woman", "female"] | None = None,
        language: Literal["en", "en-gb", "es", "fr", "de", "it"] | None = None,
        loop: int | None = None,
        terminators: str | None = None,
    ) -> None:
        spoken = _content("Say", speakable(words))
        if len(spoken.encode("utf-8", "replace")) > MAX_SAY_BYTES:
            raise AnswerError("Say", "words", words, f"must have at most {MAX_SAY_BYTES} bytes")
        super().__init__(
            _escape(spoken), voice=voice, language=language, loop=loop, terminators=terminators
        )


class Play(Verb):
    """Answer and play a media id of the account or a URL; `loop=0` repeats for ever."""

    __slots__ = ()
    rules: ClassVar = {"loop": _LOOP, "terminators": _KEYS}

    def __init__(
        self, media: str, *, loop: int | None = None, terminators: str | None = None
    ) -> None:
        super().__init__(_escape(_content("Play", media)), loop=loop, terminators=terminators)


class Pause(Verb):
    """Answer and wait for *length* seconds, 1 (default) to 3600."""

    __slots__ = ()
    rules: ClassVar = {"length": integer(1, 3600)}

    def __init__(self, length: int | None = None) -> None:
        super().__init__("", length=length)


class Gather(Verb):
    """Collect keys while *prompts* play, then request *action* with `Digits`.

    Ended by *finish_on_key* (one key, default `#`; '' for none), by *num_digits*, or after
    *timeout* seconds (default 5) of silence behind the first key. With **no** key pressed KAZOO
    goes on to the next verb. Unlike Twilio's, the default method is always POST.
    """

    __slots__ = ()
    rules: ClassVar = {
        "action": _URL,
        "method": _METHOD,
        "timeout": integer(1, 3600),
        "finishOnKey": text(0, 1, r"[0-9*#]?"),
        "numDigits": integer(1),
    }

    def __init__(
        self,
        *prompts: Say | Play | Pause,
        action: str,
        method: Literal["GET", "POST"] | None = None,
        timeout: int | None = None,
        finish_on_key: str | None = None,
        num_digits: int | None = None,
    ) -> None:
        if not prompts:
            raise AnswerError("Gather", "prompts", (), "KAZOO fails on a Gather without a prompt")
        for prompt in prompts:
            if not isinstance(prompt, Say | Play | Pause):
                raise AnswerError("Gather", "prompts", prompt, "must be Say, Play or Pause")
        super().__init__(
            "".join(map(str, prompts)),
            action=action,
            method=method,
            timeout=timeout,
            finishOnKey=finish_on_key,
            numDigits=num_digits,
        )


class Noun(Node):
    """Whom a Dial rings."""

    __slots__ = ()

    def __init__(self, content: str) -> None:
        super().__init__(_escape(_content(self._name(), content)))


class User(Noun):
    """All devices of a user, by user id."""

    __slots__ = ()


class Device(Noun):
    """A device, by device id."""

    __slots__ = ()


class Number(Noun):
    """A number, dialled through the account's carriers."""

    __slots__ = ()

    def __init__(self, number: str) -> None:
        if not re.fullmatch(r"\+?[0-9]{2,20}", _content("Number", number)):
            raise AnswerError("Number", "number", number, "must be digits, with or without a +")
        super().__init__(number)


class Dial(Verb):
    """Ring users, devices and numbers together, or one number through the carriers.

    Afterwards KAZOO requests *action*, if there is one, with `CallStatus`; without one it goes on
    to the next verb. Unlike Twilio it has hung up the caller's leg by then: after every answered
    call and, when users or devices were rung, after one that nobody took, too. Only behind a
    number that failed can the caller still hear something (`kzt_receiver.erl`); to go on when a
    user does not answer, return `kazoo.user(...) >> ...` instead. *timeout* (default 20 s, 30 s
    for a number) and *time_limit* (default 14400) are seconds.
    """

    __slots__ = ("terminal",)
    rules: ClassVar = {
        "action": _URL,
        "method": _METHOD,
        "callerId": text(1),
        "record": boolean(),
        "timeout": integer(1),
        "timeLimit": integer(1),
        "strategy": one_of("simultaneous", "single"),
    }

    def __init__(
        self,
        *targets: User | Device | Number,
        action: str | None = None,
        method: Literal["GET", "POST"] | None = None,
        caller_id: str | None = None,
        record: bool | None = None,
        timeout: int | None = None,
        time_limit: int | None = None,
        strategy: Literal["simultaneous", "single"] | None = None,
    ) -> None:
        if not targets:
            raise AnswerError("Dial", "targets", (), "KAZOO fails on a Dial without a target")
        for target in targets:
            if not isinstance(target, User | Device | Number):
                raise AnswerError("Dial", "targets", target, "must be User, Device or Number")
        super().__init__(
            "".join(map(str, targets)),
            action=action,
            method=method,
            callerId=caller_id,
            record=record,
            timeout=timeout,
            timeLimit=time_limit,
            strategy=strategy,
        )
        object.__setattr__(self, "terminal", action is not None)


class Redirect(Verb):
    """Request *url*, absolute, and go on with its answer. The default method is POST."""

    __slots__ = ()
    terminal = True
    rules: ClassVar = {"method": _METHOD}

    def __init__(self, url: str, *, method: Literal["GET", "POST"] | None = None) -> None:
        if not re.fullmatch(_HTTP_URL, str(url)):
            raise AnswerError("Redirect", "url", url, "must be an absolute http or https URL")
        super().__init__(_escape(url), method=method)


class Hangup(Verb):
    """Answer, if need be, and hang up."""

    __slots__ = ()
    terminal = True

    def __init__(self) -> None:
        super().__init__("")


class Reject(Verb):
    """End the call without answering: `rejected` (SIP 503, default) or `busy` (486)."""

    __slots__ = ()
    terminal = True
    rules: ClassVar = {"reason": one_of("rejected", "busy"), "prompt": text(1)}

    def __init__(
        self, *, reason: Literal["rejected", "busy"] | None = None, prompt: str | None = None
    ) -> None:
        super().__init__("", reason=reason, prompt=prompt)


class Set(Verb):
    """Remember *value* under *key* inside KAZOO: it comes back in `call.variables`.

    One variable a verb: KAZOO refuses two and crashes on none.
    """

    __slots__ = ()
    rules: ClassVar = {"key": text(1, 128, r"[A-Za-z0-9_.-]+"), "value": text()}

    def __init__(self, key: str, value: str) -> None:
        check_properties("Set", self.rules, {"key": key, "value": value})
        variable = f"<Variable{_attribute('key', key)}{_attribute('value', value)}/>"
        super().__init__(variable)


class Response:
    """A TwiML document. Its last verb has to be one after which KAZOO does not go on."""

    __slots__ = ("verbs",)
    verbs: tuple[Verb, ...]

    def __init__(self, *verbs: Verb) -> None:
        for verb in verbs:
            if not isinstance(verb, Verb):
                raise AnswerError("Response", "verbs", verb, "must be a verb")
        if not verbs or not verbs[-1].terminal:
            last = verbs[-1] if verbs else None
            rule = "must end in Hangup, Reject, Redirect or a Dial with an action"
            raise AnswerError("Response", "verbs", last, rule)
        object.__setattr__(self, "verbs", verbs)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Response is immutable")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Response) and self.verbs == other.verbs

    def __hash__(self) -> int:
        return hash(self.verbs)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "".join(["<Response>", *map(str, self.verbs), "</Response>"])


def _content(where: str, words: object) -> str:
    if not isinstance(words, str) or not _UNSAFE.sub("", words).strip():
        raise AnswerError(where, "content", words, "must be text that is not blank")
    return words


def _attribute(name: str, value: object) -> str:
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    return f' {name}="{_escape(plain)}"'


def _escape(words: str) -> str:
    """*words* without what XML cannot hold, and with its markup escaped."""
    if words.isascii() and words.isalnum():
        return words
    safe = _UNSAFE.sub("", words).replace("&", "&amp;").replace("<", "&lt;")
    return safe.replace(">", "&gt;").replace('"', "&quot;")
