"""AWS Signature Version 4 for a POST to the root of a service.

botocore has a signer, too, but to import it takes a third of a stateful function's INIT. A property
test holds every signature against botocore's.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import NamedTuple

_ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(NamedTuple):
    """An access key, its secret, and the token of temporary ones."""

    access_key: str
    secret_key: str
    token: str | None = None


def authorization(
    credentials: Credentials,
    region: str,
    service: str,
    at: str,
    headers: Mapping[str, str],
    body: bytes,
) -> str:
    """The `Authorization` header of a request with *headers*, all of which are signed.

    Their names are in lower case, and `host` and `x-amz-date` are among them; the latter is *at*,
    as in `20261129T080000Z`.
    """
    names = sorted(headers)
    lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    signed = ";".join(names)
    canonical = f"POST\n/\n\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{at[:8]}/{region}/{service}/aws4_request"
    text = f"{_ALGORITHM}\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = _signing_key(credentials.secret_key, scope)
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={signed}, Signature={signature}"
    )


def _signing_key(secret_key: str, scope: str) -> bytes:
    """The key of a day, a region, and a service."""
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
