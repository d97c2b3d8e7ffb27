"""Soft bounces: which of them are evidence, and which deliveries must be read to decide that.

The receiving server may accept a message and report a problem later. SES then publishes a Delivery and a soft bounce
of the same message, in any order, and the bounce may even have the earlier time. Only one of the two can be right:

| soft bounce of a delivered message | what is right |
|---|---|
| MailboxFull | the bounce: it is evidence, and the message's own Delivery makes no older evidence invalid |
| General, CustomTimeoutExceeded | the Delivery: the bounce is no evidence |

A bounce and a Delivery of one message belong together if at most `LATE_REPORT_DAYS` lie between them. A soft bounce
without any delivery status is an auto-reply and never gets here, see `feedback`.
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ses_stack.mail.times import epoch_seconds, epoch_utc_milliseconds
from ses_stack.suppression.facts import Fact, FactKind
from ses_stack.suppression.scopes import EVERYTHING

# A mail server that accepted a message reports within about five days that it could not pass it on.
# https://www.rfc-editor.org/rfc/rfc5321#section-4.5.4.1
LATE_REPORT_DAYS = 14
_LATE_REPORT_SECONDS = timedelta(days=LATE_REPORT_DAYS).total_seconds()
_MAILBOX_FULL = "MailboxFull"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuestion:
    """Which deliveries of a recipient decide about its soft bounces: those since a time that are `relevant`.

    `message_ids`: the soft-bounced messages. `newest_bounce`: the time of the newest of them; None: not known.
    """

    since: str
    message_ids: frozenset[str]
    newest_bounce: str | None = None

    def relevant(self, deliveries: Iterable[Fact]) -> list[Fact]:
        """The deliveries of soft-bounced messages, and the newest of any other message. The rest change nothing."""
        deliveries = list(deliveries)
        own = [delivery for delivery in deliveries if delivery.message_id in self.message_ids]
        others = [delivery for delivery in deliveries if delivery.message_id not in self.message_ids]
        return [*own, *sorted(others, key=lambda delivery: delivery.key)[-1:]]

    def is_answered_by(self, deliveries: Iterable[Fact]) -> bool:
        """Whether one of the deliveries makes every soft bounce invalid, so that no other delivery matters."""
        return self.newest_bounce is not None and any(
            delivery.time > self.newest_bounce and delivery.message_id not in self.message_ids
            for delivery in deliveries
        )


def evidence(facts: Iterable[Fact]) -> list[Fact]:
    """The soft bounces that count, the newest of each message, oldest first."""
    newest = {bounce.message_id: bounce for bounce in _counting(facts)}
    return sorted(newest.values(), key=lambda bounce: (bounce.time, bounce.key))


def _counting(facts: Iterable[Fact]) -> list[Fact]:
    """The soft bounces that count, oldest first.

    Those count that are not older than the last delivery and the last removal, and that no Delivery of their own
    message contradicts.
    """
    facts = sorted(facts, key=lambda fact: fact.key)
    bounces = [fact for fact in facts if fact.kind is FactKind.SOFT_BOUNCE]
    deliveries = [fact for fact in facts if fact.kind is FactKind.DELIVERY]
    reported_full = _times_by_message(bounce for bounce in bounces if bounce.subtype == _MAILBOX_FULL)
    delivered = _times_by_message(deliveries)
    lifting = [fact for fact in facts if fact.kind is FactKind.REMOVAL and fact.scope == EVERYTHING]
    lifting += [delivery for delivery in deliveries if not _belongs_to(delivery, reported_full)]
    since = max((fact.time for fact in lifting), default="")
    return [
        bounce
        for bounce in bounces
        if bounce.time >= since and (bounce.subtype == _MAILBOX_FULL or not _belongs_to(bounce, delivered))
    ]


def newest_of_group(facts: Iterable[Fact], *, threshold: int, window_days: int) -> Fact | None:
    """The newest soft bounce of the newest `threshold` messages that soft-bounced within one window; None: too few.

    A message counts with each of its bounces: so a delivery, which can only make bounces invalid, never makes a group.
    """
    bounces = _counting(facts)
    window = timedelta(days=window_days).total_seconds()
    for last in range(len(bounces) - 1, -1, -1):
        first = epoch_seconds(bounces[last].time) - window
        messages = {bounce.message_id for bounce in bounces[: last + 1] if epoch_seconds(bounce.time) >= first}
        if len(messages) >= threshold:
            return bounces[last]
    return None


def open_question(facts: Sequence[Fact], *, threshold: int, window_days: int) -> DeliveryQuestion | None:
    """The deliveries that could still change what follows from the facts; None: none could.

    A delivery can only make evidence invalid. So without enough evidence no delivery matters.
    """
    if newest_of_group(facts, threshold=threshold, window_days=window_days) is None:
        return None
    bounces = [fact for fact in facts if fact.kind is FactKind.SOFT_BOUNCE]
    earliest = epoch_seconds(_counting(facts)[0].time) - _LATE_REPORT_SECONDS
    return DeliveryQuestion(
        since=epoch_utc_milliseconds(max(earliest, 0.0)),
        message_ids=frozenset(bounce.message_id for bounce in bounces if bounce.message_id),
        newest_bounce=max(bounce.time for bounce in bounces),
    )


def _times_by_message(facts: Iterable[Fact]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for fact in facts:
        if fact.message_id:
            times.setdefault(fact.message_id, []).append(epoch_seconds(fact.time))
    return times


def _belongs_to(fact: Fact, times: dict[str, list[float]]) -> bool:
    """Whether one of its message's times is near enough."""
    own = times.get(fact.message_id or "", ())
    return bool(own) and any(abs(epoch_seconds(fact.time) - time) <= _LATE_REPORT_SECONDS for time in own)
