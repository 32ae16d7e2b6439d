"""Checks that run a template: in this process, with real tables, or in one of its own.

Each takes a template and a phone that reaches it, and says what is wrong.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from pivotctl.switch.http.exchange import HttpResponse
from tests.calls.phone import Phone
from tests.suite.recorder import refusals
from tests.suite.subject import Template

type RunningCheck = Callable[[Template, Phone], list[str]]

UNAUTHORIZED = 401
SDK = "boto3"


def events_are_answered(template: Template, phone: Phone) -> list[str]:
    """Each sample event gets 200 and an answer that KAZOO executes, which is not the fallback."""
    found = []
    for name, path in template.events.items():
        event = json.loads(path.read_text(encoding="utf-8"))
        problems = _answer_faults(template, phone, event)
        found += [f"events/pivot/{template.name}/{name}.json: {problem}" for problem in problems]
    return found


def _answer_faults(template: Template, phone: Phone, event: dict[str, Any]) -> list[str]:
    seen = phone.recorder.of(template.name)
    seen.outcomes.clear()
    reply = _invoke(template, phone, event)
    headers = tuple(reply["headers"].items())
    response = HttpResponse(reply["statusCode"], headers, reply["body"].encode())
    outcomes = [each for each in seen.outcomes if each != "answered"]
    return [
        *(f"the log says {each!r}: mend the function or the event" for each in outcomes),
        *refusals(response, phone.stack.url(template.name)),
    ]


def a_key_is_needed(template: Template, phone: Phone) -> list[str]:
    """Without the right key there is 401, and the database is not asked."""
    path = template.events.get("post_form")
    if path is None:
        return []
    event = json.loads(path.read_text(encoding="utf-8"))
    found = []
    for key in ("wrong", "header", "t1.wrong"):
        status = _invoke(template, phone, event | {"pathParameters": {"key": key}})["statusCode"]
        if status != UNAUTHORIZED:
            found.append(f"key {key!r} gets {status}: make the handler with @pivot, for 401")
    uses = {use.action for use in phone.recorder.of(template.name).uses}
    return [*found, *(f"{action} is asked for before the key is checked" for action in uses)]


def a_stateless_template_is_light(template: Template, phone: Phone) -> list[str]:
    """A template without tables does not import boto3: that costs half a second of a cold start."""
    if template.is_stateful or template.function is None:
        return []
    code = f"import app, sys; print({SDK!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=template.folder,
        env={**phone.stack.environment(template.name), "PYTHONPATH": _layer(template)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return [f"app.py cannot be imported: {done.stderr.strip().splitlines()[-1]}"]
    light = done.stdout.strip() == "False"
    return [] if light else [f"app.py imports {SDK}: use no table, or declare it in function.yaml"]


def _layer(template: Template) -> str:
    return str(template.project.root / "layers/common")


def _invoke(template: Template, phone: Phone, event: dict[str, Any]) -> Any:
    return phone.invoke(phone.stack.project.function(template.name), event)


CHECKS: tuple[RunningCheck, ...] = (
    events_are_answered,
    a_key_is_needed,
    a_stateless_template_is_light,
)
