"""What docs/sending.md and docs/streams.md say in figures is what the template and the sender say."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import pytest

from ses_stack.sending.limits.warm_up import WarmUp
from tests.template.document import TEMPLATE, table
from tests.template.rules import PARAMETERS, refusals

SIZING = table("docs/sending.md", "rate")
SETTINGS = [*table("docs/sending.md", "parameter"), *table("docs/streams.md", "parameter")]
WARM_UP = table("docs/sending.md", "day")
VOLUMES = table("docs/scale.md", "messages a day")
REGIONS = table("docs/scale.md", "region")
EVENTS_PER_MESSAGE, INVOCATIONS_PER_MESSAGE, RECIPIENTS_PER_WORKER = 2.4, 2.43, 20
PACING_SECONDS = 0.4
START = date(2026, 11, 24)


def number(text: str) -> float:
    """The number that a cell begins with: `1,000/s` is 1000."""
    match = re.match(r"[\d,.]+", text)
    assert match, text
    return float(match[0].replace(",", ""))


def decimals(text: str) -> int:
    return len(text.partition(".")[2])


@pytest.mark.parametrize("row", SIZING, ids=lambda row: f"{row['rate']} at {row["SES's latency"]}")
def test_the_workers_of_a_row_are_what_the_formula_gives(row: dict[str, str]) -> None:
    t = number(row["SES's latency"]) + PACING_SECONDS
    assert number(row["t"]) == pytest.approx(t)
    needed = number(row["rate"]) * t / number(row["batch"])
    assert number(row["workers"]) == pytest.approx(needed, abs=0.5 * 10 ** -decimals(row["workers"]))
    assert number(row["BulkMaximumConcurrency"]) >= needed


@pytest.mark.parametrize("row", SIZING, ids=lambda row: f"{row['rate']} at {row["SES's latency"]}")
def test_the_sizes_of_a_row_can_be_deployed(row: dict[str, str]) -> None:
    sizes = {name: re.findall(r"\d+", cell) for name, cell in row.items() if name in PARAMETERS}
    assert len(sizes) == 3
    for chosen in product(*sizes.values()):
        assert refusals(dict(zip(sizes, chosen, strict=True)) | {"SenderBatchSize": row["batch"]}) == []


@pytest.mark.parametrize("row", VOLUMES, ids=lambda row: row["messages a day"])
def test_a_volume_comes_to_the_rates_and_workers_of_its_row(row: dict[str, str]) -> None:
    daily = number(row["messages a day"])
    burst = daily / (8 * 3_600)
    found = {name: number(cell) for name, cell in row.items() if name != "limits, in the order in which they come"}
    assert found["a second, all day"] == pytest.approx(daily / 86_400, rel=0.05)
    assert found["a second, in 8 hours"] == pytest.approx(burst, rel=0.05)
    assert found["events a second"] == pytest.approx(EVENTS_PER_MESSAGE * burst, rel=0.05)
    assert found["bulk workers"] == math.ceil(burst / RECIPIENTS_PER_WORKER)


@pytest.mark.parametrize("row", REGIONS, ids=lambda row: row["region"])
def test_the_invocations_of_a_region_are_so_many_messages(row: dict[str, str]) -> None:
    assert number(row["messages a second"]) == int(number(row["invocations a second"]) / INVOCATIONS_PER_MESSAGE)


def defaults(row: dict[str, str]) -> dict[str, str]:
    """The parameters of a row of the settings, and the default of each; one default may stand for all of them."""
    names, told = re.findall(r"`(\w+)`", row["parameter"]), row["default"].split(", ")
    told = told * len(names) if len(told) == 1 else told
    return dict(zip(names, ["" if each == "none" else each.split()[0] for each in told], strict=True))


def test_the_settings_have_the_defaults_that_the_template_has() -> None:
    told = {name: default for row in SETTINGS for name, default in defaults(row).items()}
    assert told == {name: str(PARAMETERS[name]["Default"]) for name in told}


def test_the_settings_are_all_that_concern_sending_and_streams() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    sending = [group["Parameters"] for group in groups if group["Label"]["default"] in {"Sending", "Sender", "Streams"}]
    assert {name for row in SETTINGS for name in defaults(row)} == {name for some in sending for name in some}


def test_the_days_of_the_warm_up_have_the_limits_that_the_sender_keeps() -> None:
    schedule = WarmUp(pools={}, start=START)
    for row in WARM_UP:
        day = START + timedelta(days=int(row["day"]) - 1)
        limit = schedule.limit(datetime.combine(day, time(12), UTC).timestamp())
        assert limit == number(row["recipients at each provider"]), row
