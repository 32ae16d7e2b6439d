"""The local WebSocket gateway against MiniStack's: the same events, messages, and errors.

MiniStack has no limits on size and takes binary messages, answers every refused handshake with 403,
and runs no layers. So only what both have is compared, with a function of its own.
"""

import asyncio
import io
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import websockets
from botocore.exceptions import ClientError

from pivotctl.project import Project
from pivotctl.stack.aws import LocalAws
from pivotctl.stack.processes import Processes
from tests.sockets import ROUTES, heard, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
CODE = """
import json

def handler(event, context):
    if event["requestContext"]["eventType"] == "CONNECT":
        return {"statusCode": 403 if "refuse" in json.dumps(event["headers"]) else 200}
    return {"statusCode": 200, "body": json.dumps(event)}
"""


def handler(event: dict[str, Any]) -> dict[str, Any]:
    """The same function, for our gateway."""
    names: dict[str, Any] = {}
    exec(CODE, names)  # noqa: S102
    answer: dict[str, Any] = names["handler"](event, None)
    return answer


def client_at(url: str, service: str) -> Any:
    """A client of AWS at *url*."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    made: Any = boto3.client
    return made(service, endpoint_url=url, region_name="us-east-1", **keys)


class Endpoint:
    """A WebSocket API, and the client of its management API."""

    def __init__(self, url: str, posts: str) -> None:
        self.url = url
        self.api = client_at(posts, "apigatewaymanagementapi")


@pytest.fixture(params=["ours", "ministack"])
def endpoint(request: pytest.FixtureRequest, project: Project, tmp_path: Any) -> Iterator[Endpoint]:
    """Each gateway in turn, with the function behind all routes."""
    if request.param == "ours":
        with serving(handler) as local:
            yield Endpoint(local.url, local.posts)
        return
    processes = Processes()
    aws = LocalAws(project.tools, processes, tmp_path, tmp_path / "aws.log")
    aws.start()
    aws.wait()
    path = f"_aws/execute-api/{deployed(aws.url)}/live"
    yield Endpoint(f"{aws.url.replace('http', 'ws', 1)}/{path}", f"{aws.url}/{path}")
    processes.close()


def deployed(url: str) -> str:
    """Deploy function and API to MiniStack; return the API's ID."""
    functions, apis = client_at(url, "lambda"), client_at(url, "apigatewayv2")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("app.py", CODE)
    arn = functions.create_function(
        FunctionName="echo",
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/echo",
        Handler="app.handler",
        Code={"ZipFile": packed.getvalue()},
    )["FunctionArn"]
    selection = "$request.body.action"
    api = str(
        apis.create_api(Name="e", ProtocolType="WEBSOCKET", RouteSelectionExpression=selection)[
            "ApiId"
        ]
    )
    target = apis.create_integration(ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn)
    for key in ROUTES:
        to = {"Target": f"integrations/{target['IntegrationId']}"}
        route = apis.create_route(ApiId=api, RouteKey=key, **to)["RouteId"]
        if key == "$default":
            apis.create_route_response(ApiId=api, RouteId=route, RouteResponseKey=key)
            chosen = {"RouteResponseSelectionExpression": key}
            apis.update_route(ApiId=api, RouteId=route, **chosen)
    apis.create_stage(ApiId=api, StageName="live", AutoDeploy=True)
    return api


def test_both_gateways_agree(endpoint: Endpoint) -> None:
    """A message's event has the same members, functions reach the client, and a gone one is 410."""

    async def talk() -> str:
        async with websockets.connect(endpoint.url, proxy=None) as client:
            await client.send('{"action":"x"}')
            event = await heard(client)
            context = event["requestContext"]
            members = {"routeKey", "eventType", "stage", "connectedAt", "identity", "connectionId"}
            assert context.keys() >= members | {"messageId", "requestTimeEpoch", "domainName"}
            assert (context["routeKey"], context["eventType"]) == ("$default", "MESSAGE")
            assert (event["body"], event["isBase64Encoded"]) == ('{"action":"x"}', False)
            identifier = str(context["connectionId"])
            post = endpoint.api.post_to_connection
            await asyncio.to_thread(post, ConnectionId=identifier, Data=b'{"hi":1}')
            assert await heard(client) == {"hi": 1}
            await asyncio.to_thread(endpoint.api.get_connection, ConnectionId=identifier)
        return identifier

    identifier = asyncio.run(talk())
    assert code_of_gone(endpoint, identifier) == "GoneException"


def code_of_gone(endpoint: Endpoint, identifier: str) -> str:
    """The error for a connection whose client has left; a gateway may learn that a little later."""
    for _ in range(200):
        try:
            endpoint.api.post_to_connection(ConnectionId=identifier, Data=b"x")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        time.sleep(0.05)
    return "still there"


def test_both_gateways_refuse(endpoint: Endpoint) -> None:
    """A handshake that the function of $connect refuses is a 403, and no connection."""

    async def talk() -> int:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(
                endpoint.url, proxy=None, additional_headers={"X-Test": "refuse"}
            )
        return refused.value.response.status_code

    assert asyncio.run(talk()) == 403
