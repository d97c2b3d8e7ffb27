"""The functions' settings, read once from the environment variables that template.yaml sets.

Every `read` raises `ConfigurationError`, which names the variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ses_stack.errors import AddressError, ConfigurationError
from ses_stack.mail.lanes import LANES

if TYPE_CHECKING:
    from ses_stack.sending.limits.warm_up import WarmUp
    from ses_stack.sending.only_recipients import OnlyRecipients
    from ses_stack.suppression.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalizerSettings:
    """`stack` is the stack's name; `event_table` keeps each row for `retention_days`.

    `request_sends`: whether `tail` shows the Send events of send requests.
    """

    stack: str
    event_table: str
    retention_days: int
    request_sends: bool

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> NormalizerSettings:
        """Reads STACK_NAME, EVENT_TABLE, RETENTION_DAYS and REQUEST_SENDS_IN_TAIL."""
        return cls(
            stack=_text(environment, "STACK_NAME"),
            event_table=_text(environment, "EVENT_TABLE"),
            retention_days=_positive(environment, "RETENTION_DAYS"),
            request_sends=_flag(environment, "REQUEST_SENDS_IN_TAIL"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionWriterSettings:
    """`queue_url` is the writer's own queue, to which it sends copies of records.

    `policy` says which soft bounces suppress an address, and for how many days. `sync_account_list` says whether SES's
    account-level suppression list follows the table. `history_wait`: seconds after which a soft-bounce suppression is
    settled again.
    """

    table: str
    event_table: str
    queue_url: str
    policy: Policy
    sync_account_list: bool
    history_wait: int

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> SuppressionWriterSettings:
        """Reads the tables, SUPPRESSION_QUEUE_URL, SYNC_ACCOUNT_LIST, HISTORY_WAIT and SOFT_BOUNCE_*."""
        from ses_stack.suppression.policy import Policy  # noqa: PLC0415 -- 6 ms that other functions do not need

        return cls(
            table=_text(environment, "SUPPRESSION_TABLE"),
            event_table=_text(environment, "EVENT_TABLE"),
            queue_url=_text(environment, "SUPPRESSION_QUEUE_URL"),
            policy=Policy(
                threshold=_positive(environment, "SOFT_BOUNCE_THRESHOLD"),
                window_days=_positive(environment, "SOFT_BOUNCE_WINDOW_DAYS"),
                suppression_days=_positive(environment, "SOFT_BOUNCE_SUPPRESSION_DAYS"),
            ),
            sync_account_list=_flag(environment, "SYNC_ACCOUNT_LIST"),
            history_wait=_positive(environment, "HISTORY_WAIT"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderSettings:
    """`queues` and `dead_letters` map each lane to the URL of its queue and of its dead-letter queue.

    Shares, above 0 and at most 1: `safety` of SES's rate, `bulk_share` of a second's slots that the bulk lane takes
    while there is priority mail, `threshold` of the day's quota from which bulk mail waits. `unsubscribe_url` and
    `contact_list` may be empty. `warm_up` is None if no pool of dedicated IP addresses warms up, `only_recipients` if
    everyone may be mailed.
    """

    stack: str
    table: str
    suppression_table: str
    queues: Mapping[str, str]
    dead_letters: Mapping[str, str]
    safety: float
    bulk_share: float
    threshold: float
    evidence_seconds: int
    deferral_hours: int
    retention_days: int
    attachment_bucket: str
    unsubscribe_url: str
    contact_list: str
    warm_up: WarmUp | None
    only_recipients: OnlyRecipients | None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> SenderSettings:
        """Reads STACK_NAME, the tables and queues of sending, and the stack's parameters of sending."""
        return cls(
            stack=_text(environment, "STACK_NAME"),
            table=_text(environment, "SEND_TABLE"),
            suppression_table=_text(environment, "SUPPRESSION_TABLE"),
            queues={lane: _text(environment, f"{lane.upper()}_QUEUE_URL") for lane in LANES},
            dead_letters={lane: _text(environment, f"{lane.upper()}_DEAD_LETTER_QUEUE_URL") for lane in LANES},
            safety=_share(environment, "SAFETY_FACTOR"),
            bulk_share=_share(environment, "BULK_SHARE"),
            threshold=_share(environment, "QUOTA_THRESHOLD"),
            evidence_seconds=_positive(environment, "EVIDENCE_WAIT"),
            deferral_hours=_positive(environment, "LONGEST_DEFERRAL_HOURS"),
            retention_days=_positive(environment, "LEDGER_RETENTION_DAYS"),
            attachment_bucket=_text(environment, "ATTACHMENT_BUCKET"),
            unsubscribe_url=environment.get("UNSUBSCRIBE_URL", ""),
            contact_list=environment.get("CONTACT_LIST", ""),
            warm_up=_warm_up(environment),
            only_recipients=_only_recipients(environment),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectorSettings:
    """`send_table` holds the ledger. Deliveries that may lift a suppression go to `suppression_queue_url`."""

    send_table: str
    suppression_table: str
    suppression_queue_url: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> ProjectorSettings:
        """Reads SEND_TABLE, SUPPRESSION_TABLE and SUPPRESSION_QUEUE_URL."""
        return cls(
            send_table=_text(environment, "SEND_TABLE"),
            suppression_table=_text(environment, "SUPPRESSION_TABLE"),
            suppression_queue_url=_text(environment, "SUPPRESSION_QUEUE_URL"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsWriterSettings:
    """`table` holds the counters, of at most `campaigns_per_day` campaigns for each stream and day.

    `only_shard` names the table stream's only shard where Lambda's event names none: in the local cloud.
    """

    table: str
    campaigns_per_day: int
    only_shard: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> StatisticsWriterSettings:
        """Reads STATISTICS_TABLE, CAMPAIGNS_PER_DAY and ONLY_SHARD."""
        return cls(
            table=_text(environment, "STATISTICS_TABLE"),
            campaigns_per_day=_positive(environment, "CAMPAIGNS_PER_DAY"),
            only_shard=environment.get("ONLY_SHARD", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSettings:
    """`queues` are the lanes' URLs, `topic` is the ARN of the alert topic.

    The rates are fractions, from which a stream is critical. Events are silent if mail was sent `silent_minutes` ago
    and none arrived since. `watches_last_send`: how long ago mail was sent is a metric. `has_shared_set`:
    transactional mail has a second configuration set.
    """

    stack: str
    send_table: str
    statistics_table: str
    event_table: str
    queues: tuple[str, ...]
    topic: str
    bounce_rate: float
    complaint_rate: float
    pauses_transactional: bool
    silent_minutes: int
    watches_last_send: bool
    has_shared_set: bool

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> GuardSettings:
        """Reads STACK_NAME, the tables, the lanes, ALERT_TOPIC_ARN and the stack's parameters of the guard."""
        return cls(
            stack=_text(environment, "STACK_NAME"),
            send_table=_text(environment, "SEND_TABLE"),
            statistics_table=_text(environment, "STATISTICS_TABLE"),
            event_table=_text(environment, "EVENT_TABLE"),
            queues=tuple(_text(environment, f"{lane.upper()}_QUEUE_URL") for lane in LANES),
            topic=_text(environment, "ALERT_TOPIC_ARN"),
            bounce_rate=_percent(environment, "GUARD_BOUNCE_PERCENT"),
            complaint_rate=_percent(environment, "GUARD_COMPLAINT_PERCENT"),
            pauses_transactional=_flag(environment, "GUARD_PAUSES_TRANSACTIONAL"),
            silent_minutes=_positive(environment, "EVENTS_SILENT_MINUTES"),
            watches_last_send=_flag(environment, "WATCH_LAST_SEND"),
            has_shared_set=bool(environment.get("SHARED_CONFIGURATION_SET")),
        )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise ConfigurationError(f"the environment variable {name} is not set")
    return value


def _positive(environment: Mapping[str, str], name: str) -> int:
    value = _text(environment, name)
    if not value.isdecimal() or int(value) == 0:
        raise ConfigurationError(f"the environment variable {name} must be a whole number above zero")
    return int(value)


def _flag(environment: Mapping[str, str], name: str) -> bool:
    value = _text(environment, name)
    if value not in {"true", "false"}:
        raise ConfigurationError(f"the environment variable {name} must be true or false")
    return value == "true"


def _share(environment: Mapping[str, str], name: str) -> float:
    try:
        value = float(_text(environment, name))
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise ConfigurationError(f"the environment variable {name} must be a number above 0 and at most 1")
    return value


def _percent(environment: Mapping[str, str], name: str) -> float:
    """A number of percent, as a fraction."""
    try:
        value = float(_text(environment, name))
    except ValueError:
        value = 0.0
    if not 0 < value <= 100:
        raise ConfigurationError(f"the environment variable {name} must be a number above 0 and at most 100")
    return value / 100


def _only_recipients(environment: Mapping[str, str]) -> OnlyRecipients | None:
    text = environment.get("ONLY_RECIPIENTS", "")
    if not text:
        return None
    from ses_stack.sending.only_recipients import OnlyRecipients  # noqa: PLC0415 -- 100 ms that other functions do not need

    try:
        return OnlyRecipients.parse(text)
    except AddressError as error:
        raise ConfigurationError(f"the environment variable ONLY_RECIPIENTS: {error}") from None


def _warm_up(environment: Mapping[str, str]) -> WarmUp | None:
    """WARM_UP_POOLS is written `stream=pool,stream=pool`."""
    pools, start = environment.get("WARM_UP_POOLS", ""), environment.get("WARM_UP_START", "")
    if not pools or not start:
        return None
    from ses_stack.sending.limits.warm_up import WarmUp  # noqa: PLC0415 -- 3 ms that other functions do not need

    named = dict(each.partition("=")[::2] for each in pools.split(","))
    if not all(named) or not all(named.values()):
        raise ConfigurationError("the environment variable WARM_UP_POOLS must be written stream=pool,stream=pool")
    try:
        return WarmUp(pools=named, start=date.fromisoformat(start))
    except ValueError:
        raise ConfigurationError("the environment variable WARM_UP_START must be a date such as 2026-11-24") from None
