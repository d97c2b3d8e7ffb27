"""JSON Lines and documents."""

from __future__ import annotations

import io
import json

import pytest

from ses_stack.suppression.files.csv_records import BadLine, BlankLine
from ses_stack.suppression.files.json_rows import JsonRow, begins_document, json_documents, json_lines
from ses_stack.suppression.files.text_lines import LONGEST_LINE, Lines

CUT_OFF = "not JSON, or cut off: the rest of the file is not loaded"


def documents(text: str) -> list[JsonRow | BadLine]:
    return list(json_documents(Lines(io.BytesIO(text.encode())), 1))


def summaries(count: int, **members: object) -> dict[str, object]:
    rows = [{"EmailAddress": f"p{number}@x.org", "Reason": "BOUNCE"} for number in range(count)]
    return {"SuppressedDestinationSummaries": rows, **members}


@pytest.mark.parametrize("indent", [None, 4])
def test_a_document_of_any_size(indent: int | None) -> None:
    found = documents(json.dumps(summaries(5_000), indent=indent))
    assert len(found) == 5_000
    assert found[-1] == JsonRow(2 + 4 * 4_999 + 1 if indent else 1, {"EmailAddress": "p4999@x.org", "Reason": "BOUNCE"})


def test_pages_one_after_the_other() -> None:
    text = json.dumps(summaries(2, NextToken="t"), indent=4) + "\n" + json.dumps(summaries(1), indent=4)
    assert [type(each) for each in documents(text)] == [JsonRow] * 3


def test_a_list_that_goes_on_is_reported() -> None:
    *rows, more = documents(json.dumps(summaries(2, NextToken="t"), indent=1))
    assert len(rows) == 2
    assert isinstance(more, BadLine)
    assert more.line == 12
    assert more.problem.startswith("NextToken says that the list goes on")
    assert len(documents(json.dumps(summaries(2, NextToken=None)))) == 2


def test_lists_without_a_name_and_objects_over_several_lines() -> None:
    assert documents('[{"email": "a@x.org"},\n "b@x.org", 3]') == [
        JsonRow(1, {"email": "a@x.org"}),
        JsonRow(2, {"address": "b@x.org"}),
        BadLine(2, "not a JSON object"),
    ]
    assert documents('{\n"email": "a@x.org"\n}\n{\n"email": "b@x.org"\n}\n') == [
        JsonRow(1, {"email": "a@x.org"}),
        JsonRow(4, {"email": "b@x.org"}),
    ]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('{\n"items": [\n{"address": "a@x.org"},\n{"addr', 4, CUT_OFF),
        ('{\n"items": [\n{"address": "a@x.org"}', 3, "the document is cut off: the rest of the file is not loaded"),
        ('[\n{"address": "a@x.org"}\n{"address": "b@x.org"}]', 3, "not JSON: the rest of the file is not loaded"),
        ('[{"address": "a@x.org"}]\nrest', 2, "not JSON: the rest of the file is not loaded"),
        (f'[{{"address": "a@x.org"}},\n"{"x" * 3 * LONGEST_LINE}"]', 2, "longer than 64 KB: the rest"),
        ('[{"address": "a@x.org"},\n' + "[" * 60_000, 2, "not JSON: the rest of the file is not loaded"),
    ],
)
def test_a_broken_document_is_reported_where_it_breaks(text: str, line: int, problem: str) -> None:
    first, bad = documents(text)
    assert first == JsonRow(first.line, {"address": "a@x.org"})
    assert isinstance(bad, BadLine)
    assert bad.line == line
    assert bad.problem.startswith(problem)


def test_an_object_without_end_is_not_collected() -> None:
    (bad,) = documents("{" + ",".join(f'"m{number}": 1' for number in range(1_000)) + "}")
    assert bad == BadLine(1, "an object with more than 200 members: the rest of the file is not loaded")


@pytest.mark.parametrize(
    ("line", "document"),
    [
        ("{\n", True),
        ("[\n", True),
        ('{"SuppressedDestinationSummaries":[{"EmailAddress"', True),
        ('{"NextToken":"t","SuppressedDestinationSummaries":[', True),
        ('  {"items": [', True),
        ('{"address": "a@x.org"}\n', False),
        ('{"address": "a@x.or\n', False),
        ("address,items\n", False),
    ],
)
def test_what_begins_a_document(line: str, document: bool) -> None:
    assert begins_document(line) is document


def test_json_lines() -> None:
    lines = ['{"address": "a@x.org"}', "", "{", '["d@x.org"]', "[" * 60_000, "\0", '{"address": "b@x.org"}']
    assert list(json_lines(Lines(io.BytesIO("\n".join(lines).encode())))) == [
        JsonRow(1, {"address": "a@x.org"}),
        BlankLine(2),
        BadLine(3, "not JSON"),
        BadLine(4, "not a JSON object"),
        BadLine(5, "not JSON"),
        BadLine(6, "not text: it contains a null byte"),
        JsonRow(7, {"address": "b@x.org"}),
    ]
