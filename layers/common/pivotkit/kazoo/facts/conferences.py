"""Properties of `conference` and `conference_feature` (`conferences`, `conferences.profile`)."""

from collections.abc import Mapping

from pivotkit.kazoo.rules import (
    Rule,
    anything,
    boolean,
    boolean_or,
    fields,
    integer,
    list_of,
    text,
)

_RATES = (8000, 12000, 16000, 24000, 32000, 44100, 48000)
_SOUNDS = ("alone", "enter", "exit", "locked", "max-members", "moh", "muted", "unmuted")
_DIGITS = text(1, None, "[0-9]+")
_TONE = boolean_or(text(1))


def _rate(value: object) -> str | None:
    known = type(value) is int and value in _RATES
    return None if known else f"must be one of {', '.join(map(str, _RATES))}"


_PROFILE = fields(
    {
        "announce-count": integer(),
        "caller-controls": text(),
        "comfort-noise": integer(0, 10000),
        "energy-level": integer(0, 1800),
        "interval": integer(10, 120),
        "max-members": integer(2),
        "moderator-controls": text(),
        "rate": Rule(_rate, says="sample rate"),
        **dict.fromkeys((f"{name}-sound" for name in _SOUNDS), text()),
    }
)
_MODERATOR: Mapping[str, Rule] = {
    "join_deaf": boolean(),
    "join_muted": boolean(),
    "numbers": list_of(_DIGITS, unique=True),
    "pins": list_of(_DIGITS),
}
_CONFIG = fields(
    {
        "bridge_password": text(),
        "bridge_username": text(),
        "caller_controls": text(),
        "conference_numbers": list_of(_DIGITS, unique=True),
        "controls": anything(),
        "domain": text(),
        "flags": list_of(text()),
        "focus": text(),
        "language": text(),
        "max_members_media": text(),
        "max_participants": integer(),
        "member": fields({**_MODERATOR, "play_entry_prompt": boolean()}),
        "moderator": fields(_MODERATOR),
        "moderator_controls": text(),
        "name": text(1, 128),
        "owner_id": text(32, 32),
        "play_entry_tone": _TONE,
        "play_exit_tone": _TONE,
        "play_name": boolean(),
        "play_welcome": boolean(),
        "profile": _PROFILE,
        "profile_name": text(),
        "require_moderator": boolean(),
        "wait_for_moderator": boolean(),
    }
)

CONFERENCE: Mapping[str, Rule] = {
    "config": _CONFIG._replace(says="conference"),
    "id": text(32, 32),
    "moderator": boolean(),
    "play_entry_tone": _TONE,
    "play_exit_tone": _TONE,
    "welcome_prompt": fields({"media_id": text(1), "play": boolean()}),
}
