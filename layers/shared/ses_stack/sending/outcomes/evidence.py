"""Evidence: what SES's events prove about send requests.

Every message carries its request's id as a tag, so that an event settles the row of a request whose worker died.

| Event             | The request is | if its row is                                    |
|-------------------|----------------|--------------------------------------------------|
| Send              | `sent`         | `sending`, `deferred` or `unknown`; at another   |
|                   |                | end, unless an event has proved that end         |
| Reject            | `failed`       | `sending`, `deferred`, `unknown` or `sent`       |
| Rendering Failure | `failed`       | `sending`, `deferred`, `unknown` or `sent`       |

A late Send event may find a request that is over without it: SES did not answer, the event took longer than the sender
waits for it, and then SES refused the message, or it expired.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ses_stack.mail.event_types import EventType
from ses_stack.sending.outcomes.ledger import RequestStatus

_ENDED = (RequestStatus.FAILED, RequestStatus.EXPIRED, RequestStatus.SUPPRESSED)
_NOT_SETTLED = (RequestStatus.SENDING, RequestStatus.DEFERRED, RequestStatus.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One event of a request's message. `at` is the event's time, ISO-8601 in UTC.

    The request's row becomes `status` if it is at one of `settles`, or at one of `overrules` that no event has proved.
    `reason` says why the request failed.
    """

    request_id: str
    stream: str
    message_id: str
    status: RequestStatus
    settles: tuple[RequestStatus, ...]
    at: str
    reason: str | None = None
    overrules: tuple[RequestStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What an event of one type proves, and at which statuses a row may be for it to count."""

    status: RequestStatus
    settles: tuple[RequestStatus, ...]
    reason: str | None = None
    overrules: tuple[RequestStatus, ...] = ()

    def reason_with(self, detail: str) -> str | None:
        """The reason, with the detail that SES gave."""
        return f"{self.reason}: {detail}" if self.reason and detail else self.reason


PROOFS: Mapping[EventType, Proof] = {
    EventType.SEND: Proof(RequestStatus.SENT, _NOT_SETTLED, overrules=_ENDED),
    EventType.REJECT: Proof(RequestStatus.FAILED, (*_NOT_SETTLED, RequestStatus.SENT), "SES took it, and rejected it"),
    EventType.RENDERING_FAILURE: Proof(
        RequestStatus.FAILED, (*_NOT_SETTLED, RequestStatus.SENT), "SES could not render the template"
    ),
}


def evidence_in(row: Mapping[str, Mapping[str, str]]) -> Evidence | None:
    """The evidence in a row of the history, in DynamoDB's wire form.

    None: an event that proves nothing, or mail that the sender did not send.
    """

    def text(name: str) -> str:
        return row.get(name, {}).get("S", "")

    proof = PROOFS.get(EventType.from_name(text("type")))
    if proof is None or not text("request_id"):
        return None
    return Evidence(
        request_id=text("request_id"),
        stream=text("stream"),
        message_id=text("message_id"),
        status=proof.status,
        settles=proof.settles,
        at=text("event_key").partition("#")[0],
        reason=proof.reason_with(text("detail")),
        overrules=proof.overrules,
    )
