"""What changing both lists needs."""

from __future__ import annotations

import pytest

from ses_stack.errors import AccountListError
from ses_stack.suppression.account.both_lists import BothLists
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.policy import Policy
from tests.support.suppression_facts import ANN
from tests.support.suppression_fakes import MemoryAccountList, MemoryTable, both_lists


def test_each_context_has_a_new_deadline() -> None:
    deadlines = iter([10.0, 20.0])
    policy = Policy(threshold=5)
    lists = BothLists(table=MemoryTable(), policy=policy, account=MemoryAccountList(), deadline=lambda: next(deadlines))
    first, second = lists.context(), lists.context()
    assert (first.until, second.until) == (10.0, 20.0)
    assert (first.policy, first.table, first.now) == (policy, lists.table, lists.now)


def test_the_state_is_stored_only_after_ses_answered() -> None:
    table, account = MemoryTable(), MemoryAccountList(errors=[AccountListError("SES failed")])
    lists = both_lists(table, account)
    with pytest.raises(AccountListError):
        lists.put_on_account_list(ANN, "Ann.Lee@example.org", Reason.COMPLAINT)
    assert table.lists == {}
    lists.put_on_account_list(ANN, "Ann.Lee@example.org", Reason.COMPLAINT)
    assert account.listed == {"Ann.Lee@example.org": "COMPLAINT"}
    assert table.lists[ANN].account_list_state == "COMPLAINT"
