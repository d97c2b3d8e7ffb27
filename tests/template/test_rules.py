"""Which parameter values a deployment accepts, and that ours are among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest

from tests.template.document import SAMCONFIG
from tests.template.rules import PARAMETERS, evaluate, refusals, values

ENVIRONMENTS = {"default", "new-account", "staging", "prod", "high-volume", "local"}
SENDER = ("SenderReservedConcurrency", "PriorityMaximumConcurrency", "BulkMaximumConcurrency")
# A value that SAM's parser, which splits at spaces and takes out quotes and backslashes, leaves as it is.
PLAIN_OVERRIDE = re.compile(r"""([A-Za-z0-9]+)=([^\s"'\\]+)""")


def sizes() -> Iterator[tuple[int, int, int]]:
    """Every choice of the three parameters that size the sender."""
    return product(*(PARAMETERS[name]["AllowedValues"] for name in SENDER))


def configured(environment: str) -> dict[str, str]:
    """The parameters that samconfig.toml sets for an environment."""
    overrides = SAMCONFIG[environment]["deploy"]["parameters"].get("parameter_overrides", [])
    matches = [PLAIN_OVERRIDE.fullmatch(override) for override in overrides]
    assert all(matches), overrides
    found = dict(match.groups() for match in matches if match)
    assert len(found) == len(overrides), "a parameter is set twice"
    return found


def deployed(environment: str) -> dict[str, str]:
    """All parameters of a new stack in an environment: what samconfig.toml sets, and defaults."""
    return values(**configured(environment))


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ({"Fn::Equals": [{"Ref": "Size"}, 10]}, True),
        ({"Fn::Contains": [["1", 10], {"Ref": "Size"}]}, True),
        ({"Fn::Contains": [["100"], {"Ref": "Size"}]}, False),
        ({"Fn::Not": [{"Fn::Equals": [{"Ref": "Size"}, "10"]}]}, False),
        ({"Fn::And": [True, {"Fn::Equals": [1, 2]}]}, False),
        ({"Fn::Or": [False, {"Fn::Equals": [1, "1"]}]}, True),
    ],
)
def test_rule_functions_compare_as_cloudformation_does(expression: dict[str, object], holds: bool) -> None:
    assert evaluate(expression, {"Size": "10"}) is holds


def test_the_defaults_are_accepted() -> None:
    assert refusals({}) == []


def test_lanes_are_accepted_exactly_when_they_fit_into_the_reserved_concurrency() -> None:
    for reserved, priority, bulk in sizes():
        refused = refusals(dict(zip(SENDER, (reserved, priority, bulk), strict=True)))
        fits = reserved == 0 or priority + bulk <= reserved
        assert (not refused) == fits, (reserved, priority, bulk, refused)


def test_the_rules_say_half_which_is_the_same_for_the_values_there_are() -> None:
    for reserved, priority, bulk in sizes():
        halves = reserved == 0 or (2 * priority <= reserved and 2 * bulk <= reserved)
        assert halves == (reserved == 0 or priority + bulk <= reserved), (reserved, priority, bulk)


def test_a_refusal_names_the_lane_that_is_too_large() -> None:
    given = {"SenderReservedConcurrency": 20, "PriorityMaximumConcurrency": 10, "BulkMaximumConcurrency": 25}
    assert refusals(given) == ["BulkMaximumConcurrency may be half of SenderReservedConcurrency at most."]


@pytest.mark.parametrize("function", ["Normalizer", "SuppressionWriter"])
def test_a_batch_of_more_than_ten_needs_a_batching_window(function: str) -> None:
    for size in (1, 2, 9, 10, 11, 100, 1000):
        for window in (0, 1, 10):
            given = {f"{function}BatchSize": size, f"{function}BatchingWindow": window}
            assert (not refusals(given)) == (size <= 10 or window >= 1), given


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"NormalizerBatchsize": 5}, "there is no parameter NormalizerBatchsize"),
        ({"NormalizerBatchSize": "ten"}, "NormalizerBatchSize=ten: is not a number"),
        ({"NormalizerBatchSize": 1001}, "NormalizerBatchSize=1001: is too small or too large"),
        ({"NormalizerTimeout": 45}, "NormalizerTimeout=45: is not an allowed value"),
        (
            {"WarmUpStart": "tomorrow", "MarketingIpPool": "own"},
            "WarmUpStart=tomorrow: does not match the allowed pattern",
        ),
    ],
)
def test_what_a_parameter_does_not_allow_is_refused(given: dict[str, object], why: str) -> None:
    assert refusals(given) == [why]


def test_samconfig_has_the_environments_that_the_documents_name() -> None:
    assert {name for name, each in SAMCONFIG.items() if isinstance(each, dict)} == ENVIRONMENTS


@pytest.mark.parametrize("environment", sorted(ENVIRONMENTS))
def test_every_environment_is_accepted(environment: str) -> None:
    assert refusals(configured(environment)) == []


@pytest.mark.parametrize("environment", sorted(ENVIRONMENTS - {"new-account"}))
def test_every_other_account_reserves_what_both_lanes_can_use(environment: str) -> None:
    """The local cloud too. An event source mapping does not know the reservation: docs/sending.md#sizing."""
    reserved, priority, bulk = (int(deployed(environment)[name]) for name in SENDER)
    assert reserved >= priority + bulk >= 4


def test_an_environment_leaves_no_size_of_another_one_behind() -> None:
    """On an existing stack, a parameter that is not named keeps its value.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Parameter.html (UsePreviousValue), which
    `sam deploy` sets. Days of retention are no sizes: a change of environment deletes nothing.
    """
    named = {name: set(configured(name)) for name in ("new-account", "staging", "prod", "high-volume")}
    sizes = {
        name
        for names in named.values()
        for name in names
        if not name.endswith("RetentionDays") and name != "OnlyRecipients"
    }
    assert {name: sizes - names for name, names in named.items()} == {name: set() for name in named}


def test_a_new_account_has_no_concurrency_to_reserve() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 10 executions at once, to begin with."""
    chosen = configured("new-account")
    assert chosen["SenderReservedConcurrency"] == "0"
    assert sum(int(value) for name, value in chosen.items() if name.endswith("MaximumConcurrency")) <= 10


def test_only_the_stack_for_testing_is_limited_to_named_recipients() -> None:
    """It has a name of its own too, so that no other environment is deployed over it, and mails nobody."""
    limited = {name for name in ENVIRONMENTS if deployed(name)["OnlyRecipients"]}
    names = {name: SAMCONFIG[name]["deploy"]["parameters"]["stack_name"] for name in ENVIRONMENTS}
    assert limited == {"staging"}
    assert [name for name, stack in names.items() if stack == names["staging"]] == ["staging"]
