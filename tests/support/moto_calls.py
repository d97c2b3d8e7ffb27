"""A service that is called with JSON: moto's, with faults on request.

moto's PartiQL takes no parameters in an INSERT, so the two statements that the ledger makes are carried out as the
calls that they stand for. The local cloud, in the end-to-end tests, reads PartiQL itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from ses_stack.aws.json_api import Answer
from ses_stack.aws.sdk_calls import SdkCalls


class MotoCalls:
    """A fake of `json_api.Calls`. Each fault answers the next call of its operation, instead of moto.

    `made` lists the operations in order; `before` is called ahead of each. The next call of an operation in `broken` is
    carried out twice, as over a connection that breaks before the first answer.
    """

    def __init__(self, client: Any) -> None:
        self._moto = SdkCalls(client)
        self.faults: list[tuple[str, Answer | None]] = []
        self.made: list[str] = []
        self.broken: list[str] = []
        self.before: Callable[[str], None] = lambda _: None

    def calls(self, operation: str, bodies: Iterable[bytes], *, until: float) -> Iterator[Answer | None]:
        for body in bodies:
            self.made.append(operation)
            self.before(operation)
            if self.faults and self.faults[0][0] == operation:
                yield self.faults.pop(0)[1]
            elif operation in self.broken:
                self.broken.remove(operation)
                self._carry_out(operation, body)
                yield replace(self._carry_out(operation, body), resent=True)
            else:
                yield self._carry_out(operation, body)

    def _carry_out(self, operation: str, body: bytes) -> Answer:
        if operation == "BatchExecuteStatement":
            statements = json.loads(body)["Statements"]
            return Answer(200, {"Responses": [self._statement(**statement) for statement in statements]})
        (answer,) = self._moto.calls(operation, [body], until=0)
        assert answer is not None
        return answer

    def _call(self, operation: str, document: dict[str, Any]) -> Answer:
        return self._carry_out(operation, json.dumps(document).encode())

    def _statement(self, Statement: str, Parameters: list[Any]) -> dict[str, Any]:  # noqa: N803
        names = re.findall(r"""['"](\w+)['"](?:=|: )\?""", Statement)
        table = Statement.split('"')[1]
        values = dict(zip(names, Parameters, strict=False))
        if Statement.startswith("INSERT"):
            answer = self._call(
                "PutItem",
                {"TableName": table, "Item": values, "ConditionExpression": "attribute_not_exists(pk)"},
            )
            return {"Error": {"Code": "DuplicateItem"}} if answer.error else {"TableName": table}
        pk, status, claim = Parameters[-3:]
        new = dict(zip(names[:-3], Parameters[:-3], strict=True))
        gone = re.findall(r'REMOVE "(\w+)"', Statement)
        removed = " REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else ""
        answer = self._call(
            "UpdateItem",
            {
                "TableName": table,
                "Key": {"pk": pk},
                "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in new) + removed,
                "ConditionExpression": "#status = :old_status AND #claim = :old_claim",
                "ExpressionAttributeNames": {f"#{name}": name for name in {*new, *gone, "status", "claim"}},
                "ExpressionAttributeValues": {
                    **{f":{name}": value for name, value in new.items()},
                    ":old_status": status,
                    ":old_claim": claim,
                },
            },
        )
        return {"Error": {"Code": "ConditionalCheckFailed"}} if answer.error else {"TableName": table}


def error(code: str, status: int = 400) -> Answer:
    """An answer that is an error."""
    return Answer(status, {"__type": f"com.amazonaws#{code}"})
