"""Commands to calls: by permission, within the account, to allowed numbers, and audited."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from pivotctl.upstreams import Upstreams
from pivotctl.upstreams.crossbar import CrossbarFake
from pivotkit.services.crossbar import LOCAL_ACCOUNT
from pivotkit.store.sockets import COMMANDS, Connection, Grant, Sockets
from tests.aws import aws_client
from tests.functions import load
from tests.sockets import THEIRS

CALL = "a84b4c76e66710@198.51.100.23"


class Phone:
    """A live call, and a client that commands it."""

    def __init__(self, environment: Any, upstreams: Upstreams) -> None:
        self.crossbar = cast("CrossbarFake", upstreams.crossbar.fake).crossbar
        leg = {"account_id": LOCAL_ACCOUNT, "call_id": CALL}
        self.crossbar.happened("channel_create", leg)
        environment.setenv("CROSSBAR_URL", f"{upstreams.url}/crossbar/v2")
        environment.setenv("SOCKETS_ENDPOINT", "http://127.0.0.1:9/live")
        environment.setenv("POWERTOOLS_SERVICE_NAME", "blackhole")
        self.handler = load("sockets/blackhole")

    def say(self, action: str, *permissions: str, **data: Any) -> dict[str, Any]:
        """Send a command with the account, and the call unless another one is named."""
        accounts = frozenset({LOCAL_ACCOUNT})
        grant = Grant("Jo (console)", accounts, frozenset(permissions or {COMMANDS}))
        now = int(time.time())
        Sockets().open(
            Connection("c=", "203.0.113.25", now, kazoo5=False, grant=grant, bindings=())
        )
        given = {"account_id": LOCAL_ACCOUNT, "call_id": CALL, **data}
        context = {"eventType": "MESSAGE", "connectionId": "c="}
        body = json.dumps({"action": action, "request_id": "r", "data": given})
        answer = self.handler({"requestContext": context, "body": body}, None)
        found: dict[str, Any] = json.loads(answer["body"])["data"]
        return found

    @property
    def flows(self) -> list[tuple[str, str]]:
        """The metaflows that KAZOO was sent: module, and target of a transfer."""
        flows = [each["flow"] for each in self.crossbar.actions]
        return [(flow["module"], flow["data"].get("target", "")) for flow in flows]


@pytest.fixture
def phone(tables: Mapping[str, str], function_environment: Any) -> Iterator[Phone]:
    """A live call in the account of the local Crossbar."""
    assert tables
    upstreams = Upstreams()
    upstreams.start()
    yield Phone(function_environment, upstreams)
    upstreams.stop()


def audit() -> list[dict[str, str]]:
    """The commands that were kept for the account, in no order."""
    items = aws_client("dynamodb").query(
        TableName="local-SocketsTable",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"audit#{LOCAL_ACCOUNT}"}},
    )["Items"]
    return [{name: value.get("S", "") for name, value in item.items()} for item in items]


@pytest.mark.parametrize(
    ("action", "data", "flow"),
    [
        ("hangup", {}, ("hangup", "")),
        ("transfer", {"target": "2001"}, ("transfer", "2001")),
        ("transfer", {"target": "(415) 555-2671"}, ("transfer", "+14155552671")),
        ("park", {}, ("transfer", "*4")),
        ("park", {"slot": "12"}, ("transfer", "*312")),
        ("metaflow", {"module": "hold"}, ("hold", "")),
        ("metaflow", {"module": "record_call", "data": {"action": "start"}}, ("record_call", "")),
    ],
)
def test_a_command_reaches_the_call(
    phone: Phone, action: str, data: dict[str, Any], flow: tuple[str, str]
) -> None:
    """KAZOO gets the metaflow, and the command is kept with who gave it."""
    assert phone.say(action, **data) == {"call_id": CALL}
    assert phone.flows == [flow]
    (entry,) = audit()
    assert (entry["by"], entry["from"]) == ("Jo (console)", "203.0.113.25")
    assert (entry["command"], entry["call_id"], entry["outcome"]) == (action, CALL, "requested")


@pytest.mark.parametrize(
    ("action", "data", "error"),
    [
        ("hangup", {"call_id": ""}, "missing required keys : call_id"),
        ("hangup", {"call_id": "another"}, "there is no such live call in this account"),
        ("hangup", {"account_id": THEIRS}, "unauthorized account id"),
        ("transfer", {}, "missing required keys : target"),
        ("transfer", {"target": "911"}, "the number may not be dialed: emergency number"),
        (
            "transfer",
            {"target": "+442071838750"},
            "the number may not be dialed: not in an allowed",
        ),
        ("transfer", {"target": "+19005550123"}, "the number may not be dialed"),
        ("transfer", {"target": "*72"}, "the number may not be dialed: not a number"),
        ("transfer", {"target": "sip:a@b.example"}, "the number may not be dialed: not a number"),
        ("park", {"slot": "*72"}, "slot must be up to 6 digits, or omitted"),
        ("metaflow", {"module": "transfer"}, "module must be one of"),
        ("metaflow", {"module": "pivot"}, "module must be one of"),
        ("metaflow", {"module": "callflow"}, "module must be one of"),
        (
            "metaflow",
            {"module": "record_call", "data": {"url": "https://a.example"}},
            "takes no url",
        ),
    ],
)
def test_a_command_is_refused(phone: Phone, action: str, data: dict[str, Any], error: str) -> None:
    """No command dials what the account may not, or touches a call that is not its own."""
    assert error in phone.say(action, **data)["errors"][0]
    assert phone.flows == []


def test_a_client_without_the_permission_commands_nothing(phone: Phone) -> None:
    """A key of the kind `sockets` sees events, and no more."""
    for action in ("hangup", "transfer", "park", "metaflow"):
        refused = phone.say(action, "numbers", target="2001", module="hangup")
        assert refused == {"errors": [f"not authorized for {action}"]}
    assert (phone.flows, audit()) == ([], [])


def test_a_command_that_kazoo_does_not_take_is_kept(
    phone: Phone, function_environment: pytest.MonkeyPatch
) -> None:
    """The client hears that it failed, and the audit has both the request and the failure."""
    function_environment.setenv("CROSSBAR_URL", "http://127.0.0.1:9/v2")
    refused = phone.say("hangup")
    assert refused == {"errors": ["KAZOO did not take the command: try again"]}
    assert sorted(entry["outcome"] for entry in audit()) == ["failed", "requested"]
