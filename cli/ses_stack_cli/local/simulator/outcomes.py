"""From an accepted message to the events that it will cause: pure, and the same for the same seed.

Delays are SES's own order of magnitude: a delivery takes a second or two, a soft bounce hours (here: minutes), opens
and clicks come later. `latency_scale` shortens them all; a millisecond always lies between cause and effect.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ses_stack.mail.addresses import bare, normalized
from ses_stack.mail.event_types import EventType
from ses_stack_cli.local.simulator import bodies
from ses_stack_cli.local.simulator.fates import Fates
from ses_stack_cli.local.simulator.message import Accepted, Message, domain_of, ses_id
from ses_stack_cli.local.simulator.provoke import REJECT_MARKER, Outcome, is_mailbox_simulator
from ses_stack_cli.local.simulator.records import Effect, Event, Subscribe, Suppress, iso, people
from ses_stack_cli.local.simulator.settings import Settings

type Body = Callable[[str], dict[str, Any]]

_ADDS_TO_LIST = frozenset({("Permanent", "General"), ("Permanent", "NoEmail")})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Something that happens `after` so many unscaled seconds; its body is made for its time."""

    kind: EventType
    after: float
    body: Body
    rows: int = 1
    suppress: tuple[str, Sequence[str]] | None = None
    subscribe: Subscribe | None = None


def plan(
    accepted: Accepted,
    settings: Settings,
    fates: Fates,
) -> list[Event]:
    """The events of one message in the order in which they happen."""
    steps = list(_steps(accepted, fates))
    steps.sort(key=lambda step: step.after)
    return [_event(accepted, settings, step, number) for number, step in enumerate(steps)]


def _event(accepted: Accepted, settings: Settings, step: _Step, number: int) -> Event:
    at = round(accepted.at + step.after * settings.latency_scale + number / 1000, 3)
    body = step.body(iso(at))
    effect: Effect | None = step.subscribe
    if step.suppress:
        reason, addresses = step.suppress
        effect = Suppress(addresses=addresses, reason=reason, feedback_id=str(body.get("feedbackId", "")))
    return Event(
        kind=step.kind,
        accepted=accepted,
        at=at,
        key=f"{accepted.key}:{number}",
        body=body,
        rows=step.rows,
        effect=effect,
    )


def _steps(accepted: Accepted, fates: Fates) -> Iterator[_Step]:
    message = accepted.message
    everyone = people(message.destination)
    if message.rendering_error is not None:
        error = bodies.rendering_failure(message.template or "", message.rendering_error)
        yield _Step(kind=EventType.RENDERING_FAILURE, after=0, body=lambda _: error, rows=everyone)
        return
    yield _Step(kind=EventType.SEND, after=0, body=lambda _: {}, rows=everyone)
    if is_rejected(message):
        yield _Step(kind=EventType.REJECT, after=0.5, body=lambda _: {"reason": "Bad content"}, rows=everyone)
        return
    for group, outcome in _groups(accepted, fates):
        yield from _Journey(accepted, group, outcome).steps()


def is_rejected(message: Message) -> bool:
    """Whether SES would find something bad in it: here, the documented marker."""
    parts: Iterable[str | None] = (
        message.subject,
        message.html,
        message.text,
        *(attachment.name for attachment in message.attachments),
    )
    return any(part and REJECT_MARKER in part for part in parts)


def _groups(accepted: Accepted, fates: Fates) -> list[tuple[list[str], Outcome]]:
    """Recipients at one domain that fare alike share their records, as they do in SES."""
    chance = accepted.random("outcomes")
    groups: dict[tuple[str, Outcome], list[str]] = {}
    for address in {normalized(address): bare(address) for address in accepted.message.destination}.values():
        outcome = fates.of(address, accepted.message, chance)
        groups.setdefault((domain_of(address), outcome), []).append(address)
    return [(group, outcome) for (_, outcome), group in groups.items()]


def subscribe(message: Message, recipient: str, *, opt_in: bool) -> Subscribe | None:
    """What a recipient's use of a subscription link changes; None if the message belongs to no contact list."""
    if message.contact_list is None:
        return None
    return Subscribe(contact_list=message.contact_list, topic=message.topic, addresses=[recipient], opt_in=opt_in)


class _Journey:
    """The way of one message to the recipients at one domain who fare alike."""

    def __init__(self, accepted: Accepted, recipients: Sequence[str], outcome: Outcome) -> None:
        self._accepted = accepted
        self._message = accepted.message
        self._recipients = recipients
        self._outcome = outcome
        self._chance = accepted.random(f"journey {recipients[0].lower()}")
        self._domain = domain_of(recipients[0])
        self._simulated = is_mailbox_simulator(recipients[0])

    def steps(self) -> Iterator[_Step]:
        """Every step, in no particular order."""
        outcome, clock = self._outcome, self._chance.uniform(0.8, 3)
        if outcome.delay:
            clock = self._chance.uniform(60, 300)
            yield self._delay(outcome.delay, clock)
            clock += self._chance.uniform(60, 300)
        if outcome.delivered:
            yield self._delivery(clock)
        if outcome.bounce:
            yield self._bounce(outcome.bounce, clock)
        if outcome.complaint:
            yield self._complaint(outcome.complaint, clock)
        for recipient in self._recipients:  # opens and clicks name nobody: each recipient has their own
            yield from self._engagement(recipient, clock)

    def _delay(self, kind: str, clock: float) -> _Step:
        return _Step(
            kind=EventType.DELIVERY_DELAY,
            after=clock,
            body=lambda at: bodies.delivery_delay(
                kind, self._recipients, at, iso(self._accepted.at + 14 * 3600), self._domain
            ),
            rows=len(self._recipients),
        )

    def _delivery(self, clock: float) -> _Step:
        chance = random.Random(self._chance.getrandbits(64))
        return _Step(
            kind=EventType.DELIVERY,
            after=clock,
            body=lambda at: bodies.delivery(self._recipients, at, round(clock * 1000), self._domain, chance),
            rows=len(self._recipients),
        )

    def _bounce(self, bounce: tuple[str, str], clock: float) -> _Step:
        waits = (60, 300) if bounce[0] == "Transient" and not self._outcome.delay else (0.1, 2)
        if self._outcome.delivered:
            waits = (30, 300)
        chance = random.Random(self._chance.getrandbits(64))
        listed = bounce in _ADDS_TO_LIST and not self._simulated
        return _Step(
            kind=EventType.BOUNCE,
            after=clock + self._chance.uniform(*waits),
            body=lambda at: bodies.bounce(bounce, self._recipients, at, self._feedback_id(chance)),
            rows=len(self._recipients),
            suppress=("BOUNCE", self._recipients) if listed else None,
        )

    def _complaint(self, kind: str, clock: float) -> _Step:
        """Names everyone at that domain who was on the message: the provider does not say who complained."""
        unsent = kind == "OnAccountSuppressionList"
        named = self._recipients if unsent else self._everyone_here()
        chance = random.Random(self._chance.getrandbits(64))
        listed = not unsent and kind != "not-spam" and not self._simulated and len(named) == 1
        return _Step(
            kind=EventType.COMPLAINT,
            after=clock + (0 if unsent else self._chance.uniform(60, 1_800)),
            body=lambda at: bodies.complaint(
                kind,
                named,
                at=at,
                feedback_id=self._feedback_id(chance),
                arrived=iso(self._accepted.at + clock),
                chance=chance,
            ),
            rows=people(named),
            suppress=("COMPLAINT", named) if listed else None,
        )

    def _engagement(self, recipient: str, clock: float) -> Iterator[_Step]:
        outcome, chance = self._outcome, self._chance
        if not outcome.opened:
            return
        agent = bodies.agent(chance, bot=outcome.bot)
        clock += chance.uniform(0.2, 3) if outcome.bot else chance.uniform(5, 600)
        if self._message.track_opens:
            yield _Step(kind=EventType.OPEN, after=clock, body=lambda at: bodies.opened(agent, at))
        clock += chance.uniform(0.1, 1) if outcome.bot else chance.uniform(2, 60)
        if outcome.clicked and self._message.track_clicks:
            followed = bodies.link(self._message.html, chance)
            yield _Step(kind=EventType.CLICK, after=clock, body=lambda at: bodies.clicked(agent, at, followed))
        if outcome.subscription:
            clock += chance.uniform(2, 30)
            change = bodies.subscription(
                outcome.subscription, self._message.contact_list, self._message.topic, source="UnsubscribeHeader"
            )
            yield _Step(
                kind=EventType.SUBSCRIPTION,
                after=clock,
                body=lambda at: {**change, "timestamp": at},
                subscribe=subscribe(self._message, recipient, opt_in=outcome.subscription == "subscribe"),
            )

    def _everyone_here(self) -> list[str]:
        addresses = {normalized(address): bare(address) for address in self._message.destination}
        return [address for address in addresses.values() if domain_of(address) == self._domain]

    def _feedback_id(self, chance: random.Random) -> str:
        return ses_id(self._accepted.at, chance)
