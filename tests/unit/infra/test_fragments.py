"""function.yaml: what follows from it, and what is wrong with it."""

from pathlib import Path
from typing import Any

import pytest

from pivotctl.infra import Application, FragmentError
from pivotctl.sam_template import parse
from tests.unit.infra.conftest import add_function


def body(root: Path) -> Any:
    """The template.yaml of a project as data."""
    return parse(Application.read(root).assembled().text)


def properties(root: Path, name: str) -> Any:
    """The properties of a resource."""
    return body(root)["Resources"][name]["Properties"]


def test_two_lines_make_a_handler(root: Path) -> None:
    """Function, role, route, log group, and output follow from the kind and the name."""
    made = body(root)
    greet = made["Resources"]["Greet"]
    assert greet["Metadata"] == {"Group": "starters"}
    assert greet["Properties"]["CodeUri"] == "functions/pivot/greet"
    assert greet["Properties"]["Role"] == {"Fn::GetAtt": ["GreetRole", "Arn"]}
    route = greet["Properties"]["Events"]["Request"]["Properties"]
    assert (route["Method"], route["Path"]) == ("ANY", "/{key}/pivot/greet")
    assert made["Outputs"]["GreetUrl"]["Description"] == "voice_url, greets"


def test_a_permission_brings_statement_and_variable(root: Path) -> None:
    """`may` is all that a table needs."""
    find = properties(root, "Find")
    assert find["Environment"]["Variables"]["DIRECTORY_TABLE"] == {"Ref": "DirectoryTable"}
    (policy,) = properties(root, "FindRole")["Policies"]
    assert policy["PolicyDocument"]["Statement"][1] == {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:Query"],
        "Resource": {"Fn::GetAtt": ["DirectoryTable", "Arn"]},
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["visitor#*"]}},
    }


def test_settings_are_texts_as_they_are_written(root: Path) -> None:
    """YAML's numbers, times, and booleans do not change what a function reads."""
    variables = properties(root, "Find")["Environment"]["Variables"]
    given = {name: variables[name] for name in ("SECONDS", "CODE", "OPEN", "LOUD")}
    assert given == {"SECONDS": "20", "CODE": "007", "OPEN": "12:30", "LOUD": "yes"}


def test_a_worker_behind_the_bus_has_a_queue_of_its_own(root: Path) -> None:
    """Rule, queue, policy, and mapping follow from `events`; a longer time-out hides for longer."""
    add_function(root, "workers/tell", "description: Tells\nevents: [sms]\ntimeout: 90\n")
    resources = body(root)["Resources"]
    assert {"TellWorker", "TellWorkerRole", "TellRule", "TellQueue", "TellQueuePolicy"} <= set(
        resources
    )
    assert resources["TellQueue"]["Properties"]["VisibilityTimeout"] == 540
    assert resources["TellRule"]["Properties"]["EventPattern"]["detail-type"] == ["sms"]


def test_a_scheduled_worker_sets_failed_runs_aside(root: Path) -> None:
    """The schedule brings the dead-letter queue and the permission to use it."""
    add_function(root, "workers/look", "description: Looks\nschedule: rate(1 hour)\n")
    look = properties(root, "LookWorker")
    assert look["Events"]["Clock"]["Properties"]["Schedule"] == "rate(1 hour)"
    failed = look["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]
    assert failed == {"Fn::GetAtt": ["LookDeadLetterQueue", "Arn"]}


def test_any_property_can_be_changed_added_and_removed(root: Path) -> None:
    """`properties`, `resources`, and `outputs` are merged over what is derived; null removes."""
    add_function(
        root,
        "webhooks/odd",
        """\
description: Odd
variables: {HOOK_SECRETS: null, TOPIC: !Ref OddTopic}
statements: [{Effect: Allow, Action: sns:Publish, Resource: !Ref OddTopic}]
properties: {MemorySize: 1024, Events: {Request: {Properties: {Path: /odd}}}}
resources: {OddTopic: {Type: AWS::SNS::Topic}, OddRole: {Properties: {Path: /odd/}}}
outputs: {OddUrl: null, OddTopicArn: {Value: !Ref OddTopic}}
""",
    )
    made = body(root)
    odd = made["Resources"]["Odd"]["Properties"]
    assert odd["MemorySize"] == 1024
    assert odd["Events"]["Request"]["Properties"]["Path"] == "/odd"
    assert odd["Events"]["Request"]["Properties"]["Method"] == "ANY"
    assert odd["Environment"]["Variables"]["TOPIC"] == {"Ref": "OddTopic"}
    assert "HOOK_SECRETS" not in odd["Environment"]["Variables"]
    role = made["Resources"]["OddRole"]["Properties"]
    assert role["Path"] == "/odd/"
    assert "sns:Publish" in str(role["Policies"])
    assert "OddUrl" not in made["Outputs"]
    assert made["Outputs"]["OddTopicArn"] == {"Value": {"Ref": "OddTopic"}}


def test_functions_are_in_order_of_group_and_name(root: Path) -> None:
    """The order needs no list: groups have theirs, names are alphabetical."""
    add_function(root, "pivot/also", "description: Also\ngroup: routing\n")
    names = [each.name for each in Application.read(root).functions]
    assert names == ["greet", "also", "find"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "functions/pivot/bad/function.yaml: write keys and values"),
        ("a: b: c", "functions/pivot/bad/function.yaml: is not valid YAML"),
        ("group: starters", "description: add one line that begins with a verb"),
        ("description: Bad", "group: choose one of starters"),
        ("description: Bad\ngroup: mine", "group: 'mine': choose one of starters"),
        ("description: [Bad]\ngroup: starters", "description: ['Bad']: write a text"),
        ("memory: 3", "memory: is unknown: use description"),
        ("events: [sms]", "events: is for workers only: remove it"),
        ("settings: [A]", "settings: ['A']: write keys and values"),
        ("settings: {A: }", 'settings: A: write a text ("" for none)'),
        ("settings: {A: !Ref B}", "settings: A: {'Ref': 'B'}: write a text"),
        ("may: {DirectoryTable: [GetItem]}", "directory: name the kinds of entries"),
        ("directory: [rate]", "directory: add DirectoryTable to may, or remove it"),
        ("shared: [rate]", "shared: add DirectoryTable to may, or remove it"),
        ("directory: [a#b]", "directory: 'a#b': a kind is lower-case letters, digits, and _"),
        ("may: {DirectoryTable: GetItem}", "may: DirectoryTable: 'GetItem': write a list"),
        ("may: {NoTable: [GetItem]}", "may: NoTable: is no table, bucket, queue or bus of infra/"),
        (
            "may: {DirectoryTable: [Scan]}\ndirectory: [a]",
            "may: DirectoryTable: 'Scan': use GetItem",
        ),
        ("timeout: long", "timeout: 'long': write a number of seconds"),
        ("statements: all", "statements: 'all': write a list of statements"),
        ("snap_start: 1", "snap_start: 1: write true or false"),
        ("provisioned_concurrency: 0", "provisioned_concurrency: 0: write a number of env"),
        ("provisioned_concurrency: true", "provisioned_concurrency: True: write a number of env"),
        (
            "snap_start: true\nprovisioned_concurrency: 2",
            "provisioned_concurrency: 2: Lambda refuses it together with snap_start: remove one",
        ),
        (
            "properties: {SnapStart: {ApplyOn: PublishedVersions}}",
            "properties: SnapStart: {'ApplyOn': 'PublishedVersions'}: use the key snap_start",
        ),
        (
            "properties: {ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}}",
            "{'ProvisionedConcurrentExecutions': 2}: use the key provisioned_concurrency",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_key_and_fix(root: Path, text: str, said: str) -> None:
    """An author finds the line, and what to write instead."""
    known = text.startswith(("-", "a:", "description", "group"))
    whole = text if known else f"description: Bad\ngroup: starters\n{text}"
    add_function(root, "pivot/bad", whole)
    with pytest.raises(FragmentError) as error:
        Application.read(root).assembled()
    assert said in str(error.value)
    assert str(error.value).startswith("functions/pivot/bad/function.yaml: ")


def test_a_worker_has_one_trigger(root: Path) -> None:
    """Two would share one time-out, and one of them would be wrong."""
    add_function(root, "workers/two", "description: Two\nevents: [sms]\nschedule: rate(1 day)\n")
    with pytest.raises(FragmentError, match="schedule: a worker has one of events, queue, stream"):
        Application.read(root)


@pytest.mark.parametrize("switch", ["snap_start: true", "provisioned_concurrency: 2"])
def test_a_worker_needs_no_environment_at_once(root: Path, switch: str) -> None:
    """Nobody waits for a worker, so it cannot be made to cost money while idle."""
    add_function(root, "workers/look", f"description: Looks\nschedule: rate(1 day)\n{switch}\n")
    key = switch.partition(":")[0]
    with pytest.raises(FragmentError, match=rf"{key}: .*: is for functions that KAZOO calls"):
        Application.read(root)


def test_a_folder_of_no_kind_is_refused(root: Path) -> None:
    """The folder says the kind."""
    add_function(root, "other/lost", "description: Lost\n")
    with pytest.raises(FragmentError, match="move it into a folder of one of functions/pivot"):
        Application.read(root)


def test_two_functions_of_one_logical_id_are_refused(root: Path) -> None:
    """The error names both files; `logical_id` settles it."""
    add_function(root, "webhooks/greet", "description: Stores greetings\n")
    with pytest.raises(FragmentError, match=r"Greet: is in functions/pivot/greet/function\.yaml"):
        Application.read(root).assembled()
    text = "description: Stores greetings\nlogical_id: Greetings\n"
    add_function(root, "webhooks/greet", text)
    assert "GreetingsRole" in body(root)["Resources"]
