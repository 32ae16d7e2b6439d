"""Checks that run a template: in this process, with real tables, or in one of its own.

Each takes a template and a phone that reaches it, and says what is wrong.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pivotctl.switch.http.exchange import HttpResponse
from tests.calls.phone import Phone
from tests.suite.recorder import refusals
from tests.suite.subject import Template

type RunningCheck = Callable[[Template, Phone], list[str]]

UNAUTHORIZED = 401
HEAVY = {
    "asyncio", "boto3", "botocore.client", "botocore.session", "email.message", "http.client",
    "multiprocessing", "ssl", "unittest", "urllib.request", "urllib3", "xml.dom", "xml.etree",
    "xml.sax", "pivotkit.store.call_state", "pivotkit.store.client", "pivotkit.calls.conversations",
}  # fmt: skip
CALLS_SERVICES = {"email.message", "http.client", "ssl", "urllib3"}
LIGHT_PACKAGES = {
    "aws_lambda_powertools", "jmespath", "pivotkit", "sitecustomize", "typing_extensions",
    "botocore",  # its bare __init__, which Powertools imports
}  # fmt: skip


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
    """A template without tables imports only the standard library's light modules and Powertools.

    One that calls other services also loads urllib3, and one that dials numbers phonenumbers. The
    AWS SDK alone would take half a second of a cold start; only settings of accounts need it.
    """
    if template.is_stateful or template.function is None:
        return []
    variables = dict(phone.stack.environment(template.name))
    variables.pop("SETTINGS_TABLE", None)
    done = subprocess.run(
        [sys.executable, "-c", "import app, json, sys; print(json.dumps([*sys.modules]))"],
        cwd=template.folder,
        env={**variables, "PYTHONPATH": _layer(template)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return [f"app.py cannot be imported: {done.stderr.strip().splitlines()[-1]}"]
    heavy = _heavy(set(json.loads(done.stdout)), template.folder)
    return [f"app.py imports {name}: leave it to a function with state" for name in heavy]


def _heavy(modules: set[str], folder: Path) -> list[str]:
    """The loaded modules and packages that a light template does without."""
    calls_services = CALLS_SERVICES if "pivotkit.services.upstream" in modules else set()
    dials = {"phonenumbers"} if "pivotkit.phone.dialing" in modules else set()
    packages = {name.partition(".")[0] for name in modules if not name.startswith("_")}
    own = {path.stem for path in folder.glob("*.py")}
    allowed = sys.stdlib_module_names | LIGHT_PACKAGES | calls_services | dials | own
    return sorted((modules & HEAVY - calls_services) | (packages - allowed))


def _layer(template: Template) -> str:
    return str(template.project.root / "layers/common")


def _invoke(template: Template, phone: Phone, event: dict[str, Any]) -> Any:
    return phone.invoke(phone.stack.project.function(template.name), event)


CHECKS: tuple[RunningCheck, ...] = (
    events_are_answered,
    a_key_is_needed,
    a_stateless_template_is_light,
)
