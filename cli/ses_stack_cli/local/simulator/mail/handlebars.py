"""The part of Handlebars that SES templates are written in.

Variables (`{{name}}`, `{{a.b}}`, `{{{name}}}`), comments, `#if`, `#unless`, `#each` and `#with` with `else`, `this`,
`@index`, `@key`, `@first`, `@last` and `../`. Partials and other helpers are refused. SES does not escape HTML.
https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-advanced.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_TAG = re.compile(r"\{\{!--.*?--\}\}|\{\{\{?\s*(?P<inside>[^{}]*?)\s*\}\}\}?", re.DOTALL)
_BLOCKS = ("if", "unless", "each", "with")
_MISSING = object()


class TemplateError(Exception):
    """The template is not valid."""


class RenderingError(Exception):
    """The data lacks a variable. The text is the one that SES publishes in a Rendering Failure."""


@dataclass(slots=True)
class _Block:
    helper: str
    argument: str
    body: list[_Node] = field(default_factory=list)
    otherwise: list[_Node] = field(default_factory=list)
    in_else: bool = False


@dataclass(frozen=True, slots=True)
class _Variable:
    path: str


type _Node = str | _Variable | _Block


@dataclass(frozen=True, slots=True)
class _Scope:
    this: Any
    parent: _Scope | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def render(template: str, data: Mapping[str, Any]) -> str:
    """The template filled with data. Raises `TemplateError` or `RenderingError`."""
    return "".join(_rendered(_parse(template), _Scope(data)))


def check(template: str) -> None:
    """Raises `TemplateError` if the template is not valid."""
    _parse(template)


def _parse(template: str) -> list[_Node]:
    parser, position = _Parser(), 0
    for tag in _TAG.finditer(template):
        parser.text(template[position : tag.start()])
        parser.tag(tag["inside"] or "!")  # a comment has no inside
        position = tag.end()
    parser.text(template[position:])
    return parser.nodes()


class _Parser:
    """Builds the tree of a template. The innermost open block is last in `_open`."""

    def __init__(self) -> None:
        self._root = _Block("", "")
        self._open = [self._root]

    def text(self, text: str) -> None:
        self._add(text)

    def tag(self, inside: str) -> None:
        match inside[0]:
            case "!":
                return
            case "#":
                block = _opened(inside)
                self._add(block)
                self._open.append(block)
            case "/":
                self._close(inside)
            case _ if inside == "else":
                self._else()
            case _:
                self._add(_variable(inside))

    def nodes(self) -> list[_Node]:
        """The tree. Raises `TemplateError` if a block is open."""
        if len(self._open) > 1:
            raise TemplateError(f"{{{{#{self._open[-1].helper}}}}} is not closed")
        return self._root.body

    def _add(self, node: _Node) -> None:
        block = self._open[-1]
        (block.otherwise if block.in_else else block.body).append(node)

    def _else(self) -> None:
        if len(self._open) == 1:
            raise TemplateError("{{else}} outside of a block")
        self._open[-1].in_else = True

    def _close(self, inside: str) -> None:
        block = self._open[-1]
        if block is self._root or block.helper != inside[1:].strip():
            raise TemplateError(f"{{{{{inside}}}}} closes nothing")
        self._open.pop()


def _opened(inside: str) -> _Block:
    helper, _, argument = inside[1:].strip().partition(" ")
    if helper not in _BLOCKS or not argument:
        raise TemplateError(f"{{{{{inside}}}}} is not a block that the simulator knows: {', '.join(_BLOCKS)}")
    return _Block(helper, argument.strip())


def _variable(inside: str) -> _Variable:
    if inside.startswith((">", "&")) or " " in inside:
        raise TemplateError(f"{{{{{inside}}}}}: partials and helpers are not supported by the simulator")
    return _Variable(inside)


def _rendered(nodes: Sequence[_Node], scope: _Scope) -> Iterator[str]:
    for node in nodes:
        match node:
            case str():
                yield node
            case _Variable(path):
                yield _text(_required(path, scope))
            case _Block():
                yield from _block(node, scope)


def _block(block: _Block, scope: _Scope) -> Iterator[str]:
    value = _lookup(block.argument, scope)
    holds = value is not _MISSING and bool(value)
    if block.helper == "each" and holds:
        for item, extra in _items(value):
            yield from _rendered(block.body, _Scope(item, scope, extra))
    elif block.helper == "with" and holds:
        yield from _rendered(block.body, _Scope(value, scope))
    elif block.helper in ("if", "unless"):
        yield from _rendered(block.body if holds == (block.helper == "if") else block.otherwise, scope)
    elif not holds:
        yield from _rendered(block.otherwise, scope)


def _items(value: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    pairs = list(value.items()) if isinstance(value, Mapping) else list(enumerate(value))
    for index, (key, item) in enumerate(pairs):
        yield item, {"@index": index, "@key": key, "@first": index == 0, "@last": index == len(pairs) - 1}


def _required(path: str, scope: _Scope) -> Any:
    value = _lookup(path, scope)
    if value is _MISSING:
        raise RenderingError(f"Attribute '{path}' is not present in the rendering data.")
    return value


def _lookup(path: str, scope: _Scope) -> Any:
    while path.startswith("../"):
        if scope.parent is None:
            return _MISSING
        path, scope = path[3:], scope.parent
    if path.startswith("@"):
        return scope.extra.get(path, _MISSING)
    value = scope.this
    for part in [] if path in ("this", ".") else path.removeprefix("this.").split("."):
        value = _member(value, part)
    return value


def _member(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name, _MISSING)
    if isinstance(value, list) and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    return _MISSING


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
