"""What becomes of Twilio's streams in KAZOO 5, which alone has them.

Follows its documentation (`kazoo-pivot/doc/twiml/stream.md`) and `pivot_call.erl`; the translator
itself is not public.
"""

from __future__ import annotations

from collections.abc import Mapping

from pivotctl.lint.fates import Attribute, Entry, Fate, Kind

_STREAM = '<Start><Stream url="wss://server.example/audio"/></Start>'
_NOT_PUBLIC = "KAZOO 5 does not document it, and its behaviour is not public"
_SAME = Attribute(Fate(Kind.SAME))
_UNDOCUMENTED = Attribute(Fate(Kind.DIFFERENT, _NOT_PUBLIC))

STREAM_VERBS: Mapping[str, Entry] = {
    "Connect": Entry(
        Fate(Kind.DIFFERENT, "when the stream ends, so does the call: nothing behind it runs"),
        {
            "action": Attribute(Fate(Kind.DIFFERENT, f"no request afterwards: {_NOT_PUBLIC}")),
            "method": _UNDOCUMENTED,
        },
    ),
    "Start": Entry(Fate(Kind.SAME, "the document goes on at once; four streams a call"), {}),
    "Stop": Entry(Fate(Kind.SAME, "by `name` or `id`; without either, all streams"), {}),
}

STREAM_NOUNS: Mapping[str, Entry] = {
    "Stream": Entry(
        Fate(Kind.SAME, "its messages differ from Twilio's: see KAZOO's documentation"),
        {
            "name": _SAME,
            "url": Attribute(
                Fate(Kind.SAME),
                "absolute URL",
                r"wss?://[^?#]+",
                Fate(Kind.DIFFERENT, "query and fragment are cut, and a relative URL means wss"),
            ),
            "track": Attribute(
                Fate(Kind.SAME),
                "inbound_track, outbound_track, both_tracks",
                "(inbound|outbound)_track|both_tracks",
                Fate(Kind.DIFFERENT, "another word means inbound_track"),
            ),
            "statusCallback": _UNDOCUMENTED,
            "statusCallbackMethod": _UNDOCUMENTED,
        },
    ),
    "Parameter": Entry(Fate(Kind.SAME), {"name": _SAME, "value": _SAME}),
}

STREAM_OWN = ("id", "audioCodec", "audioMix", "rawAudio", "sampleRate")
"""Attributes of a Stream that Twilio does not have."""

NO_STREAM = Fate(
    Kind.REFUSED,
    "KAZOO 5 documents exactly one Stream in it; what else it does is not public",
    _STREAM,
)
UNKNOWN_NOUN = Fate(Kind.REFUSED, _NOT_PUBLIC, _STREAM)
