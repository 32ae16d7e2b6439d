"""Encryption by a key of the operator's own: what it encrypts, and who may use it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from pivotctl.sam_template import SamTemplate, Values
from scripts.lint_template import ROOT, Template
from tests.template.facts import of_type, read_of

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
MOST_OF_A_ROLE = 10_240
"""Bytes of a role's inline policies that IAM accepts."""


def stack(cloudformation: Template, *options: str) -> Any:
    """A resolver of a stack with these options."""
    read = SamTemplate(ROOT / "template.yaml", cloudformation)
    given = {"Secrets": "SigningSecrets=" + "s" * 32, "Options": ";".join(options)}
    return read.resolver(Values(read.parameters(given), attributes=_names(cloudformation)))


def _names(cloudformation: Template) -> dict[tuple[str, str], str]:
    """Every attribute that roles refer to, as long as AWS makes it in a stack of usual name."""
    text = json.dumps(of_type(cloudformation, "AWS::IAM::Role"))
    pairs = re.findall(r'"Fn::GetAtt": \["(\w+)", "(\w+)"\]', text)
    pairs += re.findall(r"\$\{(\w+)\.(\w+)\}", text)
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:pivot-functions-prod"
    return {(name, each): f"{arn}-{name}-1A2B3C4D5E6F" for name, each in pairs}


def resolved(cloudformation: Template, kind: str, *options: str) -> dict[str, dict[str, Any]]:
    """The properties of the resources of a type, in a stack with these options."""
    resolver = stack(cloudformation, *options)
    found = of_type(cloudformation, kind)
    return {name: resolver.resolve(properties) for name, properties in found.items()}


def test_without_a_key_aws_encrypts(cloudformation: Template) -> None:
    """Off, nothing refers to KMS, so nothing is billed; everything is encrypted all the same."""
    queues = resolved(cloudformation, "AWS::SQS::Queue").values()
    assert all(each["SqsManagedSseEnabled"] is True for each in queues)
    assert not [each for each in queues if "KmsMasterKeyId" in each]
    tables = resolved(cloudformation, "AWS::DynamoDB::Table")
    named = {
        name: each["SSESpecification"]
        for name, each in tables.items()
        if "SSESpecification" in each
    }
    assert named.pop("CallIndexTable") == {"SSEEnabled": True}
    assert all(each == {"SSEEnabled": False} for each in named.values())
    for bucket in resolved(cloudformation, "AWS::S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert not [
        g for g in resolved(cloudformation, "AWS::Logs::LogGroup").values() if "KmsKeyId" in g
    ]
    assert "kms:" not in json.dumps(resolved(cloudformation, "AWS::IAM::Role"))


def test_with_a_key_it_encrypts_all_data(cloudformation: Template) -> None:
    """Each table, queue, bucket, and log group names the key."""
    option = f"KmsKeyArn={KEY}"
    for table in resolved(cloudformation, "AWS::DynamoDB::Table", option).values():
        encryption = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
        assert table["SSESpecification"] == encryption
    for queue in resolved(cloudformation, "AWS::SQS::Queue", option).values():
        assert queue["KmsMasterKeyId"] == KEY
        assert "SqsManagedSseEnabled" not in queue
    for bucket in resolved(cloudformation, "AWS::S3::Bucket", option).values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
        assert rule == {"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    for group in resolved(cloudformation, "AWS::Logs::LogGroup", option).values():
        assert group["KmsKeyId"] == KEY


def _statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role["Policies"]:
        for each in policy["PolicyDocument"]["Statement"]:
            yield each["Fn::If"][1] if "Fn::If" in each else each


def test_a_role_uses_the_key_through_its_own_services(cloudformation: Template) -> None:
    """A function decrypts only through a service that it may use, and encrypts if it writes."""
    for name, role in of_type(cloudformation, "AWS::IAM::Role").items():
        statements = list(_statements(role))
        own = [each for each in statements if "kms:" in json.dumps(each["Action"])]
        others = json.dumps([each["Action"] for each in statements if each not in own])
        services = set(re.findall(r'"(dynamodb|s3|sqs|ssm):', others))
        assert len(own) == bool(services), name
        for statement in own:
            hosts = statement["Condition"]["StringEquals"]["kms:ViaService"]
            assert {each["Fn::Sub"].partition(".")[0] for each in hosts} == services, name
            assert statement["Resource"] == read_of(cloudformation, "KmsKeyArn")
            writes = re.search(r"Put|Update|DeleteItem|Send|BatchWrite|DeleteObject", others)
            assert ("kms:Encrypt" in statement["Action"]) is bool(writes), name


@pytest.mark.parametrize("key", [KEY, ""])
def test_roles_stay_within_iams_limit(cloudformation: Template, key: str) -> None:
    """The largest role, that of the console, fits with every option on."""
    options = ("LiveDebug=on", "AccountSettings=on", "Sockets=on", f"KmsKeyArn={key}")
    for name, role in resolved(cloudformation, "AWS::IAM::Role", *options).items():
        text = json.dumps(role["Policies"][0]["PolicyDocument"], separators=(",", ":"))
        assert len(text) < MOST_OF_A_ROLE, (name, len(text))


def test_only_a_key_will_do(template: Template) -> None:
    """An alias may lead to another key one day, and a role is granted one key."""
    pattern = template["Parameters"]["Options"]["AllowedPattern"]
    assert re.fullmatch(pattern, f"KmsKeyArn={KEY}")
    assert re.fullmatch(pattern, "KmsKeyArn=")
    for wrong in ("alias/mine", KEY.replace("key/", "alias/"), "1234abcd"):
        assert not re.fullmatch(pattern, f"KmsKeyArn={wrong}")
