"""template.yaml in CloudFormation, and the functions as it deployed them."""

import base64
import json
import re
import subprocess
import time
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from botocore.exceptions import ClientError

from scripts.lint_template import ROOT, read
from tests.deploy.conftest import (
    FLOODING,
    KEYS,
    NAME,
    SECRET,
    Deployed,
    Guided,
    environment,
    with_parameters,
)

pytestmark = [pytest.mark.deploy, pytest.mark.slow]

ACCOUNT = "0123456789abcdef0123456789abcdef"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def _request(**more: str) -> dict[str, str]:
    """Return the parameters that KAZOO always sends, and *more*."""
    return {
        "Call-ID": "deploy-test@192.0.2.1",
        "Account-ID": ACCOUNT,
        "From": "4155550100@example.com",
        "From-Realm": "example.com",
        "To": "4155550199@example.com",
        "To-Realm": "example.com",
        "Request": "4155550199@example.com",
        "Caller-ID-Name": "Ada",
        "Caller-ID-Number": "+14155550100",
        "Direction": "inbound",
        "Api-Version": "4.x",
        "Language": "en-us",
    } | more


def test_the_questions_of_a_guided_deployment(guided: Guided) -> None:
    """At most twelve, all answered by Enter but the secret and what an operator wants to set."""
    seen = guided.terminal

    assert f"Successfully created/updated stack - {NAME}" in seen.screen
    assert len(seen.questions) <= 12, seen.questions
    assert sum("Parameter" in each for each in seen.questions) == 3
    assert SECRET not in guided.config.read_text("utf-8")
    assert SECRET not in seen.screen


def test_the_stack_is_complete(deployed: Deployed) -> None:
    """CloudFormation makes every resource of the template, at the first try."""
    (stack,) = deployed.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"]

    assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_workers_are_on_or_off_as_deployed(deployed: Deployed) -> None:
    """A worker that was switched on is there, with the bus; one without its setting is not."""
    made = deployed.resources.keys()

    assert {"FanOutWorker", "FanOutQueue", "FanOutDeadLetterAlarm", "EventBusWorker"} <= made
    assert not [name for name in made if name.startswith(("BillingSync", "HookWatch"))]


def test_the_only_address_cannot_be_closed(deployed: Deployed) -> None:
    """CloudFormation rejects the parameters of a stack without any address."""
    resources = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    template = {
        "Parameters": read(ROOT / "template.yaml")["Parameters"],
        "Resources": resources,
    }
    closed = with_parameters(DefaultEndpoint="closed")
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in closed.items()]

    with pytest.raises(ClientError, match="Set PublicUrl"):
        deployed.client("cloudformation").create_stack(
            StackName="closed", TemplateBody=json.dumps(template), Parameters=given
        )


def test_the_outputs_are_ready_to_paste(deployed: Deployed) -> None:
    """Every URL is absolute and has the placeholder where the key goes."""
    (stack,) = deployed.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    assert re.fullmatch(r"https://[\w.-]+/<KEY>/pivot/say_hello", outputs["SayHelloUrl"])


def test_sam_remote_invoke_is_answered(deployed: Deployed) -> None:
    """The deployed function answers an event of the gateway with a flow."""
    event = {
        "version": "2.0",
        "routeKey": "ANY /{key}/pivot/say_hello",
        "rawPath": f"/{KEYS['pivot']}/pivot/say_hello",
        "rawQueryString": "",
        "headers": FORM | {"host": "pivot.example.com"},
        "requestContext": {
            "domainName": "pivot.example.com",
            "stage": "$default",
            "http": {
                "method": "POST",
                "path": f"/{KEYS['pivot']}/pivot/say_hello",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "",
            },
        },
        "pathParameters": {"key": KEYS["pivot"]},
        "body": base64.b64encode(urlencode(_request()).encode()).decode(),
        "isBase64Encoded": True,
    }
    result = deployed.sam(
        "remote", "invoke", "SayHello", "--stack-name", NAME, "--event", json.dumps(event)
    )

    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout.strip().splitlines()[-1])
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["module"] == "tts"


def test_the_api_answers_over_http(api_url: str) -> None:
    """A form POST as KAZOO sends it gets 200 and a flow that greets the caller."""
    url = f"{api_url}/{KEYS['pivot']}/pivot/say_hello"
    answer = httpx.post(url, content=urlencode(_request()), headers=FORM, timeout=30)

    assert answer.status_code == 200
    assert "Ada" in answer.json()["data"]["text"]


def test_a_key_that_was_not_deployed_is_refused(api_url: str) -> None:
    """The development keys of a local run are worth nothing in a deployed stack."""
    for key in ("pivot-development", KEYS["webhooks"]):
        url = f"{api_url}/{key}/pivot/say_hello"
        answer = httpx.post(url, content=urlencode(_request()), headers=FORM, timeout=30)
        assert answer.status_code == 401


def test_a_flood_of_one_account_is_refused(deployed: Deployed, api_url: str) -> None:
    """With the option, a deployed function may count an account's calls, and refuses a flood."""
    url = f"{api_url}/{KEYS['pivot']}/pivot/say_hello"
    flood = urlencode(_request(**{"Account-ID": FLOODING}))
    statuses = [
        httpx.post(url, content=flood, headers=FORM, timeout=30).status_code for _ in range(12)
    ]
    assert set(statuses) == {200, 429}
    assert statuses[0] == 200
    table = deployed.resources["CallCountsTable"]
    items = deployed.client("dynamodb").scan(TableName=table)["Items"]
    assert {item["pk"]["S"].partition("#")[0] for item in items} == {FLOODING}
    other = httpx.post(url, content=urlencode(_request()), headers=FORM, timeout=30)
    assert other.status_code == 200


def test_a_conversation_goes_on_in_a_deployed_table(api_url: str) -> None:
    """The first answer asks, and hands out an absolute URL for the follow-up."""
    url = f"{api_url}/{KEYS['pivot']}/pivot/account_balance"
    answer = httpx.post(url, content=urlencode(_request()), headers=FORM, timeout=30)

    assert answer.status_code == 200
    urls = re.findall(r'"voice_url": ?"([^"]+)"', answer.text)
    assert urls
    assert all(found.startswith("https://") for found in urls)
    assert KEYS["pivot"] not in answer.text


def test_a_deployed_function_finds_the_entries_that_are_put(
    deployed: Deployed, api_url: str, tmp_path: Path
) -> None:
    """`pivotctl entries` fills the Directory of a deployed stack: a known caller is recognized."""
    known = {"kind": "caller", "key": "+14155550177", "value": {"account": "1001"}}
    customer = {"kind": "account", "key": "1001", "value": {"balance": 7, "pin": "4321"}}
    file = tmp_path / "customers.json"
    file.write_text(json.dumps([known, customer]))
    where = ("--account", ACCOUNT, "--stack", NAME)
    done = subprocess.run(
        [ROOT / ".venv/bin/pivotctl", "entries", "put", file, *where],
        cwd=ROOT, env=environment(deployed.url, tmp_path), capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    url = f"{api_url}/{KEYS['pivot']}/pivot/account_balance"
    request = urlencode(_request(**{"Caller-ID-Number": "+14155550177", "Call-ID": "known@x"}))
    answer = httpx.post(url, content=request, headers=FORM, timeout=30)
    assert "Please enter your PIN." in answer.text


@pytest.mark.parametrize(
    ("kind", "name", "fields", "stored_as"),
    [
        (
            "webhooks",
            "channel_events",
            {"hook_event": "channel_create", "call_id": "leg-1", "account_id": ACCOUNT},
            f"{ACCOUNT}#leg-1",
        ),
        ("cdr", "cdr_url", {"hangup_cause": "NORMAL_CLEARING"}, "unknown#cdr-"),
    ],
    ids=["webhook", "cdr"],
)
def test_a_delivery_is_stored_and_merged(
    deployed: Deployed, api_url: str, kind: str, name: str, fields: dict[str, str], stored_as: str
) -> None:
    """A delivery gets 200 and lies in the table; its stream wakes the worker that merges it.

    Each of the two functions can do so with its own role: this AWS checks permissions.
    """
    url = f"{api_url}/{KEYS[kind]}/{kind}/{name}"
    body = urlencode(fields | {"timestamp": "63961056000"})
    answer = httpx.post(url, content=body, headers=FORM, timeout=30)

    assert answer.status_code == 200
    found = _items_of_a_call(deployed, stored_as)
    assert len(found) == 2
    assert "record" in found


def _items_of_a_call(deployed: Deployed, prefix: str) -> list[str]:
    """Return the sort keys of a call's items as soon as there are two, or after 20 s."""
    table, dynamodb = deployed.resources["CallRecordsTable"], deployed.client("dynamodb")
    deadline = time.monotonic() + 20
    while True:
        items = dynamodb.scan(TableName=table)["Items"]
        found = [item["sk"]["S"] for item in items if item["pk"]["S"].startswith(prefix)]
        if len(found) >= 2 or time.monotonic() > deadline:
            return found
        time.sleep(0.2)
