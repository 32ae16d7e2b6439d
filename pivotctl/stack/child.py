"""Imports a handler and runs it for each event; the fallback for AWS's runtime.

Run as a script: `python child.py app.handler FD`. One event per line comes in on standard input,
one result per line goes out on the file descriptor FD. It imports nothing of the project.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
import uuid
from typing import Any


class LambdaContext:
    """The context object that Lambda passes to a handler."""

    def __init__(self) -> None:
        seconds = float(os.environ["AWS_LAMBDA_FUNCTION_TIMEOUT"])
        self._deadline = time.monotonic() + seconds
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.aws_request_id = str(uuid.uuid4())
        region = os.environ["AWS_REGION"]
        self.invoked_function_arn = (
            f"arn:aws:lambda:{region}:012345678912:function:{self.function_name}"
        )
        self.client_context = None
        self.identity = None

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function's timeout."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def load(handler: str) -> Any:
    """Return the function `module.name`; the task folder is first on the path."""
    # Python has put the folder of this script there, which Lambda does not have.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    module, _, name = handler.rpartition(".")
    return getattr(importlib.import_module(module.replace("/", ".")), name)


def run(handler: Any, event: Any) -> str:
    """Return the handler's result as JSON, or the error as Lambda reports it."""
    context = LambdaContext()
    sys.stdout.write(f"START RequestId: {context.aws_request_id} Version: $LATEST\n")
    try:
        result = json.dumps(handler(event, context), ensure_ascii=False)
    except Exception as error:  # noqa: BLE001 any exception is the handler's answer
        traceback.print_exc()
        result = json.dumps(
            {
                "errorMessage": str(error),
                "errorType": type(error).__name__,
                "requestId": context.aws_request_id,
                "stackTrace": traceback.format_tb(error.__traceback__),
            }
        )
    sys.stdout.write(f"END RequestId: {context.aws_request_id}\n")
    sys.stdout.flush()
    return result


def main() -> None:
    """Serve events until the input ends."""
    name, results = sys.argv[1], int(sys.argv[2])
    output = os.fdopen(results, "wb")
    handler = load(name)
    for line in sys.stdin.buffer:
        output.write(run(handler, json.loads(line)).encode() + b"\n")
        output.flush()


if __name__ == "__main__":
    main()
