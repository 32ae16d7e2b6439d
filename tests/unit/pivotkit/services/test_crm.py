"""Customers in Salesforce: what a caller's number can do to the search."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pivotctl.upstreams import Upstreams
from pivotkit.core.secret import Secret
from pivotkit.core.setting_types import Text
from pivotkit.services import access_tokens
from pivotkit.services.crm import customers
from pivotkit.services.upstream import ServiceUrl, UpstreamDown

ALICE = "+14155550123"


class Settings(NamedTuple):
    """Settings of a CRM, as templates have them."""

    crm_url: ServiceUrl
    crm: str = "salesforce"
    crm_token: Secret = Secret()
    crm_client_id: Text | None = Text("client")
    crm_client_secret: Secret = Secret("/local/f/client_secret")


@pytest.fixture
def upstreams(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstreams]:
    """All fakes, for a local run that has the credentials."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    monkeypatch.setenv("CLIENT_SECRET", "secret")
    access_tokens._tokens.clear()
    running = Upstreams()
    running.start()
    yield running
    running.stop()


def in_salesforce(upstreams: Upstreams) -> Settings:
    """Settings that lead to the fake."""
    return Settings(ServiceUrl(f"{upstreams.url}/salesforce"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.text(max_size=20)
    | st.from_regex(r"\+?[0-9]{1,17}", fullmatch=True)
    | st.from_regex(r"\+?[0-9]{3,8}(' OR |\}|\*|\\|\n)[0-9]*", fullmatch=True)
)
def test_a_search_has_only_digits(number: str, upstreams: Upstreams) -> None:
    """Whatever a caller ID is, Salesforce gets digits of it or nothing: no text becomes a query."""
    upstreams.salesforce.received.clear()
    customers(in_salesforce(upstreams), number)
    searches = [each.body for each in upstreams.salesforce.received if each.last != "token"]
    assert len(searches) == bool(re.fullmatch(r"\+?[0-9]{3,15}", number, re.ASCII))
    for body in searches:
        assert re.fullmatch(r"[0-9]{2,15}", body["q"], re.ASCII)
        assert {name: value for name, value in body.items() if name != "q"} == {
            "in": "PHONE",
            "fields": ["Id", "Name"],
            "sobjects": [{"name": "Contact"}, {"name": "Lead"}, {"name": "Account"}],
            "overallLimit": 5,
        }


def test_the_page_of_a_customer(upstreams: Upstreams) -> None:
    """The page is at the address that comes with the token."""
    (found,) = customers(in_salesforce(upstreams), ALICE)
    assert found.name == "Alice Adams"
    assert found.page == f"{upstreams.url}/salesforce/lightning/r/0035e0000000035436/view"


@pytest.mark.parametrize("instance", ["http://evil.example.com", "https://a@b.example.com", 7])
def test_an_instance_that_is_no_service(
    upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch, instance: Any
) -> None:
    """A token is not sent to an address without TLS, or with a user in it."""
    fake: Any = upstreams.salesforce.fake
    reply = fake._token

    def answered(request: Any) -> Any:
        answer = reply(request)
        answer.body["instance_url"] = instance
        return answer

    monkeypatch.setattr(fake, "_token", answered)
    with pytest.raises(UpstreamDown, match="instance_url"):
        customers(in_salesforce(upstreams), ALICE)
