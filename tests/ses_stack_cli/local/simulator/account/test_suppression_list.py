"""The account's suppression list: exact spelling for the API, any spelling for sending."""

from __future__ import annotations

from ses_stack_cli.local.simulator.account.suppression_list import SuppressedAddress, SuppressionList


def entry(address: str, reason: str = "BOUNCE", at: float = 1.0) -> SuppressedAddress:
    return SuppressedAddress(address=address, reason=reason, at=at)


def filled(*entries: SuppressedAddress) -> SuppressionList:
    suppression = SuppressionList()
    for each in entries:
        suppression.put(each)
    return suppression


def test_entries_are_found_by_exact_spelling() -> None:
    suppression = filled(entry("Ann@Example.org"))
    assert suppression.get("Ann@Example.org") == entry("Ann@Example.org")
    assert suppression.get("ann@example.org") is None
    assert not suppression.delete("ann@example.org")
    assert suppression.delete("Ann@Example.org")
    assert len(suppression) == 0
    assert suppression.matching(["ann@example.org"], None) == {}


def test_a_second_put_replaces_the_entry() -> None:
    assert filled(entry("a@b.org"), entry("a@b.org", "COMPLAINT")).list() == [entry("a@b.org", "COMPLAINT")]


def test_sending_matches_any_spelling_for_the_reasons_that_apply() -> None:
    suppression = filled(entry("Ann@Example.org"), entry("ben@example.org", "COMPLAINT"))
    addresses = ["ANN@example.org", "Ben <ben@example.org>", "cleo@example.org"]
    assert suppression.matching(addresses, None) == {"ann@example.org": "BOUNCE", "ben@example.org": "COMPLAINT"}
    assert suppression.matching(addresses, frozenset({"COMPLAINT"})) == {"ben@example.org": "COMPLAINT"}
    assert suppression.matching(addresses, frozenset()) == {}
    suppression.reasons = frozenset({"BOUNCE"})
    assert suppression.matching(addresses, None) == {"ann@example.org": "BOUNCE"}


def test_the_list_is_ordered_and_narrowed_by_reason_and_time() -> None:
    suppression = filled(entry("c@b.org", at=3), entry("a@b.org", at=1), entry("b@b.org", "COMPLAINT", at=2))
    assert [each.address for each in suppression.list()] == ["a@b.org", "b@b.org", "c@b.org"]
    assert [each.address for each in suppression.list(reasons=["BOUNCE"])] == ["a@b.org", "c@b.org"]
    assert [each.address for each in suppression.list(start=2, end=2)] == ["b@b.org"]
