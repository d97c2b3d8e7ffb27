"""Both emulators, the real one's client and the tests' fake, have the protocol's methods."""

from __future__ import annotations

import inspect

import pytest

from ses_stack_cli.local.simulator.emulator.client import HttpEmulator
from ses_stack_cli.local.simulator.emulator.protocol import ConfigurationSet, Emulator
from tests.support.simulator import FakeEmulator


@pytest.mark.parametrize("kind", [HttpEmulator, FakeEmulator])
def test_an_emulator_has_every_method_with_as_many_parameters(kind: type) -> None:
    methods = {name: method for name, method in vars(Emulator).items() if inspect.iscoroutinefunction(method)}
    assert methods.keys() >= {"configuration_set", "put_events", "forward", "send_as_signed", "role_allows"}
    for name, method in methods.items():
        assert len(inspect.signature(getattr(kind, name)).parameters) == len(inspect.signature(method).parameters)


def test_a_configuration_set_sends_and_leaves_suppression_to_the_account() -> None:
    plain = ConfigurationSet(name="marketing")
    assert (plain.sending_enabled, plain.suppressed_reasons, plain.destinations) == (True, None, ())
