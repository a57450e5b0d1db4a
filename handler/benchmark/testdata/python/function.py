"""The two jobs of the function in plain Python: it sends an e-mail for a task, and passes a click to the waiting execution.

serve is the smallest Python runtime. It asks the Runtime API of Lambda for events and answers them.
"""

import base64
import datetime
import hashlib
import hmac
import http.client
import json
import os
import urllib.parse

import boto3

sns = boto3.client("sns")
stepfunctions = boto3.client("stepfunctions")
key = boto3.client("kms").generate_mac(
    KeyId=os.environ["LINK_KEY_ARN"], MacAlgorithm="HMAC_SHA_256", Message=b"approval-workflow link key v1"
)["Mac"]


def handler(event):
    if "taskToken" in event:
        return request(event)
    return decide(event)


def link_query(execution, started, approver, sent):
    return urllib.parse.urlencode({"execution": execution, "started": started, "approver": approver, "sent": sent})


def sign(query):
    mac = hmac.digest(key, b"approval-workflow link v1\n" + query.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()


def request(task):
    execution = task["execution"]["id"].split(":execution:")[1]
    started = datetime.datetime.fromisoformat(task["execution"]["startedAt"])
    now = datetime.datetime.now(datetime.timezone.utc)
    for approver in os.environ["APPROVERS"].split(","):
        query = link_query(execution, int(started.timestamp() * 1000), approver, int(now.timestamp()))
        query += "&signature=" + sign(query)
        links = "\n\n".join(f"{verb}: {os.environ['API_URL']}/{verb}?{query}" for verb in ("approve", "reject"))
        sns.publish(
            TopicArn=os.environ["TOPIC_ARN"],
            Subject="Approval requested",
            Message=links + "\n\n" + json.dumps(task["input"]),
            MessageAttributes={"approver": {"DataType": "String", "StringValue": approver}},
        )


def decide(event):
    link = dict(urllib.parse.parse_qsl(event["rawQueryString"]))
    query = link_query(link["execution"], link["started"], link["approver"], link["sent"])
    if not hmac.compare_digest(sign(query), link["signature"]):
        return {"statusCode": 400}
    task = read(link["execution"])
    status = {"/approve": "approved", "/reject": "rejected"}[event["rawPath"]]
    now = datetime.datetime.now(datetime.timezone.utc)
    approvals = task["approvals"] + [{"approver": link["approver"], "decidedAt": now.isoformat()}]
    stepfunctions.send_task_success(
        taskToken=task["taskToken"], output=json.dumps({"status": status, "approvals": approvals})
    )
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": "Workflow " + status}),
    }


def read(execution):
    """Return the payload of the newest task of an execution."""
    region, account = os.environ["TOPIC_ARN"].split(":")[3:5]
    history = stepfunctions.get_execution_history(
        executionArn=f"arn:aws:states:{region}:{account}:execution:{execution}", maxResults=3, reverseOrder=True
    )
    for event in history["events"]:
        if event["type"] == "TaskScheduled":
            return json.loads(event["taskScheduledEventDetails"]["parameters"])["Payload"]
    raise LookupError("no task waits")


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
