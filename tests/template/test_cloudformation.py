"""template.yaml as CloudFormation gets it: lint, roles, limits, logs and alarms."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pivotctl.declared_settings import declared_settings
from pivotctl.options import of_template
from scripts.deployed import deployed
from scripts.lint_template import ROOT, Template, lint, read, transformed
from tests.template.facts import Function, functions, of_type, read_of

OF_A_FUNCTION = (
    "AWS::Lambda::Function",
    "AWS::IAM::Role",
    "AWS::Lambda::Permission",
    "AWS::Lambda::EventSourceMapping",
)
LOGGING = frozenset({"logs:CreateLogStream", "logs:PutLogEvents"})
STREAM = frozenset(
    {
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
    }
)
ALARMS = {
    "all": {"ConcurrencyAlarm", "NoRouteAlarm", "RefusedAlarm"},
    "pivot": {"AccountFloodAlarm", "CallsFailedAlarm", "PivotCalendarsAlarm"},
    "webhooks": {"DeliveriesFailedAlarm", "SpoolDeadLetterAlarm"},
    "workers": {"CallRecordsBehindAlarm", "HooksFailingAlarm", "SuspiciousCallsAlarm"},
    "console": {"ConsoleErrorsAlarm"},
    "settings": {"SettingIgnoredAlarm", "SettingsUnavailableAlarm"},
}
FREE_ALARMS = 10
# What a function may do besides logging. A new permission is written down here, too. What the roles
# of Pivot functions grant is held against what their dialogues did (tests/suite/played.py).
STORE_A_DELIVERY = {
    "CallRecordsTable.Arn": {"dynamodb:PutItem"},
    "SpoolQueue.Arn": {"sqs:SendMessage"},
}
RECEIVE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
ONCE = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
TURNS = {"CallStateTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"}}
ELSEWHERE = {
    "ssm:GetParameters",
    "ssm:ListTagsForResource",
    "bedrock:InvokeModel",
    "lambda:InvokeFunction",
    "execute-api:ManageConnections",
    *(f"kms:{name}" for name in ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey")),
    *("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
}
"""Actions on what is not of the stack, and those of test_live_debug.py and test_encryption.py."""

TRACES = {
    "Effect": "Allow",
    "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "Resource": "*",
}

ALLOWED: dict[str, dict[str, set[str]]] = {
    "Console": {
        "CallStateTable.Arn": {"dynamodb:UpdateItem"},
        "CallRecordsTable.Arn": {"dynamodb:Query"},
        "CallIndexTable.Arn": {"dynamodb:Query", "dynamodb:GetItem", "dynamodb:PutItem"},
        "CallIndexTable.Arn/index/by_account": {"dynamodb:Query"},
        "CallIndexTable.Arn/index/by_day": {"dynamodb:Query"},
        "RecordingsBucket.Arn/*": {"s3:GetObject"},
        "SocketsTable.Arn": {"dynamodb:PutItem"},
        "DirectoryTable.Arn": {
            f"dynamodb:{name}"
            for name in ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")
        },
        "CallFiguresTable.Arn": {"dynamodb:BatchGetItem", "dynamodb:Query"},
        "CallFiguresTable.Arn/index/by_account": {"dynamodb:Query"},
        "CallFiguresTable.Arn/index/by_day": {"dynamodb:Query"},
        "AuditTable.Arn": {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
        "AuditTable.Arn/index/by_day": {"dynamodb:Query"},
    },
    **dict.fromkeys(
        (
            *("ChannelEvents", "ParkedCalls", "Faxes", "Voicemails", "ObjectChanges", "Messages"),
            *("Notifications", "CustomEvents", "Everything"),
        ),
        STORE_A_DELIVERY,
    ),
    "Recordings": STORE_A_DELIVERY | {"RecordingsBucket.Arn/*": {"s3:PutObject"}},
    "CdrUrl": STORE_A_DELIVERY,
    "CallRecordsWorker": {
        "CallRecordsTable.StreamArn": set(STREAM),
        "CallRecordsTable.Arn": {"dynamodb:Query", "dynamodb:PutItem"},
        "CallRecordsDeadLetterQueue.Arn": {"sqs:SendMessage"},
        "CallIndexTable.Arn": {"dynamodb:UpdateItem"},
    },
    "EventBusWorker": {
        "CallRecordsTable.StreamArn": set(STREAM),
        "EventBusDeadLetterQueue.Arn": {"sqs:SendMessage"},
        "DeliveriesBus.Arn": {"events:PutEvents"},
    },
    "CallFiguresWorker": {
        "CallFiguresQueue.Arn": RECEIVE,
        "CallRecordsTable.Arn": {"dynamodb:Query"},
        "CallFiguresTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
    },
    "LastAgentsWorker": {
        "LastAgentsQueue.Arn": RECEIVE,
        "DirectoryTable.Arn": {"dynamodb:PutItem"},
    },
    "BillingSyncWorker": {
        "BillingSyncQueue.Arn": RECEIVE,
        "CallRecordsTable.Arn": {"dynamodb:Query"},
        "CallStateTable.Arn": ONCE,
    },
    "FanOutWorker": {
        "FanOutQueue.Arn": RECEIVE,
        "DirectoryTable.Arn": {"dynamodb:GetItem"},
        "CallStateTable.Arn": ONCE,
    },
    "IvrFunnelWorker": {
        "IvrFunnelQueue.Arn": RECEIVE,
        "DirectoryTable.Arn": {"dynamodb:PutItem", "dynamodb:UpdateItem"},
    },
    "UpdateRowWorker": {"UpdateRowQueue.Arn": RECEIVE, "CallStateTable.Arn": ONCE},
    "ScreenPopWorker": {"ScreenPopQueue.Arn": RECEIVE, "CallStateTable.Arn": ONCE},
    "NotifyChatWorker": {"NotifyChatQueue.Arn": RECEIVE, "CallStateTable.Arn": ONCE},
    "StoreMediaWorker": {
        "StoreMediaQueue.Arn": RECEIVE,
        "CallStateTable.Arn": ONCE,
        "CallRecordsTable.Arn": {"dynamodb:PutItem"},
        "MediaBucket.Arn/*": {"s3:PutObject"},
    },
    "RateCallsWorker": {
        "RateCallsQueue.Arn": RECEIVE,
        "DirectoryTable.Arn": {"dynamodb:BatchGetItem"},
        "CallRecordsTable.Arn": {"dynamodb:PutItem"},
    },
    "CdrAlarmsWorker": {
        "CdrAlarmsQueue.Arn": RECEIVE,
        "CallStateTable.Arn": {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchGetItem"},
        "DirectoryTable.Arn": {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"},
        "CallRecordsTable.Arn": {"dynamodb:PutItem"},
    },
    "CallbackDialerWorker": {
        **TURNS,
        "DirectoryTable.Arn": {
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        },
        "CallbackDialerDeadLetterQueue.Arn": {"sqs:SendMessage"},
    },
    "KazooDebugWorker": {
        "CallIndexTable.Arn": {"dynamodb:Query", "dynamodb:PutItem", "dynamodb:GetItem"},
        "KazooDebugDeadLetterQueue.Arn": {"sqs:SendMessage"},
    },
    "HookWatchWorker": {
        **TURNS,
        "DirectoryTable.Arn": {"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"},
        "HookWatchDeadLetterQueue.Arn": {"sqs:SendMessage"},
    },
    "CdrExportWorker": {
        **TURNS,
        "CallRecordsTable.Arn": {"dynamodb:GetItem"},
        "CdrBucket.Arn/*": {"s3:PutObject"},
        "CdrExportDeadLetterQueue.Arn": {"sqs:SendMessage"},
    },
    "CdrReconcileWorker": {
        **TURNS,
        "CallRecordsTable.Arn": {"dynamodb:PutItem"},
        "DirectoryTable.Arn": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "CdrReconcileDeadLetterQueue.Arn": {"sqs:SendMessage"},
    },
    "SpooledDeliveriesWorker": {
        "SpoolQueue.Arn": RECEIVE,
        "CallRecordsTable.Arn": {"dynamodb:PutItem"},
    },
    "SocketsWorker": {
        "SocketsQueue.Arn": RECEIVE,
        "SocketsTable.Arn": {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:DeleteItem"},
    },
    "Blackhole": {
        "CallStateTable.Arn": {"dynamodb:UpdateItem"},
        "SocketsTable.Arn": ONCE | {"dynamodb:GetItem"},
    },
    "Websockets": {
        "CallStateTable.Arn": {"dynamodb:UpdateItem"},
        "SocketsTable.Arn": {"dynamodb:Query"},
    },
}


def _statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a role, those that depend on a parameter included."""
    return [
        statement["Fn::If"][1] if "Fn::If" in statement else statement
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def _always(role: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a role in a stack without Live Debug."""
    under = [
        statement["Fn::If"][1]
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Fn::If", [""])[0] == "HasLiveDebug"
    ]
    return [each for each in _statements(role) if each not in under]


def _actions(statement: dict[str, Any]) -> set[str]:
    action = statement["Action"]
    return {action} if isinstance(action, str) else set(action)


def _grants(role: dict[str, Any]) -> dict[str, set[str]]:
    """Actions by resource, each resource as `<logical id>.<attribute>`; files end in `/*`.

    Parameters with secrets and models are no resources of the stack; test_secrets.py and
    test_models.py have them.
    """
    grants: dict[str, set[str]] = {}
    for statement in _statements(role):
        if _actions(statement) <= ELSEWHERE:
            continue
        named = statement["Resource"]
        files = re.sub(r"[${}]", "", named.get("Fn::Sub", ""))
        resource = files or ".".join(named["Fn::GetAtt"])
        grants.setdefault(resource, set()).update(_actions(statement))
    return grants


def test_the_transformed_template_has_no_lint(cloudformation: Template) -> None:
    """cfn-lint finds nothing in what CloudFormation gets."""
    assert lint(cloudformation) == []


# One function in the style of template.yaml: cfn-lint takes a minute for the whole.
SMALL = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    Timeout: 4
Resources:
  PivotLogGroup:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties: { RetentionInDays: 30 }
  SayHello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/pivot/say_hello
      Handler: app.handler
      LoggingConfig: { LogFormat: JSON, LogGroup: !Ref PivotLogGroup }
"""


@pytest.mark.parametrize(
    ("good", "broken", "rule"),
    [
        ("Runtime: python3.13", "Runtime: python3.31", "E3030"),
        ("Timeout: 4", "Timeout: 5000", "E3717"),
        ("LogGroup: !Ref PivotLogGroup", "LogGroup: !Ref PivotLogGruop", "E1020"),
    ],
)
def test_lint_sees_through_the_transform(tmp_path: Path, good: str, broken: str, rule: str) -> None:
    """cfn-lint finds nothing after the transform, where it sees more than in a SAM template."""
    assert good in SMALL
    path = tmp_path / "template.yaml"
    path.write_text(SMALL, encoding="utf-8")
    assert lint(transformed(read(path))) == []
    path.write_text(SMALL.replace(good, broken), encoding="utf-8")
    assert [line[:5] for line in lint(transformed(read(path)))] == [rule]


def test_every_function_has_a_role_of_its_own(cloudformation: Template) -> None:
    """No function can do what another may."""
    roles = [
        properties["Role"]["Fn::GetAtt"]
        for properties in of_type(cloudformation, "AWS::Lambda::Function").values()
    ]

    names = [f"{name}Role" for name in of_type(cloudformation, "AWS::Lambda::Function")]
    assert roles == [[name, "Arn"] for name in names]
    assert sorted(names) == sorted(of_type(cloudformation, "AWS::IAM::Role"))


def _allowed(function: Function) -> dict[str, set[str]]:
    """The permissions of a function, which include accounts' settings if it declares any."""
    written = ALLOWED.get(function.logical_id, {})
    if not declared_settings(function.folder):
        return written
    table = "DirectoryTable.Arn"
    return {**written, table: written.get(table, set()) | {"dynamodb:GetItem"}}


def test_roles_grant_exactly_what_is_written_down(
    template: Template, cloudformation: Template
) -> None:
    """Least privilege: each action on each resource is one that the function's code uses."""
    roles = of_type(cloudformation, "AWS::IAM::Role")
    for function in functions(template):
        group = function.properties["LoggingConfig"]["LogGroup"]["Ref"]
        grants = _grants(roles[f"{function.logical_id}Role"])
        assert grants.pop(f"{group}.Arn") == LOGGING, function.logical_id
        if function.kind != "pivot":
            assert grants == _allowed(function), function.logical_id


def test_no_role_has_a_wildcard_or_a_managed_policy(cloudformation: Template) -> None:
    """Wildcards are the files of a bucket, the connections of a WebSocket API, and the accounts.

    The console sees of every secret of the stack whether it is set, and of none its value. An
    account is the part behind the kind in a table's key, or behind the function in the path of a
    secret. X-Ray has no resources that a role could name.
    """
    for name, role in of_type(cloudformation, "AWS::IAM::Role").items():
        text = json.dumps(role).replace('Bucket.Arn}/*"', "").replace('#*"', "")
        text = text.replace('/@connections/*"', "")
        text = text.replace(json.dumps(TRACES), "", 1)
        if name == "ConsoleRole":
            text = text.replace(':parameter/${AWS::StackName}/*"', "", 1)
        assert "*" not in re.sub(r":parameter/\$\{AWS::StackName\}/\w+/\*/", "", text), name
        assert role.keys() == {"AssumeRolePolicyDocument", "Policies"}, name
        assert {statement["Effect"] for statement in _statements(role)} == {"Allow"}, name


def test_a_role_is_limited_to_its_kinds_of_entries(
    template: Template, cloudformation: Template
) -> None:
    """A function reaches the entries of the kinds that its code uses, and those of no other."""
    roles = of_type(cloudformation, "AWS::IAM::Role")
    found: dict[str, list[str]] = {}
    for function in functions(template):
        for statement in _statements(roles[f"{function.logical_id}Role"]):
            if statement["Resource"] == {"Fn::GetAtt": ["DirectoryTable", "Arn"]}:
                (condition,) = statement["Condition"].items()
                assert condition[0] == "ForAllValues:StringLike"
                found.setdefault(function.logical_id, []).extend(
                    condition[1]["dynamodb:LeadingKeys"]
                )
    assert found["AccountBalance"] == ["account#*", "caller#*", "settings#*"]
    assert found["RateCallsWorker"] == ["rate#*", "rate"]
    assert {len(key.split("#")) for keys in found.values() for key in keys} == {1, 2}
    assert len(found) > 20


def test_the_console_is_limited_to_settings_and_its_attempts(cloudformation: Template) -> None:
    """It writes settings, entries, requests to hook_watch, attempts, and tickets."""
    role = of_type(cloudformation, "AWS::IAM::Role")["ConsoleRole"]
    shared = ("DirectoryTable", "CallStateTable", "SocketsTable")
    found = [
        (
            statement["Resource"]["Fn::GetAtt"][0],
            "dynamodb:PutItem" in _actions(statement)
            or "dynamodb:UpdateItem" in _actions(statement),
            statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"],
        )
        for statement in _statements(role)
        if statement["Resource"] in [{"Fn::GetAtt": [name, "Arn"]} for name in shared]
    ]
    assert sorted(found) == [
        ("CallStateTable", True, ["attempts#?#console#*"]),
        (
            "DirectoryTable",
            False,
            [
                "caller_list#*",
                "funnel#*",
                "hook_watch#*",
                "ivr_tree#*",
                "office_hours#*",
                "switch#*",
            ],
        ),
        ("DirectoryTable", True, ["caller_list#*", "ivr_tree#*", "office_hours#*", "switch#*"]),
        ("DirectoryTable", True, ["hook_watch#*"]),
        ("DirectoryTable", True, ["settings#*"]),
        ("SocketsTable", True, ["ticket#*"]),
    ]


def test_only_lambda_may_take_a_role(cloudformation: Template) -> None:
    """A function's rights are nobody else's."""
    for role in of_type(cloudformation, "AWS::IAM::Role").values():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_the_gateway_may_call_a_function_by_its_own_route_only(cloudformation: Template) -> None:
    """A permission names one API and one path."""
    permissions = of_type(cloudformation, "AWS::Lambda::Permission").values()
    gateways = [each for each in permissions if each["Principal"] == "apigateway.amazonaws.com"]
    arns = [permission["SourceArn"]["Fn::Sub"][0] for permission in gateways]

    assert len(arns) == len(set(arns))
    principals = {permission["Principal"] for permission in permissions}
    assert principals <= {"apigateway.amazonaws.com", "events.amazonaws.com"}


def test_a_clock_may_call_its_own_function_only(
    template: Template, cloudformation: Template
) -> None:
    """A schedule has one target, and nothing but it may call that; who fails is told of."""
    permissions = of_type(cloudformation, "AWS::Lambda::Permission")
    scheduled = [each for each in functions(template) if _clocks(each)]
    for function in scheduled:
        for name in _clocks(function):
            rule = f"{function.logical_id}{name}"
            permission = permissions[f"{rule}Permission"]
            assert permission["FunctionName"] == {"Ref": function.logical_id}
            assert permission["SourceArn"] == {"Fn::GetAtt": [rule, "Arn"]}
        failed = function.properties["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
        assert failed["Destination"] == _dead_letters(function.logical_id)
    assert scheduled


def _clocks(function: Function) -> list[str]:
    """The names of its schedules."""
    events = function.properties.get("Events", {}).items()
    return [name for name, event in events if event["Type"] == "Schedule"]


def test_a_function_takes_at_most_four_resources(cloudformation: Template) -> None:
    """A hundred functions still fit into one stack: CloudFormation's limit is 500 resources."""
    names = [name for kind in OF_A_FUNCTION for name in of_type(cloudformation, kind)]
    functions = of_type(cloudformation, "AWS::Lambda::Function")
    owners = Counter(
        max((each for each in functions if name.startswith(each)), key=len) for name in names
    )
    assert {owner: count for owner, count in owners.items() if not 3 <= count <= 4} == {}


def test_the_stack_stays_clear_of_cloudformations_limits(cloudformation: Template) -> None:
    """500 resources and 200 outputs are allowed; more functions are to come."""
    assert len(cloudformation["Resources"]) < 450
    assert len(cloudformation["Outputs"]) <= 100


def test_functions_run_on_the_runtime_of_python_version(cloudformation: Template) -> None:
    """Byte-code is written by the Python that runs it, and Graviton is the cheaper processor."""
    version = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    for properties in of_type(cloudformation, "AWS::Lambda::Function").values():
        assert properties["Runtime"] == f"python{version}"
        assert properties["Architectures"] == ["arm64"]
        assert properties["Handler"] == "app.handler"


def test_tracing_is_off_until_it_is_wanted(cloudformation: Template) -> None:
    """Lambda itself sends the traces: X-Ray's SDK would cost a quarter of a second at a cold start.

    `PassThrough` is what Lambda has without the property.
    """
    roles = of_type(cloudformation, "AWS::IAM::Role")
    for name, properties in of_type(cloudformation, "AWS::Lambda::Function").items():
        mode = {"Fn::If": ["HasTracing", "Active", "PassThrough"]}
        assert properties["TracingConfig"] == {"Mode": mode}
        statements = roles[f"{name}Role"]["Policies"][0]["PolicyDocument"]["Statement"]
        assert {"Fn::If": ["HasTracing", TRACES, {"Ref": "AWS::NoValue"}]} in statements
    assert of_template(cloudformation)["Tracing"].default == "off"


def test_all_logs_expire(cloudformation: Template) -> None:
    """The owner says for how long, once."""
    groups = of_type(cloudformation, "AWS::Logs::LogGroup")

    assert len(groups) == 7
    for properties in groups.values():
        assert properties["RetentionInDays"] == read_of(cloudformation, "LogRetentionDays")


def test_call_state_expires_by_itself(cloudformation: Template) -> None:
    """DynamoDB deletes what a call knew; the functions do not wait for it to do so."""
    table = of_type(cloudformation, "AWS::DynamoDB::Table")["CallStateTable"]

    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


@pytest.mark.parametrize("name", ["CallRecordsTable", "DirectoryTable"])
def test_tables_that_matter_survive(cloudformation: Template, name: str) -> None:
    """Neither a deleted stack nor a bad deploy takes records and directory along."""
    resource = cloudformation["Resources"][name]

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    recovery = resource["Properties"]["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("name", ["RecordingsBucket", "MediaBucket", "CdrBucket"])
def test_a_bucket_is_private(cloudformation: Template, name: str) -> None:
    """Data about callers is encrypted, private, and sent over TLS only."""
    resource = cloudformation["Resources"][name]
    bucket = resource["Properties"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    policy = of_type(cloudformation, "AWS::S3::BucketPolicy")[f"{name}Policy"]
    (denied,) = policy["PolicyDocument"]["Statement"]

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    algorithm = encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
    assert algorithm == {"Fn::If": ["HasKmsKey", "aws:kms", "AES256"]}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert policy["Bucket"] == {"Ref": name}
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("name", "days"), [("RecordingsBucket", "RecordingDays"), ("MediaBucket", "MediaDays")]
)
def test_what_callers_said_is_forgotten(cloudformation: Template, name: str, days: str) -> None:
    """Recordings, voicemails and faxes are deleted in time."""
    bucket = of_type(cloudformation, "AWS::S3::Bucket")[name]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]

    assert rule["ExpirationInDays"] == read_of(cloudformation, days)


def test_tables_are_paid_by_request(cloudformation: Template) -> None:
    """Nothing is to be scaled, and a stack that nobody calls costs nothing."""
    for table in of_type(cloudformation, "AWS::DynamoDB::Table").values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_stream_wakes_the_worker_for_new_deliveries_only(cloudformation: Template) -> None:
    """A merged record that woke its own worker would loop for ever.

    An event that tells no time is written over its like, and news, too.
    """
    mapping = _mapping(cloudformation, "CallRecordsWorkerDeliveries")
    (event_filter,) = mapping["FilterCriteria"]["Filters"]

    assert json.loads(event_filter["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"NewImage": {"item": {"S": ["delivery"]}}},
    }


@pytest.mark.parametrize("name", ["CallRecordsWorkerDeliveries", "EventBusWorkerDeliveries"])
def test_one_bad_record_does_not_block_a_stream(cloudformation: Template, name: str) -> None:
    """A batch is halved, tried a bounded number of times, and then set aside."""
    mapping = _mapping(cloudformation, name)

    assert mapping["BisectBatchOnFunctionError"] is True
    assert 0 < mapping["MaximumRetryAttempts"] <= 10
    destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
    assert destination == _dead_letters(mapping["FunctionName"]["Ref"])


def test_workers_report_what_failed_in_a_batch(cloudformation: Template) -> None:
    """A record that was handled is not handled again because of its neighbor."""
    mappings = of_type(cloudformation, "AWS::Lambda::EventSourceMapping")

    assert mappings
    for mapping in mappings.values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_two_workers_read_the_stream(cloudformation: Template) -> None:
    """DynamoDB advises at most two readers a shard; the others hang on the event bus."""
    mappings = of_type(cloudformation, "AWS::Lambda::EventSourceMapping")
    stream = {"Fn::GetAtt": ["CallRecordsTable", "StreamArn"]}

    readers = {name for name, each in mappings.items() if each["EventSourceArn"] == stream}
    assert readers == {"CallRecordsWorkerDeliveries", "EventBusWorkerDeliveries"}


def test_a_rule_may_send_to_its_own_queues_alone(cloudformation: Template) -> None:
    """Each rule leads to the queues of one worker, which take nothing from anybody else."""
    policies = of_type(cloudformation, "AWS::SQS::QueuePolicy")
    for name, rule in _rules_of_the_bus(cloudformation).items():
        queue = f"{name.removesuffix('Rule')}Queue"
        (target,) = rule["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}
        dead = f"{name.removesuffix('Rule')}DeadLetter"
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [f"{dead}Queue", "Arn"]}}
        for policy, own in ((f"{queue}Policy", queue), (f"{dead}Policy", f"{dead}Queue")):
            (statement,) = policies[policy]["PolicyDocument"]["Statement"]
            assert policies[policy]["Queues"] == [{"Ref": own}]
            assert statement["Action"] == "sqs:SendMessage"
            assert statement["Resource"] == {"Fn::GetAtt": [own, "Arn"]}
            assert statement["Condition"] == {
                "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [name, "Arn"]}}
            }


def test_what_a_worker_behind_the_bus_gives_up_is_set_aside(
    template: Template, cloudformation: Template
) -> None:
    """Hidden for six times the time-out, and set aside in a queue that an alarm watches."""
    queues = of_type(cloudformation, "AWS::SQS::Queue")
    rules = {name.removesuffix("Rule") for name in _rules_of_the_bus(cloudformation)}

    for function in functions(template):
        name = function.logical_id.removesuffix("Worker")
        if name in rules:
            queue = queues[f"{name}Queue"]
            assert queue["VisibilityTimeout"] >= 6 * function.properties["Timeout"]
            redrive = queue["RedrivePolicy"]["deadLetterTargetArn"]
            assert redrive == _dead_letters(name)


def test_a_spooled_delivery_is_hidden_long_enough_and_never_lost(
    template: Template, cloudformation: Template
) -> None:
    """Hidden for six times the worker's time-out, as AWS advises, then set aside for 14 days.

    An outage of DynamoDB that lasts for hours sets nothing aside.
    """
    queues = of_type(cloudformation, "AWS::SQS::Queue")
    (worker,) = (f for f in functions(template) if f.logical_id == "SpooledDeliveriesWorker")
    spool = queues["SpoolQueue"]

    assert spool["VisibilityTimeout"] >= 6 * worker.properties["Timeout"]
    redrive = spool["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["SpoolDeadLetterQueue", "Arn"]}
    assert redrive["maxReceiveCount"] * spool["VisibilityTimeout"] >= 5 * 60 * 60
    assert {queue["MessageRetentionPeriod"] for queue in queues.values()} == {1209600}


def test_every_alarm_mails_the_operator_if_there_is_one(cloudformation: Template) -> None:
    """Without an address, alarms still show in CloudWatch."""
    for alarm in of_type(cloudformation, "AWS::CloudWatch::Alarm").values():
        actions = alarm["AlarmActions"]["Fn::If"]
        assert actions == ["HasAlarmEmail", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]
        assert alarm["TreatMissingData"] == "notBreaching"


def test_every_alarm_is_written_down(cloudformation: Template) -> None:
    """An alarm is added or removed on purpose: CloudWatch bills each."""
    alarms = of_type(cloudformation, "AWS::CloudWatch::Alarm").keys()
    of_dead_letters = {f"{name}Alarm" for name in _dead_letter_queues(cloudformation)}

    assert alarms == {name for names in ALARMS.values() for name in names} | of_dead_letters


def test_every_dead_letter_queue_has_an_alarm_of_its_own(cloudformation: Template) -> None:
    """One worker's dead letters do not hide those of another."""
    alarms = of_type(cloudformation, "AWS::CloudWatch::Alarm")
    for name in _dead_letter_queues(cloudformation):
        (dimension,) = alarms[f"{name}Alarm"]["Dimensions"]
        assert dimension["Value"] == {"Fn::GetAtt": [f"{name}Queue", "QueueName"]}


def test_every_worker_has_a_dead_letter_queue_of_its_own(
    template: Template, cloudformation: Template
) -> None:
    """The queue's name says which worker lost what is in it."""
    queues = _dead_letter_queues(cloudformation)
    workers = [each for each in functions(template) if each.kind == "workers"]
    spool = {"SpooledDeliveries": "Spool"}
    stems = [each.logical_id.removesuffix("Worker") for each in workers]

    assert sorted(queues) == sorted(f"{spool.get(each, each)}DeadLetter" for each in stems)


IMPERATIVE = re.compile(r"\b(Read|Search|Find|Fix|See|Check|Compare|compare|start there)\b")


def test_every_alarm_text_says_what_to_do(cloudformation: Template) -> None:
    """An alarm's mail is read at night: it names the first step, and fits CloudWatch's limit."""
    for name, alarm in of_type(cloudformation, "AWS::CloudWatch::Alarm").items():
        text = alarm["AlarmDescription"]
        assert IMPERATIVE.search(text), name
        assert ". " in text, name
        assert len(text) <= 1024, name


def test_a_stack_as_shipped_stays_within_the_free_alarms(cloudformation: Template) -> None:
    """Ten alarms are free, and a stack without optional workers has no more."""
    alarms = [
        name
        for name, each in deployed(cloudformation).items()
        if each["Type"] == "AWS::CloudWatch::Alarm"
    ]
    assert len(alarms) <= FREE_ALARMS


def test_alarms_on_logs_watch_a_metric_that_a_filter_writes(cloudformation: Template) -> None:
    """An alarm on a misspelt metric would never ring."""
    written = {
        json.dumps([transformation["MetricNamespace"], transformation["MetricName"]])
        for metric_filter in of_type(cloudformation, "AWS::Logs::MetricFilter").values()
        for transformation in metric_filter["MetricTransformations"]
    }

    assert _watched(cloudformation) == written


@pytest.mark.parametrize(
    "name", ["PivotFallbacks", "PivotAccountFlood", "WebhooksSpooled", "CdrSpooled"]
)
def test_an_alarm_watches_what_the_layer_counts(cloudformation: Template, name: str) -> None:
    """The name in the filter is the name of the metric in pivotkit."""
    pattern = of_type(cloudformation, "AWS::Logs::MetricFilter")[name]["FilterPattern"]
    counted = {
        name
        for path in (ROOT / "layers/common/pivotkit").rglob("*.py")
        for name in re.findall(r'count\("(\w+)"\)', path.read_text(encoding="utf-8"))
    }

    assert set(re.findall(r"\$\.(\w+)", pattern)) <= counted


def test_refused_requests_ring_an_alarm(cloudformation: Template) -> None:
    """A wrong hash means 401 for every call: a single refused request on a route is enough."""
    pattern = of_type(cloudformation, "AWS::Logs::MetricFilter")["Refused"]["FilterPattern"]
    alarm = of_type(cloudformation, "AWS::CloudWatch::Alarm")["RefusedAlarm"]

    assert '($.route = "*/{key}/*") && ($.status >= 400) && ($.status < 500)' in pattern
    assert alarm["Threshold"] == 1


def test_requests_without_a_route_ring_an_alarm(cloudformation: Template) -> None:
    """No function sees them, so the API's own count is watched, longer than a scan takes."""
    alarm = of_type(cloudformation, "AWS::CloudWatch::Alarm")["NoRouteAlarm"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApiGateway", "4xx")
    assert alarm["Dimensions"] == [{"Name": "ApiId", "Value": {"Ref": "Api"}}]
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 15 * 60


def _dead_letters(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [f"{name.removesuffix('Worker')}DeadLetterQueue", "Arn"]}


def _dead_letter_queues(cloudformation: Template) -> list[str]:
    names = of_type(cloudformation, "AWS::SQS::Queue")
    return [name.removesuffix("Queue") for name in names if name.endswith("DeadLetterQueue")]


def _rules_of_the_bus(cloudformation: Template) -> dict[str, dict[str, Any]]:
    rules = of_type(cloudformation, "AWS::Events::Rule")
    return {name: rule for name, rule in rules.items() if "EventPattern" in rule}


def _mapping(cloudformation: Template, name: str) -> dict[str, Any]:
    return of_type(cloudformation, "AWS::Lambda::EventSourceMapping")[name]


def _watched(cloudformation: Template) -> set[str]:
    """Namespace and name of each metric of our own that an alarm watches."""
    return {
        json.dumps([alarm["Namespace"], alarm["MetricName"]])
        for alarm in of_type(cloudformation, "AWS::CloudWatch::Alarm").values()
        if isinstance(alarm.get("Namespace"), dict)
    }
