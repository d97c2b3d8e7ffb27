"""Who must not be mailed, and why: facts, and the list that follows from them.

Everything that bears on suppression is a **fact** about a recipient: a bounce, a delivery, an opt-out, a removal by an
operator. Facts are only ever added, and a fact that is told twice is one fact. The list is **derived** from all facts
of a recipient, so neither the order in which they arrive nor their repetition can change it:

- a suppressing fact holds until a newer fact lifts it: a removal lifts all, an opt-in lifts opt-outs, a complaint
  that says `not-spam` lifts complaints; where both are of the same millisecond, the suppression holds;
- soft bounces are evidence: enough different messages within the window suppress everything for a while, counted from
  the newest of them; a delivery, and a removal, make older evidence worthless, and lift what rested on it.

What single events mean stands in `feedback`. Times are ISO-8601 in UTC with milliseconds: text order is time order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from ses_stack.errors import ScopeError
from ses_stack.mail.streams import STREAMS

EVERYTHING = "*"
MARKETING = "marketing"
TOPIC_PREFIX = "topic:"
TOPIC_LIMIT = 200  # four bytes a character: a sort key may have 1,024
ON_ACCOUNT_LIST = "OnAccountSuppressionList"


class Reason(StrEnum):
    """Why an address is suppressed."""

    BOUNCE = "bounce"
    SOFT_BOUNCE = "soft_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    MANUAL = "manual"


class Source(StrEnum):
    """Who says so: an SES event, an operator, or an imported list."""

    EVENT = "event"
    MANUAL = "manual"
    IMPORT = "import"


class FactKind(StrEnum):
    """What a fact does to the list."""

    SUPPRESS = "suppress"
    SOFT_BOUNCE = "soft_bounce"
    DELIVERY = "delivery"
    OPT_IN = "opt_in"
    NOT_SPAM = "not_spam"
    REMOVAL = "removal"
    POSSIBLE_COMPLAINT = "possible_complaint"  # recorded, and no more
    NOTED = "noted"  # recorded, and no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that bears on one recipient's suppression.

    `recipient` is in lower case, `as_spelled` as the source wrote it. `by` and `note` say who removed or added by hand,
    and why. `until` (a time) is only for an imported soft-bounce suppression.
    """

    recipient: str
    kind: FactKind
    time: str
    scope: str = EVERYTHING
    reason: Reason | None = None
    subtype: str | None = None
    source: Source = Source.EVENT
    message_id: str | None = None
    as_spelled: str
    by: str | None = None
    note: str | None = None
    until: str | None = None

    # Made from the fact itself, so that a repetition is the same fact: `{time}#{kind}#{hash}`.
    key: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        told = (self.scope, self.reason, self.subtype, self.source, self.message_id, self.note, self.until)
        digest = blake2b("\0".join([part or "" for part in told]).encode("utf-8", "replace"), digest_size=8).hexdigest()
        object.__setattr__(self, "key", f"{self.time}#{self.kind}#{digest}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One line of the list. `expires_at` (epoch seconds) only for soft bounces: all else holds until it is lifted."""

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
        """Whether it holds at a moment, in seconds since 1970. DynamoDB deletes expired rows hours or days late."""
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """So many soft-bounced messages within so many days suppress for so many days."""

    threshold: int = 3
    window_days: int = 7
    suppression_days: int = 14

    @property
    def evidence_days(self) -> int:
        """How long evidence can matter: the oldest of a window, until the suppression that it helped to cause ends."""
        return self.window_days + self.suppression_days


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTarget:
    """What SES's account-level list should say of a recipient. `reason` None: the addresses should not be on it."""

    addresses: Sequence[str]
    reason: str | None

    @property
    def mark(self) -> str:
        """What is remembered once SES's list says so."""
        return self.reason or OFF


type List = Mapping[str, Suppression]

OFF = "off"
_TEMPORARY = frozenset({FactKind.SOFT_BOUNCE, FactKind.DELIVERY})


def derive(facts: Iterable[Fact], policy: Policy, now: float) -> dict[str, Suppression]:
    """The list of one recipient, by scope, as it follows from all facts about them."""
    facts = list(facts)
    found: dict[str, Suppression] = {}
    candidates = [_suppression(fact) for fact in holding(facts)]
    if soft := _soft_bounces(facts, policy):
        candidates.append(soft)
    for candidate in sorted(candidates, key=_weight):
        if candidate.active(now):
            found[candidate.scope] = candidate
    return dict(sorted(found.items()))


def holding(facts: Iterable[Fact]) -> list[Fact]:
    """The suppressing facts that no newer fact lifts."""
    facts = list(facts)
    newest = _newest(fact for fact in facts if fact.kind is not FactKind.SUPPRESS)
    return [
        fact
        for fact in facts
        if fact.kind is FactKind.SUPPRESS
        and not any(newest.get((kind, fact.scope), "") > fact.time for kind in _lifted_by(fact))
    ]


def expires_at(fact: Fact, policy: Policy) -> int | None:
    """When a fact may be forgotten, in epoch seconds; None: never."""
    if fact.until:
        return _seconds(fact.until)
    if fact.kind in _TEMPORARY:
        return _seconds(fact.time) + timedelta(days=policy.evidence_days) // timedelta(seconds=1)
    return None


def blocking(suppressions: List, *, stream: str, topic: str | None, now: float) -> Suppression | None:
    """What keeps a recipient from getting mail of this stream and topic, the widest scope first."""
    scopes = [EVERYTHING, stream, *([TOPIC_PREFIX + topic] if topic else [])]
    found = (suppressions[scope] for scope in scopes if scope in suppressions)
    return next((suppression for suppression in found if suppression.active(now)), None)


def account_target(facts: Iterable[Fact], mark: str | None) -> AccountTarget | None:
    """What SES's list should say because of events; None: leave it as it is.

    `mark` is what it was last made to say. What SES suppresses by itself (OnAccountSuppressionList) it has already;
    what a correction lifted must come off it again, or SES would go on dropping the mail.
    """
    facts = list(facts)
    holds = [fact for fact in holding(facts) if fact.scope == EVERYTHING and not fact.until]
    if wanted := [fact for fact in holds if _for_account_list(fact)]:
        reason = "COMPLAINT" if any(fact.reason is Reason.COMPLAINT for fact in wanted) else "BOUNCE"
        newest = max(wanted, key=lambda fact: (fact.time, fact.key))
        target = AccountTarget(addresses=[newest.as_spelled], reason=reason)
        return None if mark == target.mark else target
    lifted = [fact for fact in facts if _for_account_list(fact)]
    corrected = any(fact.kind is FactKind.NOT_SPAM for fact in facts) and lifted
    if holds or mark == OFF or not (mark or corrected):
        return None
    spellings = sorted({fact.as_spelled for fact in lifted} or {fact.as_spelled for fact in facts})
    return AccountTarget(addresses=spellings, reason=None)


def checked_scope(scope: str) -> str:
    """The scope, if there can be such a one. Raises `ScopeError`."""
    topic = scope.removeprefix(TOPIC_PREFIX)
    if scope == EVERYTHING or scope in STREAMS:
        return scope
    if scope.startswith(TOPIC_PREFIX) and 0 < len(topic) <= TOPIC_LIMIT and topic.isprintable():
        return scope
    raise ScopeError(f"there is no scope {_shown(scope)}: it is *, {', '.join(STREAMS)}, or topic:NAME")


def checked_stream(stream: str) -> str:
    """The stream, if there is one of that name. Raises `ScopeError`: a misspelt one would suppress nobody."""
    if stream not in STREAMS:
        raise ScopeError(f"there is no stream {_shown(stream)}: it is {', '.join(STREAMS)}")
    return stream


def _lifted_by(fact: Fact) -> Iterator[FactKind]:
    yield FactKind.REMOVAL
    if fact.reason is Reason.COMPLAINT:
        yield FactKind.NOT_SPAM
    if fact.reason is Reason.UNSUBSCRIBE:
        yield FactKind.OPT_IN


def _newest(facts: Iterable[Fact]) -> dict[tuple[FactKind, str], str]:
    newest: dict[tuple[FactKind, str], str] = {}
    for fact in facts:
        place = (fact.kind, fact.scope)
        newest[place] = max(newest.get(place, ""), fact.time)
    return newest


def _soft_bounces(facts: Sequence[Fact], policy: Policy) -> Suppression | None:
    if not any(fact.kind is FactKind.SOFT_BOUNCE for fact in facts):
        return None
    newest = _newest(facts)
    since = max(newest.get((kind, EVERYTHING), "") for kind in (FactKind.DELIVERY, FactKind.REMOVAL))
    messages: dict[str | None, Fact] = {}
    for fact in sorted(facts, key=lambda fact: fact.key):
        if fact.kind is FactKind.SOFT_BOUNCE and fact.time >= since:
            messages[fact.message_id] = fact
    evidence = sorted(messages.values(), key=lambda fact: (fact.time, fact.key))
    window = timedelta(days=policy.window_days)
    for last in range(len(evidence) - 1, policy.threshold - 2, -1):
        first, newest_fact = evidence[last - policy.threshold + 1], evidence[last]
        if _moment(newest_fact.time) - _moment(first.time) <= window:
            seconds = timedelta(days=policy.suppression_days) // timedelta(seconds=1)
            return _suppression(newest_fact, expires_at=_seconds(newest_fact.time) + seconds)
    return None


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
        expires_at=_seconds(fact.until) if fact.until else expires_at,
    )


def _weight(suppression: Suppression) -> tuple[bool, bool, float, str, str]:
    """Of several reasons the list names the weightiest, which sorts last.

    What lasts outweighs what ends, a cause outweighs SES's echo of it, and the newer outweighs the older.
    """
    return (
        suppression.expires_at is None,
        suppression.subtype != ON_ACCOUNT_LIST,
        suppression.expires_at or 0,
        suppression.event_time,
        "\0".join((suppression.reason, suppression.subtype or "", suppression.source, suppression.message_id or "")),
    )


def _for_account_list(fact: Fact) -> bool:
    return (
        fact.kind is FactKind.SUPPRESS
        and fact.scope == EVERYTHING
        and fact.source is Source.EVENT
        and fact.subtype != ON_ACCOUNT_LIST
    )


def _moment(time: str) -> datetime:
    return datetime.fromisoformat(time)


def _seconds(time: str) -> int:
    return int(_moment(time).timestamp())


def _shown(text: str) -> str:
    return repr(text if len(text) <= 64 else text[:63] + "…")
