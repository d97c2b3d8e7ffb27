"""`ses-stack suppression` on a table in moto and a fake of SES's list."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from typer.testing import CliRunner

from ses_stack.suppression.adapters.table import SuppressionTable
from ses_stack.suppression.facts import Fact, FactKind, Reason
from ses_stack.suppression.settle import settle
from ses_stack_cli.main import app
from ses_stack_cli.stack_options import StackOptions
from ses_stack_cli.suppression import target as suppression_target
from tests.support.tables import create_table

OUTPUTS = {
    "EventTableName": "EventTable",
    "SuppressionTableName": "SuppressionTable",
    "SuppressionPolicy": '{"threshold": 3, "window_days": 7, "suppression_days": 14, "sync": true}',
}
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class FakeSes:
    """SES's account-level list, through the calls of boto3's client."""

    def __init__(self) -> None:
        self.listed: dict[str, str] = {}
        self.since = NOW
        self.broken = ""

    def put_suppressed_destination(self, *, EmailAddress: str, Reason: str) -> None:  # noqa: N803
        self._fail("PutSuppressedDestination")
        self.listed[EmailAddress] = Reason

    def delete_suppressed_destination(self, *, EmailAddress: str) -> None:  # noqa: N803
        self._fail("DeleteSuppressedDestination")
        if EmailAddress not in self.listed:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "DeleteSuppressedDestination")
        del self.listed[EmailAddress]

    def list_suppressed_destinations(self, *, PageSize: int, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        start, names = int(NextToken), sorted(self.listed)
        page = names[start : start + 2]
        summaries = [{"EmailAddress": n, "Reason": self.listed[n], "LastUpdateTime": self.since} for n in page]
        more = {"NextToken": str(start + 2)} if start + 2 < len(names) else {}
        return {"SuppressedDestinationSummaries": summaries, **more}

    def _fail(self, call: str) -> None:
        if self.broken:
            raise ClientError({"Error": {"Code": self.broken, "Message": "ann@example.org is bad"}}, call)


class SuppressionCli:
    """Runs `ses-stack suppression`. Its output is in `out` and `err`."""

    def __init__(self) -> None:
        self.ses = FakeSes()
        create_table("EventTable")
        create_table("SuppressionTable")

    def __call__(self, *arguments: str, code: int = 0, given: str | None = None) -> SuppressionCli:
        result = CliRunner().invoke(app, ["suppression", *arguments], input=given)
        self.out, self.err = result.stdout, result.stderr
        assert result.exit_code == code, f"{result.exit_code}: {self.out}{self.err}{result.exception!r}"
        return self

    def json(self, *arguments: str, code: int = 0, given: str | None = None) -> Any:
        return json.loads(self(*arguments, "--json", code=code, given=given).out)

    def store(self, *facts: Fact) -> None:
        """Adds facts, as the suppression writer does."""
        by_recipient: dict[str, list[Fact]] = {}
        for fact in facts:
            by_recipient.setdefault(fact.recipient, []).append(fact)
        assert settle(suppression_target.suppression_of(StackOptions()).lists.context(), by_recipient).failed == {}

    def deliver(self, *deliveries: Fact) -> None:
        """Adds deliveries, as the suppression writer does."""
        context = suppression_target.suppression_of(StackOptions()).lists.context()
        table = context.table
        assert isinstance(table, SuppressionTable)
        assert table.put_deliveries(deliveries, until=context.until) == {}


def bounced(address: str = "Ann@Example.org", when: str = "2026-11-24T06:10:00.000Z", **fields: Any) -> Fact:
    default = {"reason": Reason.BOUNCE, "subtype": "NoEmail", "message_id": "m1", "as_spelled": address}
    return Fact(recipient=address.lower(), kind=FactKind.SUPPRESS, time=when, **{**default, **fields})


def write(folder: Path, content: str | bytes, name: str = "list.csv") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    return str(path)
