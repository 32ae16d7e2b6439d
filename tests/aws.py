"""The AWS behind pytest-localstack, and clients of it that are made once.

Making a client takes as long as ten requests to the local AWS, so tests share theirs. The layer's
own clients are made anew in each test, as in a new execution environment.
"""

import functools
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AwsBackend:
    """A pytest-localstack session and what is behind it: `ministack`, `moto`, or `docker`."""

    name: str
    session: Any

    @property
    def dynamodb_url(self) -> str:
        """The URL of its DynamoDB."""
        return str(self.session.endpoint_url("dynamodb"))


_current: list[AwsBackend] = []


def use(backend: AwsBackend) -> None:
    """Make *backend* the one whose clients `aws_client` returns."""
    _current[:] = [backend]


def aws_client(service: str) -> Any:
    """The client of *service* of the AWS that the running test is at, by the fixture `aws`."""
    return _client(_current[0], service)


@functools.cache
def _client(backend: AwsBackend, service: str) -> Any:
    return backend.session.botocore.client(service)
