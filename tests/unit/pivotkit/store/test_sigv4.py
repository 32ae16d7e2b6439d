"""Signatures of requests, held against botocore's."""

from datetime import UTC, datetime

import time_machine
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from pivotkit.store.sigv4 import Credentials, authorization

SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="'"), min_size=1
)
HEADER_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@settings(max_examples=150)
@given(
    access_key=st.from_regex(r"AKIA[A-Z0-9]{4,16}", fullmatch=True),
    secret_key=SECRETS,
    token=st.none() | SECRETS,
    region=st.sampled_from(["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"]),
    target=HEADER_TEXT,
    body=st.binary(max_size=200),
    at=st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)),  # noqa: DTZ001
)
def test_signatures_are_those_of_botocore(
    access_key: str,
    secret_key: str,
    token: str | None,
    region: str,
    target: str,
    body: bytes,
    at: datetime,
) -> None:
    """Any request has the signature that botocore gives it."""
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": f"dynamodb.{region}.amazonaws.com",
        "x-amz-target": target,
    }
    theirs = AWSRequest("POST", f"https://{headers['host']}/", dict(headers), body)
    with time_machine.travel(at.replace(tzinfo=UTC), tick=False):
        signer = SigV4Auth(BotocoreCredentials(access_key, secret_key, token), "dynamodb", region)
        signer.add_auth(theirs)
    ours = {**headers, "x-amz-date": f"{at:%Y%m%dT%H%M%SZ}"}
    if token:
        ours["x-amz-security-token"] = token
    credentials = Credentials(access_key, secret_key, token)
    signed = authorization(credentials, region, "dynamodb", ours["x-amz-date"], ours, body)
    assert signed == theirs.headers["Authorization"]
