"""Fakes of other services, asked as templates ask them."""

from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest

from pivotctl.upstreams import FAKES, FakeMode, UnknownUpstreamError, Upstreams, parse, switched
from pivotctl.upstreams.server import redirected
from pivotkit.services.upstream import Upstream, UpstreamAnswer, UpstreamDown


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    """All fakes, on a port of their own."""
    running = Upstreams()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def service(upstreams: Upstreams, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Upstream]:
    """A client of a fake, as a template in a local run has it."""
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")

    def made(name: str, seconds: float = 5.0) -> Upstream:
        return Upstream(f"{name.upper()}_URL", f"{upstreams.url}/{name}/v1", seconds=seconds)

    return made


UPSERT = {
    "performUpsert": {"fieldsToMergeOn": ["key"]},
    "records": [{"fields": {"key": "k", "x": "1"}}],
}


def sent(service: Upstream, method: str, path: str, body: dict[str, Any]) -> Upstream:
    """The service, when it has taken *body*."""
    service.send(method, path, body)
    return service


ASKED: list[tuple[str, Callable[[Upstream], UpstreamAnswer], Any]] = [
    (
        "crm",
        lambda crm: crm.get("/users/search.json", query="phone:+14155550123"),
        lambda a: a.each("users")[0].text("name") == "Alice Adams" and a.number("count") == 1,
    ),
    (
        "crm",
        lambda crm: crm.get("/users/search.json", query="phone:+1"),
        lambda a: not a.each("users"),
    ),
    (
        "crm",
        lambda crm: crm.post("/tickets.json", {"ticket": {"subject": "Call"}}),
        lambda a: a.number("ticket", "id") == 1,
    ),
    (
        "balance",
        lambda b: b.get("/prepaid", caller="+14155550123", number="+442079460000"),
        lambda a: (a.number("balance"), a.number("rate")) == (1200, 9),
    ),
    (
        "payments",
        lambda p: p.post("/charges", {"card": "4242424242424242", "cents": 100}),
        lambda a: a.text("status") == "approved",
    ),
    (
        "payments",
        lambda p: p.post("/charges", {"card": "4000000000000002", "cents": 100}),
        lambda a: (a.text("status"), a.text("reason")) == ("declined", "declined"),
    ),
    (
        "payments",
        lambda p: p.post("/charges", {"card": "4242424242424241", "cents": 100}),
        lambda a: a.text("reason") == "invalid number",
    ),
    (
        "billing",
        lambda b: sent(b, "PUT", "/accounts/a/user/u", {}).get("/accounts/a"),
        lambda a: a.value == {"objects": ["/v1/accounts/a/user/u"]},
    ),
    (
        "customer",
        lambda c: c.post("/hooks", {"type": "missed_call"}),
        lambda a: a.value == {},
    ),
    (
        "desk",
        lambda d: sent(d, "POST", "/calls", {"state": "ringing"}).get("/calls"),
        lambda a: a.each("calls")[0].text("state") == "ringing",
    ),
    (
        "rows",
        lambda r: sent(sent(r, "PATCH", "/v0/b/t", UPSERT), "PATCH", "/v0/b/t", UPSERT).get(
            "/v0/b/t"
        ),
        lambda a: a.value == {"records": [{"id": "rec1", "fields": {"key": "k", "x": "1"}}]},
    ),
    (
        "chat",
        lambda c: sent(c, "POST", "/services/T/B", {"text": "x"}).get("/messages"),
        lambda a: a.each("messages")[0].text("text") == "x",
    ),
    (
        "calendar",
        lambda c: c.get("/appointments", phone="+14155550123"),
        lambda a: a.each("appointments")[0].text("status") == "booked",
    ),
    ("calendar", lambda c: c.get("/slots"), lambda a: len(a.each("slots")) == 3),
    (
        "calendar",
        lambda c: c.post("/appointments/a1", {"status": "confirmed", "id": "x"}),
        lambda a: (
            (a.text("appointment", "status"), a.text("appointment", "id")) == ("confirmed", "a1")
        ),
    ),
    (
        "assistant",
        lambda s: s.post("/turns", {"session": "a", "turn": 0, "heard": ""}),
        lambda a: a.text("action") == "ask",
    ),
    (
        "assistant",
        lambda s: s.post("/turns", {"session": "a", "turn": 1, "heard": "2"}),
        lambda a: a.text("action") == "connect",
    ),
    (
        "assistant",
        lambda s: s.post("/turns", {"session": "a", "turn": 1, "heard": ""}),
        lambda a: a.text("action") == "hangup",
    ),
    (
        "sms",
        lambda s: s.post("/messages", {"to": "+14155550123", "text": "Hello"}),
        lambda a: a.text("status") == "queued",
    ),
    (
        "ads",
        lambda s: s.get("/ads", caller="+14155550123"),
        lambda a: a.number("ad", "minutes") == 3,
    ),
    ("ads", lambda s: s.post("/plays", {"ad": "ad_7"}), lambda a: a.number("plays") == 1),
    ("orders", lambda s: s.get("/orders/2001"), lambda a: a.text("order", "status") == "shipped"),
    (
        "orders",
        lambda s: s.post("/orders", {"item": "tea", "phone": "+14155550123"}),
        lambda a: (a.text("order", "status"), a.text("order", "number")) == ("received", "2003"),
    ),
    ("crossbar", lambda s: s.get("/webhooks"), lambda a: a.each("data")[0].text("id") == "all"),
    (
        "kazoo",
        lambda s: s.get(f"/accounts/{'a1' * 16}/users/b2/quickcall/6069", auto_answer=False),
        lambda a: a.text("status") == "success",
    ),
    (
        "primary",
        lambda s: s.get("/route", caller="+14155550123"),
        lambda a: a.text("team") == "support",
    ),
    ("secondary", lambda s: s.get("/route", caller="+1"), lambda a: a.text("team") == "sales"),
]


@pytest.mark.parametrize(("name", "ask", "fits"), ASKED)
def test_what_a_fake_answers(
    service: Callable[..., Upstream],
    name: str,
    ask: Callable[[Upstream], UpstreamAnswer],
    fits: Callable[[UpstreamAnswer], bool],
) -> None:
    """Each fake answers as the service would."""
    answer = ask(service(name))
    assert fits(answer), answer


def test_every_fake_is_tried() -> None:
    """The table above knows every fake."""
    assert {name for name, _, _ in ASKED} == set(FAKES) - SIGNED_IN


SIGNED_IN = {"bedrock", "caldav", "google", "microsoft", "salesforce"}
"""Fakes of products, which want credentials; the dialogues of the templates try them."""


@pytest.mark.parametrize("name", FAKES)
def test_what_a_fake_does_not_know(service: Callable[..., Upstream], name: str) -> None:
    """A path that there is not is a 404, and a request without credentials a 401 or 403."""
    with pytest.raises(UpstreamDown, match="40[13]" if name in SIGNED_IN else "404"):
        service(name).get("/nothing/here")


def test_what_is_sent_can_be_read(upstreams: Upstreams, service: Callable[..., Upstream]) -> None:
    """A text that was sent twice with one key is there once, and every request is kept."""
    sms = service("sms")
    for text in ("Hello", "Hello again"):
        sms.post("/messages", {"to": "+14155550123", "text": text}, key="k1")
    assert [message.text("text") for message in sms.get("/sent").each("messages")] == ["Hello"]
    assert [asked.key for asked in upstreams.sms.received] == ["k1", "k1", ""]
    assert upstreams.sms.received[0].path == "/v1/messages"
    upstreams.reset()
    assert not upstreams.sms.received
    assert not sms.get("/sent").each("messages")


MODES = {
    FakeMode.SLOW: "no answer in 0.2 s",
    FakeMode.ERROR: "answered 500",
    FakeMode.DEAD: "no answer: ProtocolError",
}


@pytest.mark.parametrize(("mode", "reason"), MODES.items())
@pytest.mark.usefixtures("limits_of_lambda")
def test_how_a_fake_misbehaves(
    upstreams: Upstreams, service: Callable[..., Upstream], mode: FakeMode, reason: str
) -> None:
    """A slow, failing or dead service is down for the template, and well again when switched."""
    crm = service("crm", seconds=0.2 if mode is FakeMode.SLOW else 5.0)
    upstreams.crm.switch(mode)
    with pytest.raises(UpstreamDown) as caught:
        crm.get("/users/search.json", query="phone:+14155550123")
    assert caught.value.reason == reason
    upstreams.crm.is_well()
    assert service("crm").get("/users/search.json", query="x").each("users") == []


def test_a_fake_that_is_wrong(upstreams: Upstreams, service: Callable[..., Upstream]) -> None:
    """A wrong service answers JSON in which no value is of the kind that it should be."""
    upstreams.crm.is_wrong()
    answer = service("crm").get("/users/search.json", query="phone:+14155550123")
    with pytest.raises(UpstreamDown, match="users is not a list"):
        answer.each("users")
    upstreams.primary.is_wrong()
    with pytest.raises(UpstreamDown, match="team is not a string"):
        service("primary").get("/route").text("team")


def test_switching_from_outside(upstreams: Upstreams) -> None:
    """Modes are set over HTTP for a while, and are then what they were."""
    upstreams.crm.is_slow()
    with switched(upstreams.url, parse(["crm=dead", "sms=error"])):
        assert (upstreams.crm.mode, upstreams.sms.mode) == (FakeMode.DEAD, FakeMode.ERROR)
    assert (upstreams.crm.mode, upstreams.sms.mode) == (FakeMode.SLOW, FakeMode.OK)


@pytest.mark.parametrize("pair", ["crm", "crm=", "crm=ill", "erp=dead", "=dead"])
def test_switches_that_there_are_not(pair: str) -> None:
    """A wrong switch is told with those that there are."""
    with pytest.raises(
        click.BadParameter, match=r"no service is called .*crm|Use crm= and one of .*slow"
    ):
        parse([pair])


def test_no_such_fake(upstreams: Upstreams) -> None:
    """A fake that there is not is told with those that there are."""
    with pytest.raises(UnknownUpstreamError, match="Use one of: ads, assistant"):
        upstreams.erp.is_dead()


REDIRECTED = {
    ("CRM_URL", "https://crm.example.com/api/v2"): "http://127.0.0.1:1/crm/api/v2",
    ("CRM_URL", "https://crm.example.com"): "http://127.0.0.1:1/crm",
    ("CALENDAR_URL", "https://google.example.com"): "http://127.0.0.1:1/google",
    ("CRM_URL", "https://acme.zendesk.com/api/v2"): None,
    ("CRM_URL", "https://crm.example.com.evil.example"): None,
    ("CRM", "https://crm.example.com"): None,
    ("ERP_URL", "https://erp.example.com"): None,
    ("PUBLIC_URL", "https://pivot.example.com"): None,
}


@pytest.mark.parametrize(("variable", "there"), REDIRECTED.items())
def test_which_variables_lead_to_fakes(variable: tuple[str, str], there: str | None) -> None:
    """Only an example address of a service that has a fake leads to it."""
    name, value = variable
    assert redirected({name: value}, "http://127.0.0.1:1") == {name: there or value}


EVERY_MODE = "ok, slow, wrong, error, dead, drip, huge, html"


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("crn=slow", "no service is called 'crn'. Did you mean crm?"),
        (
            "crm",
            f"'crm' names no mode. Use crm= and one of {EVERY_MODE}.",
        ),
        (
            "crm=sloow",
            f"'sloow' is no mode. Use crm= and one of {EVERY_MODE}.",
        ),
    ],
)
def test_a_wrong_option_names_its_fault(pair: str, message: str) -> None:
    """`--upstream` says whether the service or the mode is wrong."""
    with pytest.raises(click.BadParameter) as refused:
        parse([pair])
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [("answers_html", "JSON"), ("is_huge", "more than"), ("drips", "no answer")],
)
def test_answers_that_are_of_no_use(
    upstreams: Upstreams, service: Callable[..., Upstream], trouble: str, reason: str
) -> None:
    """A page, a megabyte, and an answer that comes byte by byte are failures of the service."""
    getattr(upstreams.crm, trouble)()
    with pytest.raises(UpstreamDown, match=reason):
        service("crm", 0.3).get("/users/search.json", query="phone:+14155550123")
