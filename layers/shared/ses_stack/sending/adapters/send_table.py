"""SendTable: the ledger, the windows of the rate, and what all workers know of the account.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import batched
from typing import Any

from ses_stack.aws.items import Item
from ses_stack.aws.json_api import Answer, Calls
from ses_stack.aws.threads import Threads
from ses_stack.errors import TableError
from ses_stack.mail.lanes import Lane
from ses_stack.sending.account_limits import AccountLimits
from ses_stack.sending.adapters.rows import entry_of, item_of, key_of
from ses_stack.sending.ledger import LedgerChange, LedgerEntry, RequestStatus
from ses_stack.sending.rate import Backoff, SlotRequest, Window

STATEMENTS_PER_CALL = 25
KEYS_PER_CALL = 100
_WINDOW_SECONDS = 3_600
_DAY_ROW_SECONDS = 7 * 86_400
_ATTEMPTS, _FIRST_PAUSE = 4, 0.05
_CALL_SECONDS = 3.0
# Answers after which the same call may succeed.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_PASSING = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "ThrottlingError",
        "TransactionConflict",
    }
)
_FAILED_CONDITION = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException", "DuplicateItem"})


class SendTable:
    """All that the sender keeps. Raises `TableError` when the table does not answer as it should."""

    def __init__(
        self,
        dynamodb: Callable[[], Calls],
        *,
        name: str,
        retention_days: int,
        threads: Threads,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`dynamodb` gives the thread's own connection."""
        self._dynamodb = dynamodb
        self._name = name
        self._retention_days = retention_days
        self._threads = threads
        self._sleep = sleep

    # Windows

    async def take(self, wish: SlotRequest) -> tuple[bool, Window]:
        """Takes slots of a second. One conditional write; two where nobody has taken any for a while."""
        return await self._threads(self._take, wish)

    def _take(self, wish: SlotRequest) -> tuple[bool, Window]:
        granted, window = self._update_window(wish, behind=False)
        if not granted and window.taken < wish.lowest:
            return self._update_window(wish, behind=True)
        return granted, window

    def _update_window(self, wish: SlotRequest, *, behind: bool) -> tuple[bool, Window]:
        start = ":lowest" if behind else "if_not_exists(taken, :lowest)"
        place = "taken < :lowest" if behind else "(attribute_not_exists(taken) OR taken BETWEEN :lowest AND :last)"
        values = {
            ":lowest": wish.lowest,
            ":count": wish.count,
            ":expires": wish.second + _WINDOW_SECONDS,
        }
        if not behind:
            values[":last"] = wish.highest - wish.count
        conditions = [place]
        if wish.share is not None and wish.lane is Lane.BULK:
            within = wish.share - wish.count
            lapsed = wish.lapsed - wish.count
            values[":within"] = within
            fits = "#own <= :within" + (" OR attribute_not_exists(#own)" if within >= 0 else "")
            if behind:
                fits += " OR taken < :lowest" if wish.lowest <= lapsed else ""
            else:
                fits += " OR taken <= :lapsed" + (" OR attribute_not_exists(taken)" if wish.lowest <= lapsed else "")
                values[":lapsed"] = lapsed
            conditions.append(f"({fits})")
        answer = self._call(
            "UpdateItem",
            {
                "TableName": self._name,
                "Key": {"pk": {"S": f"RATE#{wish.second}"}},
                "UpdateExpression": f"SET taken = {start} + :count, expires_at = :expires ADD #own :count",
                "ConditionExpression": " AND ".join(conditions),
                "ExpressionAttributeNames": {"#own": wish.lane.value},
                "ExpressionAttributeValues": {name: {"N": str(value)} for name, value in values.items()},
                "ReturnValues": "ALL_NEW",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
        )
        if answer.error == "ConditionalCheckFailedException":
            return False, _window(answer.document.get("Item", {}))
        return True, _window(self._good(answer)["Attributes"])

    # The ledger

    async def read(self, request_ids: Sequence[str]) -> Mapping[str, LedgerEntry]:
        """The rows that exist."""
        return await self._threads(self._read, request_ids)

    def _read(self, request_ids: Sequence[str]) -> dict[str, LedgerEntry]:
        items = self.items([key_of(each) for each in request_ids])
        return {entry.request_id: entry for entry in map(entry_of, items)}

    async def write(self, changes: Sequence[LedgerChange]) -> Sequence[bool]:
        """Whether each change was made."""
        return await self._threads(self._write, changes)

    def _write(self, changes: Sequence[LedgerChange]) -> list[bool]:
        made: list[bool] = []
        for some in batched(changes, STATEMENTS_PER_CALL, strict=False):
            made += self._write_some(some)
        return made

    def _write_some(self, changes: Sequence[LedgerChange]) -> list[bool]:
        made: dict[int, bool] = {}
        pending = list(enumerate(changes))
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._pause(attempt)
            answer = self._once(
                "BatchExecuteStatement", {"Statements": [self._statement(change) for _, change in pending]}
            )
            again: list[tuple[int, LedgerChange]] = []
            responses: Sequence[Mapping[str, Any]] = [{"Error": {"Code": "ThrottlingError"}}] * len(pending)
            if answer is not None:
                responses = self._good(answer)["Responses"]
            for (number, change), response in zip(pending, responses, strict=True):
                code = response.get("Error", {}).get("Code", "")
                if code in _PASSING:
                    again.append((number, change))
                elif code and code not in _FAILED_CONDITION:
                    raise TableError(f"the send table refuses a row: {code}")
                else:
                    # A row that an earlier attempt wrote without an answer is in its own way.
                    made[number] = not code or (attempt > 0 and self._is_there(change.entry))
            pending = again
            if not pending:
                return [made[number] for number in range(len(changes))]
        raise TableError("the send table does not take rows in time")

    def _is_there(self, entry: LedgerEntry) -> bool:
        row = self._read([entry.request_id]).get(entry.request_id)
        return row is not None and item_of(row, retention_days=0) == item_of(entry, retention_days=0)

    def _statement(self, change: LedgerChange) -> dict[str, Any]:
        item = item_of(change.entry, retention_days=self._retention_days)
        if change.over is None:
            fields = ", ".join(f"'{name}': ?" for name in item)
            return {"Statement": f'INSERT INTO "{self._name}" VALUE {{{fields}}}', "Parameters": list(item.values())}
        pk = item.pop("pk")
        sets = " ".join(f'SET "{name}"=?' for name in item)
        if change.over.reason and not change.entry.reason:  # of a failure that was redriven
            sets += ' REMOVE "reason"'
        where = 'WHERE "pk"=? AND "status"=? AND "claim"=?'
        guard: list[dict[str, Any]] = [pk, {"S": change.over.status.value}, {"N": str(change.over.claim)}]
        return {"Statement": f'UPDATE "{self._name}" {sets} {where}', "Parameters": [*item.values(), *guard]}

    def proved(
        self,
        request_id: str,
        *,
        stream: str,
        message_id: str,
        status: RequestStatus,
        over: Sequence[RequestStatus],
        at: str,
        reason: str | None,
    ) -> bool:
        """Settles a request because one of SES's events says what became of it; whether that changed its row.

        Anybody may send mail with such a tag: a request that no worker has claimed, or of another stream, is not meant.
        A row that already names another message keeps it, and notes this one: the mail went out twice.
        """
        values: Item = {
            ":status": {"S": status.value},
            ":message": {"S": message_id},
            ":at": {"S": at},
            ":stream": {"S": stream},
            ":none": {"N": "0"},
            ":sent": {"S": RequestStatus.SENT.value},
            **{f":over{number}": {"S": each.value} for number, each in enumerate(over)},
        }
        sets = "SET #status = :status, message_id = :message, evidence_at = :at, changed_at = :at"
        if reason:
            values[":reason"] = {"S": reason}
            sets += ", reason = :reason"
        elif status is RequestStatus.SENT:
            sets += ", sent_at = if_not_exists(sent_at, :at) REMOVE reason"
        listed = ", ".join(f":over{number}" for number in range(len(over)))
        answer = self._call(
            "UpdateItem",
            {
                "TableName": self._name,
                "Key": {"pk": {"S": key_of(request_id)}},
                "UpdateExpression": sets,
                "ConditionExpression": f"#status IN ({listed}) AND #stream = :stream AND claim > :none"
                " AND (#status <> :sent OR message_id = :message)",
                "ExpressionAttributeNames": {"#status": "status", "#stream": "stream"},
                "ExpressionAttributeValues": values,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
        )
        if answer.error != "ConditionalCheckFailedException":
            self._good(answer)
            return True
        row = answer.document.get("Item", {})
        ours = row.get("stream", {}).get("S") == stream
        if ours and status is RequestStatus.SENT and row.get("message_id", {}).get("S", message_id) != message_id:
            self._note_twin(request_id, message_id)
        return False

    def _note_twin(self, request_id: str, message_id: str) -> None:
        self._good(
            self._call(
                "UpdateItem",
                {
                    "TableName": self._name,
                    "Key": {"pk": {"S": key_of(request_id)}},
                    "UpdateExpression": "ADD other_message_ids :id",
                    "ConditionExpression": "attribute_exists(pk)",
                    "ExpressionAttributeValues": {":id": {"SS": [message_id]}},
                },
            )
        )

    # What is known of the account

    async def account(self) -> tuple[AccountLimits | None, Backoff]:
        """What GetAccount last said, and what throttling has made of the rate."""
        return await self._threads(self._account)

    def _account(self) -> tuple[AccountLimits | None, Backoff]:
        rows = {item["pk"]["S"]: item for item in self.items(["QUOTA", "BACKOFF"])}
        quota, backoff = rows.get("QUOTA", {}), rows.get("BACKOFF")
        known = _account_of(quota) if "read_at" in quota else None
        return known, Backoff(_number(backoff, "factor"), _number(backoff, "at")) if backoff else Backoff()

    async def lease(self, now: float, seconds: float) -> bool:
        """Whether this worker is the one that asks SES now."""
        return await self._threads(
            self._conditional,
            "QUOTA",
            "SET asked_at = :now",
            "attribute_not_exists(asked_at) OR asked_at < :before",
            numbers={":now": now, ":before": now - seconds},
        )

    async def put_account(self, account: AccountLimits) -> None:
        """Shares what GetAccount said."""
        values: dict[str, float] = {
            ":rate": account.rate,
            ":most": account.most,
            ":sent": account.sent,
            ":read_at": account.read_at,
            ":zero": 0,
        }
        texts = {":stopped": account.stopped or ""}
        await self._threads(
            self._conditional,
            "QUOTA",
            "SET rate = :rate, most = :most, sent = :sent, read_at = :read_at, since = :zero, refused = :zero,"
            " stopped = :stopped",
            "attribute_not_exists(read_at) OR read_at < :read_at",
            numbers=values,
            texts=texts,
        )

    async def lower(self, new: Backoff, old: Backoff) -> None:
        """Lowers the rate for all, unless somebody else has meanwhile."""
        await self._threads(
            self._conditional,
            "BACKOFF",
            "SET factor = :factor, #at = :at",
            "attribute_not_exists(#at) OR #at <= :old",
            numbers={":factor": new.factor, ":at": new.at, ":old": old.at},
            names={"#at": "at"},
        )

    async def refuse(self, read_at: float) -> None:
        """Notes that SES has said that the quota is used up."""
        await self._threads(
            self._conditional,
            "QUOTA",
            "SET refused = :one",
            "read_at = :read_at",
            numbers={":one": 1, ":read_at": read_at},
        )

    async def count(self, recipients: int) -> None:
        """Adds to what was sent since GetAccount was asked."""
        await self._threads(
            self._conditional, "QUOTA", "ADD since :count", "attribute_exists(read_at)", numbers={":count": recipients}
        )

    # Warming up

    async def admit(self, key: str, provider: str, *, wanted: int, limit: int) -> int:
        """Counts at most `wanted` recipients of a provider on a day; how many fit under the limit."""
        return await self._threads(self._admit, key, provider, wanted, limit)

    def _admit(self, key: str, provider: str, wanted: int, limit: int) -> int:
        for _ in range(_ATTEMPTS):
            if wanted <= 0:
                return 0
            answer = self._call(
                "UpdateItem",
                {
                    "TableName": self._name,
                    "Key": {"pk": {"S": key}},
                    "UpdateExpression": "SET expires_at = :expires ADD #provider :wanted",
                    "ConditionExpression": "#provider <= :room"
                    + (" OR attribute_not_exists(#provider)" if wanted <= limit else ""),
                    "ExpressionAttributeNames": {"#provider": provider},
                    "ExpressionAttributeValues": {
                        ":wanted": {"N": str(wanted)},
                        ":room": {"N": str(limit - wanted)},
                        ":expires": {"N": str(int(time.time()) + _DAY_ROW_SECONDS)},
                    },
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                },
            )
            if answer.error != "ConditionalCheckFailedException":
                self._good(answer)
                return wanted
            # Not all of them fit. Others may take what is left before this worker does.
            wanted = min(wanted - 1, limit - int(_number(answer.document.get("Item", {}), provider)))
        return 0

    async def give_back(self, key: str, unused: Mapping[str, int]) -> None:
        """Takes back recipients of providers that were counted on a day and got no mail."""
        await self._threads(self._give_back, key, {name: count for name, count in unused.items() if count > 0})

    def _give_back(self, key: str, unused: Mapping[str, int]) -> None:
        names = {f"#p{number}": provider for number, provider in enumerate(unused)}
        values = {f":p{number}": {"N": str(-count)} for number, count in enumerate(unused.values())}
        adds = ", ".join(f"#p{number} :p{number}" for number in range(len(unused)))
        self._good(
            self._call(
                "UpdateItem",
                {
                    "TableName": self._name,
                    "Key": {"pk": {"S": key}},
                    "UpdateExpression": f"ADD {adds}",
                    "ExpressionAttributeNames": names,
                    "ExpressionAttributeValues": values,
                },
            )
        )

    def _conditional(
        self,
        pk: str,
        update: str,
        condition: str,
        *,
        numbers: Mapping[str, float],
        texts: Mapping[str, str] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> bool:
        values = {name: {"N": repr(number)} for name, number in numbers.items()}
        values |= {name: {"S": text} for name, text in (texts or {}).items()}
        document: dict[str, Any] = {
            "TableName": self._name,
            "Key": {"pk": {"S": pk}},
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        if names:
            document["ExpressionAttributeNames"] = dict(names)
        answer = self._call("UpdateItem", document)
        if answer.error == "ConditionalCheckFailedException":
            return False
        self._good(answer)
        return True

    # Calls

    def items(self, keys: Sequence[str]) -> list[Item]:
        """The rows with these keys that exist, read consistently."""
        found: list[Item] = []
        for some in batched(dict.fromkeys(keys), KEYS_PER_CALL, strict=False):
            asked: Any = {self._name: {"Keys": [{"pk": {"S": key}} for key in some], "ConsistentRead": True}}
            for attempt in range(_ATTEMPTS):
                if attempt:
                    self._pause(attempt)
                document = self._good(self._call("BatchGetItem", {"RequestItems": asked}))
                found += document["Responses"].get(self._name, [])
                if not (asked := document.get("UnprocessedKeys")):
                    break
            else:
                raise TableError("the send table does not give rows in time")
        return found

    def _call(self, operation: str, document: Mapping[str, Any]) -> Answer:
        """One call, again a few times if it may then succeed."""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._pause(attempt)
            if (answer := self._once(operation, document)) is not None:
                return answer
        raise TableError(f"the send table does not answer {operation}")

    def _once(self, operation: str, document: Mapping[str, Any]) -> Answer | None:
        body = json.dumps(document, separators=(",", ":")).encode()
        (answer,) = self._dynamodb().calls(operation, [body], until=time.monotonic() + _CALL_SECONDS)
        return None if answer is None or answer.error in _PASSING or answer.status >= 500 else answer

    def _pause(self, attempt: int) -> None:
        pause = _FIRST_PAUSE * 2**attempt
        self._sleep(random.uniform(pause / 2, pause))

    def _good(self, answer: Answer) -> dict[str, Any]:
        if answer.error:
            raise TableError(f"the send table answers {answer.error}")
        return answer.document


def _window(item: Mapping[str, Any]) -> Window:
    return Window(
        taken=int(_number(item, "taken")), priority=int(_number(item, "priority")), bulk=int(_number(item, "bulk"))
    )


def _account_of(item: Mapping[str, Any]) -> AccountLimits:
    return AccountLimits(
        rate=_number(item, "rate"),
        most=_number(item, "most"),
        sent=_number(item, "sent"),
        read_at=_number(item, "read_at"),
        since=int(_number(item, "since")),
        refused=_number(item, "refused") > 0,
        stopped=item.get("stopped", {}).get("S") or None,
    )


def _number(item: Mapping[str, Any], name: str) -> float:
    return float(item.get(name, {}).get("N", "0"))
