"""The busiest partition keys: how many write units one key takes in a second, at 1,000 and 10,000 recipients a second.

A minute of one tenant's campaign with transactional mail beside it, and 2.4 events for each message, goes through the
code that makes keys: the pacer, the limits and the ledger; the history's rows; the suppression list; the statistics.
Each write counts on its key in the table and in every index, by DynamoDB's rules. In that minute the statistics'
windows end, and the workers ask SES for the account's limits again.

`hottest_key_1000` and `hottest_key_10000` are the busiest second of the busiest key of all; the others say where.
`deferred_...` counts messages for which a worker found no slot within 30 seconds, and which go back into their lane.
A partition takes 1,000 write units a second, and DynamoDB cannot split one key:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks._scale_events import count_events
from benchmarks._scale_sending import count_sending
from benchmarks._scale_units import Units
from benchmarks._template import table_of_template, tables_of_template
from benchmarks.harness import Result, Target, run

RATES = (1_000, 10_000)
SECONDS = 60
_MOST_UNITS = 800
TARGETS: Mapping[str, Target] = {
    **{f"hottest_key_{rate}": ("<=", _MOST_UNITS) for rate in RATES},
    **{f"rate_share_{rate}": (">=", 0.95) for rate in RATES},
}


def measure() -> Result:
    figures: dict[str, float] = {}
    for rate in RATES:
        figures |= figures_of(rate, SECONDS)
    return Result("scale", {name: round(value, 3) for name, value in figures.items()}, TARGETS)


def figures_of(rate: int, seconds: int) -> dict[str, float]:
    """The figures at one rate."""
    units = dict.fromkeys(places(), 0.0)
    sending, events = Units(), Units()
    sent = count_sending(sending, rate, seconds)
    count_events(events, rate, seconds)
    for counted in (sending, events):
        units |= {place: hottest.units for place, hottest in counted.hottest().items()}
    return {
        f"hottest_key_{rate}": max(units.values()),
        f"rate_share_{rate}": sent.share,
        f"deferred_{rate}": sent.deferred,
        **{f"{place} {rate}": count for place, count in units.items()},
    }


def places() -> list[str]:
    """Every table and index of the template: `table`, `table/index`."""
    tables = tables_of_template()
    return sorted([*tables, *(f"{table}/{index}" for table in tables for index in table_of_template(table).indexes)])


if __name__ == "__main__":
    run(measure)
