"""SuppressionTable in moto, facts and rows."""

from __future__ import annotations

from typing import Any

import boto3

from ses_stack.suppression.facts import Fact, FactKind, Reason
from tests.support.suppression_facts import at

NAME = "SuppressionTable"
ANN = "ann@x.org"


def hard(when: str = at(), recipient: str = ANN, **fields: Any) -> Fact:
    default = {"reason": Reason.BOUNCE, "subtype": "NoEmail", "message_id": f"m{when}", "as_spelled": recipient.title()}
    return Fact(recipient=recipient, kind=FactKind.SUPPRESS, time=when, **{**default, **fields})


def soft(when: str, recipient: str = ANN) -> Fact:
    reason = Reason.SOFT_BOUNCE
    return Fact(
        recipient=recipient, kind=FactKind.SOFT_BOUNCE, time=when, reason=reason, message_id=when, as_spelled=recipient
    )


def delivery(when: str, recipient: str = ANN) -> Fact:
    return Fact(recipient=recipient, kind=FactKind.DELIVERY, time=when, message_id=when, as_spelled=recipient)


def rows() -> dict[tuple[str, str], dict[str, Any]]:
    items = boto3.client("dynamodb").scan(TableName=NAME)["Items"]
    return {(item["recipient"]["S"], item["scope"]["S"]): dict(item) for item in items}
