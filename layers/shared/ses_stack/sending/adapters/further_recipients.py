"""Rows that list an unsent request under its second and later recipients.

The index by_recipient has an entry for one address of a row. The request's own row names the first recipient; each
further one has a row `TO#{number}#{request id}`, which leads to it. They are written once, when a request is first held
up or over without having been sent, and stay until DynamoDB deletes them: a reader skips one whose request was sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from ses_stack.aws.items import Item, number_attributes, text_attributes
from ses_stack.mail.times import epoch_utc_milliseconds
from ses_stack.sending.adapters.rows import UNSENT_RECIPIENT, request_key
from ses_stack.sending.outcomes.ledger import LedgerChange, is_unsent

# A request's row expires counted from its last change, these from the first. One that leads nowhere is skipped.
_LONGEST_WAIT_DAYS = 30


def further_rows(change: LedgerChange, *, retention_days: int) -> Iterator[Item]:
    """The rows that a change of a request's row needs: none if the request is sent, or was listed before."""
    entry, expected = change.entry, change.expected
    if not is_unsent(entry) or (expected and is_unsent(expected)):
        return
    expires_at = int(entry.changed_at) + (retention_days + _LONGEST_WAIT_DAYS) * 86_400
    for number, recipient in enumerate(entry.further_recipients, 2):
        texts = {
            "pk": f"TO#{number}#{entry.request_id}",
            UNSENT_RECIPIENT: recipient,
            "queued_at": epoch_utc_milliseconds(entry.queued_at),
        }
        yield text_attributes(texts) | number_attributes({"expires_at": expires_at})


def listed_request_key(key: str) -> str:
    """The key of the request's row to which a row of the index by_recipient leads. No request id has a `#`."""
    return request_key(key.rpartition("#")[2])
