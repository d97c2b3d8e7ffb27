"""Evidence settles the ledger's rows in SendTable."""

from __future__ import annotations

from collections.abc import Sequence

from ses_stack.aws.items import Item, text_of
from ses_stack.errors import TableError
from ses_stack.sending.adapters.rows import UNSENT_RECIPIENT, request_key
from ses_stack.sending.adapters.table import RowUpdate, SendTable, UpdatedRow
from ses_stack.sending.outcomes.evidence import Evidence
from ses_stack.sending.outcomes.ledger import RequestStatus

# Any application may send mail with a request's tag. Evidence counts for a request of its own stream that a worker has
# claimed. A row that is sent and names another message keeps that message.
_CONDITION = "#stream = :stream AND claim > :none AND (#status <> :sent OR message_id = :message)"


class EvidenceRows:
    """Settles rows of the ledger, several at a time."""

    def __init__(self, table: SendTable) -> None:
        self._table = table

    def settled(self, evidence: Sequence[Evidence]) -> set[Evidence]:
        """The Send events whose rows are at `sent` with the same message already. Raises `TableError`.

        The sender settles nearly all rows itself. To read a row costs half a read unit, a tenth of an update whose
        condition fails. The read is not consistent: a row that was at `sent` once stays so for its Send event.
        """
        sends = [each for each in evidence if each.status is RequestStatus.SENT]
        rows = self._table.rows({request_key(each.request_id): None for each in sends}, consistent=False)
        return {each for each in sends if _is_sent(rows.get(request_key(each.request_id), {}), each)}

    def settle(self, evidence: Sequence[Evidence]) -> list[bool | TableError]:
        """Settles the rows of different requests; whether each one changed, or the error that it met.

        A row that names another message notes this one: the mail went out twice.
        """
        updates = self._table.update_each([_settlement(each) for each in evidence])
        outcomes = [update if isinstance(update, TableError) else update.made for update in updates]
        second = [number for number, update in enumerate(updates) if _is_second_message(evidence[number], update)]
        notes = self._table.update_each([_second_message(evidence[number]) for number in second])
        for number, note in zip(second, notes, strict=True):
            if isinstance(note, TableError):
                outcomes[number] = note
        return outcomes


def _settlement(evidence: Evidence) -> RowUpdate:
    settles = {f":settles{number}": {"S": status.value} for number, status in enumerate(evidence.settles)}
    overrules = {f":overrules{number}": {"S": status.value} for number, status in enumerate(evidence.overrules)}
    is_open = f"#status IN ({', '.join(settles)})"
    if overrules:
        is_open = f"({is_open} OR (#status IN ({', '.join(overrules)}) AND attribute_not_exists(evidence_at)))"
    texts = {
        ":status": evidence.status.value,
        ":message": evidence.message_id,
        ":at": evidence.at,
        ":stream": evidence.stream,
        ":sent": RequestStatus.SENT.value,
    }
    expression = "SET #status = :status, message_id = :message, evidence_at = :at, changed_at = :at"
    if evidence.reason:
        texts[":reason"] = evidence.reason
        expression += ", reason = :reason"
    elif evidence.status is RequestStatus.SENT:
        expression += f", sent_at = if_not_exists(sent_at, :at) REMOVE reason, {UNSENT_RECIPIENT}"
    return RowUpdate(
        pk=request_key(evidence.request_id),
        expression=expression,
        condition=f"{is_open} AND {_CONDITION}",
        names={"#status": "status", "#stream": "stream"},
        values={":none": {"N": "0"}, **{name: {"S": text} for name, text in texts.items()}, **settles, **overrules},
        is_made=lambda row: _is_settled(row, evidence),
    )


def _is_sent(row: Item, evidence: Evidence) -> bool:
    """Whether a row is at `sent` with the evidence's message."""
    found = (text_of(row, "status"), text_of(row, "message_id"), text_of(row, "stream"))
    return found == (RequestStatus.SENT.value, evidence.message_id, evidence.stream)


def _is_settled(row: Item, evidence: Evidence) -> bool:
    """Whether a row says what the evidence made of it."""
    said = (text_of(row, "status"), text_of(row, "message_id"), text_of(row, "evidence_at"))
    return said == (evidence.status.value, evidence.message_id, evidence.at)


def _is_second_message(evidence: Evidence, update: UpdatedRow | TableError) -> bool:
    """Whether a row was left as it is, and names another message of the request than the one that SES has sent."""
    if isinstance(update, TableError) or update.made or evidence.status is not RequestStatus.SENT:
        return False
    first = text_of(update.row, "message_id") or evidence.message_id
    return text_of(update.row, "stream") == evidence.stream and first != evidence.message_id


def _second_message(evidence: Evidence) -> RowUpdate:
    return RowUpdate(
        pk=request_key(evidence.request_id),
        expression="ADD other_message_ids :message",
        condition="attribute_exists(pk)",
        values={":message": {"SS": [evidence.message_id]}},
    )
