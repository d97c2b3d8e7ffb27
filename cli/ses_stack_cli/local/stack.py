"""The stack deployed in the local cloud: its outputs and status, emptying it, invoking functions, their logs."""

from __future__ import annotations

import base64
from typing import Any

import httpx

from ses_stack_cli.local.clients import client
from ses_stack_cli.local.errors import LocalCloudError
from ses_stack_cli.local.invocations import check_event
from ses_stack_cli.local.state import LocalState

_MAX_BATCH_WRITES = 25  # of one BatchWriteItem call


def outputs(running: LocalState) -> dict[str, str]:
    """The stack's CloudFormation outputs: names and addresses of its resources."""
    described = client(running, "cloudformation").describe_stacks(StackName=running.stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def status(running: LocalState) -> dict[str, Any]:
    """The endpoints, the outputs, the depth of each queue, and the simulator's status."""
    names = outputs(running)
    sqs = client(running, "sqs")
    return {
        "running": True,
        "stack": running.stack,
        "endpoint": running.endpoint,
        "simulator": running.simulator,
        "outputs": names,
        "queues": {
            name.removesuffix("Url"): depth(sqs, url) for name, url in names.items() if name.endswith("QueueUrl")
        },
        "events": httpx.get(f"{running.simulator}/_simulator/status", trust_env=False).raise_for_status().json(),
    }


def reset(running: LocalState) -> None:
    """Empties the queues, the tables and the simulator, which ends all pauses. The stack stays deployed."""
    httpx.post(f"{running.simulator}/_simulator/reset", trust_env=False).raise_for_status()
    sqs, dynamodb, ses = (client(running, service) for service in ("sqs", "dynamodb", "sesv2"))
    for name, value in outputs(running).items():
        if name.endswith("QueueUrl"):
            sqs.purge_queue(QueueUrl=value)
        elif name.endswith("TableName"):
            _empty(dynamodb, value)
    # Last: the guard turns off the configuration set of a stream whose pause is still in the table.
    for name, value in outputs(running).items():
        if name.endswith("ConfigurationSetName"):
            ses.put_configuration_set_sending_options(ConfigurationSetName=value, SendingEnabled=True)


def invoke(running: LocalState, function: str, event: bytes) -> dict[str, Any]:
    """Invokes a function, named by its logical id, with an event: its error, its answer and its log.

    Raises `LocalCloudError` if the stack has no such function, or if the function cannot take such an event.
    """
    names = outputs(running)
    try:
        name = names[f"{function}FunctionName"]
    except KeyError:
        known = ", ".join(sorted(key.removesuffix("FunctionName") for key in names if key.endswith("FunctionName")))
        raise LocalCloudError(f"no function {function!r} in the stack; there are: {known}") from None
    functions = client(running, "lambda")
    mappings = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    check_event(function, event, [mapping["EventSourceArn"] for mapping in mappings])
    answer = functions.invoke(FunctionName=name, Payload=event, LogType="Tail")
    return {
        "error": answer.get("FunctionError"),
        "answer": answer["Payload"].read().decode(),
        "log": base64.b64decode(answer.get("LogResult", "")).decode(),
    }


def function_logs(running: LocalState) -> list[str]:
    """The log lines of all functions, oldest first."""
    logs = client(running, "logs")
    events = [
        event
        for name, group in outputs(running).items()
        if name.endswith("LogGroupName")
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    ]
    return [event["message"].rstrip("\n") for event in sorted(events, key=lambda event: event["timestamp"])]


def depth(sqs: Any, url: str) -> int:
    """Messages in a queue: visible, in flight and delayed."""
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return sum(int(count) for name, count in counts.items() if name.startswith("ApproximateNumberOfMessages"))


def _empty(dynamodb: Any, table: str) -> None:
    names = [key["AttributeName"] for key in dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]]
    for page in dynamodb.get_paginator("scan").paginate(TableName=table):
        keys = [{name: item[name] for name in names} for item in page["Items"]]
        for start in range(0, len(keys), _MAX_BATCH_WRITES):
            deletes = [{"DeleteRequest": {"Key": key}} for key in keys[start : start + _MAX_BATCH_WRITES]]
            dynamodb.batch_write_item(RequestItems={table: deletes})
