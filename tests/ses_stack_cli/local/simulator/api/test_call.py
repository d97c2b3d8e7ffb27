"""Pages of lists."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stack_cli.local.simulator.api.call import Call, page
from ses_stack_cli.local.simulator.errors import ApiError

ITEMS: list[dict[str, Any]] = [{"n": number} for number in range(250)]


def test_pages_follow_each_other_to_the_end() -> None:
    parameters: dict[str, list[str]] = {}
    sizes = []
    while True:
        listed, next_page = page(parameters, ITEMS)
        sizes.append(len(listed))
        if not next_page:
            break
        parameters = {"NextToken": [next_page["NextToken"]]}
    assert sizes == [100, 100, 50]


def test_a_full_last_page_has_no_token() -> None:
    assert page({"PageSize": ["250"]}, ITEMS) == (ITEMS, {})


@pytest.mark.parametrize("size", ["0", "1001", "x", "-1"])
def test_page_sizes_that_ses_refuses(size: str) -> None:
    with pytest.raises(ApiError, match="PageSize must be"):
        page({"PageSize": [size]}, ITEMS)


def test_a_token_that_ses_did_not_give() -> None:
    with pytest.raises(ApiError) as raised:
        page({"NextToken": ["x"]}, ITEMS)
    assert raised.value.name == "InvalidNextTokenException"


def test_a_calls_body_and_query() -> None:
    call = Call(
        method="GET", path="/", path_names={}, query="a=1&a=2&b=x%20y", body=b'{"c": 3}', headers={}, caller="k"
    )
    assert (call.json(), call.parameters()) == ({"c": 3}, {"a": ["1", "2"], "b": ["x y"]})
