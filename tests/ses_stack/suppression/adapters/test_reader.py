"""The list as the commands read it, on moto."""

from __future__ import annotations

import boto3

from ses_stack.suppression.adapters.reader import SuppressionList
from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.settle import SettleContext, settle
from tests.support.suppression_facts import at
from tests.support.suppression_rows import NAME, delivery, hard


def test_the_list_is_read_without_the_evidence(context: SettleContext, table: SuppressionTable) -> None:
    people = [f"p{n:02}@x.org" for n in range(40)]
    new = {
        name: [hard(recipient=name), hard(recipient=name, scope="marketing", reason=Reason.MANUAL)] for name in people
    }
    settle(context, new)
    table.put_deliveries([delivery(at(), name) for name in people], until=context.until)
    read = SuppressionList(boto3.client("dynamodb"), name=NAME)
    assert [(line.recipient, line.scope) for line in read.lines()] == [
        (n, s) for n in people for s in ("*", "marketing")
    ]
    assert {line.scope for line in read.lines(reason="bounce")} == {"*"}
    assert len(list(read.lines(scope="marketing", reason="manual"))) == 40
