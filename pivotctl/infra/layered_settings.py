"""Variables and permissions of a function for the settings of accounts and for secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pivotctl.infra.fragment import Fragment
from pivotctl.infra.intrinsics import get_att, ref, sub

CONDITION = "HasAccountSettings"
TABLE = "DirectoryTable"
SETTINGS = "settings#*"
"""The keys of the table below which accounts have their settings."""

_ARN = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"


@dataclass(frozen=True)
class LayeredSettings:
    """The part of a function that declares its settings in a class; empty for any other."""

    fragment: Fragment

    def variables(self) -> dict[str, Any]:
        """The table with the accounts' entries, if the stack has any, and the secrets' path."""
        made: dict[str, Any] = {}
        if self.fragment.declares:
            made["SETTINGS_TABLE"] = _if_accounts(ref(TABLE))
        if self._secrets:
            made["SECRETS_PATH"] = sub(f"/${{AWS::StackName}}/{self.fragment.name}")
        return made

    def statements(self) -> Iterator[dict[str, Any]]:
        """The permissions to read settings, and to read these secrets alone."""
        if self.fragment.declares:
            yield _if_accounts(_entries(by_number=self.fragment.declares.by_number))
        if self._secrets:
            yield _parameters(self.fragment.name, self._secrets)

    @property
    def need_sdk(self) -> bool:
        """Whether they need the AWS SDK in every stack: for secrets."""
        return bool(self._secrets)

    @property
    def sdk_if(self) -> str:
        """The condition under which they need the AWS SDK; empty for none."""
        return CONDITION if self.fragment.declares else ""

    @property
    def _secrets(self) -> tuple[str, ...]:
        return self.fragment.declares.secrets if self.fragment.declares else ()


def _if_accounts(value: Any) -> dict[str, Any]:
    return {"Fn::If": [CONDITION, value, ref("AWS::NoValue")]}


def _entries(*, by_number: bool) -> dict[str, Any]:
    """The permission to read the account's entry, or it and that of the dialed number."""
    action = "dynamodb:BatchGetItem" if by_number else "dynamodb:GetItem"
    keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [SETTINGS]}}
    return {"Effect": "Allow", "Action": action, "Resource": get_att(TABLE), "Condition": keys}


def _parameters(function: str, secrets: tuple[str, ...]) -> dict[str, Any]:
    """The secrets of a function, and those that accounts have in their place."""
    paths = [f"{between}{name}" for name in secrets for between in ("/", "/*/")]
    resources = [sub(f"{_ARN}/${{AWS::StackName}}/{function}{path}") for path in paths]
    return {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": resources}
