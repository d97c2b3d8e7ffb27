"""The command line."""

from __future__ import annotations

import pytest

from ses_stack_cli.local.simulator.__main__ import main, parser, settings
from ses_stack_cli.local.simulator.account.limiters import Limiter
from ses_stack_cli.local.simulator.events.provoke import PROVOKE
from ses_stack_cli.local.simulator.settings import ONLY_DELIVERED

REQUIRED = ["--port", "1", "--aws-endpoint", "http://127.0.0.1:2"]


def test_the_help_has_the_table() -> None:
    text = parser().format_help()
    assert all(way.how in text for way in PROVOKE)


def test_options_become_settings() -> None:
    options = ["--seed", "5", "--latency-scale", "0.1", "--max-send-rate", "3", "--ordinary", "delivered"]
    chosen = settings(parser().parse_args([*REQUIRED, *options, "--chaos-drop", "0.1", "--enforce-iam"]))
    assert (chosen.seed, chosen.latency_scale, chosen.max_send_rate) == (5, 0.1, 3)
    assert (chosen.shares, chosen.chaos.drop, chosen.enforce_iam) == (ONLY_DELIVERED, 0.1, True)


def test_the_sandbox_has_limits_of_its_own() -> None:
    def limits(*options: str) -> tuple[bool, float, float]:
        chosen = settings(parser().parse_args([*REQUIRED, *options]))
        return chosen.sandbox, chosen.max_send_rate, chosen.max_24_hour_send

    assert limits() == (False, 14, 50_000)
    assert limits("--sandbox") == (True, 1, 200)
    assert limits("--sandbox", "--max-send-rate=5", "--max-24-hour-send=-1") == (True, 5, -1)
    chosen = settings(parser().parse_args([*REQUIRED, "--sandbox", "--verified=Example.com", "--verified=Ann@B.org"]))
    assert chosen.verified == {"example.com", "ann@b.org"}


def test_the_limiter_is_chosen_by_its_name() -> None:
    chosen = [settings(parser().parse_args([*REQUIRED, f"--limiter={name}"])).limiter for name in Limiter]
    assert chosen == list(Limiter)


@pytest.mark.parametrize(
    "option", ["--chaos-drop=2", "--latency-scale=-1", "--chaos-delay-seconds=-1", "--limiter=kind"]
)
def test_options_that_make_no_sense(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*REQUIRED, option])
    assert "error:" in capsys.readouterr().err
