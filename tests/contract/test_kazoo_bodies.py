"""Bodies that `pivotctl kazoo` sends, and its checks of them, held against KAZOO's own schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pivotctl.cli import main
from pivotctl.connect.carriers import Carrier, flowroute
from pivotctl.connect.documents import MARK, WantedDocument
from pivotctl.connect.kazoo_file import ClickToCall, KazooFile, NumberRoute, Recordings
from pivotctl.connect.samples import SAMPLES
from pivotctl.connect.wanted import wanted_documents
from pivotctl.kazoo.checks import faults_in
from pivotctl.kazoo.exchange import CrossbarCall
from pivotctl.project import Function, Project
from tests.kazoo import needs_data
from tests.kazoo_schemas import Probe, faults, probes, schemas, validator
from tests.unit.kazoo.crossbar_server import (
    ACCOUNT,
    KEY,
    ScriptedCrossbar,
    serving,
    success,
)

pytestmark = needs_data

CALL, HOOK = "call-1", "d" * 32
FULL_HOOK = {"hook": "all", "name": "events", "uri": "https://api.example.com/x", "enabled": False}
KEY_LOGIN = ("login", "--api-key")
COMMANDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("login", "--user", "jane", "--account-name", "acme"), "secret", "user_auth"),
    (("login", "--user", "jane", "--account-realm", "a.example"), "secret", "user_auth"),
    (("login", "--user", "j", "--phone-number", "+1415", "--method", "sha1"), "s", "user_auth"),
    (KEY_LOGIN, KEY, "api_auth"),
    (("channels", "--hang-up", CALL), "", "metaflow"),
    (("channels", "--transfer", CALL, "2031"), "", "metaflow"),
    (("hooks", "--enable", "events"), "", "webhooks"),
    (("resource", "flowroute", "--username", "12345678"), "secret", "resources"),
    (("resource", "flowroute", "--tech-prefix", "12345678"), "", "resources"),
    (("resource", "add", "x", "--server", "sip.example", "--port", "5080"), "", "resources"),
    (("click", "+14155550123", "--extension", "6083"), "", "clicktocall"),
)


@pytest.fixture
def crossbar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ScriptedCrossbar]:
    """A Crossbar with a call and a webhook, at which the command line has signed in."""
    monkeypatch.setenv("PIVOTCTL_KEYS", str(tmp_path / "keys.json"))
    with serving() as found:
        own = f"/accounts/{ACCOUNT}"
        found.route("GET", f"{own}/channels/{CALL}", {"uuid": CALL})
        found.route("PUT", f"{own}/channels/{CALL}", {})
        found.route("GET", f"{own}/webhooks", [{"id": HOOK, **FULL_HOOK}])
        found.route("PATCH", f"{own}/webhooks/{HOOK}", {})
        found.route("GET", f"{own}/resources", [])
        found.routes["PUT", f"/v2{own}/resources"] = lambda heard: success(heard.body["data"])
        found.route("GET", f"{own}/clicktocall", [])
        found.route("GET", f"{own}/callflows", [{"numbers": ["6083"]}])
        found.route("PUT", f"{own}/clicktocall", {})
        monkeypatch.setenv("KAZOO_URL", found.url)
        CliRunner().invoke(main, ["kazoo", *KEY_LOGIN], input=KEY)
        found.heard.clear()
        yield found


@pytest.mark.parametrize(
    ("arguments", "text", "schema"), COMMANDS, ids=lambda value: " ".join(value[:4])
)
def test_what_commands_send_is_valid(
    crossbar: ScriptedCrossbar, arguments: tuple[str, ...], text: str, schema: str
) -> None:
    """Each body that a command sends is valid by KAZOO's schema; a part after it is merged."""
    CliRunner().invoke(main, ["kazoo", *arguments], input=text)
    bodies = [heard for heard in crossbar.heard if heard.body is not None]
    assert len(bodies) == 1
    document = bodies[0].body["data"]
    if bodies[0].method == "PATCH":
        document = FULL_HOOK | document
    assert [error.message for error in validator(schema).iter_errors(document)] == []


def everything_wanted() -> list[WantedDocument]:
    """A callflow for every Pivot function, webhooks for every receiver, carriers, and more."""
    project = Project.find()
    names = [each.name for each in project.functions.values() if each.kind == "pivot"]
    routes = (NumberRoute(str(7000 + at), name, cdr_url=True) for at, name in enumerate(names))
    wants = KazooFile(
        "kazoo.toml",
        "demo",
        tuple(routes),
        ("all",),
        include_subaccounts=True,
        carriers=(
            flowroute(username="12345678", password="secret"),
            Carrier("other", "sip.example.com", prefix="9", port=5080),
        ),
        buttons=(
            ClickToCall("least", "6083"),
            ClickToCall(
                "most",
                "6083",
                "extension",
                "+14155550100",
                timeout=18,
                whitelist=("^",),
                outbound_callee_id_number="+14155550100",
            ),
        ),
        recordings=Recordings("acme-recordings", "us-east-1", "key", "secret"),
        ids=dict.fromkeys(SAMPLES, "1" * 32),
    )

    def address(function: Function, _account: str, _base: str) -> str:
        return f"https://api.example.com/key/{function.kind}/{function.name}"

    return list(wanted_documents(wants, project, address, ACCOUNT))


@pytest.mark.parametrize("wanted", everything_wanted(), ids=lambda each: each.name)
def test_what_apply_sends_is_valid(wanted: WantedDocument) -> None:
    """Each document that a project can want is valid by our checks and by KAZOO's schemas."""
    data = {**wanted.fields, MARK: wanted.marked("demo")}
    path = f"/accounts/{ACCOUNT}/{wanted.collection}"
    assert faults_in(CrossbarCall("PUT", path, data=data)) == ()
    if wanted.collection in schemas():
        assert [error.message for error in validator(wanted.collection).iter_errors(data)] == []
    if wanted.collection == "callflows":
        assert list(faults(data["flow"])) == []


VALID: Mapping[str, tuple[str, Any]] = {
    "webhooks": (
        f"/accounts/{ACCOUNT}/webhooks",
        {
            **FULL_HOOK,
            "http_verb": "post",
            "format": "json",
            "retries": 2,
            "custom_data": {"tenant": "a"},
            "include_subaccounts": True,
            "include_internal_legs": False,
        },
    ),
    "callflows": (
        f"/accounts/{ACCOUNT}/callflows",
        {"name": "front", "numbers": ["2030"], "flow": {"module": "tts", "data": {"text": "x"}}},
    ),
    "metaflow": (f"/accounts/{ACCOUNT}/channels/x", {"module": "hangup", "data": {}}),
    "user_auth": (
        "/user_auth",
        {
            "credentials": "0" * 32,
            "method": "md5",
            "account_name": "acme",
            "account_realm": "a.example",
            "phone_number": "+14155550123",
        },
    ),
    "api_auth": ("/api_auth", {"api_key": KEY}),
    "clicktocall": (
        f"/accounts/{ACCOUNT}/clicktocall",
        {
            **ClickToCall("x", "6083", whitelist=("^.",)).fields,
            "custom_application_vars": {"why": "x"},
        },
    ),
    "resources": (
        f"/accounts/{ACCOUNT}/resources",
        flowroute(username="12345678", password="secret").fields,
    ),
}
SENT: Mapping[str, tuple[str, ...]] = {
    "clicktocall": (".name", ".extension", ".dial_first", ".auth_required", ".timeout",
                    ".caller_id_number", ".outbound_callee_id_number", ".whitelist"),
    "resources": (".name", ".rules", ".gateways[].server", ".gateways[].username",
                  ".gateways[].password", ".gateways[].prefix", ".gateways[].port"),
}  # fmt: skip
"""Fields of documents of which a project sets only some; KAZOO checks the others itself."""


def around(name: str) -> Iterator[tuple[Probe, bool, bool]]:
    """Bodies at each limit of a schema: whether KAZOO's schema and our check accept them."""
    path, valid = VALID[name]
    for probe in probes(schemas()[name], valid):
        if not isinstance(probe.value, dict) or probe.at.startswith((".flow", ".data")):
            continue
        accepted = validator(name).is_valid(probe.value)
        whole = {"action": name} if name == "metaflow" else {}
        ours = not faults_in(CrossbarCall("PUT", path, data=probe.value, whole=whole))
        yield probe, accepted, ours


@pytest.mark.parametrize("name", VALID)
def test_checks_accept_what_kazoo_accepts(name: str) -> None:
    """A check refuses nothing that the schema accepts, but what Crossbar's own code refuses."""
    by_code = {".numbers", ".patterns", ".uri"}  # cb_callflows.erl, cb_webhooks.erl
    wrong = [
        (probe.at, probe.what)
        for probe, accepted, ours in around(name)
        if accepted and not ours and probe.at not in by_code
    ]
    assert wrong == []


@pytest.mark.parametrize("name", VALID)
def test_checks_refuse_what_kazoo_refuses(name: str) -> None:
    """Whatever the schema refuses around its limits is found before a body leaves."""
    found = [
        (probe, ours)
        for probe, accepted, ours in around(name)
        if not accepted and probe.at.removesuffix("[]") in SENT.get(name, (probe.at,))
    ]
    assert found
    assert [(probe.at, probe.what) for probe, ours in found if ours] == []
