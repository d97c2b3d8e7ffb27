"""What the cost benchmark makes of counts. The counts themselves come from its run, which takes a minute."""

from __future__ import annotations

import pytest

from benchmarks._cost_arithmetic import Counts, TableChoices, bill_of, stored_counts
from benchmarks._cost_tables import tables
from benchmarks._guard_arithmetic import month_of
from benchmarks._guard_arithmetic import stored_counts as stored_guard_counts
from benchmarks._prices import PRICES
from benchmarks._template import least_capacity_of
from benchmarks.cost import TARGETS, figures_of
from tests.support.paths import ROOT
from tests.template.document import TEMPLATE

GB = 1024**3
NOTHING = Counts(
    writes={},
    reads={},
    table_byte_days={},
    index_byte_days={},
    sqs_requests={},
    invocations={},
    records={},
    sender_seconds=0,
    log_bytes=0,
)
ONE = Counts(
    writes={"history/EventTable": 2},
    reads={"history/EventTable": 4},
    table_byte_days={"EventTable": GB * 30.4 / 1e6},
    index_byte_days={"EventTable": GB * 30.4 / 1e6},
    sqs_requests={"events": 5},
    invocations={},
    records={},
    sender_seconds=0,
    log_bytes=0,
)


def test_nothing_costs_nothing() -> None:
    assert bill_of(NOTHING, TableChoices()).per_million == 0


def test_each_part_is_units_times_their_price() -> None:
    parts = {part: dollars for part, dollars in bill_of(ONE, TableChoices()).parts.items() if dollars}
    assert parts == pytest.approx(
        {
            "history: writes": 2 * 0.625 + 4 * 0.125,
            "history: storage": 2 * 0.25,
            "history: backups": 0.20,
            "SQS": 5 * 0.40,
        }
    )


def test_a_table_of_infrequent_access_stores_cheaply_and_writes_dearly() -> None:
    parts = bill_of(ONE, TableChoices(infrequent_access=frozenset({"EventTable"}))).parts
    assert parts["history: writes"] == pytest.approx(2 * 0.78 + 4 * 0.155)
    assert parts["history: storage"] == pytest.approx(2 * 0.10)


def test_a_table_without_backups_pays_none() -> None:
    assert bill_of(ONE, TableChoices(without_backups=frozenset({"EventTable"}))).parts["history: backups"] == 0


def test_a_provisioned_unit_is_paid_by_the_hour_at_the_use_that_auto_scaling_keeps() -> None:
    parts = bill_of(ONE, TableChoices(provisioned=frozenset({"EventTable"}))).parts
    assert parts["history: writes"] == pytest.approx((2 * 0.00065 + 4 * 0.00013) * 1e6 / 3600 / 0.7)


def test_a_month_is_its_messages_and_what_idling_costs() -> None:
    bill = bill_of(ONE, TableChoices())
    assert bill.month(2_000_000) == pytest.approx(2 * bill.per_million + bill.month(0))
    polling = 4 * 5 * 3 * 60 * 24 * 30.4 * 0.4 / 1e6
    assert bill.month(0) == pytest.approx(polling + sum(month_of(stored_guard_counts()).values()))


def test_every_price_names_its_page_and_its_day() -> None:
    for price in PRICES.values():
        assert price.page.startswith("https://aws.amazon.com/")
        assert price.noted_on == "2026-11-25"


def test_the_stored_counts_have_every_figure_with_a_target() -> None:
    figures = figures_of(stored_counts())
    assert TARGETS.keys() - figures.keys() == {"difference_from_stored_counts"}
    assert figures["dollars_per_million"] == pytest.approx(
        sum(dollars for name, dollars in figures.items() if name.startswith("dollars "))
    )


@pytest.mark.parametrize("name", ["parts", "volumes", "parameters", "prices"])
def test_the_tables_of_the_documentation_are_what_the_benchmark_prints(name: str) -> None:
    assert tables(stored_counts())[name] in (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")


def test_the_readme_says_the_sum() -> None:
    figures = figures_of(stored_counts())
    said = f"| {figures['dollars_per_million']:.2f}; {figures['write_units_per_message']:.1f} |"
    assert said in (ROOT / "README.md").read_text(encoding="utf-8")
    targets = f"| {TARGETS['dollars_per_million'][1]:g}; {TARGETS['write_units_per_message'][1]:g} |"
    assert f"{said} {targets.removeprefix('| ')}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_stored_counts_meet_the_targets() -> None:
    figures = figures_of(stored_counts())
    for name in ("dollars_per_million", "write_units_per_message"):
        assert figures[name] <= TARGETS[name][1]


def test_the_documentation_names_every_parameter_of_cost() -> None:
    text = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    (group,) = (each for each in groups if each["Label"]["default"] == "Cost")
    assert [name for name in group["Parameters"] if f"`{name}" not in text] == []


def test_a_provisioned_table_costs_its_least_capacity_and_alarms_in_every_month() -> None:
    units = least_capacity_of("SendTable")
    assert min(units.values()) > 0
    on_demand, provisioned = (
        bill_of(NOTHING, TableChoices(provisioned=frozenset(tables))).month(0) for tables in ([], ["SendTable"])
    )
    least = units["write"] * 0.00065 + units["read"] * 0.00013
    assert provisioned - on_demand == pytest.approx(24 * 30.4 * least + 4 * 2 * 0.10)
