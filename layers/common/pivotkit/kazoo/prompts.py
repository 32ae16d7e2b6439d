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


def play(
    id: str,  # noqa: A002  (KAZOO's name)
    *,
    answer: bool | None = None,
    loop_count: int | None = None,
    terminators: Sequence[str] | None = None,
    endless_playback: bool | None = None,
) -> Action:
    """Play a media id of the account or a URL (`cf_play.erl`); `answer=False` plays early media."""
    return build(
        "play",
        id=id,
        answer=answer,
        loop_count=loop_count,
        terminators=_listed(terminators),
        endless_playback=endless_playback,
    )


def collect_dtmf(
    *,
    max_digits: int | None = None,
    collection_name: str | None = None,
    timeout: int | None = None,
    interdigit_timeout: int | None = None,
    terminator: str | None = None,
) -> Action:
    """Answer and collect up to *max_digits* keys (default 1) until `#` (`cf_collect_dtmf.erl`).

    *timeout* (default 5000) and *interdigit_timeout* are milliseconds. The next Pivot request has
    the keys under `Digits[collection_name]`, or `Digits[default]`; nothing pressed, no such field.
    Keys pressed during the prompt before it count as the first ones.
    """
    return build(
        "collect_dtmf",
        max_digits=max_digits,
        collection_name=collection_name,
        timeout=timeout,
        interdigit_timeout=interdigit_timeout,
        terminator=terminator,
    )


def menu(id: str, *, interdigit_timeout: int | None = None) -> Action:  # noqa: A002
    """Play the account's menu *id* (32 characters) and branch on what is pressed (`cf_menu.erl`).

    Branches: `.on("1", ...)` for digits, `"timeout"` when nothing is pressed, `"max_retries"`;
    `>>` leads to what happens when the retries are used up.
    """
    return build("menu", id=id, interdigit_timeout=interdigit_timeout)


def sleep(duration: int, unit: Literal["ms", "s", "m", "h"] = "s") -> Action:
    """Wait for *duration* of *unit*, at most a day (`cf_sleep.erl`)."""
    return build("sleep", duration=duration, unit=unit)


def answer() -> Action:
    """Answer the call (`cf_answer.erl`)."""
    return build("answer")


def set_variables(
    custom_application_vars: Mapping[str, object], *, export: bool | None = None
) -> Action:
    """Merge variables into the call inside KAZOO; `None` deletes one (`cf_set_variables.erl`).

    They come back as `call.custom_application_vars`, in `req_format: kazoo` only. *export* sets
    them on legs that are bridged later, too.
    """
    return build(
        "set_variables",
        custom_application_vars=_copied(custom_application_vars),
        export=export,
    )


def _copied(variables: object) -> object:
    return dict(variables) if isinstance(variables, Mapping) else variables


def _listed(keys: Sequence[str] | None) -> list[str] | None:
    return None if keys is None else list(keys)
