"""The tables of docs/cost.md, in Markdown: arithmetic on the stored counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from benchmarks._cost_arithmetic import Bill, Counts, TableChoices, bill_of
from benchmarks._prices import PRICES
from benchmarks._template import default_of

# The tables that a parameter provisions, and the parameters of all tables' backups.
PROVISIONED = frozenset({"EventTable", "SendTable"})
_BACKUPS = {
    "EventTable": "HistoryBackups",
    "SendTable": "LedgerBackups",
    "SuppressionTable": "SuppressionBackups",
    "StatisticsTable": "StatisticsBackups",
}
_VOLUMES = (10_000, 1_000_000, 30_000_000)
_RETENTION_DAYS = 90
# An application that queues ten messages a call saves nine requests of ten.
_SAVED_REQUESTS = 0.9


def default_choices() -> TableChoices:
    """How the tables are paid for with the template's defaults."""
    is_infrequent = default_of("HistoryTableClass") != "STANDARD"
    return TableChoices(
        infrequent_access=frozenset({"EventTable"} if is_infrequent else ()),
        without_backups=frozenset(table for table, part in _BACKUPS.items() if default_of(part) == "false"),
    )


def tables(counts: Mapping[str, Counts]) -> dict[str, str]:
    """Every table by its name."""
    return {
        "parts": _parts(counts["steady"]),
        "volumes": _volumes(counts),
        "parameters": _parameters(counts),
        "prices": _prices(),
    }


def _parts(counts: Counts) -> str:
    choices = default_choices()
    on_demand, provisioned = bill_of(counts, choices), bill_of(counts, replace(choices, provisioned=PROVISIONED))
    quantities = _quantities(counts)
    rows = [
        (part, quantities.get(part, ""), _dollars(dollars), _dollars(provisioned.parts[part]))
        for part, dollars in on_demand.parts.items()
    ]
    total = f"{counts.write_units + counts.statistics_write_units:.2f} write units"
    rows.append(
        ("**sum**", total, f"**{_dollars(on_demand.per_million)}**", f"**{_dollars(provisioned.per_million)}**")
    )
    return _table(("part", "a message takes", "a million, on demand", "a million, provisioned"), rows, ":-|-:|-:|-:")


def _quantities(counts: Counts) -> dict[str, str]:
    def units(*parts: str) -> str:
        written, read = (
            sum(value for place, value in each.items() if place.split("/")[0] in parts)
            for each in (counts.writes, counts.reads)
        )
        texts = [f"{value:.2f} {name}" for value, name in ((written, "written"), (read, "read")) if value >= 0.005]
        return ", ".join(texts)

    return {
        "history: writes": units("history"),
        "ledger: writes": units("ledger"),
        "rate and limits: writes and reads": units("rate and limits"),
        "projector: writes and reads": units("projector"),
        "suppression: writes and reads": units("suppression"),
        "statistics: writes and reads": units("statistics"),
        "SQS": f"{sum(counts.sqs_requests.values()):.2f} requests",
        "Lambda": f"{sum(counts.invocations.values()):.2f} invocations",
    }


def _volumes(counts: Mapping[str, Counts]) -> str:
    choices = default_choices()
    bills = [
        bill_of(counts["one_by_one"], choices),
        bill_of(counts["steady"], choices),
        bill_of(counts["steady"], replace(choices, provisioned=PROVISIONED)),
    ]
    ses = [PRICES["ses_message"].each, PRICES["ses_message_older"].each]
    rows = [
        (
            f"{messages:,}",
            *(_dollars(bill.month(messages)) for bill in bills),
            *(_dollars(messages * price) for price in ses),
        )
        for messages in _VOLUMES
    ]
    head = ("messages a month", "one by one", "full batches", "provisioned", "SES, Essentials", "SES, older accounts")
    return _table(head, rows, "-:|-:|-:|-:|-:|-:")


def _parameters(counts: Mapping[str, Counts]) -> str:
    steady, choices = counts["steady"], default_choices()
    normal = bill_of(steady, choices)

    def change(other: Bill) -> str:
        return _signed(other.per_million - normal.per_million)

    def with_choices(**fields: frozenset[str]) -> str:
        return change(bill_of(steady, replace(choices, **fields)))

    infrequent = replace(choices, infrequent_access=frozenset({"EventTable"}))
    queueing = -_SAVED_REQUESTS * 1e6 * PRICES["sqs_request"].each
    rows = [
        ("`RequestSendsInTail=true`", change(bill_of(counts["all_sends"], choices))),
        ("`HistoryTableClass=STANDARD_INFREQUENT_ACCESS`", change(bill_of(steady, infrequent))),
        *(
            (f"`{name}={_other(name)}`", with_choices(without_backups=choices.without_backups ^ {table}))
            for table, name in _BACKUPS.items()
        ),
        ("`EventRetentionDays=30`", change(bill_of(_kept(steady, 30), choices))),
        ("`EventRetentionDays=365`", change(bill_of(_kept(steady, 365), choices))),
        ("both: 365 days, `STANDARD_INFREQUENT_ACCESS`", change(bill_of(_kept(steady, 365), infrequent))),
        ("`HistoryWriteCapacity` above 0", with_choices(provisioned=frozenset({"EventTable"}))),
        ("`LedgerWriteCapacity` above 0", with_choices(provisioned=frozenset({"SendTable"}))),
        ("ten messages in each call that queues them", _signed(queueing)),
    ]
    return _table(("change", "a million messages"), rows, ":-|-:")


def _other(parameter: str) -> str:
    return "false" if default_of(parameter) == "true" else "true"


def _kept(counts: Counts, days: int) -> Counts:
    """The counts if the history were kept for so many days."""

    def scaled(byte_days: Mapping[str, float]) -> dict[str, float]:
        factor = days / _RETENTION_DAYS
        return {table: value * (factor if table == "EventTable" else 1) for table, value in byte_days.items()}

    return replace(
        counts, table_byte_days=scaled(counts.table_byte_days), index_byte_days=scaled(counts.index_byte_days)
    )


def _prices() -> str:
    rows = [(f"${price.dollars:g}", price.unit, price.noted_on, f"<{price.page}>") for price in PRICES.values()]
    return _table(("price", "for a", "noted on", "page"), rows, "-:|:-|:-|:-")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], rule: str) -> str:
    lines = [" | ".join(head), rule, *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" if line != rule else f"|{line}|" for line in lines)


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}"


def _signed(amount: float) -> str:
    return f"{'+' if amount >= 0 else '-'}${abs(amount):.2f}"
