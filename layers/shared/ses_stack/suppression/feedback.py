"""Feedback: which facts an SES event gives. This table is the rule, and the code below it.

| event | effect |
|---|---|
| Bounce Permanent General / NoEmail / Suppressed / EmailValidationSuppressed | suppress all mail, in SES's list too |
| Bounce Permanent OnAccountSuppressionList | suppress all mail; SES's list has the address already |
| Bounce Permanent OnTenantSuppressionList, or of a subtype that SES adds later | recorded only |
| Bounce Transient MailboxFull with a delivery status | soft-bounce evidence, also of a delivered message |
| Bounce Transient General / CustomTimeoutExceeded with a delivery status | soft-bounce evidence, unless delivered |
| Bounce Transient of these three without a delivery status | recorded only: an auto-reply to a delivered message |
| other Transient, Undetermined | none: the bounce is about the content, or its cause is unknown |
| Delivery | makes older soft-bounce evidence invalid |
| Complaint of one recipient, not `not-spam` | suppress all mail, in SES's list too |
| Complaint naming several recipients | recorded for each as a possible complaint: SES names all at that provider |
| Complaint `not-spam` of one recipient | lifts an older suppression that a complaint caused |
| Subscription | opts out of, or into, all marketing mail and single topics; never changes another scope |

A recipient's entry in a bounce has a delivery status if it has an `action`, a `status` or a `diagnosticCode`. SES takes
them from a delivery status notification; an out-of-office reply comes as Transient General and has none of them.
`soft_bounces` decides what the Delivery of a soft-bounced message changes.
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounced-recipients
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ses_stack.errors import FieldError
from ses_stack.mail.addresses import address_key
from ses_stack.mail.event_types import NOT_SPAM, EventType
from ses_stack.suppression.facts import ON_ACCOUNT_LIST, Fact, FactKind, Reason
from ses_stack.suppression.scopes import EVERYTHING, MARKETING, TOPIC_PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """The part of one SES event that matters for suppression. `recipients` are spelled as SES spells them.

    `unreadable`: the first recipient that cannot be read; `recipients` are the others. `with_status`: the recipients
    whose entry in a bounce has a delivery status. `subtype`: a bounce's subtype, or a complaint's subtype or feedback
    type. `unsubscribed`: whether the recipient opted out of all marketing mail; None if the event does not say.
    `topics`: topic name -> whether opted out.
    """

    type: EventType
    message_id: str
    time: str
    recipients: Sequence[str]
    bounce_type: str = ""
    subtype: str | None = None
    with_status: Sequence[str] = ()
    unsubscribed: bool | None = None
    topics: Mapping[str, bool] | None = None
    unreadable: FieldError | None = None


_SUPPRESS, _SOFT, _NOTED = FactKind.SUPPRESS, FactKind.SOFT_BOUNCE, FactKind.NOTED
# By bounceType and bounceSubType.
# https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
_BOUNCES: Mapping[tuple[str, str | None], FactKind] = {
    ("Permanent", "General"): _SUPPRESS,
    ("Permanent", "NoEmail"): _SUPPRESS,
    ("Permanent", "Suppressed"): _SUPPRESS,
    ("Permanent", "EmailValidationSuppressed"): _SUPPRESS,
    ("Permanent", ON_ACCOUNT_LIST): _SUPPRESS,
    ("Permanent", "OnTenantSuppressionList"): _NOTED,
    ("Transient", "General"): _SOFT,
    ("Transient", "MailboxFull"): _SOFT,
    ("Transient", "CustomTimeoutExceeded"): _SOFT,
}


def facts_of(feedback: Feedback) -> list[Fact]:
    """The facts in one event, one recipient each; none for an event that does not bear on suppression."""
    facts = _FACTS.get(feedback.type)
    return list(facts(feedback)) if facts else []


def _bounce(feedback: Feedback) -> Iterator[Fact]:
    other = _NOTED if feedback.bounce_type == "Permanent" else None
    kind = _BOUNCES.get((feedback.bounce_type, feedback.subtype), other)
    if kind is _SOFT:
        with_status = _distinct(feedback.with_status)
        for fact in _each(feedback, _SOFT, Reason.SOFT_BOUNCE):
            yield fact if fact.recipient in with_status else replace(fact, kind=_NOTED)
    elif kind:
        yield from _each(feedback, kind, Reason.BOUNCE)


def _delivery(feedback: Feedback) -> Iterator[Fact]:
    return _each(feedback, FactKind.DELIVERY)


def _complaint(feedback: Feedback) -> Iterator[Fact]:
    has_one_recipient = len(_distinct(feedback.recipients)) == 1 and not feedback.unreadable
    if feedback.subtype == NOT_SPAM:
        kind = FactKind.NOT_SPAM if has_one_recipient else FactKind.NOTED
    else:
        kind = FactKind.SUPPRESS if has_one_recipient else FactKind.POSSIBLE_COMPLAINT
    return _each(feedback, kind, Reason.COMPLAINT)


def _subscription(feedback: Feedback) -> Iterator[Fact]:
    if len(_distinct(feedback.recipients)) != 1:
        return  # the event does not say which of the recipients it is about
    opt_outs = {TOPIC_PREFIX + topic: is_opt_out for topic, is_opt_out in (feedback.topics or {}).items()}
    if feedback.unsubscribed is not None:
        opt_outs[MARKETING] = feedback.unsubscribed
    for scope, is_opt_out in opt_outs.items():
        kind = FactKind.SUPPRESS if is_opt_out else FactKind.OPT_IN
        yield from _each(feedback, kind, Reason.UNSUBSCRIBE, scope=scope)


_FACTS: Mapping[EventType, Callable[[Feedback], Iterator[Fact]]] = {
    EventType.BOUNCE: _bounce,
    EventType.DELIVERY: _delivery,
    EventType.COMPLAINT: _complaint,
    EventType.SUBSCRIPTION: _subscription,
}


def _each(
    feedback: Feedback, kind: FactKind, reason: Reason | None = None, *, scope: str = EVERYTHING
) -> Iterator[Fact]:
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
    """The recipients by their keys, each with its first spelling."""
    return {address_key(recipient): recipient for recipient in reversed(recipients)}
