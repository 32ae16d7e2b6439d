"""`pivotctl call` against a server in this process."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from pivotctl.commands.call import CallOptions, command
from pivotctl.switch.scenario import Scenario
from pivotctl.switch.world import World
from tests.unit.switch.servers import listening, says


def _server(status: int, body: object) -> Callable[[socket.socket, bytes], None]:
    text = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n"

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(f"{head}content-length: {len(text)}\r\n\r\n".encode() + text)

    return answer


def call(*arguments: str, status: int = 200, body: object = None) -> Result:
    """Run the command against a server that gives one answer."""
    with listening(_server(status, body if body is not None else says("Hello"))) as url:
        return CliRunner().invoke(command, ["--url", f"{url}/key/pivot/x", *arguments])


def test_a_call_that_is_carried_through_exits_with_zero() -> None:
    """The dialogue is printed, keys in URLs are not."""
    result = call()
    assert result.exit_code == 0, result.output
    assert "hears   “Hello”" in result.output
    assert "/key/" not in result.output


def test_a_call_that_kazoo_drops_exits_with_one() -> None:
    """The verdict and the fix stand in the dialogue."""
    result = call(body={"module": "response", "data": {"code": "486"}})
    assert result.exit_code == 1
    assert "dead_air" in result.output
    assert "Send a number without quotes" in result.output


def test_a_failed_request_exits_with_one() -> None:
    """KAZOO would not have carried the call through."""
    assert call(status=500).exit_code == 1


def test_a_newer_kazoo_sends_no_get_with_brackets() -> None:
    """--strict-urls: the call has a variable, which a GET would put into its URL."""
    wanted = ("--strict-urls", "--var", "a=b", "--method")
    refused = call(*wanted, "get")
    assert refused.exit_code == 1
    assert "use method post" in refused.output
    assert call(*wanted, "post").exit_code == 0


def test_json_prints_one_event_a_line() -> None:
    """Each is an object with a type, the last one the end."""
    events = [json.loads(line) for line in call("--json").output.splitlines()]
    assert [event["type"] for event in events][:2] == ["request", "answer"]
    assert events[-1]["type"] == "end"
    assert events[-1]["verdict"] == "executes"


def test_options_shape_the_request() -> None:
    """Parties, ids, variables, format, method and body are the caller's to choose."""
    parties = ["--from", "1001", "--to", "2000", "--account", "a", "--call-id", "c"]
    output = call(*parties, "--var", "k=v", "--body", "json", "--json").output
    request = json.loads(output.splitlines()[0])
    sent = json.loads(request["body"])
    assert (sent["From"], sent["To"], sent["Account-ID"], sent["Call-ID"]) == (
        "1001",
        "2000",
        "a",
        "c",
    )
    assert sent["Custom-Application-Vars"] == {"k": "v"}
    twiml = json.loads(
        call("--format", "twiml", "--method", "get", "--json").output.splitlines()[0]
    )
    assert (twiml["method"], "CallSid=" in twiml["url"]) == ("GET", True)


ASKS_TWICE = {
    "module": "tts",
    "data": {"text": "First?"},
    "children": {
        "_": {
            "module": "collect_dtmf",
            "data": {},
            "children": {
                "_": {
                    "module": "tts",
                    "data": {"text": "Second?"},
                    "children": {"_": {"module": "collect_dtmf", "data": {}}},
                }
            },
        }
    },
}


def test_an_empty_entry_is_silence_at_a_question() -> None:
    """The caller presses nothing at the first question, and a key at the second."""
    result = call("--dialogue", "--press", "", "--press", "7", body=ASKS_TWICE)
    assert result.exit_code == 0, result.output
    lines = [line for line in result.output.splitlines() if "presses" in line or "?" in line]
    assert [("nothing" in line, "7" in line) for line in lines if "presses" in line] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--silence", "--press", "1"], "contradict"),
        (["--press", "12a"], "not a sequence"),
        (["--var", "x"], "name=value"),
        (["--answer", "perhaps"], "perhaps"),
    ],
)
def test_a_wrong_command_line_exits_with_two(arguments: list[str], text: str) -> None:
    """The message names the value."""
    result = call(*arguments)
    assert result.exit_code == 2
    assert text in result.output


def test_a_call_needs_somebody_to_call() -> None:
    """Without a name and without a URL there is nobody."""
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 2
    assert "Name the function" in result.output


def test_the_command_line_wins_over_the_callflow() -> None:
    """Only what is given is put over the callflow's data, and a world only in place of its own."""
    wanted = given("--method", "get", "--body", "json")
    assert wanted.data == {"method": "get", "req_body_format": "json"}
    met = Scenario(flow={}, world=World(fax=True), account_id="a" * 32)
    assert wanted.scenario(met).world.fax
    assert wanted.scenario(met).account_id == "a" * 32


def given(*arguments: str) -> CallOptions:
    """The call that these arguments describe."""
    return CallOptions.of(command.make_context("call", ["say_hello", *arguments]).params)


def test_a_dialogue_tells_what_the_caller_hears_alone() -> None:
    """`--dialogue` leaves out requests and times, which differ from one run to the next."""
    flow = {"module": "tts", "data": {"text": "Hello."}, "children": {}}
    with listening(_server(200, flow)) as url:
        played = CliRunner().invoke(command, ["--url", url, "--dialogue"])
    assert played.output.splitlines() == [
        "KAZOO    picks up",
        "caller   hears   “Hello.”",
        "KAZOO    hangs up",
    ]
