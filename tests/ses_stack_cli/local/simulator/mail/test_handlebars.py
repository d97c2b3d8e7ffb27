"""SES's templates."""

from __future__ import annotations

from typing import Any

import pytest

from ses_stack_cli.local.simulator.mail.handlebars import RenderingError, TemplateError, check, render

DATA: dict[str, Any] = {
    "name": "Ann",
    "n": 3,
    "yes": True,
    "none": None,
    "items": [{"title": "a"}, {"title": "b"}],
    "words": ["x", "y"],
    "shop": {"city": "Bonn"},
    "html": "<b>&</b>",
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hi {{name}}, {{ n }} {{yes}}{{none}}!", "Hi Ann, 3 true!"),
        ("{{html}} {{{html}}}", "<b>&</b> <b>&</b>"),
        ("{{shop.city}} {{items.1.title}}", "Bonn b"),
        ("a{{! note }}b{{!-- {{name}} --}}c", "abc"),
        ("{{#if yes}}1{{else}}2{{/if}}{{#if missing}}3{{else}}4{{/if}}", "14"),
        ("{{#unless missing}}5{{/unless}}", "5"),
        ("{{#each items}}{{@index}}{{title}}{{#unless @last}},{{/unless}}{{/each}}", "0a,1b"),
        ("{{#each words}}{{this}}-{{../name}} {{/each}}", "x-Ann y-Ann "),
        ("{{#each shop}}{{@key}}={{this}}{{/each}}", "city=Bonn"),
        ("{{#each missing}}x{{else}}empty{{/each}}", "empty"),
        ("{{#with shop}}{{city}}{{/with}}", "Bonn"),
        ("{{#if yes}}{{#if n}}a{{else}}b{{/if}}c{{else}}d{{/if}}", "ac"),
        ("{ {not} }", "{ {not} }"),
    ],
)
def test_rendering(template: str, text: str) -> None:
    assert render(template, DATA) == text


@pytest.mark.parametrize("path", ["missing", "shop.street", "items.7.title", "../name"])
def test_missing_data(path: str) -> None:
    with pytest.raises(RenderingError, match=r"^Attribute '.*' is not present in the rendering data\.$"):
        render(f"{{{{{path}}}}}", DATA)


@pytest.mark.parametrize(
    "template",
    [
        "{{#if a}}",
        "{{/if}}",
        "{{else}}",
        "{{#if a}}{{/each}}",
        "{{#loop a}}{{/loop}}",
        "{{> part}}",
        "{{f x}}",
        "{{#if}}",
    ],
)
def test_bad_templates(template: str) -> None:
    with pytest.raises(TemplateError):
        check(template)
