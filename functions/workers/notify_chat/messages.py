"""Messages for a chat, in which nothing that a caller chose is markup.

In the shape of Slack's incoming webhooks, which Mattermost, Rocket.Chat and others take, too.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Protocol

from pivotkit.deliveries.media_notes import MediaNote
from pivotkit.http.parameters import Value
from pivotkit.store.records import Delivery

_PLAIN = frozenset(" +.,;'()%!?-")
_KEPT = frozenset("LMN")
"""Letters, marks and numbers, by the first letter of their Unicode category."""

_LINK = re.compile(r"\.(?=\w)")


class HasCaller(Protocol):
    """An event with a caller."""

    @property
    def caller_id_name(self) -> str | None:
        """Her name, as she or her carrier chose it."""

    @property
    def caller_id_number(self) -> str | None:
        """Her number."""


def message(text: str) -> Mapping[str, Value]:
    """A message of *text*, in which the chat looks for no markup and follows no links."""
    return {"text": text, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


def harmless(text: object, most: int = 80) -> str:
    """At most *most* characters of *text*, without any that a chat could take for markup.

    Letters of all languages, digits and plain punctuation stay; `<`, `@`, `:`, `/`, `*`, `_` and
    the like become blanks, so that no mention, link or emoji is left. '' for `None`.
    """
    told = unicodedata.normalize("NFC", str(text)) if text is not None else ""
    kept = "".join(each if _stays(each) else " " for each in told)
    words = " ".join(_LINK.sub(". ", kept).split())
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def caller(event: HasCaller) -> str:
    """Who called, as `Zoë Miller (+14155550142)`, or as much of it as there is."""
    who, where = harmless(event.caller_id_name), harmless(event.caller_id_number, 40)
    if who and where and who != where:
        return f"{who} ({where})"
    return who or where or "somebody"


def kept_file(delivery: Delivery) -> str:
    """Where the file of a voicemail or fax lies; '' for what is no note of one, or has no link.

    The link is our own: nothing in it comes from a caller.
    """
    note = MediaNote.of(delivery)
    if note is None:
        return ""
    where = harmless(note.to)
    what = {
        "voicemail": f"Voicemail from {caller(note)} to {where}",
        "fax": f"Fax from {caller(note)} to {where}",
        "sent_fax": f"Fax that was sent to {where}",
    }[note.kind]
    if note.media_problem:
        return f"{what}: {harmless(note.media_problem)}, so it was not kept."
    return f"{what}: {note.media_link}" if note.media_link else ""


def alarm(delivery: Delivery) -> str:
    """What `cdr_alarms` has to tell; '' for what is none of its alarms.

    A hook that calls itself one has another sort key, and the sentence is our own.
    """
    if not delivery.item["sk"]["S"].startswith("cdr_alarm#"):
        return ""
    return f"{delivery.values.get('summary')} Account {delivery.account_id}."


def _stays(character: str) -> bool:
    return character in _PLAIN or unicodedata.category(character)[0] in _KEPT
