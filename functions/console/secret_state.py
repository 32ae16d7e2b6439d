"""Whether secrets are set. The console may read none: it asks for the tags of a parameter.

SSM lists the tags of a parameter that exists, and refuses one that does not.
"""

import json
import os
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pivotkit.http.keys import is_local
from pivotkit.store.client import client

SET, NOT_SET, UNKNOWN = "set", "not set", "unknown"
_MISSING = "InvalidResourceId"
ANSWER_SECONDS = 0.8


def state(function: str, setting: str, account: str = "") -> str:
    """Return `set`, `not set`, or `unknown` for a secret of the deployment, or of an account."""
    between = f"/{account}" if account else ""
    name = f"{os.environ.get('SECRETS_PATH', '')}/{function}{between}/{setting}"
    return _in_file(name) if is_local() else _in_ssm(name)


def _in_file(name: str) -> str:
    """The state of a local run's secret."""
    try:
        kept: dict[str, Any] = json.loads(Path(os.environ["PIVOTCTL_SECRETS"]).read_text("utf-8"))
    except FileNotFoundError:
        return NOT_SET
    except (KeyError, OSError, ValueError):
        return UNKNOWN
    return SET if kept.get(name) else NOT_SET


def _in_ssm(name: str) -> str:
    ssm = client("ssm", ANSWER_SECONDS)
    try:
        ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)
    except ClientError as error:
        return NOT_SET if error.response["Error"]["Code"] == _MISSING else UNKNOWN
    except BotoCoreError:
        return UNKNOWN
    return SET
