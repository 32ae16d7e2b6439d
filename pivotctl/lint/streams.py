"""Fates of Twilio's streams, which only KAZOO 5 has.

Follows its documentation (`kazoo-pivot/doc/twiml/stream.md`) and `pivot_call.erl`; the translator
itself is not public.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pivotctl.lint.fates import AttributeFate, Closeness, ElementFate, Fate

_STREAM = '<Start><Stream url="wss://server.example/audio"/></Start>'
_NOT_PUBLIC = "KAZOO 5 does not document it, and its behaviour is not public"
_SAME = AttributeFate(Fate(Closeness.SAME))
_UNDOCUMENTED = AttributeFate(Fate(Closeness.DIFFERENT, _NOT_PUBLIC))

STREAM_VERBS: Mapping[str, ElementFate] = {
    "Connect": ElementFate(
        Fate(Closeness.DIFFERENT, "the call ends with the stream: no later verb runs"),
        {
            "action": AttributeFate(
                Fate(Closeness.DIFFERENT, f"no request afterwards: {_NOT_PUBLIC}")
            ),
            "method": _UNDOCUMENTED,
        },
    ),
    "Start": ElementFate(
        Fate(Closeness.SAME, "the document continues at once; four streams a call"), {}
    ),
    "Stop": ElementFate(Fate(Closeness.SAME, "by `name` or `id`; without either, all streams"), {}),
}

STREAM_NOUNS: Mapping[str, ElementFate] = {
    "Stream": ElementFate(
        Fate(Closeness.SAME, "its messages differ from Twilio's: see KAZOO's documentation"),
        {
            "name": _SAME,
            "url": AttributeFate(
                Fate(Closeness.SAME),
                "absolute URL",
                lambda value: re.fullmatch("wss?://[^?#]+", value) is not None,
                AttributeFate(
                    Fate(
                        Closeness.DIFFERENT,
                        "query and fragment are removed, and a relative URL means wss",
                    )
                ),
            ),
            "track": AttributeFate(
                Fate(Closeness.SAME),
                "inbound_track, outbound_track, both_tracks",
                lambda value: value in ("inbound_track", "outbound_track", "both_tracks"),
                AttributeFate(Fate(Closeness.DIFFERENT, "another word means inbound_track")),
            ),
            "statusCallback": _UNDOCUMENTED,
            "statusCallbackMethod": _UNDOCUMENTED,
        },
    ),
    "Parameter": ElementFate(Fate(Closeness.SAME), {"name": _SAME, "value": _SAME}),
}

STREAM_OWN = ("id", "audioCodec", "audioMix", "rawAudio", "sampleRate")
"""Attributes of a Stream that Twilio does not have."""

NO_STREAM = Fate(
    Closeness.REFUSED,
    "KAZOO 5 documents exactly one Stream in it; other behavior is not public",
    _STREAM,
)
UNKNOWN_NOUN = Fate(Closeness.REFUSED, _NOT_PUBLIC, _STREAM)
