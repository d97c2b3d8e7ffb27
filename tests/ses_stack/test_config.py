"""The functions' settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ses_stack.config import (
    GuardSettings,
    NormalizerSettings,
    ProjectorSettings,
    SenderSettings,
    StatisticsWriterSettings,
    SuppressionWriterSettings,
)
from ses_stack.errors import ConfigurationError
from ses_stack.sending.limits.warm_up import WarmUp
from ses_stack.sending.only_recipients import OnlyRecipients
from ses_stack.suppression.policy import Policy

NORMALIZER = {"STACK_NAME": "mail", "EVENT_TABLE": "events", "RETENTION_DAYS": "90", "REQUEST_SENDS_IN_TAIL": "false"}
SUPPRESSION_WRITER = {
    "SUPPRESSION_TABLE": "suppressions",
    "EVENT_TABLE": "events",
    "SUPPRESSION_QUEUE_URL": "https://sqs/suppression",
    "SOFT_BOUNCE_THRESHOLD": "4",
    "SOFT_BOUNCE_WINDOW_DAYS": "5",
    "SOFT_BOUNCE_SUPPRESSION_DAYS": "6",
    "SYNC_ACCOUNT_LIST": "false",
    "HISTORY_WAIT": "120",
}
SENDER = {
    "STACK_NAME": "mail",
    "SEND_TABLE": "sends",
    "SUPPRESSION_TABLE": "suppressions",
    "PRIORITY_QUEUE_URL": "https://sqs/priority",
    "PRIORITY_DEAD_LETTER_QUEUE_URL": "https://sqs/priority-dead",
    "BULK_QUEUE_URL": "https://sqs/bulk",
    "BULK_DEAD_LETTER_QUEUE_URL": "https://sqs/bulk-dead",
    "SAFETY_FACTOR": "0.95",
    "BULK_SHARE": "0.8",
    "QUOTA_THRESHOLD": "1",
    "EVIDENCE_WAIT": "120",
    "LONGEST_DEFERRAL_HOURS": "72",
    "LEDGER_RETENTION_DAYS": "90",
    "ATTACHMENT_BUCKET": "attachment-bucket",
}
PROJECTOR = {
    "SEND_TABLE": "sends",
    "SUPPRESSION_TABLE": "suppressions",
    "SUPPRESSION_QUEUE_URL": "https://sqs/suppression",
}
GUARD = {
    "STACK_NAME": "mail",
    "SEND_TABLE": "sends",
    "STATISTICS_TABLE": "counters",
    "EVENT_TABLE": "events",
    "PRIORITY_QUEUE_URL": "https://sqs/priority",
    "BULK_QUEUE_URL": "https://sqs/bulk",
    "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:1:alerts",
    "GUARD_BOUNCE_PERCENT": "4",
    "GUARD_COMPLAINT_PERCENT": "0.08",
    "GUARD_PAUSES_TRANSACTIONAL": "false",
    "EVENTS_SILENT_MINUTES": "15",
    "WATCH_LAST_SEND": "true",
}
STATISTICS_WRITER = {"STATISTICS_TABLE": "counters", "CAMPAIGNS_PER_DAY": "100"}

type Read = Callable[[dict[str, str]], Any]
READERS: list[tuple[Read, dict[str, str]]] = [
    (NormalizerSettings.read, NORMALIZER),
    (SuppressionWriterSettings.read, SUPPRESSION_WRITER),
    (SenderSettings.read, SENDER),
    (ProjectorSettings.read, PROJECTOR),
    (StatisticsWriterSettings.read, STATISTICS_WRITER),
    (GuardSettings.read, GUARD),
]
VARIABLES = [(read, environment, name) for read, environment in READERS for name in environment]


def test_the_normalizers_settings() -> None:
    assert NormalizerSettings.read(NORMALIZER) == NormalizerSettings(
        stack="mail", event_table="events", retention_days=90, request_sends=False
    )


def test_the_suppression_writers_settings() -> None:
    settings = SuppressionWriterSettings.read(SUPPRESSION_WRITER)

    assert (settings.table, settings.event_table) == ("suppressions", "events")
    assert settings.queue_url == "https://sqs/suppression"
    assert settings.policy == Policy(threshold=4, window_days=5, suppression_days=6)
    assert settings.sync_account_list is False
    assert SuppressionWriterSettings.read({**SUPPRESSION_WRITER, "SYNC_ACCOUNT_LIST": "true"}).sync_account_list


def test_the_senders_settings() -> None:
    assert SenderSettings.read(SENDER) == SenderSettings(
        stack="mail",
        table="sends",
        suppression_table="suppressions",
        queues={"priority": "https://sqs/priority", "bulk": "https://sqs/bulk"},
        dead_letters={"priority": "https://sqs/priority-dead", "bulk": "https://sqs/bulk-dead"},
        safety=0.95,
        bulk_share=0.8,
        threshold=1.0,
        evidence_seconds=120,
        deferral_hours=72,
        retention_days=90,
        attachment_bucket="attachment-bucket",
        unsubscribe_url="",
        contact_list="",
        warm_up=None,
        only_recipients=None,
    )


def test_what_the_sender_may_lack() -> None:
    optional = {
        "UNSUBSCRIBE_URL": "https://example.com/unsubscribe",
        "CONTACT_LIST": "readers",
        "WARM_UP_POOLS": "transactional=own,marketing=news",
        "WARM_UP_START": "2026-11-24",
    }
    settings = SenderSettings.read(SENDER | optional)

    assert (settings.unsubscribe_url, settings.contact_list) == ("https://example.com/unsubscribe", "readers")
    assert settings.warm_up == WarmUp(pools={"transactional": "own", "marketing": "news"}, start=date(2026, 11, 24))
    for name in ("WARM_UP_POOLS", "WARM_UP_START"):
        assert SenderSettings.read(SENDER | optional | {name: ""}).warm_up is None


def test_recipients_that_may_be_mailed_are_read_or_refused() -> None:
    settings = SenderSettings.read(SENDER | {"ONLY_RECIPIENTS": "ann@example.org,example.com"})
    assert settings.only_recipients == OnlyRecipients.parse("example.com,ann@example.org")
    with pytest.raises(ConfigurationError, match="ONLY_RECIPIENTS: entry 2 is neither an e-mail address nor a domain"):
        SenderSettings.read(SENDER | {"ONLY_RECIPIENTS": "example.com,*"})


@pytest.mark.parametrize("pools", ["own", "=own", "marketing=", "marketing=own,", "marketing=own,news"])
def test_pools_that_name_no_stream_are_refused(pools: str) -> None:
    with pytest.raises(ConfigurationError, match="WARM_UP_POOLS must be written stream=pool,stream=pool"):
        SenderSettings.read(SENDER | {"WARM_UP_POOLS": pools, "WARM_UP_START": "2026-11-24"})


def test_a_day_that_is_none_is_named() -> None:
    with pytest.raises(ConfigurationError, match="WARM_UP_START must be a date such as 2026-11-24"):
        SenderSettings.read(SENDER | {"WARM_UP_POOLS": "marketing=own", "WARM_UP_START": "24.11.2026"})


def test_the_statistics_writers_settings() -> None:
    assert StatisticsWriterSettings.read(STATISTICS_WRITER) == StatisticsWriterSettings(
        table="counters", campaigns_per_day=100, only_shard=""
    )
    assert StatisticsWriterSettings.read({**STATISTICS_WRITER, "ONLY_SHARD": "local"}).only_shard == "local"


def test_the_guards_settings() -> None:
    settings = GuardSettings.read({**GUARD, "SHARED_CONFIGURATION_SET": "shop-transactional-shared"})
    assert (settings.stack, settings.topic, settings.silent_minutes) == ("mail", GUARD["ALERT_TOPIC_ARN"], 15)
    assert settings.queues == ("https://sqs/priority", "https://sqs/bulk")
    assert (settings.bounce_rate, settings.complaint_rate) == (pytest.approx(0.04), pytest.approx(0.0008))
    assert (settings.pauses_transactional, settings.watches_last_send) == (False, True)
    assert settings.has_shared_set
    assert not GuardSettings.read(GUARD).has_shared_set


@pytest.mark.parametrize("value", ["0", "-1", "101", "x", "nan"])
def test_a_percentage_that_is_none_is_named(value: str) -> None:
    with pytest.raises(ConfigurationError, match="GUARD_BOUNCE_PERCENT must be a number above 0"):
        GuardSettings.read({**GUARD, "GUARD_BOUNCE_PERCENT": value})


def test_the_projectors_settings() -> None:
    assert ProjectorSettings.read(PROJECTOR) == ProjectorSettings(
        send_table="sends", suppression_table="suppressions", suppression_queue_url="https://sqs/suppression"
    )


@pytest.mark.parametrize(("read", "environment", "name"), VARIABLES)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(read: Read, environment: dict[str, str], name: str, value: str | None) -> None:
    left = {other: text for other, text in environment.items() if other != name}
    if value is not None:
        left[name] = value

    with pytest.raises(ConfigurationError, match=f"the environment variable {name} is not set"):
        read(left)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "ten", " 7", "²"])
def test_a_number_that_is_none_is_named(value: str) -> None:
    with pytest.raises(ConfigurationError, match="RETENTION_DAYS must be a whole number above zero"):
        NormalizerSettings.read({**NORMALIZER, "RETENTION_DAYS": value})


@pytest.mark.parametrize("name", ["SAFETY_FACTOR", "BULK_SHARE", "QUOTA_THRESHOLD"])
@pytest.mark.parametrize("value", ["0", "-0.1", "1.01", "nan", "half"])
def test_a_share_that_is_none_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be a number above 0 and at most 1"):
        SenderSettings.read({**SENDER, name: value})


@pytest.mark.parametrize("value", ["0", "yes", "True"])
def test_a_flag_that_is_none_is_named(value: str) -> None:
    with pytest.raises(ConfigurationError, match="SYNC_ACCOUNT_LIST must be true or false"):
        SuppressionWriterSettings.read({**SUPPRESSION_WRITER, "SYNC_ACCOUNT_LIST": value})


@pytest.mark.parametrize("name", [name for name in SUPPRESSION_WRITER if name.startswith("SOFT_BOUNCE")])
def test_a_number_of_the_policy_that_is_none_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the environment variable {name} must be"):
        SuppressionWriterSettings.read({**SUPPRESSION_WRITER, name: "0"})
