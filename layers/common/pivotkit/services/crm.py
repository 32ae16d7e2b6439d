"""Customers in a CRM, found by phone number: Zendesk or Salesforce."""

import re
from typing import NamedTuple, Protocol

from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Text
from pivotkit.services.access_tokens import AccessToken
from pivotkit.services.upstream import ServiceUrl, Upstream, UpstreamAnswer, UpstreamDown

SALESFORCE_VERSION = "v62.0"
"""The version of Salesforce's REST API, which Salesforce keeps for years."""

MOST_CUSTOMERS = 5

_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_NORTH_AMERICAN = re.compile(r"1[0-9]{10}")
_KINDS = ("Contact", "Lead", "Account")


class Customer(NamedTuple):
    """A customer, and the page of the CRM that shows them."""

    name: str
    page: str


class CrmSettings(Protocol):
    """The settings of a template with a CRM. `crm` is `zendesk` or `salesforce`."""

    @property
    def crm(self) -> str:
        """The CRM."""
        ...

    @property
    def crm_url(self) -> ServiceUrl | None:
        """The base URL of its API; without one, no customer is found."""
        ...

    @property
    def crm_token(self) -> Secret:
        """The bearer token for Zendesk."""
        ...

    @property
    def crm_client_id(self) -> Text | None:
        """The client ID for Salesforce."""
        ...

    @property
    def crm_client_secret(self) -> Secret:
        """The client secret for Salesforce."""
        ...


def customers(settings: CrmSettings, number: str) -> list[Customer]:
    """Return the customers with *number*; none if it is no phone number. Raises `UpstreamDown`."""
    url = settings.crm_url
    if url is None or not _NUMBER.fullmatch(number):
        return []
    find = _in_salesforce if settings.crm == "salesforce" else _in_zendesk
    return find(settings, url, number)


def _in_zendesk(settings: CrmSettings, url: ServiceUrl, number: str) -> list[Customer]:
    """Search users, with `crm_url` like `https://acme.zendesk.com/api/v2`."""
    crm = Upstream.at("crm", url, token=settings.crm_token)
    found = crm.get("/users/search.json", query=f"phone:{number}").each("users")
    pages = url.removesuffix("/api/v2")
    return [Customer(each.text("name"), f"{pages}/agent/users/{_key(each)}") for each in found]


def _key(user: UpstreamAnswer) -> str:
    """The ID of a user of Zendesk; '' if it has none."""
    has_id = isinstance(user.value, dict) and "id" in user.value
    return str(user.number("id")) if has_id else ""


def _in_salesforce(settings: CrmSettings, url: ServiceUrl, number: str) -> list[Customer]:
    """Search contacts, leads, and accounts, with `crm_url` like `https://acme.my.salesforce.com`.

    The search takes its parameters as JSON, so there is no query that a text could change.
    """
    login = ServiceUrl(f"{url}/services/oauth2")
    token = AccessToken(login, settings.crm_client_id or "", settings.crm_client_secret)
    instance = _instance(token)
    answer = Upstream.at("crm", instance, token=token).post(
        f"/services/data/{SALESFORCE_VERSION}/parameterizedSearch",
        {
            "q": search_digits(number),
            "in": "PHONE",
            "fields": ["Id", "Name"],
            "sobjects": [{"name": kind} for kind in _KINDS],
            "overallLimit": MOST_CUSTOMERS,
        },
    )
    return [_record(instance, each) for each in answer.each("searchRecords")]


def search_digits(number: str) -> str:
    """Return the digits that Salesforce finds however *number* was typed there.

    Numbers of North America are typed without their country code.
    """
    digits = "".join(each for each in number if each in "0123456789")
    return digits[1:] if _NORTH_AMERICAN.fullmatch(digits) else digits


def _instance(token: AccessToken) -> ServiceUrl:
    """The address of the organization's API, which comes with the token."""
    text = token.answer().text("instance_url")
    if not ServiceUrl.accepts(text):
        raise UpstreamDown("crm", "instance_url is no URL of a service")
    return ServiceUrl(text)


def _record(instance: str, record: UpstreamAnswer) -> Customer:
    key = record.text("Id")
    if not _ID.fullmatch(key):
        raise UpstreamDown(record.service, "the ID of a record is not valid")
    return Customer(record.text("Name"), f"{instance}/lightning/r/{key}/view")
