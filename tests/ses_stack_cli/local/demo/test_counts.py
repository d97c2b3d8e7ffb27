"""The demonstration's figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ses_stack.mail.event_types import EventType
from ses_stack.sending.outcomes.ledger import RequestStatus
from ses_stack_cli.local.demo.campaign import MESSAGES
from ses_stack_cli.local.demo.counts import DemonstrationCount, LaneWaits, lane_waits, sending_rate
from tests.support.demo_entries import entry

EVENTS = Counter({kind.value: 3 for kind in EventType if kind is not EventType.UNKNOWN})
COMPLETE = DemonstrationCount(
    ledger=[entry(str(number)) for number in range(MESSAGES)], published=EVENTS, stored=EVENTS, pending=0, waiting=0
)


def test_complete_means_that_all_is_settled_and_stored() -> None:
    assert COMPLETE.complete
    assert COMPLETE.every_type
    assert not replace(COMPLETE, pending=1).complete
    assert not replace(COMPLETE, ledger=COMPLETE.ledger[1:]).complete
    for difference in (1, -1):
        assert not replace(COMPLETE, stored=Counter(EVENTS | {"send": 3 + difference})).complete


def test_a_type_that_never_occurred() -> None:
    without = Counter({kind: count for kind, count in EVENTS.items() if kind != "click"})
    count = replace(COMPLETE, published=without, stored=without)
    assert count.complete
    assert not count.every_type


def test_settled_requests_have_a_final_status() -> None:
    statuses = (RequestStatus.SENT, RequestStatus.SUPPRESSED, RequestStatus.FAILED, RequestStatus.DEFERRED)
    assert replace(COMPLETE, ledger=[entry(status=status) for status in statuses]).settled == 3


def test_the_waits_of_each_lane() -> None:
    ledger = [entry(sent_at=101.0), entry(sent_at=102.0), entry(sent_at=109.0), entry(sent_at=None)]
    ledger += [entry(lane="priority", sent_at=100.5)]
    assert lane_waits(ledger) == [LaneWaits("bulk", 3, 2.0, 9.0), LaneWaits("priority", 1, 0.5, 0.5)]


def test_the_rate_counts_recipients_between_the_first_message_and_the_last() -> None:
    assert sending_rate([entry(sent_at=100.0), entry(sent_at=101.0, recipients=3), entry(sent_at=102.0)]) == 2.0
    assert sending_rate([]) == sending_rate([entry(sent_at=100.0)]) == 0.0
