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

_MANAGING = ("GetItem", "Query", "PutItem", "DeleteItem")
"""Operations that read and change an entry, and its history."""

_ARN = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"


@dataclass(frozen=True)
class LayeredSettings:
    """The part of a function that declares its settings in a class; empty for any other.

    One that `manages` others changes their entries, and is told whether their secrets are set.
    """

    fragment: Fragment
    manages: tuple[Fragment, ...] = ()

    def variables(self) -> dict[str, Any]:
        """The table with the accounts' entries, if the stack has any, and the secrets' path."""
        made: dict[str, Any] = {}
        if self.fragment.declares or self.manages:
            made["SETTINGS_TABLE"] = _if_accounts(ref(TABLE))
        if self._secrets:
            made["SECRETS_PATH"] = sub(f"/${{AWS::StackName}}/{self.fragment.name}")
        elif self._managed_secrets:
            made["SECRETS_PATH"] = sub("/${AWS::StackName}")
        return made

    def statements(self) -> Iterator[dict[str, Any]]:
        """The permissions to read settings, and to read these secrets alone."""
        if self.fragment.declares:
            by_number = self.fragment.declares.by_number
            yield _if_accounts(_entries("BatchGetItem" if by_number else "GetItem"))
        if self.manages:
            yield _if_accounts(_entries(*_MANAGING))
        if self._secrets:
            yield _readable(self.fragment.name, self._secrets)
        if self._managed_secrets:
            yield _LISTED

    @property
    def _managed_secrets(self) -> dict[str, tuple[str, ...]]:
        """The secrets of the managed functions that have any, by function."""
        declared = {each.name: each.declares for each in self.manages if each.declares}
        return {name: found.secrets for name, found in declared.items() if found.secrets}

    @property
    def _secrets(self) -> tuple[str, ...]:
        return self.fragment.declares.secrets if self.fragment.declares else ()


def _if_accounts(value: Any) -> dict[str, Any]:
    return {"Fn::If": [CONDITION, value, ref("AWS::NoValue")]}


def _entries(*operations: str) -> dict[str, Any]:
    """The permission to do *operations* on entries of accounts: one, or with one of a number."""
    actions = [f"dynamodb:{operation}" for operation in operations]
    keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [SETTINGS]}}
    return {
        "Effect": "Allow",
        "Action": actions[0] if len(actions) == 1 else actions,
        "Resource": get_att(TABLE),
        "Condition": keys,
    }


def _readable(function: str, secrets: tuple[str, ...]) -> dict[str, Any]:
    """The secrets of a function, and those that accounts have in their place."""
    paths = [f"{function}{between}{name}" for name in secrets for between in ("/", "/*/")]
    resources = [sub(f"{_ARN}/${{AWS::StackName}}/{path}") for path in paths]
    return {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": resources}


_LISTED = {
    "Effect": "Allow",
    "Action": "ssm:ListTagsForResource",
    "Resource": sub(f"{_ARN}/${{AWS::StackName}}/*"),
}
"""Whether any secret of the stack is set, and never its value. Listed one by one, they would take a
third of what IAM accepts of a role."""
