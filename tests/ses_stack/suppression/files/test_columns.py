"""Which column is which field."""

from __future__ import annotations

import pytest

from ses_stack.errors import ListFileError
from ses_stack.suppression.facts import Reason
from ses_stack.suppression.files.columns import (
    EXPORT_COLUMNS,
    FIELDS,
    ColumnChoice,
    column_layout,
    names_an_address,
    plain_name,
    position_of,
)


def fields(names: str, choice: ColumnChoice | None = None) -> dict[str, str]:
    """The field of each column that has one."""
    cells = names.split(",")
    found = column_layout(cells, choice or ColumnChoice()).fields
    return {cells[position]: field for position, field in sorted(found.items())}


@pytest.mark.parametrize("name", ["address", "email", "EmailAddress", "E-Mail", "Email Address", "email_address"])
def test_names_of_the_address(name: str) -> None:
    assert names_an_address(["name", name])
    assert fields(f"name,{name}") == {name: "address"}


def test_a_mail_address_is_before_the_place_where_a_person_lives() -> None:
    assert fields("Address,Email Address") == {"Email Address": "address"}
    assert column_layout(["Address", "Email Address"], ColumnChoice()).unused == ("Address",)


def test_the_operator_chooses_by_name_or_number() -> None:
    assert fields("email,work", ColumnChoice({"address": "work"})) == {"work": "address"}
    assert fields("email,work", ColumnChoice({"address": "2"})) == {"work": "address"}
    assert fields("email,reason", ColumnChoice({"note": "reason"})) == {"email": "address", "reason": "note"}
    assert fields("email,reason", ColumnChoice(ignored=frozenset({"Reason"}))) == {"email": "address"}


@pytest.mark.parametrize(
    "choice", [ColumnChoice({"address": "work"}), ColumnChoice(ignored=frozenset({"3"})), ColumnChoice({"note": "0"})]
)
def test_a_choice_of_a_column_that_is_not_there(choice: ColumnChoice) -> None:
    with pytest.raises(ListFileError, match=r"there is no column '.*'; the columns are email, reason"):
        column_layout(["email", "reason"], choice)


def test_two_columns_with_the_address_are_refused() -> None:
    with pytest.raises(ListFileError, match="two columns have the same name for the address"):
        fields("Email,e-mail")
    assert fields("Email,e-mail", ColumnChoice({"address": "2"})) == {"e-mail": "address"}
    assert fields("Email,e-mail", ColumnChoice(ignored=frozenset({"1"}))) == {"e-mail": "address"}


def test_of_other_columns_with_one_name_the_first_counts_and_the_second_is_named() -> None:
    layout = column_layout(["Email", "UNSUB_REASON", "UNSUB_REASON"], ColumnChoice())
    assert layout.fields == {0: "address", 1: "note"}
    assert layout.unused == ("UNSUB_REASON",)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ("status,reason,email,created", Reason.BOUNCE),
        ("ip,email,created", Reason.COMPLAINT),
        ("address,code,error,created_at", Reason.BOUNCE),
        ("address,tags,created_at", Reason.UNSUBSCRIBE),
        ("Email Address,UNSUB_TIME,LEID,EUID", Reason.UNSUBSCRIBE),
        ("Email Address,CLEAN_TIME,LEID,EUID", Reason.BOUNCE),
        ("email,created", None),
    ],
)
def test_what_a_providers_columns_mean(names: str, reason: Reason | None) -> None:
    assert column_layout(names.split(","), ColumnChoice()).reason is reason


def test_our_own_file_is_known_by_its_columns() -> None:
    layout = column_layout(EXPORT_COLUMNS, ColumnChoice())
    assert (layout.exact, layout.unused) == (True, ())
    assert set(layout.fields.values()) == FIELDS.keys() - {"status", "note"}
    assert not column_layout(EXPORT_COLUMNS[:-1], ColumnChoice()).exact


def test_plain_names_and_positions() -> None:
    assert plain_name(" E-Mail_Address ") == "emailaddress"
    assert position_of("EMAIL", ["name", "e-mail"]) == 1
    assert position_of("1", ["2", "1"]) == 1, "a name is before a number"
    assert position_of("9", ["name"]) is None
