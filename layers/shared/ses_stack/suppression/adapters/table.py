"""SuppressionTable: facts and lists of several recipients at a time.

Only `change` adds facts other than deliveries, and only together with the list that follows (see `list_changes`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import batched

from ses_stack.aws.json_api import Calls
from ses_stack.aws.retry import Attempt, Retrying
from ses_stack.errors import TableError
from ses_stack.suppression.adapters.history import DeliveryHistory
from ses_stack.suppression.adapters.list_transactions import ListTransactions
from ses_stack.suppression.adapters.row_reads import RowReads
from ses_stack.suppression.adapters.rows import (
    ACCOUNT_LIST_STATE,
    CURRENT,
    RECEIVED,
    current_of,
    fact_item,
    fact_key,
    row_key,
    state_of_rows,
)
from ses_stack.suppression.facts import Fact
from ses_stack.suppression.list_changes import CurrentList, ListChange, RecipientState
from ses_stack.suppression.policy import Policy, deliveries_to_read
from ses_stack.suppression.settle import NO_FACTS, FactsByRecipient
from ses_stack.suppression.soft_bounces import DeliveryQuestion

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
ROWS_PER_WRITE = 25

type _FactKey = tuple[str, str]


class SuppressionTable:
    """Reads and writes recipients' facts and lists. `until` is a `time.monotonic()` everywhere."""

    def __init__(
        self,
        dynamodb: Calls,
        *,
        name: str,
        policy: Policy,
        history: DeliveryHistory | None = None,
        is_consistent: bool = True,
        retrying: Retrying | None = None,
    ) -> None:
        """`history` has the deliveries that the table does not have.

        Without `is_consistent`, `current` costs half, and may show a list of a second ago.
        """
        self._dynamodb = dynamodb
        self._name = name
        self._policy = policy
        self._history = history
        self._is_consistent = is_consistent
        self._retrying = retrying or Retrying()
        self._reads = RowReads(dynamodb, name=name, retrying=self._retrying)

    def current(self, recipients: Iterable[str], *, until: float) -> dict[str, CurrentList]:
        """The recipients' current lists, in one call per hundred; none for a recipient without facts.

        Raises `TableError`.
        """
        keys = [row_key(recipient, CURRENT) for recipient in dict.fromkeys(recipients)]
        rows = self._reads.rows(keys, until=until, consistent=self._is_consistent)
        return {row["recipient"]["S"]: current_of(row) for row in rows}

    def stored(self, facts: Iterable[Fact], *, until: float) -> tuple[dict[str, CurrentList], set[_FactKey]]:
        """The current lists of the facts' recipients, and (recipient, key) of the facts that are stored.

        Raises `TableError`.
        """
        facts = list(facts)
        current = self.current((fact.recipient for fact in facts), until=until)
        # A recipient that has facts also has a current list: both are written in one transaction.
        keys = {
            (fact.recipient, fact_key(fact)): (fact.recipient, fact.key) for fact in facts if fact.recipient in current
        }
        rows = self._reads.rows([row_key(*key) for key in keys], until=until)
        return current, {keys[row["recipient"]["S"], row["scope"]["S"]] for row in rows}

    def read(
        self,
        recipients: Iterable[str],
        *,
        until: float,
        new_facts: FactsByRecipient = NO_FACTS,
        explain: bool = False,
    ) -> tuple[dict[str, RecipientState], dict[str, str]]:
        """The recipients' states, and the recipients that could not be read, with the reason.

        Deliveries are read only for a recipient with enough soft bounces to be suppressed: first the newest delivery,
        which usually makes them invalid, then all that may decide, then those of the history. If the history does not
        answer, the state is provisional. With `explain`, one soft bounce is enough.
        """
        rows, failed = self._reads.rows_of(recipients, until=until)
        states = {recipient: state_of_rows(found) for recipient, found in rows.items()}
        policy = replace(self._policy, threshold=1) if explain else self._policy

        def questions() -> dict[str, DeliveryQuestion]:
            asked = {
                recipient: deliveries_to_read([*state.facts, *new_facts.get(recipient, ())], policy)
                for recipient, state in states.items()
                if recipient not in failed
            }
            return {recipient: question for recipient, question in asked.items() if question}

        newest, unread = self._reads.newest_deliveries(questions(), until=until)
        failed |= unread
        _add_deliveries(states, newest)
        deliveries, unread = self._reads.deliveries(questions(), until=until)
        failed |= unread
        _add_deliveries(states, deliveries)
        if self._history:
            deliveries, unread = self._history.deliveries(questions(), until=until)
            _add_deliveries(states, deliveries)
            for recipient, reason in unread.items():
                states[recipient] = replace(states[recipient], history_error=reason)
        return {recipient: state for recipient, state in states.items() if recipient not in failed}, failed

    def change(self, changes: Iterable[ListChange], *, until: float) -> tuple[set[str], dict[str, str]]:
        """Makes each change as a whole.

        Returns the recipients that another writer changed meanwhile, and those that failed, with the reason.
        """
        transactions = ListTransactions(self._dynamodb, changes, name=self._name, policy=self._policy)
        failed = transactions.run(self._retrying, until=until)
        return transactions.conflicts, failed

    def put_deliveries(self, facts: Iterable[Fact], *, until: float) -> dict[_FactKey, str]:
        """Adds deliveries; returns (recipient, key) of those that could not be added, with the reason."""
        puts = {(fact.recipient, fact.key): {"PutRequest": {"Item": fact_item(fact, self._policy)}} for fact in facts}

        def attempt(calls: Sequence[Sequence[_FactKey]]) -> Attempt[_FactKey]:
            left: Attempt[_FactKey] = Attempt()
            bodies = (self._write_body([puts[key] for key in call]) for call in calls)
            answers = self._dynamodb.calls("BatchWriteItem", bodies, until=until)
            for call, answer in zip(calls, answers, strict=True):
                if answer is None or answer.error:
                    left.failed(call, answer)
                    continue
                for put in answer.document.get("UnprocessedItems", {}).get(self._name, ()):
                    row = put["PutRequest"]["Item"]
                    left.again[row["recipient"]["S"], row["scope"]["S"].removeprefix(RECEIVED)] = "unprocessed"
            return left

        return self._retrying.run(puts, attempt, packed=_write_calls, until=until)

    def _write_body(self, puts: Sequence[object]) -> bytes:
        return json.dumps({"RequestItems": {self._name: puts}}, separators=(",", ":")).encode()

    def set_account_list_state(self, recipient: str, state: str, *, until: float) -> None:
        """Stores what SES's account-level list was made to say of a recipient. Raises `TableError`."""
        document = {
            "TableName": self._name,
            "Key": row_key(recipient, CURRENT),
            "UpdateExpression": "SET #state = :state ADD version :one",
            "ExpressionAttributeNames": {"#state": ACCOUNT_LIST_STATE},
            "ExpressionAttributeValues": {":state": {"S": state}, ":one": {"N": "1"}},
        }
        answer = self._retrying.call(self._dynamodb, "UpdateItem", document, until=until)
        if answer.error:
            raise TableError(f"the suppression table: {answer.error}")


def _add_deliveries(states: dict[str, RecipientState], deliveries: Mapping[str, Sequence[Fact]]) -> None:
    for recipient, found in deliveries.items():
        facts = {fact.key: fact for fact in (*states[recipient].facts, *found)}
        states[recipient] = replace(states[recipient], facts=list(facts.values()))


def _write_calls(keys: Iterable[_FactKey]) -> list[tuple[_FactKey, ...]]:
    return list(batched(keys, ROWS_PER_WRITE, strict=False))
