"""A deployed stack: its outputs, its resources, and clients in its region.

Each failure is one sentence that names the cause and the fix.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_INVALID = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


class DeployedError(Exception):
    """AWS cannot be asked, or has no such stack. The message has the fix."""


@dataclass(frozen=True)
class DeployedStack:
    """A stack by its name. Without `region` and `profile`, those of the AWS configuration count."""

    name: str
    region: str = ""
    profile: str = ""

    def client(self, service: str) -> Any:
        """Return a client of *service*. Raises `DeployedError`."""
        import boto3  # noqa: PLC0415  (only needed for a deployed stack)

        with explained(self):
            session: Any = boto3.Session(
                region_name=self.region or None, profile_name=self.profile or None
            )
            return session.client(service)

    @cached_property
    def described(self) -> dict[str, Any]:
        """CloudFormation's description of the stack. Raises `DeployedError`."""
        client = self.client("cloudformation")
        with explained(self):
            found: dict[str, Any] = client.describe_stacks(StackName=self.name)["Stacks"][0]
        return found

    @property
    def outputs(self) -> dict[str, str]:
        """Values of the outputs by key."""
        listed = self.described.get("Outputs", [])
        return {each["OutputKey"]: each["OutputValue"] for each in listed}

    def output(self, name: str) -> str:
        """Return the output *name*. Raises `DeployedError`."""
        if name not in self.outputs:
            known = ", ".join(sorted(self.outputs)) or "none"
            raise DeployedError(
                f"The stack {self.name} has no output {name}: deploy it again. It has {known}"
            )
        return self.outputs[name]

    @cached_property
    def resources(self) -> dict[str, tuple[str, str]]:
        """Type and physical ID of each resource, by logical ID. Raises `DeployedError`."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        with explained(self):
            return {
                each["LogicalResourceId"]: (each["ResourceType"], each["PhysicalResourceId"])
                for page in pages.paginate(StackName=self.name)
                for each in page["StackResourceSummaries"]
                if "PhysicalResourceId" in each
            }

    def resource(self, logical_id: str) -> str:
        """Return the physical ID of a resource. Raises `DeployedError`."""
        if logical_id not in self.resources:
            raise DeployedError(
                f"The stack {self.name} has no {logical_id}: is it a stack of this project?"
            )
        return self.resources[logical_id][1]

    def variables(self, logical_id: str) -> dict[str, str]:
        """Return the environment of a function. Raises `DeployedError`."""
        name, client = self.resource(logical_id), self.client("lambda")
        with explained(self):
            found = client.get_function_configuration(FunctionName=name)
        variables: dict[str, str] = found.get("Environment", {}).get("Variables", {})
        return variables

    def caller(self) -> str:
        """Return the ARN of whose credentials are used. Raises `DeployedError`."""
        client = self.client("sts")
        with explained(self):
            return str(client.get_caller_identity()["Arn"])

    @property
    def exists(self) -> bool:
        """Whether there is such a stack. Raises `DeployedError` if that cannot be known.

        One whose first change set was never executed has no resources and no parameters yet.
        """
        try:
            return str(self.described["StackStatus"]) != "REVIEW_IN_PROGRESS"
        except NoStackError:
            return False


class NoStackError(DeployedError):
    """There is no such stack in the region."""


@contextmanager
def explained(stack: DeployedStack) -> Iterator[None]:
    """Raise `DeployedError` in place of botocore's errors."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        raise _refused(error, stack) from error
    except BotoCoreError as error:
        raise DeployedError(_unsent(error, stack)) from error


def _own_region() -> str:
    """The region of the user's AWS configuration."""
    import boto3  # noqa: PLC0415  (only needed for a deployed stack)

    return boto3.Session().region_name or "no region"


def _unsent(error: Exception, stack: DeployedStack) -> str:
    """The sentence about a request that did not leave, or was not answered."""
    name = type(error).__name__
    profile = stack.profile or os.environ.get("AWS_PROFILE", "default")
    found = {
        "NoRegionError": "No AWS region is set: set AWS_REGION, or run "
        "`aws configure set region us-east-1`",
        "InvalidRegionError": f"{error} Correct the region (AWS_REGION).",
        "ProfileNotFound": f"There is no AWS profile {profile!r}: correct AWS_PROFILE "
        "(`aws configure list-profiles` lists them)",
        "NoCredentialsError": "No AWS credentials were found: run `aws configure` or "
        "`aws sso login`, or set AWS_PROFILE",
        "PartialCredentialsError": "The AWS credentials are incomplete: set both "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`",
        "EndpointConnectionError": "AWS cannot be reached: check the network and the region",
    }
    if "SSO" in name or name in {"TokenRetrievalError", "LoginRefreshRequired"}:
        return "The AWS session has expired: run `aws sso login`"
    return found.get(name, f"AWS cannot be asked: {error}")


def _refused(error: ClientError, stack: DeployedStack) -> DeployedError:
    """The sentence about an answer of AWS."""
    said = error.response.get("Error", {})
    code, message = said.get("Code", ""), said.get("Message", "")
    if "does not exist" in message and code in {"ValidationError", "StackNotFoundException"}:
        return NoStackError(
            f"There is no stack {stack.name} in {stack.region or _own_region()}: correct --stack "
            f"or the region (AWS_REGION), or run `pivotctl deploy --stack {stack.name}`"
        )
    if code in _EXPIRED:
        return DeployedError("The AWS credentials have expired: log in again (`aws sso login`)")
    if code in _INVALID:
        return DeployedError("AWS does not know these credentials: run `aws configure`")
    if code in _DENIED:
        return DeployedError(
            f"These AWS credentials may not call {error.operation_name}: use others (AWS_PROFILE), "
            "or ask for the permission"
        )
    return DeployedError(f"AWS refused {error.operation_name} of {stack.name}: {message or code}")
