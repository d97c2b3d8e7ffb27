"""What one SES event means for suppression: the design's table, as data.

| event | effect |
|---|---|
| Bounce Permanent General / NoEmail / Suppressed / EmailValidationSuppressed | suppress everything, in SES's list too |
| Bounce Permanent OnAccountSuppressionList | suppress everything; SES has it already |
| Bounce Permanent OnTenantSuppressionList, or of a subtype that SES adds later | recorded only |
| Bounce Transient General / MailboxFull / CustomTimeoutExceeded | soft-bounce evidence |
| other Transient, Undetermined | nothing: it is about the content, or unclear |
| Delivery | makes older soft-bounce evidence worthless |
| Complaint of one recipient, not `not-spam` | suppress everything, in SES's list too |
| Complaint naming several recipients | recorded for each as a possible complaint: SES names everyone at that provider |
| Complaint `not-spam` of one recipient | lifts an older suppression that a complaint caused |
| Subscription | opts out of, or into, all marketing and single topics; never touches any other stream |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ses_stack.mail.addresses import bare, normalized
from ses_stack.mail.event_types import NOT_SPAM, EventType
from ses_stack.suppression.policy import MARKETING, ON_ACCOUNT_LIST, TOPIC_PREFIX, Fact, FactKind, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One SES event, as far as suppression asks. `recipients` are as SES spells them.

    `subtype` is a bounce's subtype, or what a complaint says of itself. `unsubscribed`: from everything, or None if the
    event does not say; `topics`: name -> whether opted out.
    """

    type: EventType
    message_id: str
    time: str
    recipients: Sequence[str]
    bounce_type: str = ""
    subtype: str | None = None
    unsubscribed: bool | None = None
    topics: Mapping[str, bool] | None = None


_SUPPRESS, _SOFT, _RECORD = FactKind.SUPPRESS, FactKind.SOFT_BOUNCE, FactKind.NOTED
_BOUNCES: Mapping[tuple[str, str | None], FactKind] = {
    ("Permanent", "General"): _SUPPRESS,
    ("Permanent", "NoEmail"): _SUPPRESS,
    ("Permanent", "Suppressed"): _SUPPRESS,
    ("Permanent", "EmailValidationSuppressed"): _SUPPRESS,
    ("Permanent", ON_ACCOUNT_LIST): _SUPPRESS,
    ("Permanent", "OnTenantSuppressionList"): _RECORD,
    ("Transient", "General"): _SOFT,
    ("Transient", "MailboxFull"): _SOFT,
    ("Transient", "CustomTimeoutExceeded"): _SOFT,
}


def facts_of(feedback: Feedback) -> list[Fact]:
    """The facts in one event, one recipient each; none for an event that changes nothing."""
    effects = _EFFECTS.get(feedback.type)
    return list(effects(feedback)) if effects else []


def _bounce(feedback: Feedback) -> Iterator[Fact]:
    other = _RECORD if feedback.bounce_type == "Permanent" else None
    kind = _BOUNCES.get((feedback.bounce_type, feedback.subtype), other)
    if kind:
        reason = Reason.SOFT_BOUNCE if kind is _SOFT else Reason.BOUNCE
        yield from _each(feedback, kind, reason)


def _delivery(feedback: Feedback) -> Iterator[Fact]:
    return _each(feedback, FactKind.DELIVERY)


def _complaint(feedback: Feedback) -> Iterator[Fact]:
    alone, correction = len(_distinct(feedback.recipients)) == 1, feedback.subtype == NOT_SPAM
    if correction:
        kind = FactKind.NOT_SPAM if alone else FactKind.NOTED
    else:
        kind = FactKind.SUPPRESS if alone else FactKind.POSSIBLE_COMPLAINT
    return _each(feedback, kind, Reason.COMPLAINT)


def _subscription(feedback: Feedback) -> Iterator[Fact]:
    if len(_distinct(feedback.recipients)) != 1:
        return  # the event does not say which of them it was
    choices = {TOPIC_PREFIX + topic: out for topic, out in (feedback.topics or {}).items()}
    if feedback.unsubscribed is not None:
        choices[MARKETING] = feedback.unsubscribed
    for scope, out in choices.items():
        yield from _each(feedback, FactKind.SUPPRESS if out else FactKind.OPT_IN, Reason.UNSUBSCRIBE, scope=scope)


_EFFECTS: Mapping[EventType, Callable[[Feedback], Iterator[Fact]]] = {
    EventType.BOUNCE: _bounce,
    EventType.DELIVERY: _delivery,
    EventType.COMPLAINT: _complaint,
    EventType.SUBSCRIPTION: _subscription,
}


def _each(feedback: Feedback, kind: FactKind, reason: Reason | None = None, *, scope: str = "*") -> Iterator[Fact]:
    for recipient, as_spelled in _distinct(feedback.recipients).items():
        yield Fact(
            recipient=recipient,
            kind=kind,
            time=feedback.time,
            scope=scope,
            reason=reason,
            subtype=feedback.subtype,
            message_id=feedback.message_id,
            as_spelled=as_spelled,
        )


def _distinct(recipients: Sequence[str]) -> dict[str, str]:
    """Recipients in lower case, as spelled first."""
    return {normalized(recipient): bare(recipient) for recipient in reversed(recipients)}
