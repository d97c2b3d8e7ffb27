"""The projector: SES's events settle the ledger's rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_stack.errors import TableError
from ses_stack.sending.outcomes.evidence import Evidence
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack.sending.outcomes.project import ProjectedBatch
from ses_stack.sending.outcomes.project import project as project_with
from ses_stack.suppression.late_deliveries import ForwardedDeliveries


class Ledger:
    def __init__(self, *, fails_at: str | None = None, unreadable: bool = False, shows: Sequence[str] = ()) -> None:
        self.proved: list[Evidence] = []
        self.readings = 0
        self.writes: list[int] = []
        self._fails_at, self._unreadable, self._shows = fails_at, unreadable, shows

    def settled(self, evidence: Sequence[Evidence]) -> set[Evidence]:
        self.readings += 1
        if self._unreadable:
            raise TableError("no answer")
        return {each for each in evidence if each.request_id in self._shows}

    @property
    def proofs(self) -> list[tuple[str, str, RequestStatus, str | None]]:
        return [(each.request_id, each.message_id, each.status, each.reason) for each in self.proved]

    def settle(self, evidence: Sequence[Evidence]) -> list[bool | TableError]:
        self.writes.append(len(evidence))
        assert len({each.request_id for each in evidence}) == len(evidence)
        return [self._settle(each) for each in evidence]

    def _settle(self, evidence: Evidence) -> bool | TableError:
        assert evidence.stream == "marketing"
        if evidence.request_id == self._fails_at:
            return TableError("no answer")
        assert RequestStatus.SENDING in evidence.settles
        assert evidence.at == "2026-11-24T06:10:00.000Z"
        self.proved.append(evidence)
        return True


NOTHING_FORWARDED = ForwardedDeliveries(0, {})


def project(
    records: Sequence[dict[str, Any]], *, ledger: Ledger, forwarded: ForwardedDeliveries = NOTHING_FORWARDED
) -> ProjectedBatch:
    return project_with(records, ledger=ledger, forward=lambda _: forwarded)


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
    assert ledger.writes == [1, 1, 1]


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
    assert [proof[0] for proof in ledger.proofs] == ["r1", "r3"]
    assert (batch.settled, ledger.writes) == (2, [3])


def test_evidence_that_waits_for_other_evidence_of_its_request_is_not_forgotten() -> None:
    """The second message of r1 comes before r2, which fails while the first message of r1 is settled."""
    ledger = Ledger(fails_at="r2")
    records = [row("send", "r1", number=1), row("send", "r1", number=2, message_id="m2"), row("send", "r2", number=3)]
    batch = project(records, ledger=ledger)
    assert (batch.failed, batch.settled) == ("2", 1)


class FlakyLedger:
    """Rows of requests by the rules of `PROOFS`. Each write fails if the next of `failures` says so."""

    def __init__(self, failures: Iterator[bool]) -> None:
        self.rows: dict[str, tuple[RequestStatus, str]] = {}
        self._failures = failures

    def settled(self, evidence: Sequence[Evidence]) -> set[Evidence]:
        sends = [each for each in evidence if each.status is RequestStatus.SENT]
        return {each for each in sends if self.rows.get(each.request_id) == (RequestStatus.SENT, each.message_id)}

    def settle(self, evidence: Sequence[Evidence]) -> list[bool | TableError]:
        return [self._settle(each) for each in evidence]

    def _settle(self, each: Evidence) -> bool | TableError:
        if next(self._failures, False):
            return TableError("no answer")
        status, message = self.rows.get(each.request_id, (RequestStatus.SENDING, each.message_id))
        settles = status in each.settles and (status is not RequestStatus.SENT or message == each.message_id)
        if settles:
            self.rows[each.request_id] = (each.status, each.message_id)
        return settles


def delivered(records: Sequence[dict[str, Any]], ledger: FlakyLedger) -> None:
    """Delivers records as Lambda does: from the first that failed on, until none fails."""
    while records:
        batch = project(records, ledger=ledger)
        numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
        records = records[numbers.index(batch.failed) :] if batch.failed else []


@given(
    st.lists(
        st.tuples(st.sampled_from(["send", "reject", "delivery"]), st.sampled_from("abcd"), st.sampled_from("mn"))
    ),
    st.lists(st.booleans(), max_size=30),
)
def test_faults_change_nothing_of_what_a_batch_leaves(events: list[tuple[str, str, str]], failures: list[bool]) -> None:
    records = [
        row(kind, request, number=number, message_id=message) for number, (kind, request, message) in enumerate(events)
    ]
    whole, flaky = FlakyLedger(iter(())), FlakyLedger(iter(failures))
    for record in records:
        project([record], ledger=whole)
    delivered(records, flaky)
    assert flaky.rows == whole.rows


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


def test_deliveries_are_passed_on() -> None:
    passed: list[Any] = []

    def forward(records: Sequence[Any]) -> ForwardedDeliveries:
        passed.extend(records)
        return ForwardedDeliveries(1, {})

    records = [row("delivery", "r1"), row("send", "r2", number=2)]
    batch = project_with(records, ledger=Ledger(), forward=forward)
    assert (passed, batch.forwarded, batch.settled, batch.failed) == (records, 1, 1, None)


@pytest.mark.parametrize(
    ("ledger_fails_at", "forward_fails_at", "first"),
    [("r1", "3", "1"), ("r3", "2", "2"), (None, "2", "2"), ("r3", None, "3")],
)
def test_a_fault_of_one_does_not_stop_the_other_and_the_first_failure_comes_again(
    ledger_fails_at: str | None, forward_fails_at: str | None, first: str
) -> None:
    ledger = Ledger(fails_at=ledger_fails_at)
    records = [row("send", f"r{number}", number=number) for number in (1, 2, 3)]
    failed = {forward_fails_at: "no queue"} if forward_fails_at else {}
    batch = project(records, ledger=ledger, forwarded=ForwardedDeliveries(5, failed))
    assert (batch.failed, batch.reason) == (first, "no queue" if first == forward_fails_at else "no answer")
    assert batch.forwarded == 5
