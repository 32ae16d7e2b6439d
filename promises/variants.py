"""Settings with which a template asks other services than those of the calls in its README."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Variant(NamedTuple):
    """Variables of a function, and the keys that callers press; `URL` is that of the fakes."""

    variables: Mapping[str, str]
    press: tuple[str, ...] = ()

    def at(self, url: str) -> dict[str, str]:
        """Return the variables in a stack whose fakes are at *url*."""
        return {name: value.replace("URL", url) for name, value in self.variables.items()}


_SIGNED_IN = {
    "CALENDAR_TOKEN": "t",
    "CALENDAR_CLIENT_ID": "c",
    "CALENDAR_CLIENT_SECRET": "s",
}
_GOOGLE = {
    "CALENDAR": "google",
    "CALENDAR_URL": "URL/google",
    "CALENDAR_LOGIN_URL": "URL/google/oauth2",
}
_MICROSOFT = {
    "CALENDAR": "microsoft365",
    "CALENDAR_URL": "URL/microsoft/v1.0",
    "CALENDAR_LOGIN_URL": "URL/microsoft/tenant/oauth2/v2.0",
    "CALENDAR_NAME": "office@example.com",
}
_CALDAV = {"CALENDAR": "caldav", "CALENDAR_URL": "URL/caldav/calendars/office"}
_BEDROCK = {
    "ASSISTANT": "bedrock",
    "BEDROCK_MODEL": "amazon.nova-lite-v1:0",
    "BEDROCK_URL": "URL/bedrock",
}
VARIANTS: Mapping[str, tuple[Variant, ...]] = {
    "appointment": tuple(
        Variant({**_SIGNED_IN, **each}, ("1", "1")) for each in (_GOOGLE, _MICROSOFT, _CALDAV)
    ),
    "assistant": (
        Variant({"ASSISTANT": "service"}, ("1", "2")),
        Variant(_BEDROCK, ("1", "2")),
    ),
}
