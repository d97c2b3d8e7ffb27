"""From an accepted message to the events that it will cause: pure, and the same for the same seed.

Delays are SES's own order of magnitude: a delivery takes a second or two, a soft bounce hours (here: minutes), opens
and clicks come later. `latency_scale` shortens them all; a millisecond always lies between cause and effect.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ses_stack.mail.addresses import address_key, bare
from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator.events import bodies
from ses_stack_cli.local.simulator.events.address_words import RecipientOutcome, is_mailbox_simulator
from ses_stack_cli.local.simulator.events.engagement import clicked_link, mail_client
from ses_stack_cli.local.simulator.events.provoke import REJECT_MARKER
from ses_stack_cli.local.simulator.events.recipient_outcomes import OutcomeRules
from ses_stack_cli.local.simulator.events.records import (
    Effect,
    Event,
    SubscriptionChange,
    SuppressionListAddition,
    distinct_recipients,
    ses_time,
)
from ses_stack_cli.local.simulator.mail.acceptance import ses_id
from ses_stack_cli.local.simulator.mail.message import AcceptedMessage, Message, domain_of
from ses_stack_cli.local.simulator.settings import Settings

# Makes the event's body, given its time as SES writes it.
type BodyAt = Callable[[str], dict[str, Any]]

_ADDS_TO_SUPPRESSION_LIST = frozenset({("Permanent", "General"), ("Permanent", "NoEmail")})
_DELAYED_MAIL_EXPIRES_SECONDS = 14 * 3600
# An auto-reply that SES saw before the receiving server's answer to the message itself; seen in captured events.
_EARLY_AUTO_REPLY_SECONDS = 0.023


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """An event that happens `after` so many unscaled seconds. `suppress`: a reason and the addresses to list."""

    kind: EventType
    after: float
    body: BodyAt
    rows: int = 1
    suppress: tuple[str, Sequence[str]] | None = None
    subscription: SubscriptionChange | None = None


def plan_events(accepted: AcceptedMessage, settings: Settings, rules: OutcomeRules) -> list[Event]:
    """The events of one message in the order in which they happen."""
    steps = sorted(_steps(accepted, rules), key=lambda step: step.after)
    return [_event(accepted, settings, step, number) for number, step in enumerate(steps)]


def is_rejected(message: Message) -> bool:
    """Whether SES would reject its content: here, whether it contains the documented marker."""
    parts: Iterable[str | None] = (
        message.subject,
        message.html,
        message.text,
        *(attachment.name for attachment in message.attachments),
    )
    return any(part and REJECT_MARKER in part for part in parts)


def subscription_change(message: Message, recipient: str, *, opt_in: bool) -> SubscriptionChange | None:
    """What the recipient's use of a subscription link changes; None if the message belongs to no contact list."""
    if message.contact_list is None:
        return None
    return SubscriptionChange(
        contact_list=message.contact_list, topic=message.topic, addresses=[recipient], opt_in=opt_in
    )


def _event(accepted: AcceptedMessage, settings: Settings, step: _Step, number: int) -> Event:
    at = round(accepted.at + step.after * settings.latency_scale + number / 1000, 3)
    body = step.body(ses_time(at))
    effect: Effect | None = step.subscription
    if step.suppress:
        reason, addresses = step.suppress
        feedback_id = str(body.get("feedbackId", ""))
        effect = SuppressionListAddition(addresses=addresses, reason=reason, feedback_id=feedback_id)
    return Event(
        kind=step.kind,
        accepted=accepted,
        at=at,
        key=f"{accepted.key}:{number}",
        body=body,
        rows=step.rows,
        effect=effect,
    )


def _steps(accepted: AcceptedMessage, rules: OutcomeRules) -> Iterator[_Step]:
    message = accepted.message
    recipients = distinct_recipients(message.destination)
    if message.rendering_error is not None:
        failure = bodies.rendering_failure(message.template or "", message.rendering_error)
        yield _Step(kind=EventType.RENDERING_FAILURE, after=0, body=lambda _: failure, rows=recipients)
        return
    yield _Step(kind=EventType.SEND, after=0, body=lambda _: {}, rows=recipients)
    if is_rejected(message):
        yield _Step(kind=EventType.REJECT, after=0.5, body=lambda _: {"reason": "Bad content"}, rows=recipients)
        return
    for group, outcome in _recipient_groups(accepted, rules):
        yield from _Journey(accepted, group, outcome).steps()


def _recipient_groups(accepted: AcceptedMessage, rules: OutcomeRules) -> list[tuple[list[str], RecipientOutcome]]:
    """Recipients with the same domain and the same outcome share their records, as they do in SES."""
    rng = accepted.random("outcomes")
    groups: dict[tuple[str, RecipientOutcome], list[str]] = {}
    for address in _distinct(accepted.message.destination):
        outcome = rules.outcome(address, accepted.message, rng)
        groups.setdefault((domain_of(address), outcome), []).append(address)
    return [(group, outcome) for (_, outcome), group in groups.items()]


def _distinct(addresses: Iterable[str]) -> list[str]:
    """Each recipient once, without a display name, in the last of its spellings."""
    return list({address_key(address): bare(address) for address in addresses}.values())


class _Journey:
    """One message's way to the recipients at one domain that have the same outcome.

    `clock` is the number of unscaled seconds since SES accepted the message.
    """

    def __init__(self, accepted: AcceptedMessage, recipients: Sequence[str], outcome: RecipientOutcome) -> None:
        self._accepted = accepted
        self._message = accepted.message
        self._recipients = recipients
        self._outcome = outcome
        self._rng = accepted.random(f"journey {recipients[0].lower()}")
        self._domain = domain_of(recipients[0])
        self._mailbox_simulator = is_mailbox_simulator(recipients[0])

    def steps(self) -> Iterator[_Step]:
        """Every step, in no particular order."""
        outcome, clock = self._outcome, self._rng.uniform(0.8, 3)
        if outcome.delay:
            clock = self._rng.uniform(60, 300)
            yield self._delay(outcome.delay, clock)
            clock += self._rng.uniform(60, 300)
        if outcome.delivered:
            yield self._delivery(clock)
        if outcome.bounce:
            yield self._bounce(*outcome.bounce, clock)
        if outcome.auto_reply:
            yield self._auto_reply(outcome.auto_reply, clock)
        if outcome.complaint:
            yield self._complaint(outcome.complaint, clock)
        if outcome.opened:
            for recipient in self._recipients:  # opens and clicks name no recipient: each has records of its own
                yield from self._engagement(recipient, clock)

    def _delay(self, delay_type: str, clock: float) -> _Step:
        expires = ses_time(self._accepted.at + _DELAYED_MAIL_EXPIRES_SECONDS)
        return _Step(
            kind=EventType.DELIVERY_DELAY,
            after=clock,
            body=lambda at: bodies.delivery_delay(delay_type, self._recipients, at, expires, self._domain),
            rows=len(self._recipients),
        )

    def _delivery(self, clock: float) -> _Step:
        rng = self._fork()
        return _Step(
            kind=EventType.DELIVERY,
            after=clock,
            body=lambda at: bodies.delivery(self._recipients, at, round(clock * 1000), self._domain, rng),
            rows=len(self._recipients),
        )

    def _bounce(self, bounce_type: str, subtype: str, clock: float) -> _Step:
        waits = (60, 300) if bounce_type == "Transient" and not self._outcome.delay else (0.1, 2)
        if self._outcome.delivered:
            waits = (30, 300)
        rng = self._fork()
        listed = (bounce_type, subtype) in _ADDS_TO_SUPPRESSION_LIST and not self._mailbox_simulator
        return _Step(
            kind=EventType.BOUNCE,
            after=clock + self._rng.uniform(*waits),
            body=lambda at: bodies.bounce(
                bounce_type, subtype, self._recipients, at=at, feedback_id=self._feedback_id(rng)
            ),
            rows=len(self._recipients),
            suppress=("BOUNCE", self._recipients) if listed else None,
        )

    def _auto_reply(self, side: Literal["after", "before"], clock: float) -> _Step:
        wait = self._rng.uniform(1, 60) if side == "after" else -_EARLY_AUTO_REPLY_SECONDS
        rng = self._fork()
        return _Step(
            kind=EventType.BOUNCE,
            after=clock + wait,
            body=lambda at: bodies.auto_reply(self._recipients, at=at, feedback_id=self._feedback_id(rng)),
            rows=len(self._recipients),
        )

    def _complaint(self, kind: str, clock: float) -> _Step:
        """Names all recipients at that domain: the provider does not say which of them complained."""
        unsent = kind == "OnAccountSuppressionList"
        named = self._recipients if unsent else self._recipients_at_domain()
        rng = self._fork()
        listed = not unsent and kind != "not-spam" and not self._mailbox_simulator and len(named) == 1
        return _Step(
            kind=EventType.COMPLAINT,
            after=clock + (0 if unsent else self._rng.uniform(60, 1_800)),
            body=lambda at: bodies.complaint(
                kind,
                named,
                at=at,
                feedback_id=self._feedback_id(rng),
                arrived=ses_time(self._accepted.at + clock),
                rng=rng,
            ),
            rows=distinct_recipients(named),
            suppress=("COMPLAINT", named) if listed else None,
        )

    def _engagement(self, recipient: str, clock: float) -> Iterator[_Step]:
        """An open, then a click, then the use of the unsubscribe link, as far as the outcome has them."""
        outcome, rng = self._outcome, self._rng
        client = mail_client(rng, bot=outcome.bot)
        clock += rng.uniform(0.2, 3) if outcome.bot else rng.uniform(5, 600)
        if self._message.track_opens:
            yield _Step(kind=EventType.OPEN, after=clock, body=lambda at: bodies.opened(client, at))
        clock += rng.uniform(0.1, 1) if outcome.bot else rng.uniform(2, 60)
        if outcome.clicked and self._message.track_clicks:
            link = clicked_link(self._message.html, rng)
            yield _Step(kind=EventType.CLICK, after=clock, body=lambda at: bodies.clicked(client, at, link))
        if outcome.subscription:
            yield self._subscription(outcome.subscription, recipient, clock + rng.uniform(2, 30))

    def _subscription(self, change: str, recipient: str, clock: float) -> _Step:
        message = self._message
        body = bodies.subscription(change, message.contact_list, message.topic, source="UnsubscribeHeader")
        return _Step(
            kind=EventType.SUBSCRIPTION,
            after=clock,
            body=lambda at: {**body, "timestamp": at},
            subscription=subscription_change(message, recipient, opt_in=change == "subscribe"),
        )

    def _recipients_at_domain(self) -> list[str]:
        return [address for address in _distinct(self._message.destination) if domain_of(address) == self._domain]

    def _fork(self) -> random.Random:
        """A generator for one body, so that bodies do not change what later steps draw."""
        return random.Random(self._rng.getrandbits(64))

    def _feedback_id(self, rng: random.Random) -> str:
        return ses_id(self._accepted.at, rng)
