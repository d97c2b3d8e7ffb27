"""What CloudFormation refuses before it creates anything: values that a parameter, or one of the rules, does not allow.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.template.document import TEMPLATE

PARAMETERS: dict[str, dict[str, Any]] = TEMPLATE["Parameters"]
RULES: dict[str, dict[str, Any]] = TEMPLATE["Rules"]

type Values = Mapping[str, str]


def values(**given: object) -> dict[str, str]:
    """Every parameter's value, as text: as given, or else the default."""
    return {name: str(given.get(name, parameter["Default"])) for name, parameter in PARAMETERS.items()}


def refusals(given: Mapping[str, object]) -> list[str]:
    """Why a deployment with these values, and defaults for the rest, is refused; empty if it is not."""
    unknown = [f"there is no parameter {name}" for name in given if name not in PARAMETERS]
    known = values(**given)
    bad = [f"{name}={value}: {why}" for name, value in known.items() for why in _bad(PARAMETERS[name], value)]
    return [*unknown, *bad, *broken_rules(known)]


def broken_rules(given: Values) -> list[str]:
    """The assertions that do not hold, in their own words."""
    return [
        assertion["AssertDescription"]
        for rule in RULES.values()
        if evaluate(rule.get("RuleCondition", True), given) is True
        for assertion in rule["Assertions"]
        if evaluate(assertion["Assert"], given) is not True
    ]


def _bad(parameter: dict[str, Any], value: str) -> Iterator[str]:
    if "AllowedValues" in parameter and value not in map(str, parameter["AllowedValues"]):
        yield "is not an allowed value"
    if "AllowedPattern" in parameter and not re.fullmatch(parameter["AllowedPattern"], value):
        yield "does not match the allowed pattern"
    if parameter["Type"] == "Number":
        if not re.fullmatch(r"\d+(\.\d+)?", value):
            yield "is not a number"
        elif not parameter.get("MinValue", 0) <= float(value) <= parameter.get("MaxValue", float("inf")):
            yield "is too small or too large"


def evaluate(expression: Any, given: Values) -> Any:
    """What a rule function gives. Numbers are compared as text, as CloudFormation does."""
    if isinstance(expression, list):
        return [evaluate(each, given) for each in expression]
    if not isinstance(expression, dict):
        return expression if isinstance(expression, bool) else str(expression)
    ((function, argument),) = expression.items()
    if function == "Ref":
        return given[argument]
    return _FUNCTIONS[function](*evaluate(argument, given))


_FUNCTIONS: dict[str, Callable[..., bool]] = {
    "Fn::And": lambda *conditions: all(conditions),
    "Fn::Or": lambda *conditions: any(conditions),
    "Fn::Not": operator.not_,
    "Fn::Equals": operator.eq,
    "Fn::Contains": operator.contains,
}
