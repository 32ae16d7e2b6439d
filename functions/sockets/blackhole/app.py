"""The WebSocket of KAZOO's blackhole: an account's events as they happen, and commands to calls."""

from typing import Literal, NamedTuple

from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Text
from pivotkit.phone.numbers import Country, Destinations
from pivotkit.services.upstream import ServiceUrl
from routes import websocket
from session import Session


class Settings(NamedTuple):
    """Limits on commands to calls, and the CRM in which callers are looked up."""

    crossbar_api_key: Secret = Secret()
    """API key of an account that is the accounts of commands or their ancestor"""
    home_country: Country = Country("US")
    """default country for numbers without `+`"""
    allowed_destinations: Destinations = Destinations("US CA")
    """countries and prefixes to which a call may be transferred"""
    crm: Literal["none", "zendesk", "salesforce"] = "none"
    """the CRM in which callers are looked up"""
    crm_url: ServiceUrl | None = None
    """base URL of the CRM's API"""
    crm_token: Secret = Secret()
    """bearer token for `zendesk`"""
    crm_client_id: Text | None = None
    """client ID for `salesforce`"""
    crm_client_secret: Secret = Secret()
    """client secret for `salesforce`"""


@websocket(settings=Settings)
def handler(connection: str, message: str, session: Session) -> str:
    return session.answer(connection, message)
