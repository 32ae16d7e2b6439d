"""Prompts and digits: play audio, speak text, and collect keys."""

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

    *voice* defaults to `female`. A key in *terminators* (by default all) stops the speech and
    counts for the next collection. Control characters and the `$` of `${` are removed, because the
    media server might expand them.
    """
    text, terminators = speakable(text), _listed(terminators)
    return build("tts", locals())


def audio_macro(
    macros: Sequence[Mapping[str, object]],
    *,
    language: str | None = None,
    terminators: Sequence[str] | None = None,
) -> Action:
    """Play a list of entries one after another (`cf_audio_macro.erl`).

    An entry has a `macro`, one of `play`, `prompt`, `say`, `tts`, and `tone`, plus its data:
    `{"macro": "tts", "text": "Hello"}`, for example. KAZOO validates the data by the entry's kind.
    *language* and *terminators* (by default all keys) apply to entries without their own. In `say`,
    `method` requires `type`, a language requires both, and `gender` requires all three. Durations
    of a `tone` are in milliseconds; its `volume` is 0 to 100.
    """
    terminators = _listed(terminators)
    return build("audio_macro", locals())


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

    *timeout* (default 5000) and *interdigit_timeout* (default 2000) are in milliseconds. The next
    Pivot request has the keys in `Digits[collection_name]`, or `Digits[default]`; without keys, the
    field is missing. Keys pressed during the preceding prompt count as the first ones.
    *terminators* has no effect, because KAZOO always sets *terminator*, which takes precedence.
    """
    terminators = _listed(terminators)
    return build("collect_dtmf", locals())


def directory(
    id: str,  # noqa: A002
) -> Action:
    """Let the caller find a user of the directory *id* by name (`cf_directory.erl`).

    `>>` runs if no user was found or the caller left the directory.
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
    """Answer, ask for *pin*, if any, then a number, and run its callflow (`cf_disa.erl`).

    The caller hears a `dialtone`, or with *preconnect_audio* `ringing` a ringing tone
    *ring_repeat_count* times (default 1), and enters at most *max_digits* digits (default 15) with
    at most *interdigit* milliseconds (default 2000) between two. *retries*, default 3, limits the
    attempts at the PIN and at the number. The call uses the account's caller ID unless
    *use_account_caller_id*, default True, is off, and ignores the account's restrictions unless
    *enforce_call_restriction*, default False, is on. `>>` runs if the number was not found, and
    after the number's callflow if the caller is still on the line; a wrong PIN ends the call.
    """
    return build("disa", locals())


def flush_dtmf(
    collection_name: str | None = None,
) -> Action:
    """Discard the collection *collection_name*, default `default` (`cf_flush_dtmf.erl`).

    KAZOO 4 sends it nevertheless.
    """
    return build("flush_dtmf", locals())


def language(
    language: str,
) -> Action:
    """Set the language of KAZOO's prompts, such as `en` or `en-us` (`cf_language.erl`)."""
    return build("language", locals())


def menu(
    id: str,  # noqa: A002
    *,
    interdigit_timeout: int | None = None,
) -> Action:
    """Play the account's menu *id*, and branch on the keys pressed (`cf_menu.erl`).

    Branches: `.on("1", ...)` for digits, `"timeout"` without a key, and `"max_retries"`; `>>` leads
    to what happens when the retries are used up. *interdigit_timeout* is in milliseconds, default
    2000.
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
    """Play a media file of the account, by ID, or a URL (`cf_play.erl`).

    It is played *loop_count* times, or forever with *endless_playback*, which is off by default. A
    key in *terminators* (by default all) stops it. `answer=False` plays it as early media, without
    answering.
    """
    terminators = _listed(terminators)
    return build("play", locals())


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
