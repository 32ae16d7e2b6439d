"""The set-up tasks of a stack: parameters that are set, and parameters still to set."""

import os
from typing import NamedTuple


class Task(NamedTuple):
    """One set-up task: its title, whether it is done, and what the operator should know or do."""

    title: str
    done: bool
    text: str


class Parameter(NamedTuple):
    """A parameter of the stack. *variable* is not empty if the parameter is set."""

    title: str
    variable: str
    text_if_set: str
    text_if_missing: str


PARAMETERS = (
    Parameter(
        title="Keys",
        variable="SIGNING_SECRETS_SET",
        text_if_set="Keys in KAZOO's URLs are made with it.",
        text_if_missing="Create a secret with pivotctl key --for signing, and set it in the "
        "parameter Secrets.",
    ),
    Parameter(
        title="Public address",
        variable="PUBLIC_URL",
        text_if_set="KAZOO uses your own domain.",
        text_if_missing="KAZOO uses an address from AWS, which changes when the API is created "
        "anew. Set your own domain as the parameter PublicUrl.",
    ),
    Parameter(
        title="Alarms",
        variable="ALARM_EMAIL_SET",
        text_if_set="Sent by email, once the subscription is confirmed.",
        text_if_missing="Alarms show only in CloudWatch. To get them by email, set the parameter "
        "AlarmEmail.",
    ),
)


def setup_tasks() -> list[Task]:
    """A task for each parameter. The environment tells only whether a parameter is set."""
    return [_task(parameter) for parameter in PARAMETERS]


def _task(parameter: Parameter) -> Task:
    is_set = bool(os.environ.get(parameter.variable))
    text = parameter.text_if_set if is_set else parameter.text_if_missing
    return Task(parameter.title, is_set, text)
