"""The projector: SES's events settle the ledger's rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ses_stack.errors import TableError
from ses_stack.sending.outcomes.evidence import Evidence
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack.sending.outcomes.project import project


class Ledger:
    def __init__(self, *, fails_at: str | None = None, unreadable: bool = False, shows: Sequence[str] = ()) -> None:
        self.proved: list[Evidence] = []
        self.readings = 0
        self._fails_at, self._unreadable, self._shows = fails_at, unreadable, shows

    def settled(self, evidence: Sequence[Evidence]) -> set[Evidence]:
        self.readings += 1
        if self._unreadable:
            raise TableError("no answer")
        return {each for each in evidence if each.request_id in self._shows}

    @property
    def proofs(self) -> list[tuple[str, str, RequestStatus, str | None]]:
        return [(each.request_id, each.message_id, each.status, each.reason) for each in self.proved]

    def settle(self, evidence: Evidence) -> bool:
        assert evidence.stream == "marketing"
        if evidence.request_id == self._fails_at:
            raise TableError("no answer")
        assert RequestStatus.SENDING in evidence.settles
        assert evidence.at == "2026-11-24T06:10:00.000Z"
        self.proved.append(evidence)
        return True


def row(kind: str, request_id: str | None, *, number: int = 1, **texts: str) -> dict[str, Any]:
    image = {"type": kind, "message_id": "m1", "event_key": f"2026-11-24T06:10:00.000Z#{kind}#{number:016}", **texts}
    image["stream"] = "marketing"
    if request_id:
        image["request_id"] = request_id
    texts_only = {name: {"S": text} for name, text in image.items()}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "NewImage": texts_only}}


def test_a_send_event_proves_that_mail_was_sent_once_for_all_recipients() -> None:
    ledger = Ledger()
    batch = project([row("send", "r1"), row("send", "r1", number=2)], ledger=ledger)
    assert ledger.proofs == [("r1", "m1", RequestStatus.SENT, None)]
    assert (batch.settled, batch.response()) == (1, {"batchItemFailures": []})


def test_two_messages_of_one_request_are_two_pieces_of_evidence() -> None:
    ledger = Ledger()
    project([row("send", "r1"), row("send", "r1", number=2, message_id="m2"), row("reject", "r1")], ledger=ledger)
    assert [(proof[1], proof[2].value) for proof in ledger.proofs] == [("m1", "sent"), ("m2", "sent"), ("m1", "failed")]


def test_mail_that_ses_took_and_did_not_send_has_failed() -> None:
    ledger = Ledger()
    project([row("reject", "r1", detail="Bad content"), row("rendering_failure", "r2")], ledger=ledger)
    assert ledger.proofs == [
        ("r1", "m1", RequestStatus.FAILED, "SES took it, and rejected it: Bad content"),
        ("r2", "m1", RequestStatus.FAILED, "SES could not render the template"),
    ]


def test_other_events_and_other_mail_say_nothing() -> None:
    ledger = Ledger()
    gone = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "3"}}
    assert project([row("delivery", "r1"), row("send", None), gone], ledger=ledger).settled == 0
    assert ledger.proofs == []


def test_what_fails_comes_again_with_all_after_it() -> None:
    ledger = Ledger(fails_at="r2")
    records = [row("send", f"r{number}", number=number) for number in range(1, 4)]
    batch = project(records, ledger=ledger)
    assert batch.response() == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert batch.reason == "no answer"
    assert [proof[0] for proof in ledger.proofs] == ["r1"]


def test_rows_that_the_sender_has_settled_are_only_read_and_all_at_once() -> None:
    ledger = Ledger(shows=["r1", "r3"])
    records = [row("send", f"r{number}", number=number) for number in range(1, 5)]
    batch = project(records, ledger=ledger)
    assert ([proof[0] for proof in ledger.proofs], ledger.readings, batch.settled) == (["r2", "r4"], 1, 2)


def test_rows_that_cannot_be_read_come_again_from_the_first_evidence_on() -> None:
    records = [row("delivery", "r0", number=1), row("send", "r1", number=2), row("send", "r2", number=3)]
    batch = project(records, ledger=Ledger(unreadable=True))
    assert (batch.failed, batch.reason, batch.settled) == ("2", "no answer", 0)


def test_a_batch_without_evidence_reads_nothing() -> None:
    ledger = Ledger()
    project([row("delivery", "r1")], ledger=ledger)
    assert ledger.readings == 0
