"""The suppression policy: which suppressions follow from the facts about a recipient.

The list is derived from all facts about a recipient, so the order in which they arrive and their repetition do not
matter:

- A suppressing fact holds until a newer fact lifts it. A removal lifts every reason, an opt-in lifts opt-outs, a
  `not-spam` complaint lifts complaints. If both facts have the same millisecond, the suppression holds.
- Soft bounces are evidence. Enough soft-bounced messages within the window suppress all mail for some days, counted
  from the newest of these bounces. A delivery or a removal makes older soft bounces invalid, and lifts the suppression
  that rests on them.

`feedback` states which fact an SES event gives, `soft_bounces` which soft bounces are evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ses_stack.mail.times import epoch_seconds
from ses_stack.suppression.facts import ON_ACCOUNT_LIST, Fact, FactKind, Reason, Source
from ses_stack.suppression.scopes import EVERYTHING, TOPIC_PREFIX
from ses_stack.suppression.soft_bounces import LATE_REPORT_DAYS, DeliveryQuestion, newest_of_group, open_question

type SuppressionsByScope = Mapping[str, Suppression]

_TEMPORARY = frozenset({FactKind.SOFT_BOUNCE, FactKind.DELIVERY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One line of the list. `expires_at` (epoch seconds) is only set for soft bounces; other reasons do not expire."""

    recipient: str
    scope: str
    reason: Reason
    event_time: str
    source: Source
    as_spelled: str
    subtype: str | None = None
    message_id: str | None = None
    expires_at: int | None = None

    def active(self, now: float) -> bool:
        """Whether it holds at `now` (epoch seconds). DynamoDB deletes expired rows hours or days late."""
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`threshold` soft-bounced messages within `window_days` suppress a recipient for `suppression_days`."""

    threshold: int = 3
    window_days: int = 7
    suppression_days: int = 14

    @property
    def evidence_days(self) -> int:
        """How long a soft bounce or a delivery is kept.

        For the window, for the suppression that it helped to cause, and for the time that a report may come late.
        """
        return self.window_days + self.suppression_days + LATE_REPORT_DAYS


def derive(facts: Iterable[Fact], policy: Policy, now: float) -> dict[str, Suppression]:
    """The suppressions of one recipient by scope, from all facts about the recipient. `now` is in epoch seconds."""
    facts = list(facts)
    candidates = [_suppression(fact) for fact in holding(facts)]
    if soft_bounces := _soft_bounce_suppression(facts, policy):
        candidates.append(soft_bounces)
    heaviest: dict[str, Suppression] = {}
    for candidate in sorted(candidates, key=_weight):
        if candidate.active(now):
            heaviest[candidate.scope] = candidate
    return dict(sorted(heaviest.items()))


def holding(facts: Iterable[Fact]) -> list[Fact]:
    """The suppressing facts that no newer fact lifts."""
    facts = list(facts)
    newest = _newest_times(fact for fact in facts if fact.kind is not FactKind.SUPPRESS)
    return [
        fact
        for fact in facts
        if fact.kind is FactKind.SUPPRESS
        and not any(newest.get((kind, fact.scope), "") > fact.time for kind in _lifting_kinds(fact))
    ]


def deliveries_to_read(facts: Sequence[Fact], policy: Policy) -> DeliveryQuestion | None:
    """The deliveries that could still change the list that follows from the facts; None: none could."""
    return open_question(facts, threshold=policy.threshold, window_days=policy.window_days)


def expires_at(fact: Fact, policy: Policy) -> int | None:
    """When a fact may be deleted, in epoch seconds; None: never."""
    if fact.until:
        return _whole_seconds(fact.until)
    if fact.kind in _TEMPORARY:
        return _whole_seconds(fact.time) + _seconds_of(policy.evidence_days)
    return None


def blocking(suppressions: SuppressionsByScope, *, stream: str, topic: str | None, now: float) -> Suppression | None:
    """The suppression that keeps a recipient from getting mail of this stream and topic, the widest scope first."""
    scopes = [EVERYTHING, stream, *([TOPIC_PREFIX + topic] if topic else [])]
    candidates = (suppressions[scope] for scope in scopes if scope in suppressions)
    return next((suppression for suppression in candidates if suppression.active(now)), None)


def _lifting_kinds(fact: Fact) -> Iterator[FactKind]:
    yield FactKind.REMOVAL
    if fact.reason is Reason.COMPLAINT:
        yield FactKind.NOT_SPAM
    if fact.reason is Reason.UNSUBSCRIBE:
        yield FactKind.OPT_IN


def _newest_times(facts: Iterable[Fact]) -> dict[tuple[FactKind, str], str]:
    newest: dict[tuple[FactKind, str], str] = {}
    for fact in facts:
        kind_and_scope = (fact.kind, fact.scope)
        newest[kind_and_scope] = max(newest.get(kind_and_scope, ""), fact.time)
    return newest


def _soft_bounce_suppression(facts: Iterable[Fact], policy: Policy) -> Suppression | None:
    newest = newest_of_group(facts, threshold=policy.threshold, window_days=policy.window_days)
    if newest is None:
        return None
    return _suppression(newest, expires_at=_whole_seconds(newest.time) + _seconds_of(policy.suppression_days))


def _suppression(fact: Fact, *, expires_at: int | None = None) -> Suppression:
    return Suppression(
        recipient=fact.recipient,
        scope=fact.scope,
        reason=fact.reason or Reason.SOFT_BOUNCE,
        event_time=fact.time,
        source=fact.source,
        as_spelled=fact.as_spelled,
        subtype=fact.subtype,
        message_id=fact.message_id,
        expires_at=_whole_seconds(fact.until) if fact.until else expires_at,
    )


def _weight(suppression: Suppression) -> tuple[bool, bool, float, str, str]:
    """The order among several suppressions of one scope: the list shows the one that sorts last.

    A permanent suppression outweighs one that expires, a cause outweighs SES's report that its own list has the
    address, and a newer suppression outweighs an older one.
    """
    return (
        suppression.expires_at is None,
        suppression.subtype != ON_ACCOUNT_LIST,
        suppression.expires_at or 0,
        suppression.event_time,
        "\0".join((suppression.reason, suppression.subtype or "", suppression.source, suppression.message_id or "")),
    )


def _whole_seconds(time: str) -> int:
    return int(epoch_seconds(time))


def _seconds_of(days: int) -> int:
    return timedelta(days=days) // timedelta(seconds=1)
