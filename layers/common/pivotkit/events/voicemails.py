"""What happens to messages in voicemail boxes (`kapi_notifications.erl`)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from pivotkit.events.base import Notification

if TYPE_CHECKING:
    from pivotkit.events.fields import Gregorian, Object


@dataclass(frozen=True, kw_only=True)
class VoicemailEvent(Notification):
    """What the events of one message have.

    `voicemail_id` and `voicemail_box` are document ids, `voicemail_length` is milliseconds, and
    `voicemail_transcription` has `text` and `result` when there is one.
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
        """The message."""
        return f"voicemail-{self.voicemail_id}" if self.voicemail_id else ""


@dataclass(frozen=True, kw_only=True)
class VoicemailNew(VoicemailEvent):
    """A message was left."""


@dataclass(frozen=True, kw_only=True)
class VoicemailSaved(VoicemailEvent):
    """A message that was left stays in its box (`kvm_message.erl`); nobody need have heard it."""


@dataclass(frozen=True, kw_only=True)
class VoicemailDeleted(VoicemailEvent):
    """A message was deleted; `reason` says by what."""

    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class VoicemailFull(Notification):
    """A box takes no more messages."""

    max_message_count: int | None = None
    message_count: int | None = None
    voicemail_box: str | None = None

    @property
    def about(self) -> str:
        """The box."""
        return f"vmbox-{self.voicemail_box}" if self.voicemail_box else ""
