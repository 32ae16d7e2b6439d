"""A deployed stack: its resources, and the configuration of its functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any


class DeployedStackError(Exception):
    """A stack that cannot be reached. The message says what to do."""


@dataclass(frozen=True)
class DeployedStack:
    """A stack in AWS. Without *region* and *profile* those of the AWS configuration are used.

    Every method raises `DeployedStackError`.
    """

    name: str
    region: str | None = None
    profile: str | None = None

    def client(self, service: str) -> Any:
        """Return a client of *service*."""
        with self.errors():
            return self._session.client(service)

    def physical_id(self, logical_id: str) -> str:
        """Return the name that CloudFormation gave to a resource."""
        with self.errors():
            found = self.client("cloudformation").describe_stack_resource(
                StackName=self.name, LogicalResourceId=logical_id
            )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def variables(self, logical_id: str) -> dict[str, str]:
        """Return the environment of a function."""
        name = self.physical_id(logical_id)
        with self.errors():
            found = self.client("lambda").get_function_configuration(FunctionName=name)
        variables: dict[str, str] = found.get("Environment", {}).get("Variables", {})
        return variables

    def caller(self) -> str:
        """Return the ARN of whose credentials are used."""
        with self.errors():
            return str(self.client("sts").get_caller_identity()["Arn"])

    @cached_property
    def _session(self) -> Any:
        import boto3  # noqa: PLC0415  (only needed for a deployed stack)

        return boto3.Session(profile_name=self.profile, region_name=self.region)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn AWS's errors into one sentence with the fix."""
        from botocore.exceptions import (  # noqa: PLC0415
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            NoRegionError,
            ProfileNotFound,
        )

        where = f"stack {self.name}"
        try:
            yield
        except NoRegionError as error:
            raise DeployedStackError(f"{where}: no region: use --region, or AWS_REGION") from error
        except NoCredentialsError as error:
            fix = "no AWS credentials: run `aws configure`, or use --profile"
            raise DeployedStackError(f"{where}: {fix}") from error
        except ProfileNotFound as error:
            raise DeployedStackError(f"{where}: {error}: correct --profile") from error
        except (BotoCoreError, ClientError) as error:
            raise DeployedStackError(f"{where}: {error}") from error
