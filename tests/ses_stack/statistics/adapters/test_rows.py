"""The rows of StatisticsTable."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.mail.addresses import PROVIDERS
from ses_stack.statistics.adapters.rows import (
    bucket_in,
    campaigns_in,
    counter_name,
    counters_in,
    counters_key,
    journal_attributes,
    journal_in,
    journal_key,
    shard_in,
)
from ses_stack.statistics.additions import CounterRow
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain
from ses_stack.statistics.journal import MOST_COUNTS, CountKey, Journal

KEY = CountKey("2026-11-24T06:10", "marketing", "", "gmail", Counter.SEND)


def test_a_row_is_found_by_grain_stream_and_bucket() -> None:
    row = counters_key(CounterRow(Grain.HOURS, "2026-11-24T06", "marketing", ""))
    assert row == {"pk": {"S": "hours#marketing"}, "sk": {"S": "2026-11-24T06"}}
    assert bucket_in(row) == "2026-11-24T06"


def test_a_campaign_has_rows_of_its_own() -> None:
    row = counters_key(CounterRow(Grain.DAYS, "2026-11-24", "marketing", "black-friday"))
    assert row["pk"] == {"S": "days#marketing#black-friday"}


def test_counters_are_read_back() -> None:
    row = {
        "pk": {"S": "hours#marketing"},
        "sk": {"S": "2026-11-24T06"},
        "expires_at": {"N": "1"},
        counter_name("gmail", Counter.SEND): {"N": "12"},
        counter_name("gmail", Counter.OPEN_BOT): {"N": "3"},
        counter_name("other", Counter.SEND): {"N": "4"},
    }
    assert counters_in(row) == {
        "gmail": {Counter.SEND: 12, Counter.OPEN_BOT: 3},
        "other": {Counter.SEND: 4},
    }


def test_a_counter_of_a_later_version_is_left_out() -> None:
    assert counters_in({"gmail#teleported": {"N": "1"}}) == {}


def test_campaigns_of_several_days_are_joined() -> None:
    assert campaigns_in([{"names": {"SS": ["a", "b"]}}, {"names": {"SS": ["b"]}}, {}]) == {"a", "b"}


def test_a_shard_has_one_journal() -> None:
    assert journal_key("shardId-1") == {"pk": {"S": "journals"}, "sk": {"S": "shardId-1"}}
    assert shard_in(journal_key("shardId-1")) == "shardId-1"


def test_no_row_is_an_empty_journal() -> None:
    assert journal_in({}) == Journal()


COUNTS = st.dictionaries(
    st.builds(
        CountKey,
        minutes=st.sampled_from(["2026-11-24T06:10", "2026-11-24T06:15"]),
        stream=st.sampled_from(["marketing", "simulator"]),
        campaign=st.text(),
        provider=st.sampled_from(sorted(PROVIDERS)),
        counter=st.sampled_from(Counter),
    ),
    st.integers(1, 10**12),
)


@given(counts=COUNTS, version=st.integers(1, 10**9), moves=st.integers(0, 10**9))
def test_a_journal_is_read_back(counts: Mapping[CountKey, int], version: int, moves: int) -> None:
    journal = Journal(version=version, last="1".zfill(40), counts=counts, since=1_795_500_000, moves=moves)
    assert journal_in(journal_attributes(journal)) == journal


def test_a_journal_that_is_full_has_about_ten_kilobytes() -> None:
    counts = {
        KEY._replace(minutes=minutes, campaign=campaign, provider=provider, counter=counter): 17 * len(provider)
        for minutes in ("2026-11-24T06:10", "2026-11-24T06:15", "2026-11-24T06:20")
        for campaign in ("spring", "summer", "autumn", "winter")
        for provider in PROVIDERS
        for counter in list(Counter)[:8]
    }
    assert len(counts) <= MOST_COUNTS
    assert len(journal_attributes(Journal(counts=counts))["counts"]["B"]) < 10_000
