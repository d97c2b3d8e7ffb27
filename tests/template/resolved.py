"""The template as CloudFormation deploys it with given parameter values: conditions decided, functions carried out.

A reference to a resource is read as its logical id, and an attribute of one as `Resource.Attribute`.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from typing import Any

from tests.template.document import TEMPLATE
from tests.template.rules import Values, refusals, values

PSEUDO_PARAMETERS = {
    "AWS::StackName": "shop",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
_NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9:.]+)\}")


def deployed_resources(**given: object) -> dict[str, dict[str, Any]]:
    """The resources that exist with these parameter values. Fails if the values are refused."""
    return _section("Resources", _accepted(given))


def deployed_outputs(**given: object) -> dict[str, str]:
    """The outputs with these parameter values, name -> value."""
    return {name: output["Value"] for name, output in _section("Outputs", _accepted(given)).items()}


def _accepted(given: dict[str, object]) -> Values:
    assert not (refused := refusals(given)), refused
    return values(**given)


def _section(name: str, known: Values) -> dict[str, dict[str, Any]]:
    entries = TEMPLATE[name].items()
    return {key: _resolve(entry, known) for key, entry in entries if _holds(entry.get("Condition"), known)}


def _holds(condition: Any, known: Values) -> bool:
    """Whether a condition, named or written out, holds; None always does."""
    if condition is None:
        return True
    if isinstance(condition, str):
        return _holds(TEMPLATE["Conditions"][condition], known)
    ((function, argument),) = condition.items()
    if function == "Condition":
        return _holds(argument, known)
    if function == "Fn::Equals":
        left, right = (str(_resolve(each, known)) for each in argument)
        return left == right
    decided = [_holds(each, known) for each in argument]
    return {"Fn::And": all(decided), "Fn::Or": any(decided), "Fn::Not": not decided[0]}[function]


def _resolve(value: Any, known: Values) -> Any:
    if isinstance(value, list):
        return [each for each in (_resolve(each, known) for each in value) if each is not _NO_VALUE]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (function := next(iter(value))) in _FUNCTIONS:
        return _FUNCTIONS[function](value[function], known)
    resolved = {key: _resolve(each, known) for key, each in value.items()}
    return {key: each for key, each in resolved.items() if each is not _NO_VALUE}


def _ref(name: str, known: Values) -> Any:
    if name == "AWS::NoValue":
        return _NO_VALUE
    return known.get(name) if name in known else PSEUDO_PARAMETERS.get(name, name)


def _sub(argument: Any, known: Values) -> str:
    text, names = argument if isinstance(argument, list) else (argument, {})
    given = {name: _resolve(each, known) for name, each in names.items()}
    return _VARIABLE.sub(lambda found: str(given.get(found[1], _ref(found[1], known))), text)


def _if(argument: list[Any], known: Values) -> Any:
    condition, then, otherwise = argument
    return _resolve(then if _holds(condition, known) else otherwise, known)


def _find_in_map(argument: list[Any], known: Values) -> Any:
    name, *keys = (_resolve(each, known) for each in argument)
    found: Any = TEMPLATE["Mappings"][name]
    for key in keys:
        found = found[str(key)]
    return found


_FUNCTIONS = {
    "Ref": _ref,
    "Fn::Sub": _sub,
    "Fn::If": _if,
    "Fn::GetAtt": lambda argument, _: ".".join(argument),
    "Fn::FindInMap": _find_in_map,
    "Fn::Join": lambda argument, known: argument[0].join(map(str, _resolve(argument[1], known))),
    "Fn::Split": lambda argument, known: str(_resolve(argument[1], known)).split(argument[0]),
    "Fn::Select": lambda argument, known: _resolve(argument[1], known)[int(argument[0])],
}
