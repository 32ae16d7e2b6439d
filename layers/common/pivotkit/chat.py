"""Messages for a chat, in which nothing that a caller chose is markup.

In the shape of Slack's incoming webhooks, which Mattermost, Rocket.Chat and others take, too.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Protocol

from pivotkit.parameters import Value

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


def _stays(character: str) -> bool:
    return character in _PLAIN or unicodedata.category(character)[0] in _KEPT
