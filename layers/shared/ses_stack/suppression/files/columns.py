"""The columns of a list: which field each of them is, by its name or by the operator's choice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ses_stack.errors import ListFileError
from ses_stack.suppression.facts import Reason

# The columns of a file that `export` writes.
EXPORT_COLUMNS = ("address", "scope", "reason", "subtype", "event_time", "source", "message_id", "expires_at")
# The names that this project's export, SES's API and exports of other providers give to a column, the best one first,
# in lower case and without spaces, dashes and underscores. Mailchimp's `Address` is where a person lives.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "address": ("emailaddress", "email", "address", "mail", "asspelled", "recipient"),
    "scope": ("scope",),
    "reason": ("reason", "suppressionreason"),
    "status": ("status",),
    "subtype": ("subtype",),
    "event_time": (
        *("eventtime", "unsubtime", "cleantime", "lastupdatetime", "suppressedat", "blockedat"),
        *("createdat", "created", "time", "since", "date", "timestamp"),
    ),
    "message_id": ("messageid",),
    "expires_at": ("expiresat",),
    "note": ("note", "unsubreason", "error", "detail", "notes"),
}
# Which reason a provider's file means by its columns alone.
_PROVIDER_REASONS: tuple[tuple[frozenset[str], Reason], ...] = (
    (frozenset({"status", "reason", "email", "created"}), Reason.BOUNCE),  # SendGrid: bounces, blocks
    (frozenset({"reason", "email", "created"}), Reason.BOUNCE),  # SendGrid: invalid addresses
    (frozenset({"ip", "email", "created"}), Reason.COMPLAINT),  # SendGrid: spam reports
    (frozenset({"address", "code", "error", "createdat"}), Reason.BOUNCE),  # Mailgun
    (frozenset({"address", "tags", "createdat"}), Reason.UNSUBSCRIBE),  # Mailgun
)


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What the operator says about columns: the column of a field, and columns that do not count.

    A column is named as in the file, or by its number, from 1.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """The field in each column, and the names of the columns that are not loaded.

    `reason`: what a row without a reason means in this provider's file. `exact`: this project wrote the file.
    """

    fields: Mapping[int, str]
    unused: tuple[str, ...] = ()
    reason: Reason | None = None
    exact: bool = False


def plain_name(name: str) -> str:
    """A column's name without what providers write differently: `E-Mail`, `email`, `E_MAIL`."""
    return re.sub(r"[\s_.-]", "", name).casefold()


def names_an_address(names: Iterable[str]) -> bool:
    """Whether a row of cells is a header with a column for the address."""
    return any(plain_name(name) in FIELDS["address"] for name in names)


def column_layout(names: Sequence[str], choice: ColumnChoice) -> ColumnLayout:
    """The layout of a file with these columns.

    Raises `ListFileError` for a choice of a column that is not there, two columns with the address, and a file of
    addresses that get mail.
    """
    plain = [plain_name(name) for name in names]
    ignored = {_position(name, names, "--ignore-column") for name in choice.ignored}
    chosen = {_position(name, names, "--column"): each for each, name in choice.columns.items()}
    fields = _named_fields(plain, ignored | chosen.keys(), FIELDS.keys() - choice.columns.keys()) | chosen
    _check(plain, ignored, choice)
    exact = tuple(names) == EXPORT_COLUMNS
    unused = tuple(
        name.strip()
        for position, name in enumerate(names)
        if name.strip() and position not in fields.keys() | ignored and not (exact and name == "source")
    )
    return ColumnLayout(fields, unused, _provider_reason(frozenset(plain)), exact)


def position_of(name: str, names: Sequence[str]) -> int | None:
    """The position of a column that the operator names, or None."""
    plain = [plain_name(each) for each in names]
    if name in names:
        return names.index(name)
    if plain_name(name) in plain:
        return plain.index(plain_name(name))
    number = int(name) if name.isascii() and name.isdecimal() and len(name) < 5 else 0
    return number - 1 if 0 < number <= len(names) else None


def _position(name: str, names: Sequence[str], option: str) -> int:
    position = position_of(name, names)
    if position is None:
        raise ListFileError(f"{option}: there is no column {name!r}; the columns are {', '.join(names)}")
    return position


def _named_fields(plain: Sequence[str], taken: Iterable[int], wanted: Iterable[str]) -> dict[int, str]:
    free = {name: position for position, name in reversed(list(enumerate(plain))) if position not in set(taken)}
    fields: dict[int, str] = {}
    for each in wanted:
        position = next((free[name] for name in FIELDS[each] if name in free), None)
        if position is not None:
            fields[position] = each
    return fields


def _check(plain: Sequence[str], ignored: set[int], choice: ColumnChoice) -> None:
    if "address" in choice.columns:
        return
    if {"leid", "euid"} <= set(plain) and not {"unsubtime", "cleantime"} & set(plain):
        raise ListFileError(
            "this is Mailchimp's export of members who get mail: import the files unsubscribed_... and cleaned_... "
            "(--column address='Email Address' suppresses these members all the same)"
        )
    left = [name for position, name in enumerate(plain) if position not in ignored]
    if any(left.count(name) > 1 for name in FIELDS["address"]):
        raise ListFileError("two columns have the same name for the address: choose one with --column address=NUMBER")


def _provider_reason(plain: frozenset[str]) -> Reason | None:
    if "unsubtime" in plain:
        return Reason.UNSUBSCRIBE
    if "cleantime" in plain:
        return Reason.BOUNCE
    return next((reason for names, reason in _PROVIDER_REASONS if names == plain), None)
