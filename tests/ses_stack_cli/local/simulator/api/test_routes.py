"""The table of operations agrees with botocore's model of the API."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.simulator.api.operation_names import operation_named
from ses_stack_cli.local.simulator.api.routes import OPERATIONS


@pytest.mark.parametrize(("name", "method", "path"), [operation[:3] for operation in OPERATIONS])
def test_an_operation_has_sess_method_and_path(name: str, method: str, path: str) -> None:
    example = path.replace("{ContactListName}", "shop").replace("{EmailAddress:path}", "a%40b.org")
    assert operation_named(method, "/v2/email" + example.replace("{TemplateName}", "welcome")) == name


def test_no_operation_is_listed_twice() -> None:
    assert len({operation[0] for operation in OPERATIONS}) == len(OPERATIONS)
