"""The newest events behind a critical rate."""

from __future__ import annotations

import pytest

from ses_stack.guard.samples import EventSample, SampledEvent, kind_of, sample_of


@pytest.mark.parametrize(
    ("subtype", "detail", "kind"),
    [
        ("Permanent/General", "smtp; 550 5.1.1 <ann@example.com>: user unknown", "Permanent/General 5.1.1"),
        ("Permanent/NoEmail", "550-5.7.26 Unauthenticated email", "Permanent/NoEmail 5.7.26"),
        ("Permanent/General", "from 10.5.1.1 at 5.1.1.9", "Permanent/General"),
        ("abuse", "", "abuse"),
        ("", "5.1.1", "5.1.1"),
        ("", "", ""),
    ],
)
def test_a_kind_is_sess_word_and_the_status_code_without_any_address(subtype: str, detail: str, kind: str) -> None:
    assert kind_of(subtype, detail) == kind


def test_a_sample_names_what_is_most_frequent() -> None:
    events = [SampledEvent("b", "x"), SampledEvent("b", "y"), SampledEvent("a", "y"), SampledEvent("", "y")]
    assert sample_of(events) == EventSample(4, "b", 2, "y", 3)


def test_equal_numbers_have_one_answer_and_no_names_have_none() -> None:
    assert sample_of([SampledEvent("b", ""), SampledEvent("a", "")]).campaign == "a"
    assert sample_of([SampledEvent("", "")]) == EventSample(1, "", 0, "", 0)
    assert sample_of([]).size == 0
