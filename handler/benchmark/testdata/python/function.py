"""The two jobs of the function in plain Python: it sends an e-mail for a task, and calls SendTaskSuccess for a click.

serve is the smallest Python runtime. It asks the Runtime API of Lambda for events and answers them.
"""

import datetime
import http.client
import json
import os
import urllib.parse

import boto3

sns = boto3.client("sns")
stepfunctions = boto3.client("stepfunctions")


def handler(event):
    if "taskToken" in event:
        return request(event)
    return decide(event)


def request(task):
    token = urllib.parse.quote(task["taskToken"], safe="")
    links = "\n\n".join(f"{verb}: {os.environ['API_URL']}/{verb}?token={token}" for verb in ("approve", "reject"))
    sns.publish(
        TopicArn=os.environ["TOPIC_ARN"],
        Subject="Approval requested",
        Message=links + "\n\n" + json.dumps(task["input"]),
    )


def decide(event):
    status = {"/approve": "approved", "/reject": "rejected"}[event["rawPath"]]
    now = datetime.datetime.now(datetime.timezone.utc)
    stepfunctions.send_task_success(
        taskToken=event["queryStringParameters"]["token"],
        output=json.dumps({"status": status, "decidedAt": now.isoformat()}),
    )
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": "Workflow " + status}),
    }


def serve():
    runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    path = "/2018-06-01/runtime/invocation/"
    while True:
        runtime.request("GET", path + "next")
        response = runtime.getresponse()
        event = json.loads(response.read())
        answer = json.dumps(handler(event))
        runtime.request("POST", path + response.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", answer)
        runtime.getresponse().read()


serve()
