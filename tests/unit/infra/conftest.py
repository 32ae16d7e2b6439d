"""A small project, as files: two handlers and what they share."""

from pathlib import Path

import pytest

BASE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31

Parameters:
  # How long logs stay.
  Days:
    Type: Number
    Default: 14
  Bytes:
    Type: Number
    Default: 1
  PublicUrl: { Type: String }
  PivotKeyHashes: { Type: String }
  WebhookKeyHashes: { Type: String }
  SigningSecrets: { Type: String }
  KeyGeneration: { Type: Number, Default: 1 }
  RevokedKeys: { Type: String }
  CallsPerMinute: { Type: String }
  HookSecrets: { Type: String }
  SignatureAgeSeconds: { Type: Number, Default: 300 }
  AlarmEmail: { Type: String }
  PivotConcurrency: { Type: Number }
  WorkerConcurrency: { Type: Number }

Conditions:
  HasPublicUrl: !Not [!Equals [!Ref PublicUrl, ""]]
  HasAlarmEmail: !Not [!Equals [!Ref AlarmEmail, ""]]
  ReservesPivot: !Not [!Equals [!Ref PivotConcurrency, 0]]
  LimitsCalls: !Not [!Equals [!Ref CallsPerMinute, ""]]

Globals:
  Function:
    Timeout: 4 # below KAZOO's five seconds

Resources:
  # KAZOO calls this one.
  Api:
    Type: AWS::Serverless::HttpApi
  AlarmTopic:
    Type: AWS::SNS::Topic
"""
SHARED = """\
Resources:
  PivotLogGroup:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: !Ref Days
  WebhooksLogGroup:
    Type: AWS::Logs::LogGroup
  WorkersLogGroup:
    Type: AWS::Logs::LogGroup

  # What is looked up.
  DirectoryTable:
    Type: AWS::DynamoDB::Table

  CallRecordsTable:
    Type: AWS::DynamoDB::Table
  CallCountsTable:
    Type: AWS::DynamoDB::Table
  SpoolQueue:
    Type: AWS::SQS::Queue
    Properties: {MaximumMessageSize: !Ref Bytes}
  DeliveriesBus:
    Type: AWS::Events::EventBus
  SpoolAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Dimensions:
        - { Name: QueueName, Value: !GetAtt SpoolQueue.QueueName }
  Media:
    Type: AWS::S3::Bucket

Outputs:
  Directory:
    Value: !Ref DirectoryTable
"""
WEBHOOKS = """\
Resources:
  WebhooksErrors:
    Type: AWS::Logs::MetricFilter
"""
FILES = {
    "template.yaml": "",
    "infra/base.yaml": BASE,
    "infra/shared.yaml": SHARED,
    "infra/webhooks.yaml": WEBHOOKS,
    "functions/pivot/greet/app.py": "",
    "functions/pivot/greet/function.yaml": "description: Greets\ngroup: starters\n",
    "functions/pivot/find/app.py": "",
    "functions/pivot/find/function.yaml": (
        "description: Finds\ngroup: routing\n"
        "settings: {SECONDS: 20, CODE: 007, OPEN: 12:30, LOUD: yes}\n"
        "may: {DirectoryTable: [GetItem, Query]}\n"
        "directory: [visitor]\n"
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of a project with two handlers."""
    for name, text in FILES.items():
        add(tmp_path, name, text)
    return tmp_path


def add(root: Path, name: str, text: str) -> None:
    """Write one file."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def add_function(root: Path, folder: str, text: str) -> None:
    """Write the files of one function."""
    add(root, f"functions/{folder}/app.py", "")
    add(root, f"functions/{folder}/function.yaml", text)
