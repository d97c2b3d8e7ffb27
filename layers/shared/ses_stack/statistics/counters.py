"""Counters: what one event of the history adds to the statistics.

Each event adds one to exactly one counter, so that the sum of all counters is the number of events. Totals such as all
bounces are sums; see `windows`.

| event | counter |
|---|---|
| bounce, Permanent | `hard_bounce`, or `suppression_list_bounce` where SES did not try to deliver |
| bounce, Transient | `soft_bounce`, or `auto_reply` for a general one without an answer of the receiving server |
| bounce, of any other type | `undetermined_bounce` |
| complaint | `complaint`, `not_spam`, or `suppression_list_complaint` where SES did not try |
| open, click | by SES's verdict on bots: `open_human`, `open_bot`, `open_unknown`, and the same for clicks |
| any other | the counter with the name of the type |

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from ses_stack.history.events import Bot
from ses_stack.mail.event_types import NOT_SPAM, EventType


class Counter(StrEnum):
    """The counters, with the names that they have in StatisticsTable."""

    SEND = "send"
    DELIVERY = "delivery"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    SUPPRESSION_LIST_BOUNCE = "suppression_list_bounce"
    AUTO_REPLY = "auto_reply"
    UNDETERMINED_BOUNCE = "undetermined_bounce"
    COMPLAINT = "complaint"
    SUPPRESSION_LIST_COMPLAINT = "suppression_list_complaint"
    NOT_SPAM = "not_spam"
    REJECT = "reject"
    OPEN_HUMAN = "open_human"
    OPEN_BOT = "open_bot"
    OPEN_UNKNOWN = "open_unknown"
    CLICK_HUMAN = "click_human"
    CLICK_BOT = "click_bot"
    CLICK_UNKNOWN = "click_unknown"
    RENDERING_FAILURE = "rendering_failure"
    DELIVERY_DELAY = "delivery_delay"
    SUBSCRIPTION = "subscription"
    UNKNOWN = "unknown"


_ON_ACCOUNT_LIST = "OnAccountSuppressionList"
# SES did not try to deliver: the address is on a list of SES's, of the account's or of the tenant's.
_ON_A_LIST = frozenset({"Suppressed", _ON_ACCOUNT_LIST, "OnTenantSuppressionList", "EmailValidationSuppressed"})
_AUTO_REPLY = "Transient/General"
_OPENS = {
    Bot.LIKELY: Counter.OPEN_BOT,
    Bot.UNLIKELY: Counter.OPEN_HUMAN,
    Bot.UNKNOWN: Counter.OPEN_UNKNOWN,
}
_CLICKS = {
    Bot.LIKELY: Counter.CLICK_BOT,
    Bot.UNLIKELY: Counter.CLICK_HUMAN,
    Bot.UNKNOWN: Counter.CLICK_UNKNOWN,
}
_BY_TYPE: Mapping[EventType, Counter] = {
    kind: Counter(kind.value)
    for kind in EventType
    if kind not in {EventType.BOUNCE, EventType.COMPLAINT, EventType.OPEN, EventType.CLICK}
}


def counter_of(kind: EventType, *, subtype: str = "", detail: str = "", bot: Bot = Bot.UNKNOWN) -> Counter:
    """The counter of an event, from the attributes of its row in the history."""
    match kind:
        case EventType.BOUNCE:
            return _bounce(subtype, detail)
        case EventType.COMPLAINT:
            return _complaint(subtype)
        case EventType.OPEN:
            return _OPENS[bot]
        case EventType.CLICK:
            return _CLICKS[bot]
        case _:
            return _BY_TYPE[kind]


def _bounce(subtype: str, detail: str) -> Counter:
    bounce_type, _, bounce_subtype = subtype.partition("/")
    if bounce_type == "Permanent":
        return Counter.SUPPRESSION_LIST_BOUNCE if bounce_subtype in _ON_A_LIST else Counter.HARD_BOUNCE
    if bounce_type == "Transient":
        return Counter.AUTO_REPLY if subtype == _AUTO_REPLY and not detail else Counter.SOFT_BOUNCE
    return Counter.UNDETERMINED_BOUNCE


def _complaint(subtype: str) -> Counter:
    if subtype == NOT_SPAM:
        return Counter.NOT_SPAM
    return Counter.SUPPRESSION_LIST_COMPLAINT if subtype in _ON_A_LIST else Counter.COMPLAINT
