"""The rows of StatisticsTable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ses_stack.statistics.adapters.rows import (
    SPREADS,
    bucket_in,
    bucket_range,
    campaigns_in,
    counter_name,
    counters_in,
    counters_key,
    shard_key,
)
from ses_stack.statistics.counters import Counter
from ses_stack.statistics.grains import Grain


def test_a_row_is_found_by_grain_stream_and_bucket() -> None:
    row = counters_key(Grain.HOURS, "2026-11-24T06", "marketing", "", shard="shardId-1")
    assert row["pk"] == {"S": "hours#marketing"}
    assert bucket_in(row) == "2026-11-24T06"


def test_a_campaign_has_rows_of_its_own() -> None:
    row = counters_key(Grain.DAYS, "2026-11-24", "marketing", "black-friday", shard="shardId-1")
    assert row["pk"] == {"S": "days#marketing#black-friday"}


@given(shard=st.text(min_size=1))
def test_every_spread_of_a_bucket_is_in_its_range(shard: str) -> None:
    sk = counters_key(Grain.HOURS, "2026-11-24T06", "default", "", shard=shard)["sk"]["S"]
    first, last = bucket_range("2026-11-24T06", "2026-11-24T06")
    assert first <= sk <= last
    assert not first <= sk.replace("T06", "T07") <= last
    assert not first <= sk.replace("T06", "T05") <= last


def test_shards_are_spread_over_several_rows() -> None:
    keys = (counters_key(Grain.DAYS, "2026-11-24", "default", "", shard=f"shardId-{n}") for n in range(200))
    assert len({key["sk"]["S"] for key in keys}) == SPREADS


def test_counters_are_read_back() -> None:
    row = {
        "pk": {"S": "hours#marketing"},
        "sk": {"S": "2026-11-24T06#1"},
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


def test_a_shard_has_one_row() -> None:
    assert shard_key("shardId-1") == {"pk": {"S": "shard#shardId-1"}, "sk": {"S": "-"}}
