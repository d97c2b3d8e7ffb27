"""What must hold of template.yaml, whatever is added to it."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from itertools import product
from typing import Any

import pytest

from ses_stack.guard.policy import GuardPolicy
from tests.template.document import RESOURCES, ROOT, TEMPLATE, listed, mappings, of_type, statements

SES_DETAIL_TYPES = {
    "Email Sent",
    "Email Delivered",
    "Email Bounced",
    "Email Complaint Received",
    "Email Rejected",
    "Email Opened",
    "Email Clicked",
    "Email Rendering Failed",
    "Email Delivery Delayed",
    "Email Subscribed",
}
# Actions for which AWS knows no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/
WITHOUT_RESOURCE = re.compile(
    r"ses:(GetAccount|(Put|Get|Delete|List)SuppressedDestinations?)|cloudwatch:(PutMetricData|GetMetricStatistics)|dynamodb:(ListStreams|BatchExecuteStatement)"
)
MAIN_QUEUE = re.compile(r"(?<!DeadLetter)Queue$")


def test_every_handler_exists() -> None:
    for name, function in of_type("AWS::Serverless::Function").items():
        module, _, handler = TEMPLATE["Globals"]["Function"]["Handler"].rpartition(".")
        source = (ROOT / function["CodeUri"] / f"{module}.py").read_text()
        assert f"def {handler}(" in source, name


def test_the_layer_fits_functions_of_either_processor() -> None:
    """A layer that is built for one processor, and functions that are deployed for the other, could not start."""
    layer = RESOURCES["SharedLayer"]
    assert layer["Metadata"] == {"BuildMethod": "makefile"}
    assert layer["Properties"]["CompatibleArchitectures"] == TEMPLATE["Parameters"]["Architecture"]["AllowedValues"]
    makefile = (ROOT / layer["Properties"]["ContentUri"] / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"--platform manylinux2014_(\w+)", makefile)) == {"aarch64", "x86_64"}


def test_every_folder_of_functions_is_deployed() -> None:
    deployed = {function["CodeUri"] for function in of_type("AWS::Serverless::Function").values()}
    folders = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "functions").glob("*/app.py")}
    assert deployed == folders


def test_every_queue_has_a_dead_letter_queue_that_keeps_longer() -> None:
    queues = of_type("AWS::SQS::Queue")
    main = {name: queue for name, queue in queues.items() if MAIN_QUEUE.search(name)}
    assert main
    for name, queue in main.items():
        dead_letters = name.replace("Queue", "DeadLetterQueue")
        assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [dead_letters, "Arn"]}
        assert queues[dead_letters]["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_a_queue_waits_for_a_worker_for_an_hour() -> None:
    """Other functions may use up the account's concurrency: then SQS counts receives that no worker has seen.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
    """
    visibility = TEMPLATE["Mappings"]["VisibilityTimeout"]
    for name, queue in of_type("AWS::SQS::Queue").items():
        if MAIN_QUEUE.search(name):
            _, timeout, _ = queue["VisibilityTimeout"]["Fn::FindInMap"]
            for seconds in map(str, allowed(timeout["Ref"])):
                receives = queue["RedrivePolicy"]["maxReceiveCount"]
                if isinstance(receives, dict):
                    table, parameter, column = receives["Fn::FindInMap"]
                    assert parameter == timeout, name
                    receives = TEMPLATE["Mappings"][table][seconds][column]
                assert receives * min(visibility[seconds].values()) >= 3600, (name, seconds)


def test_every_queue_is_encrypted_and_refuses_plain_http() -> None:
    queues = of_type("AWS::SQS::Queue")
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    tls_only = {
        reference["Ref"]
        for policy in of_type("AWS::SQS::QueuePolicy").values()
        for reference in policy["Queues"]
        for statement in statements(policy["PolicyDocument"])
        if statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }
    assert tls_only == set(queues)


def test_no_action_on_a_queue_or_bucket_is_allowed_over_plain_http() -> None:
    for kind, action in (("AWS::SQS::QueuePolicy", "sqs:*"), ("AWS::S3::BucketPolicy", "s3:*")):
        for name, policy in of_type(kind).items():
            (denied,) = [each for each in statements(policy["PolicyDocument"]) if each["Effect"] == "Deny"]
            assert (denied["Action"], denied["Principal"]) == (action, "*"), name


def test_queue_policies_admit_only_named_rules() -> None:
    rules = {name for name, each in RESOURCES.items() if each["Type"] == "AWS::Events::Rule"}
    for name, policy in of_type("AWS::SQS::QueuePolicy").items():
        for statement in statements(policy["PolicyDocument"]):
            if statement["Effect"] == "Allow":
                sources = listed(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
                assert {source["Fn::GetAtt"][0] for source in sources} <= rules, name


def test_every_queue_mapping_reports_partial_failures_and_is_bounded() -> None:
    for name, event, mapping in mappings():
        if mapping["Type"] == "SQS":
            properties = mapping["Properties"]
            assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], (name, event)
            assert "MaximumConcurrency" in properties["ScalingConfig"], (name, event)


def test_every_table_stream_mapping_reports_partial_failures_and_keeps_what_it_gives_up() -> None:
    readers = [(name, mapping["Properties"]) for name, _, mapping in mappings() if mapping["Type"] == "DynamoDB"]
    for name, properties in readers:
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert properties["BisectBatchOnFunctionError"] is True, name
        destination = properties["DestinationConfig"]["OnFailure"]["Destination"]
        assert destination == {"Fn::GetAtt": [f"{name}DeadLetterQueue", "Arn"]}, name
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html: two readers of a shard at most
    assert [name for name, _ in readers] == ["Projector", "StatisticsWriter"]


def test_the_statistics_writer_learns_the_shard_and_gets_it_in_order() -> None:
    """Lambda names a batch's shard only with a tumbling window, and keeps its order with one worker for each shard.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
    """
    ((_, _, mapping),) = (each for each in mappings() if each[0] == "StatisticsWriter")
    properties = mapping["Properties"]
    assert properties["TumblingWindowInSeconds"] > 0
    assert "ParallelizationFactor" not in properties
    assert properties["MaximumRetryAttempts"] == -1
    assert properties["FilterCriteria"]["Filters"] == [{"Pattern": '{"eventName": ["INSERT"]}'}]


def test_the_guard_runs_every_minute_and_a_failed_run_is_not_repeated() -> None:
    guard = RESOURCES["Guard"]["Properties"]
    (event,) = guard["Events"].values()
    assert (event["Type"], event["Properties"]["Schedule"]) == ("Schedule", "rate(1 minute)")
    assert guard["EventInvokeConfig"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    assert guard["Timeout"] < 60, "two runs rarely meet"


def test_the_guards_thresholds_are_those_of_its_policy_and_lie_below_awss() -> None:
    """AWS reviews an account from 5% bounces or 0.1% complaints.

    https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-messages.html
    """
    bounces, complaints = (
        TEMPLATE["Parameters"][name]["Default"] for name in ("GuardBouncePercent", "GuardComplaintPercent")
    )
    assert (bounces / 100, complaints / 100) == (GuardPolicy().bounce_rate, GuardPolicy().complaint_rate)
    assert (bounces < 5, complaints < 0.1) == (True, True)
    assert TEMPLATE["Parameters"]["EventsSilentMinutes"]["Default"] * 60 == GuardPolicy().silent_seconds
    text = TEMPLATE["Outputs"]["GuardPolicy"]["Value"]["Fn::Sub"]
    given = text.replace("${GuardBouncePercent}", "5").replace("${GuardComplaintPercent}", "0.1")
    policy = GuardPolicy.read({"GuardPolicy": given.replace("${GuardPausesTransactional}", "true")})
    assert (policy.bounce_rate, policy.complaint_rate, policy.pauses_transactional) == (0.05, 0.001, True)


def test_the_topic_is_told_over_tls_only_and_an_address_subscribes_by_parameter() -> None:
    (policy,) = of_type("AWS::SNS::TopicPolicy").values()
    tls, *allowed = statements(policy["PolicyDocument"])
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert {each["Principal"]["Service"]: each["Action"] for each in allowed} == {
        "cloudwatch.amazonaws.com": "sns:Publish",
        "events.amazonaws.com": "sns:Publish",
    }
    assert RESOURCES["AlertSubscription"]["Condition"] == "HasAlertEmail"


def test_exactly_the_functions_that_requeue_may_loop() -> None:
    """A message that is deferred goes round: queue, function, queue. Lambda stops a loop after about 16 rounds.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """
    fed_by: dict[str, set[str]] = {}
    for name, _, mapping in mappings():
        if mapping["Type"] == "SQS":
            fed_by.setdefault(name, set()).add(mapping["Properties"]["Queue"]["Fn::GetAtt"][0])
    requeuing = {name for name, queues in fed_by.items() if queues & queues_written_by(f"{name}Role")}
    assert requeuing == {"Sender", "SuppressionWriter"}
    loops = {name: function.get("RecursiveLoop") for name, function in of_type("AWS::Serverless::Function").items()}
    assert {name for name, loop in loops.items() if loop == "Allow"} == requeuing
    assert set(loops.values()) <= {"Allow", None}


def queues_written_by(role: str) -> set[str]:
    """The queues to which a role may send messages."""
    return {
        resource["Fn::GetAtt"][0]
        for policy in RESOURCES[role]["Properties"]["Policies"]
        for statement in statements(policy["PolicyDocument"])
        if "sqs:SendMessage" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def test_no_deployment_turns_a_paused_stream_on_again() -> None:
    """CloudFormation writes what the template says whenever it updates the resource. So the template does not say it.

    The resource's update handler may call PutConfigurationSetSendingOptions:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ses-configurationset.html
    """
    for name, configuration_set in of_type("AWS::SES::ConfigurationSet").items():
        assert "SendingOptions" not in configuration_set, name


def allowed(parameter: str) -> list[int]:
    return list(TEMPLATE["Parameters"][parameter]["AllowedValues"])


def test_visibility_is_six_times_the_timeout_plus_the_batching_window() -> None:
    seconds = {
        (int(timeout), int(window)): value
        for timeout, row in TEMPLATE["Mappings"]["VisibilityTimeout"].items()
        for window, value in row.items()
    }
    assert all(value == 6 * timeout + window for (timeout, window), value in seconds.items())
    for function in ("Normalizer", "SuppressionWriter"):
        assert set(product(allowed(f"{function}Timeout"), allowed(f"{function}BatchingWindow"))) <= set(seconds)
    assert {(timeout, 0) for timeout in allowed("SenderTimeout")} <= set(seconds)
    queues = of_type("AWS::SQS::Queue")
    for name, event, mapping in mappings():
        if mapping["Type"] == "SQS":
            queue = queues[mapping["Properties"]["Queue"]["Fn::GetAtt"][0]]
            window = mapping["Properties"].get("MaximumBatchingWindowInSeconds", "0")
            expected = {"Fn::FindInMap": ["VisibilityTimeout", mapping["Function"]["Timeout"], window]}
            assert queue["VisibilityTimeout"] == expected, (name, event)


def test_a_stack_name_of_43_characters_fits_into_every_name_that_is_made_from_it() -> None:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateConfigurationSet.html: 64 characters."""
    suffixes = [
        each["Name"]["Fn::Sub"].removeprefix("${AWS::StackName}")
        for each in of_type("AWS::SES::ConfigurationSet").values()
    ]
    assert max(map(len, suffixes)) == 64 - 43
    assert "43 characters" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_policy_has_a_star() -> None:
    for name, role in of_type("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role, f"{name}: policies are written by hand"
        for policy in role["Policies"]:
            for statement in statements(policy["PolicyDocument"]):
                actions = listed(statement["Action"])
                assert not [action for action in actions if "*" in action], name
                if "*" in listed(statement["Resource"]):
                    assert all(WITHOUT_RESOURCE.fullmatch(action) for action in actions), (name, actions)


def test_every_function_has_its_own_role_and_log_group() -> None:
    functions = of_type("AWS::Serverless::Function")
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions.values()]
    groups = [function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions.values()]
    assert sorted(roles) == sorted(f"{name}Role" for name in functions)
    assert sorted(groups) == sorted(f"{name}LogGroup" for name in functions)
    assert all("RetentionInDays" in RESOURCES[group]["Properties"] for group in groups)


def test_the_event_rule_names_the_ten_detail_types() -> None:
    pattern = of_type("AWS::Events::Rule")["EventRule"]["EventPattern"]
    assert set(pattern["detail-type"]) == SES_DETAIL_TYPES


def test_every_rule_target_keeps_what_it_cannot_deliver() -> None:
    """Except the alert topic: `ses-stack dlq redrive` would put a late alert among SES's events."""
    for name, rule in of_type("AWS::Events::Rule").items():
        for target in rule["Targets"]:
            if target["Arn"] == {"Ref": "AlertTopic"}:
                continue
            assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["RuleDeadLetterQueue", "Arn"]}}, name


TABLES = ("History", "Ledger", "Suppression", "Statistics")
LOGICAL_IDS = {"EventTable": "History", "SendTable": "Ledger"}


def test_every_table_expires_and_recovers_as_its_parameter_says() -> None:
    for name, table in of_type("AWS::DynamoDB::Table").items():
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}, name
        # Without the property, DynamoDB encrypts with its own key. With it, each request pays for a managed KMS key.
        assert "SSESpecification" not in table, name
        part = LOGICAL_IDS.get(name, name.removesuffix("Table"))
        recovery = table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        assert recovery == {"Fn::If": [f"Has{part}Backups", True, False]}, name
        condition = TEMPLATE["Conditions"][f"Has{part}Backups"]
        assert condition == {"Fn::Equals": [{"Ref": f"{part}Backups"}, "true"]}, name
    defaults = {part: TEMPLATE["Parameters"][f"{part}Backups"]["Default"] for part in TABLES}
    assert defaults == {"History": "false", "Ledger": "true", "Suppression": "true", "Statistics": "true"}


@pytest.mark.parametrize("name", ["EventTable", "SendTable"])
def test_a_provisioned_table_scales_with_each_of_its_indexes(name: str) -> None:
    part = LOGICAL_IDS[name]
    provisioned, table = f"Is{part}Provisioned", RESOURCES[name]["Properties"]
    condition = TEMPLATE["Conditions"][provisioned]
    assert condition == {"Fn::Not": [{"Fn::Equals": [{"Ref": f"{part}WriteCapacity"}, 0]}]}
    assert TEMPLATE["Parameters"][f"{part}WriteCapacity"]["Default"] == 0
    assert table["BillingMode"] == {"Fn::If": [provisioned, "PROVISIONED", "PAY_PER_REQUEST"]}
    places = {f"table/${{{name}}}": table} | {
        f"table/${{{name}}}/index/{index['IndexName']}": index for index in table["GlobalSecondaryIndexes"]
    }
    least: dict[tuple[str, str], Any] = {}
    for place, properties in places.items():
        condition, throughput, otherwise = properties["ProvisionedThroughput"]["Fn::If"]
        assert (condition, otherwise) == (provisioned, {"Ref": "AWS::NoValue"})
        kind = "index" if "index" in place else "table"
        for unit in ("Read", "Write"):
            least[place, f"dynamodb:{kind}:{unit}CapacityUnits"] = throughput[f"{unit}CapacityUnits"]
    targets = dict(of_type("AWS::ApplicationAutoScaling::ScalableTarget"))
    own = {key: value for key, value in targets.items() if f"${{{name}}}" in value["ResourceId"]["Fn::Sub"]}
    found = {(each["ResourceId"]["Fn::Sub"], each["ScalableDimension"]): each["MinCapacity"] for each in own.values()}
    assert found == least
    policies = of_type("AWS::ApplicationAutoScaling::ScalingPolicy").values()
    assert {policy["ScalingTargetId"]["Ref"] for policy in policies} == targets.keys()
    assert all(RESOURCES[key]["Condition"] == provisioned for key in own)


def test_tables_without_capacity_are_paid_by_request() -> None:
    for name in ("SuppressionTable", "StatisticsTable"):
        assert RESOURCES[name]["Properties"]["BillingMode"] == "PAY_PER_REQUEST"


def test_deliveries_reach_suppression_through_the_history_alone() -> None:
    wanted = RESOURCES["SuppressionRule"]["Properties"]["EventPattern"]["detail-type"]
    assert wanted == ["Email Bounced", "Email Complaint Received", "Email Subscribed"]
    mapping = RESOURCES["Projector"]["Properties"]["Events"]["History"]["Properties"]
    patterns = [json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"]]
    images = [pattern["dynamodb"]["NewImage"] for pattern in patterns]
    assert {"recipient": {"S": [{"exists": True}]}, "type": {"S": ["delivery"]}} in images


def test_data_outlives_the_stack_but_not_a_failed_first_deployment() -> None:
    for name in [*of_type("AWS::DynamoDB::Table"), *of_type("AWS::S3::Bucket")]:
        assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate", name
        assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain", name


def test_every_parameter_is_described_and_constrained() -> None:
    grouped = {
        name
        for group in TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        for name in group["Parameters"]
    }
    for name, parameter in TEMPLATE["Parameters"].items():
        assert parameter["Description"].endswith("."), name
        assert (
            "AllowedValues" in parameter or "AllowedPattern" in parameter or {"MinValue", "MaxValue"} <= set(parameter)
        )
    assert grouped == set(TEMPLATE["Parameters"])


def test_what_can_carry_a_tag_says_who_manages_it() -> None:
    tagged = (
        "AWS::SQS::Queue",
        "AWS::DynamoDB::Table",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
        "AWS::SES::ConfigurationSet",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
    )
    for kind in tagged:
        for name, properties in of_type(kind).items():
            assert {"Key": "ManagedBy", "Value": "ses-stack"} in properties["Tags"], name
    assert TEMPLATE["Globals"]["Function"]["Tags"] == {"ManagedBy": "ses-stack"}


def test_every_output_is_described() -> None:
    assert all(output["Description"] for output in TEMPLATE["Outputs"].values())
    for name in of_type("AWS::SQS::Queue"):
        assert TEMPLATE["Outputs"][f"{name}Url"]["Value"] == {"Ref": name}


def test_the_layer_brings_the_sdk_that_was_tested_with_the_models_that_the_functions_use() -> None:
    """Lambda's own SDK changes with time and region: an older one does not know SES's newer parameters."""
    layer = ROOT / RESOURCES["SharedLayer"]["Properties"]["ContentUri"]
    pins = [
        dict(re.findall(r"^([\w-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        for path in (layer / "requirements.txt", ROOT / "requirements-dev.txt")
    ]
    for package in ("boto3", "botocore", "urllib3"):
        assert pins[0][package] == pins[1][package] == version(package), package
    models = re.findall(r"^MODELS := (.*)$", (layer / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    clients = (layer / "ses_stack/aws/clients.py").read_text(encoding="utf-8")
    assert models == [" ".join(sorted(re.findall(r'boto3\.client\(\s*"(\w+)"', clients)))]
