"""Facts: everything that bears on a recipient's suppression.

A bounce, a delivery, an opt-out and a removal by an operator are facts. Facts are added and never changed. The same
fact added twice is one fact, because its key is made from its content.

Times are ISO-8601 in UTC with milliseconds: the order of the texts is the order of the times.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

from ses_stack.suppression.scopes import EVERYTHING

# The subtype of a bounce or complaint that SES reports because its account-level list has the address already.
# https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
ON_ACCOUNT_LIST = "OnAccountSuppressionList"


class Reason(StrEnum):
    """Why an address is suppressed."""

    BOUNCE = "bounce"
    SOFT_BOUNCE = "soft_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    MANUAL = "manual"


class Source(StrEnum):
    """Where a fact comes from: an SES event, an operator, or an imported list."""

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
    POSSIBLE_COMPLAINT = "possible_complaint"  # recorded only: it does not change the list
    NOTED = "noted"  # recorded only: it does not change the list


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact about one recipient.

    `recipient` is the address's key, `as_spelled` the address in the case in which the source wrote it. `by` and
    `note`: the operator's name and remark, for facts made by hand or imported. `until` (a time): the end of an imported
    soft-bounce suppression. `key`: `{time}#{kind}#{hash of the other fields}`.
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

    key: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        parts = (self.scope, self.reason, self.subtype, self.source, self.message_id, self.note, self.until)
        text = "\0".join([part or "" for part in parts])
        digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
        object.__setattr__(self, "key", f"{self.time}#{self.kind}#{digest}")
