"""Region, endpoint, and credentials: those that boto3 would use."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from botocore.session import Session

from pivotkit.core.errors import StateUnavailable
from pivotkit.store.aws_settings import credentials_source, dynamodb_endpoint, region
from pivotkit.store.sigv4 import Credentials

SESSION = Session()
REGIONS = sorted(
    name
    for partition in SESSION.get_available_partitions()
    for name in SESSION.get_available_regions("dynamodb", partition)
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    """An environment without anything of AWS."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def of_botocore(region_name: str) -> str:
    """The endpoint of botocore's client."""
    made: Any = SESSION.create_client(
        "dynamodb", region_name, aws_access_key_id="a", aws_secret_access_key="s"
    )
    return str(made.meta.endpoint_url)


def test_the_endpoint_of_each_region(environment: pytest.MonkeyPatch) -> None:
    """Every region has the endpoint that botocore knows, and so has one that is new."""
    environment.delenv("AWS_CONFIG_FILE")
    names = [*REGIONS, "eu-west-9", "mars-north-1"]
    assert {name: dynamodb_endpoint(name) for name in names} == {
        name: of_botocore(name) for name in names
    }


@pytest.mark.parametrize("switch", ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])
@pytest.mark.parametrize("name", ["us-east-1", "ca-central-1", "us-gov-west-1"])
def test_unusual_endpoints(environment: pytest.MonkeyPatch, switch: str, name: str) -> None:
    """FIPS and dual-stack endpoints are those of botocore."""
    usual = of_botocore(name)
    environment.setenv(switch, "true")
    assert dynamodb_endpoint(name) == of_botocore(name) != usual


def test_a_configured_endpoint_wins(environment: pytest.MonkeyPatch) -> None:
    """The variable for DynamoDB goes before that for all services, unless both are switched off."""
    environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert dynamodb_endpoint("us-east-1") == "http://127.0.0.1:4566"
    environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000")
    assert dynamodb_endpoint("us-east-1") == "http://127.0.0.1:8000"
    environment.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert dynamodb_endpoint("us-east-1") == "https://dynamodb.us-east-1.amazonaws.com"


def test_the_region(environment: pytest.MonkeyPatch) -> None:
    """Either variable names the region, and without one the error names the fix."""
    with pytest.raises(StateUnavailable, match="AWS_REGION"):
        region()
    environment.setenv("AWS_REGION", "eu-west-1")
    assert region() == "eu-west-1"


def test_credentials_of_the_environment(environment: pytest.MonkeyPatch) -> None:
    """Lambda's credentials are variables, with a token."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        environment.setenv(f"AWS_{name}", name)
    source = credentials_source()
    assert source() == Credentials("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")


class _Issuer(HTTPServer):
    """Hands out credentials for a minute, each time others."""

    issued = 0


class _Exchange(BaseHTTPRequestHandler):
    server: _Issuer

    def do_GET(self) -> None:
        """Issue credentials, as a restored environment of Lambda gets them."""
        self.server.issued += 1
        ends = datetime.now(UTC) + timedelta(minutes=1)
        body = json.dumps(
            {
                "AccessKeyId": f"key {self.server.issued}",
                "SecretAccessKey": "secret",
                "Token": "token",
                "Expiration": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
            }
        ).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing."""


@pytest.fixture
def issuer() -> Iterator[str]:
    """The URL of an endpoint for credentials."""
    with _Issuer(("127.0.0.1", 0), _Exchange) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v2/credentials"
        server.shutdown()
        thread.join()


def test_credentials_that_expire_are_renewed(environment: pytest.MonkeyPatch, issuer: str) -> None:
    """A restored snapshot has credentials of an endpoint, which are renewed before they expire."""
    environment.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", issuer)
    source = credentials_source()
    assert source().access_key != source().access_key


def test_no_credentials() -> None:
    """Without credentials a request fails as if DynamoDB were out of reach."""
    with pytest.raises(StateUnavailable, match="NoCredentialsError"):
        credentials_source()()
