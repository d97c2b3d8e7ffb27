"""Dead letters of sending, on the deployed stack: why they are dead, and back with them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.mail import Mail
from tests.e2e.stack import Stack, eventually, ses_stack

pytestmark = pytest.mark.e2e


@pytest.fixture
def mail(stack: Stack) -> Mail:
    tools = Mail(stack)
    for lane in ("Priority", "Bulk"):
        tools.letters(lane)
    return tools


def test_mail_that_could_not_be_sent_says_why_and_is_sent_once_it_can_be(mail: Mail) -> None:
    mail.queue("dead-template", template="soon-there")
    mail.put("no json")
    mail.becomes("dead-template", "failed")
    eventually("both dead", lambda: mail.stack.depth("PriorityDeadLetterQueueUrl") == 2)
    letters = json.loads(ses_stack("dlq", "peek", "priority", "--json"))["letters"]
    assert {(letter["cause"], letter["request_id"], letter["stream"]) for letter in letters} == {
        ("NotFoundException: Template soon-there does not exist.", "dead-template", "transactional"),
        ("NotJsonError: the body is not JSON", None, None),
    }

    done = json.loads(ses_stack("dlq", "redrive", "priority", "--yes", "--json"))
    assert done["redriven"] == 1, "it dies again at once, and is left there"
    eventually("dead again", lambda: mail.stack.depth("PriorityDeadLetterQueueUrl") == 2)

    mail.template("soon-there", "Here now")
    done = json.loads(ses_stack("dlq", "redrive", "priority", "--yes", "--json"))
    assert (done["redriven"], done["skipped"], done["failed"]) == (1, 1, 0)
    assert "reason" not in mail.becomes("dead-template", "sent")
    assert mail.sent_to("dead-template") == 1
    assert mail.letters("Priority").keys() == {"no json"}


@pytest.mark.parametrize("forgotten", [False, True], ids=["table-stream", "history"])
def test_what_the_projector_gave_up_on_is_projected_again(mail: Mail, forgotten: bool) -> None:
    request_id = f"dead-projection-{forgotten}".lower()
    mail.queue(request_id)
    sent = mail.becomes(request_id, "sent")
    streams, record = mail.stack.client("dynamodbstreams"), None

    def stored() -> bool:
        nonlocal record
        record = stored_send(mail.stack, streams, sent["message_id"])
        return record is not None

    eventually("the Send event in the table stream", stored)
    assert record is not None
    mail.stack.dynamodb.update_item(
        TableName=mail.stack.outputs["SendTableName"],
        Key={"pk": {"S": f"REQ#{request_id}"}},
        UpdateExpression="SET #status = :sending REMOVE message_id, evidence_at",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":sending": {"S": "sending"}},
    )
    url = mail.stack.outputs["ProjectorDeadLetterQueueUrl"]
    if forgotten:
        record |= {"arn": f"{record['arn'].rpartition('/')[0]}/2026-01-01T00:00:00.000"}
    mail.stack.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(given_up(record)))
    (letter,) = json.loads(ses_stack("dlq", "peek", "projector", "--json"))["letters"]
    assert (letter["cause"], letter["records"]) == ("the function gave up: RetryAttemptsExhausted", 1)
    done = json.loads(ses_stack("dlq", "redrive", "projector", "--yes", "--json"))
    assert (done["redriven"], done["failed"]) == (1, 0)
    row = mail.becomes(request_id, "sent")
    assert (row["message_id"], bool(row["evidence_at"])) == (sent["message_id"], True)
    assert mail.stack.depth("ProjectorDeadLetterQueueUrl") == 0


def stored_send(stack: Stack, streams: Any, message_id: str) -> dict[str, Any] | None:
    """Where the history's table stream has a message's Send event: the stream, the shard, the record."""
    arn = stack.dynamodb.describe_table(TableName=stack.outputs["EventTableName"])["Table"]["LatestStreamArn"]
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator and (page := streams.get_records(ShardIterator=iterator))["Records"]:
            for record in page["Records"]:
                row = record["dynamodb"].get("NewImage")  # a removed row has none
                if row and (row["message_id"]["S"], row["type"]["S"]) == (message_id, "send"):
                    return {
                        "arn": arn,
                        "shard": shard["ShardId"],
                        "number": record["dynamodb"]["SequenceNumber"],
                        "arrived": record["dynamodb"]["ApproximateCreationDateTime"].isoformat(timespec="seconds"),
                    }
            iterator = page.get("NextShardIterator")
    return None


def given_up(record: dict[str, Any]) -> dict[str, Any]:
    """What Lambda leaves when every retry has failed; the emulator never does."""
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 21},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-11-24T00:13:49.717Z",
        "DDBStreamBatchInfo": {
            "shardId": record["shard"],
            "startSequenceNumber": record["number"],
            "endSequenceNumber": record["number"],
            "approximateArrivalOfFirstRecord": record["arrived"],
            "approximateArrivalOfLastRecord": record["arrived"],
            "batchSize": 1,
            "streamArn": record["arn"],
        },
    }
