"""Prompts and digits: what the caller hears and presses."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pivotkit.kazoo.action import Action, build
from pivotkit.speech import speakable


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

    A key among *terminators* (all, unless given) stops it and counts for the next collection.
    Control characters and `${` are taken out, because the media server might expand them.
    """
    return build(
        "tts",
        text=speakable(text),
        voice=voice,
        language=language,
        engine=engine,
        terminators=_listed(terminators),
        endless_playback=endless_playback,
    )


def audio_macro(
    macros: Sequence[Mapping[str, object]],
    *,
    language: str | None = None,
    terminators: Sequence[str] | None = None,
) -> Action:
    """Play a list of entries one after another (`cf_audio_macro.erl`).

    An entry has a `macro`, one of `play`, `prompt`, `say`, `tts`, `tone`, and that one's data,
    e.g. `{"macro": "tts", "text": "Hello"}`.
    """
    return build(
        "audio_macro",
        macros=macros,
        language=language,
        terminators=_listed(terminators),
    )


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

    *timeout* (default 5000) and *interdigit_timeout* are milliseconds. The next Pivot request has
    the keys under `Digits[collection_name]`, or `Digits[default]`; nothing pressed, no such field.
    Keys pressed during the prompt before it count as the first ones. *terminator* beats
    *terminators*, and KAZOO fills it in: *terminators* has no effect.
    """
    return build(
        "collect_dtmf",
        max_digits=max_digits,
        collection_name=collection_name,
        timeout=timeout,
        interdigit_timeout=interdigit_timeout,
        terminator=terminator,
        terminators=_listed(terminators),
    )


def directory(
    id: str,  # noqa: A002
) -> Action:
    """Let the caller find a user of the directory *id* by name (`cf_directory.erl`).

    `>>` leads on when nobody was found or the caller left.
    """
    return build(
        "directory",
        id=id,
    )


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
    """Ask for *pin* and a number, then run that number's callflow (`cf_disa.erl`).

    *retries* is 3 and *max_digits* 15 unless set; *interdigit* is milliseconds. `>>` leads on when
    the number was not found.
    """
    return build(
        "disa",
        pin=pin,
        enforce_call_restriction=enforce_call_restriction,
        interdigit=interdigit,
        max_digits=max_digits,
        preconnect_audio=preconnect_audio,
        retries=retries,
        ring_repeat_count=ring_repeat_count,
        use_account_caller_id=use_account_caller_id,
    )


def flush_dtmf(
    collection_name: str | None = None,
) -> Action:
    """Forget the collection *collection_name*, default `default` (`cf_flush_dtmf.erl`).

    KAZOO before 5 still sends it.
    """
    return build(
        "flush_dtmf",
        collection_name=collection_name,
    )


def language(
    language: str,
) -> Action:
    """Set the language of KAZOO's prompts, `en` or `en-us` (`cf_language.erl`)."""
    return build(
        "language",
        language=language,
    )


def menu(
    id: str,  # noqa: A002
    *,
    interdigit_timeout: int | None = None,
) -> Action:
    """Play the account's menu *id* (32 characters) and branch on what is pressed (`cf_menu.erl`).

    Branches: `.on("1", ...)` for digits, `"timeout"` when nothing is pressed, `"max_retries"`;
    `>>` leads to what happens when the retries are used up. *interdigit_timeout* is milliseconds.
    """
    return build(
        "menu",
        id=id,
        interdigit_timeout=interdigit_timeout,
    )


def play(
    id: str,  # noqa: A002
    *,
    answer: bool | None = None,
    loop_count: int | None = None,
    terminators: Sequence[str] | None = None,
    endless_playback: bool | None = None,
) -> Action:
    """Play a media id of the account or a URL (`cf_play.erl`); `answer=False` plays early media.

    A key among *terminators* (all, unless given) stops it.
    """
    return build(
        "play",
        id=id,
        answer=answer,
        loop_count=loop_count,
        terminators=_listed(terminators),
        endless_playback=endless_playback,
    )


def send_dtmf(
    digits: str,
    *,
    duration_ms: int | None = None,
) -> Action:
    """Send *digits* to the caller, each for *duration_ms* milliseconds, default 2000.

    Follows `cf_send_dtmf.erl`.
    """
    return build(
        "send_dtmf",
        digits=digits,
        duration_ms=duration_ms,
    )


def _listed(keys: Sequence[str] | None) -> list[str] | None:
    return None if keys is None else list(keys)
