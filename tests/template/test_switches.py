"""Workers are off until they have what they need, and the stack is whole either way."""

import json
import re
from typing import Any

import pytest

from pivotctl.infra import Fragment
from pivotctl.infra.intrinsics import references
from pivotctl.infra.switches import asked, parameter_of, samples
from pivotctl.options import of_template
from pivotctl.project import Project
from scripts.deployed import deployed, switched_on, workers
from scripts.lint_template import ROOT, Template
from tests.template.facts import of_type, read_of

WORKERS = workers()
ALWAYS_ON = {"CallRecordsWorker", "SpooledDeliveriesWorker"}
MEANT_FOR_IT = (
    "AWS::CloudWatch::Alarm",
    "AWS::Events::Rule",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Logs::MetricFilter",
    "AWS::SQS::Queue",
)
"""Types of which an unused worker has none: they cost money, fail, or hide real losses."""


def names(resources: dict[str, Any]) -> set[str]:
    """The logical IDs of functions of workers."""
    return {name for name, each in resources.items() if name.endswith("Worker") and _function(each)}


def _function(resource: dict[str, Any]) -> bool:
    return str(resource["Type"]).endswith("::Function")


def ids(fragment: Fragment) -> str:
    """The name of a worker, for the names of tests."""
    return fragment.name


def test_a_stack_as_shipped_has_the_workers_that_keep_deliveries_only(
    cloudformation: Template,
) -> None:
    """Two workers need nothing: they merge call records, and store what waits in the spool."""
    assert names(deployed(cloudformation)) == ALWAYS_ON


@pytest.mark.parametrize("worker", WORKERS, ids=ids)
def test_nothing_of_a_worker_without_its_setting_is_deployed(
    cloudformation: Template, worker: Fragment
) -> None:
    """No function, rule, queue, mapping, metric or alarm of it is in a stack as shipped."""
    mine = {
        name
        for name, each in deployed(cloudformation).items()
        if each["Type"] in MEANT_FOR_IT and worker.stem in name
    }
    assert {name for name in mine if not name.startswith("CallRecords")} == set()


@pytest.mark.parametrize("worker", WORKERS, ids=ids)
def test_its_parameters_turn_a_worker_on(cloudformation: Template, worker: Fragment) -> None:
    """With all its parameters it is in the stack, with its queue, rule and alarm."""
    found = deployed(cloudformation, switched_on(worker))
    assert worker.function_id in found
    assert f"{worker.stem}DeadLetterAlarm" in found
    assert bool(worker.events) == (f"{worker.stem}Rule" in found)


@pytest.mark.parametrize("worker", WORKERS, ids=ids)
def test_each_of_its_parameters_is_needed(cloudformation: Template, worker: Fragment) -> None:
    """Without one of them it is off."""
    given = switched_on(worker)
    for name in given:
        less = {key: value for key, value in given.items() if key != name}
        assert worker.function_id not in deployed(cloudformation, less), name


def test_the_bus_is_filled_as_soon_as_a_worker_listens(cloudformation: Template) -> None:
    """event_bus needs no switch of its own when a worker behind the bus is on."""
    for worker in WORKERS:
        on = "EventBusWorker" in deployed(cloudformation, switched_on(worker))
        assert on == (bool(worker.events) or worker.name == "event_bus"), worker.name


@pytest.mark.parametrize(
    "on", [(), *((each,) for each in WORKERS), tuple(WORKERS)], ids=lambda on: str(len(on))
)
def test_what_is_deployed_is_whole(cloudformation: Template, on: tuple[Fragment, ...]) -> None:
    """No resource refers to one that is not there; CloudFormation would reject the stack."""
    found = deployed(cloudformation, switched_on(*on))
    missing = cloudformation["Resources"].keys() - found.keys() - {"AlarmTopic"}
    for name, resource in found.items():
        assert not references(resource) & missing, name


def test_no_sample_reaches_a_live_worker(cloudformation: Template) -> None:
    """The sample addresses of function.yaml are for local runs; no live worker has one."""
    for resources in (deployed(cloudformation), deployed(cloudformation, switched_on(*WORKERS))):
        for name in names(resources):
            assert "example.com" not in json.dumps(resources[name]), name


def test_what_a_worker_needs_is_hidden(template: Template) -> None:
    """An address or a key that turns a worker on may be a secret, and is not shown."""
    needed = {parameter_of(name) for worker in WORKERS for name in asked(worker)}
    assert len(needed) > 5
    for name in needed:
        option = of_template(template)[name]
        assert (option.holder, option.default) == ("Secrets", "")


def test_a_local_run_has_every_worker(cloudformation: Template) -> None:
    """Locally each worker has its sample settings, which lead to the fakes."""
    project = Project.find(ROOT)
    local = {each.logical_id for each in project.functions.values() if each.kind == "workers"}
    assert local == names(cloudformation["Resources"])
    assert set(samples(ROOT)) <= set(project.parameters)
    billing = project.function("billing_sync").environment
    assert billing["BILLING_URL"] == "https://billing.example.com"


def test_every_queue_is_read_with_bounded_concurrency(cloudformation: Template) -> None:
    """A backlog of one worker cannot take the concurrency that calls need."""
    mappings = of_type(cloudformation, "AWS::Lambda::EventSourceMapping")
    queues = {
        name: each for name, each in mappings.items() if "Queue" in str(each["EventSourceArn"])
    }
    most = [each["ScalingConfig"]["MaximumConcurrency"] for each in queues.values()]

    assert len(most) > 10
    given = read_of(cloudformation, "WorkerConcurrency")
    assert all(each == given or 2 <= each <= 5 for each in most)
    option = of_template(cloudformation)["WorkerConcurrency"]
    assert 2 <= int(option.default or 0) <= 10
    assert not re.fullmatch(option.pattern, "1")


def test_pivot_handlers_can_reserve_concurrency(
    template: Template, cloudformation: Template
) -> None:
    """The parameter reserves concurrency for Pivot handlers alone; 0 reserves none."""
    reserved = {
        "Fn::If": ["ReservesPivot", read_of(template, "PivotConcurrency"), {"Ref": "AWS::NoValue"}]
    }
    given = of_type(cloudformation, "AWS::Lambda::Function")
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            pivot = resource["Properties"]["CodeUri"].startswith("functions/pivot/")
            expected = reserved if pivot else None
            assert given[name].get("ReservedConcurrentExecutions") == expected, name
    assert of_template(template)["PivotConcurrency"].default == "0"


def test_the_concurrency_of_the_account_is_watched(cloudformation: Template) -> None:
    """The alarm counts what all functions use or reserve, and its limit is the owner's to set."""
    alarm = of_type(cloudformation, "AWS::CloudWatch::Alarm")["ConcurrencyAlarm"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "ClaimedAccountConcurrency")
    assert "Dimensions" not in alarm
    assert alarm["Threshold"] == read_of(cloudformation, "ConcurrencyWarning")
    assert of_template(cloudformation)["ConcurrencyWarning"].default == "800"


def test_the_default_address_can_be_closed(template: Template, cloudformation: Template) -> None:
    """With a firewall in front of a custom domain, nothing may go around it."""
    api = of_type(cloudformation, "AWS::ApiGatewayV2::Api")["Api"]
    (server,) = api["Body"]["servers"]
    settings = server["x-amazon-apigateway-endpoint-configuration"]
    closed = {"Fn::If": ["ClosesDefaultEndpoint", True, False]}

    assert settings["disableExecuteApiEndpoint"] == closed
    assert of_template(template)["DefaultEndpoint"].default == "open"
