"""The WebSocket of KAZOO's blackhole: an account's events as they happen, and commands to calls."""

from typing import Literal, NamedTuple

from pivotkit import AccountSettings
from pivotkit.core import telemetry
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Text
from pivotkit.phone.numbers import Country, Destinations
from pivotkit.services.upstream import ServiceUrl
from pivotkit.store.socket_grants import Grants
from pivotkit.store.sockets import Sockets
from pivotkit.store.wrong_tokens import WrongTokens
from routes import Routes
from session import Session


class Settings(NamedTuple):
    """What a client may do to calls, and where callers are looked up."""

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


sockets = Sockets()
settings = AccountSettings(Settings, telemetry.service())
handler = Routes(sockets, Session(sockets, Grants(sockets), WrongTokens(), settings.of))
