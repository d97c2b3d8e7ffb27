"""The alarms: each has a metric that exists, a heading in the runbook, and what must be watched has one."""

from __future__ import annotations

import re
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from ses_stack.guard.metrics import NAMESPACE, OF_STREAM, Metric
from ses_stack.mail.streams import STREAMS
from tests.ses_stack_cli.test_docs import COMMANDS
from tests.support.paths import ROOT
from tests.template.document import RESOURCES, of_type, table
from tests.template.resolved import deployed_resources

RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
ALARMS = of_type("AWS::CloudWatch::Alarm")
COMPOSITE = of_type("AWS::CloudWatch::CompositeAlarm")
FUNCTIONS = list(of_type("AWS::Serverless::Function"))
PAGER = {"PagerTopicArn": "arn:aws:sns:eu-west-1:123456789012:pager"}
# Metrics that AWS documents: namespace and name -> its dimensions.
# https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
AWS_METRICS: dict[tuple[str, str], set[str]] = {
    ("AWS/SES", "Reputation.BounceRate"): set(),
    ("AWS/SES", "Reputation.ComplaintRate"): set(),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): {"QueueName"},
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/Lambda", "Duration"): {"FunctionName"},
    ("AWS/Lambda", "IteratorAge"): {"FunctionName"},
}
PER_METRIC, COMPOSITE_PRICE = 0.10, 0.50


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics behind an alarm: its own, or those of its expression."""
    if "MetricName" in alarm:
        return [alarm]
    return [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each]


def anchor_of(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def deployed_alarms(**given: object) -> dict[str, dict[str, Any]]:
    resources = deployed_resources(**given).items()
    return {name: each["Properties"] for name, each in resources if each["Type"] == "AWS::CloudWatch::Alarm"}


def watched(metric: str, dimension: str) -> set[str]:
    """The resources of which an alarm watches a metric."""
    found = [each["Dimensions"][0] for each in ALARMS.values() if each.get("MetricName") == metric]
    assert all(each["Name"] == dimension for each in found)
    values = [each["Value"] for each in found]
    return {each["Ref"] if "Ref" in each else each["Fn::GetAtt"][0] for each in values}


@pytest.mark.parametrize("name", [*ALARMS, *COMPOSITE])
def test_the_runbook_has_the_heading_that_an_alarm_names(name: str) -> None:
    description = (ALARMS | COMPOSITE)[name]["AlarmDescription"]
    sentence, _, anchor = description.rpartition(" docs/runbook.md#")
    assert sentence.endswith(".")
    assert anchor in {anchor_of(heading) for heading in re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)}


def test_every_heading_of_the_runbook_is_of_an_alarm_or_a_rule() -> None:
    named = set(re.findall(r"docs/runbook\.md#([a-z-]+)", (ROOT / "template.yaml").read_text()))
    assert {anchor_of(each) for each in re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)} - named == {"first-look"}


@pytest.mark.parametrize("name", ALARMS)
def test_every_metric_is_documented_by_aws_or_published_by_the_guard(name: str) -> None:
    for metric in metrics_of(ALARMS[name]):
        dimensions = {each["Name"] for each in metric.get("Dimensions", ())}
        if metric["Namespace"] == NAMESPACE:
            of_stream = Metric(metric["MetricName"]) in OF_STREAM
            assert dimensions == ({"Stack", "Stream"} if of_stream else {"Stack"})
        else:
            assert AWS_METRICS[metric["Namespace"], metric["MetricName"]] == dimensions


def test_every_function_is_watched() -> None:
    for metric in ("Errors", "Throttles", "Duration"):
        assert watched(metric, "FunctionName") == set(FUNCTIONS), metric


def test_every_queue_is_watched() -> None:
    queues = set(of_type("AWS::SQS::Queue"))
    dead_letters = {name for name in queues if name.endswith("DeadLetterQueue")}
    assert watched("ApproximateNumberOfMessagesVisible", "QueueName") == dead_letters
    assert watched("ApproximateAgeOfOldestMessage", "QueueName") == queues - dead_letters


def test_every_reader_of_the_table_stream_is_watched() -> None:
    readers = {
        name
        for name in FUNCTIONS
        if any(each["Type"] == "DynamoDB" for each in RESOURCES[name]["Properties"].get("Events", {}).values())
    }
    assert watched("IteratorAge", "FunctionName") == readers


def test_the_account_rates_are_fractions_as_ses_publishes_them() -> None:
    found = {
        (each["MetricName"], float(each["Threshold"]))
        for each in ALARMS.values()
        if each.get("MetricName", "").startswith("Reputation.")
    }
    bounces, complaints = "Reputation.BounceRate", "Reputation.ComplaintRate"
    assert found == {(bounces, 0.02), (bounces, 0.04), (complaints, 0.0005), (complaints, 0.0008)}
    for each in ALARMS.values():
        if each.get("MetricName", "").startswith("Reputation."):
            rule = (each["Statistic"], each["Period"], each["EvaluationPeriods"], each["TreatMissingData"])
            assert rule == ("Maximum", 300, 1, "ignore")


@pytest.mark.parametrize("stream", STREAMS)
def test_every_stream_has_its_four_alarms_that_ignore_little_mail(stream: str) -> None:
    found = [
        each for each in ALARMS.values() if each["AlarmName"]["Fn::Sub"].startswith(f"${{AWS::StackName}}-{stream}-")
    ]
    assert sorted(float(each["Threshold"]) for each in found) == [0.05, 0.08, 2, 4]
    for each in found:
        assert [part.get("Expression") for part in each["Metrics"]] == ["IF(sends >= 1000, rate, 0)", None, None]
        values = [dimension["Value"] for metric in metrics_of(each) for dimension in metric["Dimensions"][1:]]
        assert values == [stream, stream]


def test_every_alarm_goes_to_the_topic_and_says_when_it_ends() -> None:
    names = [each["AlarmName"]["Fn::Sub"] for each in ALARMS.values()]
    assert len(set(names)) == len(names)
    for each in ALARMS.values():
        assert each["AlarmActions"] == each["OKActions"] == [{"Ref": "AlertTopic"}]


@pytest.mark.parametrize("row", table("docs/runbook.md", "`Alarms`"), ids=lambda row: row["`Alarms`"])
def test_the_runbook_has_the_number_and_price_of_the_alarms(row: dict[str, str]) -> None:
    alarms = deployed_alarms(Alarms=row["`Alarms`"].strip("`"))
    price = sum(len(metrics_of(each)) for each in alarms.values()) * PER_METRIC
    assert (str(len(alarms)), float(row["dollars a month"])) == (row["alarms"], pytest.approx(price))


def test_alarms_of_options_exist_with_their_option() -> None:
    assert "NoMailAlarm" not in deployed_alarms(Alarms="all")
    assert deployed_alarms(Alarms="essential", WatchLastSend="true")["NoMailAlarm"]["Threshold"] == "3600"
    assert "MailUnhealthyAlarm" not in deployed_resources(Alarms="all")
    assert "MailUnhealthyAlarm" not in deployed_resources(Alarms="none", **PAGER)
    pager = deployed_resources(Alarms="essential", **PAGER)["MailUnhealthyAlarm"]["Properties"]
    named = set(re.findall(r'ALARM\("(\w+)"\)', pager["AlarmRule"]))
    assert named <= deployed_alarms(Alarms="essential").keys()
    assert len(named) == pager["AlarmRule"].count("ALARM(") > 5


def test_ses_itself_tells_the_topic_about_the_account() -> None:
    rules = of_type("AWS::Events::Rule")
    told = {name: rule for name, rule in rules.items() if rule["Targets"][0]["Arn"] == {"Ref": "AlertTopic"}}
    assert {kind for rule in told.values() for kind in rule["EventPattern"]["detail-type"]} == {
        "Sending Status Disabled",
        "Advisor Recommendation Status Open",
    }
    for rule in told.values():
        transformer = rule["Targets"][0]["InputTransformer"]
        assert set(re.findall(r"<(\w+)>", transformer["InputTemplate"])) == set(transformer["InputPathsMap"])
        assert transformer["InputTemplate"].startswith('"')
        assert transformer["InputTemplate"].endswith('"')


def commands(program: str) -> list[list[str]]:
    """The command lines of the runbook that call a program, in words."""
    texts = re.findall(rf"`({program} [^`]+)`", RUNBOOK.replace("\n", " "))
    texts += re.findall(rf"^    ({program} [^#\n]+)", RUNBOOK, re.MULTILINE)
    return [text.split() for text in texts]


def test_every_command_of_ses_stack_exists() -> None:
    assert len(commands("ses-stack")) > 15
    for words in commands("ses-stack"):
        named = [name for name in COMMANDS if " ".join(words).startswith(name)]
        assert named, " ".join(words)
        options = {name for parameter in COMMANDS[max(named, key=len)].params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} - {"--stack-name"} <= options, " ".join(words)


def test_every_command_of_the_aws_cli_exists() -> None:
    session = botocore.session.get_session()
    checked = 0
    for words in commands("aws"):
        service, operation = words[1:3]
        if (service, operation) == ("logs", "tail"):  # the AWS CLI's own
            continue
        model = session.get_service_model(service)
        (found,) = [name for name in model.operation_names if xform_name(name, "-") == operation]
        members = {xform_name(name, "-") for name in model.operation_model(found).input_shape.members}
        options = {word.removeprefix("--") for word in words if word.startswith("--")} - {"query"}
        assert options <= members, words
        checked += 1
    assert checked > 5


def test_every_queue_of_the_runbook_is_one_of_the_commands() -> None:
    (line,) = [line for line in RUNBOOK.splitlines() if line.startswith("4. `QUEUE` is ")]
    queues = [name for name in of_type("AWS::SQS::Queue") if name.endswith("DeadLetterQueue")]
    assert set(re.findall(r"`(\w+)`", line)) - {"QUEUE"} == {
        name.removesuffix("DeadLetterQueue").lower() for name in queues
    }
