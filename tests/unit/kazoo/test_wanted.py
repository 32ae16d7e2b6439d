"""Documents that `kazoo.toml` wants, made from the folders of functions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pivotctl.connect.kazoo_file import KazooFile, KazooFileError, NumberRoute
from pivotctl.connect.wanted import wanted_documents
from pivotctl.kazoo.checks import faults_in
from pivotctl.kazoo.exchange import CrossbarCall
from pivotctl.project import Function, Project

WANTS = KazooFile("kazoo.toml", routes=(NumberRoute("6001", "say_hello"),), receivers=("messages",))
CALLFLOW = {"flow": {"module": "pivot", "data": {"method": "post"}}}
HOOK = {"name": "texts", "hook": "sms", "retries": 1, "uri": "https://<API>/<KEY>/webhooks/x"}


def project_with(folder: Path, **documents: Any) -> Project:
    """A project with one handler and one receiver, whose folder has *documents*."""
    for name, document in documents.items():
        text = document if isinstance(document, str) else json.dumps(document)
        (folder / f"{name}.json").write_text(text)
    project = Project.find()
    functions = {
        name: replace(project.functions[name], path=folder) for name in ("say_hello", "messages")
    }
    project.__dict__["functions"] = functions
    return project


def address(function: Function, account: str, base: str) -> str:
    """A URL that shows what was asked for."""
    return f"{base or 'https://stack.example'}/{account or 'all'}/{function.name}"


def test_documents_come_from_the_functions_folder(tmp_path: Path) -> None:
    """A function's own callflow and webhooks are sent, with number and URLs filled in."""
    project = project_with(tmp_path, callflow=CALLFLOW, webhook=[HOOK])
    flow, hook = wanted_documents(WANTS, project, address, "a")
    assert (flow.collection, flow.name) == ("callflows", "6001")
    assert flow.fields["flow"]["data"] == {
        "method": "post",
        "voice_url": "https://stack.example/a/say_hello",
    }
    assert (hook.collection, hook.name) == ("webhooks", "messages/texts")
    uri = "https://stack.example/a/messages"
    assert hook.fields == {**HOOK, "uri": uri, "include_subaccounts": False}


def test_addresses_and_subaccounts(tmp_path: Path) -> None:
    """Webhooks have an address of their own, and with subaccounts the key for all accounts."""
    project = project_with(tmp_path, callflow=CALLFLOW, webhook=[HOOK])
    wants = replace(WANTS, include_subaccounts=True, webhooks_url="https://tunnel.example")
    _, hook = wanted_documents(wants, project, address, "a")
    assert hook.fields["uri"] == "https://tunnel.example/all/messages"
    assert hook.fields["include_subaccounts"] is True


def test_the_mark_is_independent_of_order(tmp_path: Path) -> None:
    """The same fields in another order have the same digest."""
    turned = dict(reversed(HOOK.items()))
    (first,), (second,) = (
        wanted_documents(
            replace(WANTS, routes=()), project_with(tmp_path, webhook=[each]), address, "a"
        )
        for each in (HOOK, turned)
    )
    assert first.digest == second.digest


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ({"webhook": [HOOK]}, "callflow.json cannot be read"),
        ({"callflow": "{", "webhook": [HOOK]}, "callflow.json cannot be read"),
        ({"callflow": {"flow": {"module": "tts"}}, "webhook": [HOOK]}, "must begin with pivot"),
        ({"callflow": [], "webhook": [HOOK]}, "must begin with pivot"),
        ({"callflow": {"flow": {"module": "pivot"}}, "webhook": [HOOK]}, "must begin with pivot"),
        ({"callflow": CALLFLOW}, "webhooks.receivers"),
        ({"callflow": CALLFLOW, "webhook": HOOK}, "must have a list of webhooks"),
        ({"callflow": CALLFLOW, "webhook": [HOOK, HOOK]}, "name each webhook"),
        ({"callflow": CALLFLOW, "webhook": [{"hook": "sms"}]}, "name each webhook"),
    ],
)
def test_documents_that_cannot_be_used(
    tmp_path: Path, documents: dict[str, Any], said: str
) -> None:
    """A document of a function that cannot be sent is named, with the fix."""
    with pytest.raises(KazooFileError, match=r"^kazoo\.toml: ") as error:
        wanted_documents(WANTS, project_with(tmp_path, **documents), address, "a")
    assert said in str(error.value)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost"])
def test_urls_of_this_machine(host: str) -> None:
    """Only a Crossbar on this machine is sent a callflow with a URL of this machine."""
    flow = {"module": "pivot", "data": {"voice_url": f"http://{host}/key/pivot/say_hello"}}
    data = {"numbers": ["6001"], "flow": flow}
    call = CrossbarCall("PUT", f"/accounts/{'a' * 32}/callflows", data=data)
    assert faults_in(call, is_local=True) == ()
    (fault,) = faults_in(call)
    assert fault.field == "flow.data.voice_url"
