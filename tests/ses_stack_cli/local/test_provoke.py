"""`ses-stack local provoke`."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from ses_stack_cli.local.simulator.events.provoke import PROVOKE, REJECT_MARKER
from ses_stack_cli.main import app


def test_the_table_as_json() -> None:
    table = json.loads(CliRunner().invoke(app, ["local", "provoke", "--json"]).stdout)["provoke"]
    assert len(table) == len(PROVOKE)
    assert table[0] == {
        "event": "Send",
        "how": "any message that names a configuration set",
        "follows": "Send, then what the address says",
    }


def test_how_to_provoke_is_whole_in_a_pipe() -> None:
    out = CliRunner().invoke(app, ["local", "provoke"]).stdout
    assert REJECT_MARKER in out
    assert "…" not in out
