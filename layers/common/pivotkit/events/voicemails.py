"""Events of voicemail messages and boxes (`kapi_notifications.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from pivotkit.events.base import Notification

if TYPE_CHECKING:
    from pivotkit.events.fields import Gregorian, Object


@dataclass(frozen=True, kw_only=True)
class VoicemailEvent(Notification):
    """Fields that all events of a message share.

    `voicemail_id` and `voicemail_box` are document IDs, `voicemail_length` is in milliseconds, and
    `voicemail_transcription`, if there is one, has `text` and `result`.
    """

    call_id: str | None = None
    caller_id_name: str | None = None
    caller_id_number: str | None = None
    from_realm: str | None = None
    from_user: str | None = None
    to_realm: str | None = None
    to_user: str | None = None
    voicemail_box: str | None = None
    voicemail_id: str | None = None
    voicemail_length: int | None = None
    voicemail_timestamp: Gregorian | None = None
    voicemail_transcription: Object = MappingProxyType({})

    @property
    def about(self) -> str:
        """The message: `voicemail-<id>`."""
        return f"voicemail-{self.voicemail_id}" if self.voicemail_id else ""


@dataclass(frozen=True, kw_only=True)
class VoicemailNew(VoicemailEvent):
    """A message was left."""


@dataclass(frozen=True, kw_only=True)
class VoicemailSaved(VoicemailEvent):
    """A message was saved in its box, whether or not someone has heard it (`kvm_message.erl`)."""


@dataclass(frozen=True, kw_only=True)
class VoicemailDeleted(VoicemailEvent):
    """A message was deleted; `reason` says what deleted it."""

    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class VoicemailFull(Notification):
    """A voicemail box is full and accepts no more messages."""

    max_message_count: int | None = None
    message_count: int | None = None
    voicemail_box: str | None = None

    @property
    def about(self) -> str:
        """The voicemail box: `vmbox-<id>`."""
        return f"vmbox-{self.voicemail_box}" if self.voicemail_box else ""
