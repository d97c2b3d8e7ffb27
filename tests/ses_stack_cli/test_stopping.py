"""Ctrl-C, and SIGTERM: the command finishes the batch at hand, and then ends."""

from __future__ import annotations

import os
import signal

import pytest

from ses_stack_cli.stopping import stoppable, terminating_signals_raise


def test_without_a_signal_the_command_goes_on() -> None:
    with stoppable() as stop:
        assert not stop.received()
    assert stop.exit_code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_only_asks(number: signal.Signals, code: int) -> None:
    with stoppable() as stop:
        os.kill(os.getpid(), number)
        assert stop.received()
        assert stop.exit_code == code


def test_the_second_ctrl_c_interrupts() -> None:
    with stoppable():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_signal_ends_a_sleep() -> None:
    with stoppable() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        stop.sleep(3600)
    assert stop.received()


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stoppable():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_terminating_signal_runs_the_clean_up(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)
    cleaned: list[bool] = []

    def work() -> None:
        with terminating_signals_raise():
            try:
                os.kill(os.getpid(), number)
            finally:
                cleaned.append(True)

    with pytest.raises(SystemExit) as raised:
        work()
    assert (raised.value.code, cleaned, signal.getsignal(number)) == (code, [True], before)
