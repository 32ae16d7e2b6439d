"""A small project for the stack's own tests: every kind of part, no dependency."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from pivotctl.project import Project

ROOT = Path(__file__).parents[3]

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  PublicUrl: { Type: String, Default: "" }
  Greeting: { Type: String, Default: hello }
Conditions:
  Polite: !Equals [!Ref Greeting, hello]
Globals:
  Function:
    Runtime: python3.13
    Handler: app.handler
    Timeout: 5
    Layers: [!Ref CommonLayer]
    Environment:
      Variables:
        SHARED: !Sub "${Greeting}-${AWS::Region}"
        PUBLIC_URL: !Ref PublicUrl
Resources:
  CommonLayer:
    Type: AWS::Serverless::LayerVersion
    Metadata: { BuildMethod: makefile }
    Properties: { ContentUri: layers/common }
  Api:
    Type: AWS::Serverless::HttpApi
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/pivot/echo
      MemorySize: 256
      Environment:
        Variables:
          TABLE: !Ref ThingsTable
          ONLY_POLITE: !If [Polite, "yes", !Ref AWS::NoValue]
          API: !Sub https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}
          CRM_URL: https://crm.example.com/api
      Events:
        Request:
          Type: HttpApi
          Properties:
            { ApiId: !Ref Api, Path: "/{key}/pivot/echo", Method: ANY, TimeoutInMillis: 4500 }
  Trouble:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/pivot/trouble
      Timeout: 3
      Events:
        Request:
          Type: HttpApi
          Properties:
            { ApiId: !Ref Api, Path: "/{key}/pivot/trouble", Method: ANY, TimeoutInMillis: 4000 }
        Slow:
          Type: HttpApi
          Properties:
            { ApiId: !Ref Api, Path: "/{key}/slow", Method: POST, TimeoutInMillis: 300 }
  StreamWorker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/workers/stream_worker
      Timeout: 10
      Environment: { Variables: { DONE_QUEUE_URL: !Ref DoneQueue } }
      Events:
        Things:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt ThingsTable.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 10
            MaximumRetryAttempts: 1
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria:
              Filters:
                - Pattern: >-
                    {"eventName": ["INSERT"],
                    "dynamodb": {"NewImage": {"kind": {"S": ["wanted"]}}}}
            DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt DeadQueue.Arn } }
  QueueWorker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/workers/queue_worker
      Timeout: 10
      Environment: { Variables: { DONE_QUEUE_URL: !Ref DoneQueue } }
      Events:
        Work:
          Type: SQS
          Properties:
            Queue: !GetAtt WorkQueue.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
  ThingsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      TimeToLiveSpecification: { AttributeName: expires_at, Enabled: true }
  WorkQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 1
      RedrivePolicy: { deadLetterTargetArn: !GetAtt DeadQueue.Arn, maxReceiveCount: 2 }
  DoneQueue:
    Type: AWS::SQS::Queue
  DeadQueue:
    Type: AWS::SQS::Queue
"""

ECHO = """
import json, os
from shared import WORD

def handler(event, context):
    seen = {"event": event, "environment": dict(os.environ), "word": WORD,
            "remaining": context.get_remaining_time_in_millis()}
    return {"statusCode": 200, "headers": {"content-type": "application/json"},
            "body": json.dumps(seen)}
"""

TROUBLE = """
import os, time

def handler(event, context):
    what = event.get("rawQueryString") or event.get("what")
    print("trouble:", what)
    if what == "crash":
        os._exit(3)
    if what == "raise":
        raise ValueError("no")
    if what == "sleep":
        time.sleep(30)
    if what == "slow":
        time.sleep(0.8)
    return {"statusCode": 200, "body": "fine"}
"""

# Both workers report what is called "bad" as failed, and pass the rest on.
WORKER = """
import os
import boto3

sqs = boto3.client("sqs")

def handler(event, context):
    failures = []
    for record in event["Records"]:
        name, identifier = %s
        if name == "bad":
            failures.append({"itemIdentifier": identifier})
        else:
            sqs.send_message(QueueUrl=os.environ["DONE_QUEUE_URL"], MessageBody=name)
    return {"batchItemFailures": failures}
"""
STREAM_ITEM = '(record["dynamodb"]["NewImage"]["pk"]["S"], record["dynamodb"]["SequenceNumber"])'
QUEUE_ITEM = '(record["body"], record["messageId"])'

SOURCES = {
    "layers/common/shared/__init__.py": 'WORD = "first"\n',
    "functions/pivot/echo/app.py": ECHO,
    "functions/pivot/trouble/app.py": TROUBLE,
    "functions/workers/stream_worker/app.py": WORKER % STREAM_ITEM,
    "functions/workers/queue_worker/app.py": WORKER % QUEUE_ITEM,
}
BUILT = {
    "layers/common": "CommonLayer/python",
    "functions/pivot/echo": "Echo",
    "functions/pivot/trouble": "Trouble",
    "functions/workers/stream_worker": "StreamWorker",
    "functions/workers/queue_worker": "QueueWorker",
}


def make_project(root: Path, template: str = TEMPLATE) -> Project:
    """Write the project to `root`, without tools and without a build."""
    (root / "template.yaml").write_text(template, encoding="utf-8")
    for name, text in SOURCES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return replace(Project.find(root), patience=1.0)  # its tests are about timeouts


def build(project: Project) -> None:
    """Put the sources where `sam build` would, and this checkout's tools beside them."""
    for name in (".tools", ".venv"):
        (project.root / name).symlink_to(ROOT / name)
    target = project.root / ".aws-sam/build"
    for source, built in BUILT.items():
        shutil.copytree(project.root / source, target / built)
    (target / "template.yaml").write_text(json.dumps({}), encoding="utf-8")
