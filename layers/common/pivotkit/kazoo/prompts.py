"""Prompts and digits: what the caller hears and presses."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pivotkit.core.speech import speakable
from pivotkit.kazoo.action import Action, build


def tts(
    text: str,
    *,
    voice: str | None = None,
    language: str | None = None,
    engine: Literal["flite", "google", "ispeech", "voicefabric"] | None = None,
    terminators: Sequence[str] | None = None,
    endless_playback: bool | None = None,
) -> Action:
    """Answer and speak *text*, 1 to 1000 characters (`cf_tts.erl`).

    *voice* is `female` unless set. A key among *terminators* (all, unless given) stops it and
    counts for the next collection.
    Control characters and `${` are taken out, because the media server might expand them.
    """
    return build("tts", {**locals(), "text": speakable(text), "terminators": _listed(terminators)})


def audio_macro(
    macros: Sequence[Mapping[str, object]],
    *,
    language: str | None = None,
    terminators: Sequence[str] | None = None,
) -> Action:
    """Play a list of entries one after another (`cf_audio_macro.erl`).

    An entry has a `macro`, one of `play`, `prompt`, `say`, `tts`, `tone`, and that one's data,
    e.g. `{"macro": "tts", "text": "Hello"}`. KAZOO's validator checks the data of the entry's own
    kind. *language* and *terminators* (all keys, unless given) are for the entries that have none.
    In `say`, `method` only counts with `type`, the language with both, and `gender` with all.
    Durations of a `tone` are milliseconds, its `volume` is 0 to 100.
    """
    return build("audio_macro", {**locals(), "terminators": _listed(terminators)})


def collect_dtmf(
    max_digits: int | None = None,
    *,
    collection_name: str | None = None,
    timeout: int | None = None,
    interdigit_timeout: int | None = None,
    terminator: str | None = None,
    terminators: Sequence[str] | None = None,
) -> Action:
    """Answer and collect up to *max_digits* keys (default 1) until `#` (`cf_collect_dtmf.erl`).

    *timeout* (default 5000) and *interdigit_timeout* (default 2000) are milliseconds. The next
    Pivot request has the keys under `Digits[collection_name]`, or `Digits[default]`; nothing
    pressed, no such field.
    Keys pressed during the prompt before it count as the first ones. *terminator* beats
    *terminators*, and KAZOO fills it in: *terminators* has no effect.
    """
    return build("collect_dtmf", {**locals(), "terminators": _listed(terminators)})


def directory(
    id: str,  # noqa: A002
) -> Action:
    """Let the caller find a user of the directory *id* by name (`cf_directory.erl`).

    `>>` leads on when nobody was found or the caller left.
    """
    return build("directory", locals())


def disa(
    pin: str | None = None,
    *,
    enforce_call_restriction: bool | None = None,
    interdigit: int | None = None,
    max_digits: int | None = None,
    preconnect_audio: Literal["dialtone", "ringing"] | None = None,
    retries: int | None = None,
    ring_repeat_count: int | None = None,
    use_account_caller_id: bool | None = None,
) -> Action:
    """Answer, ask for *pin*, if any, and a number, and run its callflow (`cf_disa.erl`).

    The caller hears a `dialtone`, or *preconnect_audio* `ringing` *ring_repeat_count* times
    (default 1), and enters at most *max_digits* digits (default 15) with at most *interdigit*
    milliseconds (default 2000) between two. Each has *retries* tries, default 3. The call goes out
    with the account's caller ID unless *use_account_caller_id*, default True, is off, and without
    a look at the account's restrictions unless *enforce_call_restriction*, default False, is on.
    `>>` leads on when no number was found, and after the number's callflow if the caller is still
    there; a wrong pin ends the call.
    """
    return build("disa", locals())


def flush_dtmf(
    collection_name: str | None = None,
) -> Action:
    """Forget the collection *collection_name*, default `default` (`cf_flush_dtmf.erl`).

    KAZOO before 5 still sends it.
    """
    return build("flush_dtmf", locals())


def language(
    language: str,
) -> Action:
    """Set the language of KAZOO's prompts, `en` or `en-us` (`cf_language.erl`)."""
    return build("language", locals())


def menu(
    id: str,  # noqa: A002
    *,
    interdigit_timeout: int | None = None,
) -> Action:
    """Play the account's menu *id* and branch on what is pressed (`cf_menu.erl`).

    Branches: `.on("1", ...)` for digits, `"timeout"` when nothing is pressed, `"max_retries"`;
    `>>` leads to what happens when the retries are used up. *interdigit_timeout* is milliseconds,
    default 2000.
    """
    return build("menu", locals())


def play(
    id: str,  # noqa: A002
    *,
    answer: bool | None = None,
    loop_count: int | None = None,
    terminators: Sequence[str] | None = None,
    endless_playback: bool | None = None,
) -> Action:
    """Play a media id of the account or a URL (`cf_play.erl`); `answer=False` plays early media.

    *loop_count* times, or for ever with *endless_playback*, which is off unless set. A key among
    *terminators* (all, unless given) stops it.
    """
    return build("play", {**locals(), "terminators": _listed(terminators)})


def send_dtmf(
    digits: str,
    *,
    duration_ms: int | None = None,
) -> Action:
    """Send *digits* to the caller, each for *duration_ms* milliseconds, default 2000.

    Follows `cf_send_dtmf.erl`.
    """
    return build("send_dtmf", locals())


def _listed(keys: Sequence[str] | None) -> list[str] | None:
    return None if keys is None else list(keys)
