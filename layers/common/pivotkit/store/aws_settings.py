"""The AWS settings of an environment: region, endpoint, and credentials, as the SDK reads them.

On Lambda they are environment variables. What is not usual there, such as a FIPS endpoint or the
credentials of a restored snapshot, is left to botocore, which takes longer.
"""

import os
import re
from collections.abc import Callable
from typing import Any

from pivotkit.core.errors import StateUnavailable
from pivotkit.store.sigv4 import Credentials

_COMMERCIAL = re.compile(
    r"(us|eu|ap|sa|ca|me|af|il|mx)-(central|north|south|east|west|northeast|southeast)-\d"
)
_CHINA = re.compile(r"cn-(north|northwest)-\d")
_OTHER_ENDPOINTS = (
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_ACCOUNT_ID",
    "AWS_CONFIG_FILE",
    "AWS_PROFILE",
)
"""Variables with which an endpoint may be another than the region's usual one."""


def region() -> str:
    """The region. Raises `StateUnavailable` without one."""
    found = os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION")
    if not found:
        raise StateUnavailable("no region: set AWS_REGION")
    return found


def dynamodb_endpoint(region_name: str) -> str:
    """The URL of DynamoDB in a region."""
    return _configured_endpoint() or _usual_endpoint(region_name) or _by_botocore(region_name)


def _configured_endpoint() -> str | None:
    if os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return None
    return os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")


def _usual_endpoint(region_name: str) -> str | None:
    if any(os.environ.get(name) for name in _OTHER_ENDPOINTS):
        return None
    if _COMMERCIAL.fullmatch(region_name):
        return f"https://dynamodb.{region_name}.amazonaws.com"
    if _CHINA.fullmatch(region_name):
        return f"https://dynamodb.{region_name}.amazonaws.com.cn"
    return None


def _by_botocore(region_name: str) -> str:
    made: Any = _session().create_client("dynamodb", region_name=region_name)
    url: str = made.meta.endpoint_url
    return url


def credentials_source() -> Callable[[], Credentials]:
    """A function that returns the credentials which are valid now.

    It raises `StateUnavailable` when there are none.
    """
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    access_key, secret_key = (os.environ.get(name, "") for name in names)
    if access_key and secret_key:
        fixed = Credentials(access_key, secret_key, os.environ.get("AWS_SESSION_TOKEN"))
        return lambda: fixed
    return _renewed_by_botocore()


def _renewed_by_botocore() -> Callable[[], Credentials]:
    """Credentials of any other source, which botocore renews before they expire."""
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415  (slow to import)

    session = _session()

    def current() -> Credentials:
        try:
            found: Any = session.get_credentials()
            if found is None:
                raise StateUnavailable("NoCredentialsError")
            frozen = found.get_frozen_credentials()
        except BotoCoreError as error:
            raise StateUnavailable(type(error).__name__) from error
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    return current


def _session() -> Any:
    from botocore.session import Session  # noqa: PLC0415  (slow to import)

    return Session()
