"""The structure of the original: one cycle in Python with boto3 and requests, in the same calls to the same servers.

Written for the comparison. It counts as the rule `step` does, and it stores and sends as such functions
do: one call after the other, no condition, no repair. A loop replaces AWS's runtime client, which is heavier.
"""

import json
import os
from urllib.request import Request, urlopen

import boto3
import requests

APP, PROCESS = os.environ["MY_HEROKU_AS_APP"], os.environ["MY_HEROKU_AS_PROCESS"]
MIN, MAX = int(os.environ["DYNOSCALER_MIN_DYNOS"]), int(os.environ["DYNOSCALER_MAX_DYNOS"])
UP, DOWN = int(os.environ["DYNOSCALER_UP_CYCLES"]), int(os.environ["DYNOSCALER_DOWN_CYCLES"])
THRESHOLD = float(os.environ["DYNOSCALER_BACKLOG_THRESHOLD"])
FORMATION = f"{os.environ['HEROKU_API_URL']}/apps/{APP}/formation"
KEY = {"target": {"S": f"{APP}/{PROCESS}"}}
TABLE = os.environ["DYNOSCALER_TABLE"]

sqs, dynamodb, heroku = boto3.client("sqs"), boto3.client("dynamodb"), requests.Session()
heroku.headers.update({
    "Accept": "application/vnd.heroku+json; version=3",
    "Authorization": f"Bearer {os.environ['MY_HEROKU_AUTH_TOKEN']}",
})
queue_url = None


def handler(event):
    """One cycle."""
    global queue_url
    queue_url = queue_url or sqs.get_queue_url(QueueName=os.environ["AWS_SQS_NAME"])["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    messages = int(attributes["Attributes"]["ApproximateNumberOfMessages"])
    formation = heroku.get(FORMATION, timeout=8).json()
    dynos = next(entry["quantity"] for entry in formation if entry["type"] == PROCESS)
    item = dynamodb.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True).get("Item", {})
    up, down = (int(item.get(name, {"N": "0"})["N"]) for name in ("scale_up_cnt", "scale_down_cnt"))
    per_dyno = messages / dynos
    if per_dyno > THRESHOLD:
        up, down = min(up + 1, UP), max(down - 1, 0)
    elif per_dyno < THRESHOLD:
        up, down = max(up - 1, 0), min(down + 1, DOWN)
    wanted = min(dynos + 1, MAX) if up == UP else max(dynos - 1, MIN) if down == DOWN else dynos
    if wanted != dynos:
        heroku.patch(f"{FORMATION}/{PROCESS}", json={"quantity": wanted}, timeout=8).raise_for_status()
        up = down = 0
    remember(up, down)
    record = {"sqs_messages": messages, "active_dynos": dynos, "required_dynos": wanted, "event": event}
    print(json.dumps(record), flush=True)
    return record


def remember(up, down):
    """Both counters."""
    dynamodb.update_item(
        TableName=TABLE,
        Key=KEY,
        UpdateExpression="SET #u = :u, #d = :d",
        ExpressionAttributeNames={"#u": "scale_up_cnt", "#d": "scale_down_cnt"},
        ExpressionAttributeValues={":u": {"N": str(up)}, ":d": {"N": str(down)}},
    )


def main():
    """Lambda's runtime, as far as one event after the other needs it."""
    invocation = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
    while True:
        with urlopen(f"{invocation}/next") as answer:
            request_id, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.load(answer)
        done = json.dumps(handler(event)).encode()
        urlopen(Request(f"{invocation}/{request_id}/response", data=done, method="POST")).close()


if __name__ == "__main__":
    main()
