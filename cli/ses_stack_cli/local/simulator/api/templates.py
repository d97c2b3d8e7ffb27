"""E-mail templates.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailTemplate.html
"""

from __future__ import annotations

from ses_stack_cli.local.simulator import requests as r
from ses_stack_cli.local.simulator.api.calls import Call, Json, page
from ses_stack_cli.local.simulator.errors import already_exists, bad_request
from ses_stack_cli.local.simulator.handlebars import RenderingError, TemplateError, check, render
from ses_stack_cli.local.simulator.simulator import Simulator


async def create(simulator: Simulator, call: Call) -> Json:
    """Creates a template."""
    name = r.read(r.TemplateBody, call.body).TemplateName
    if not name:
        raise bad_request("TemplateName is missing.")
    if name in simulator.templates:
        raise already_exists(f"Template {name} already exists.")
    _store(simulator, name, call)
    return {}


async def update(simulator: Simulator, call: Call) -> Json:
    """Replaces a template."""
    name = call.names["TemplateName"]
    simulator.template(name)
    _store(simulator, name, call)
    return {}


async def get(simulator: Simulator, call: Call) -> Json:
    """A template."""
    name = call.names["TemplateName"]
    return {"TemplateName": name, "TemplateContent": simulator.template(name).model_dump(exclude_none=True)}


async def delete(simulator: Simulator, call: Call) -> Json:
    """Deletes a template; one that does not exist is deleted already."""
    simulator.templates.pop(call.names["TemplateName"], None)
    return {}


async def list_all(simulator: Simulator, call: Call) -> Json:
    """The templates, by page."""
    names = sorted(simulator.templates.items())
    shown, more = page(call, [{"TemplateName": name, "CreatedTimestamp": at} for name, (_, at) in names])
    return {"TemplatesMetadata": shown} | more


async def test_render(simulator: Simulator, call: Call) -> Json:
    """What a template becomes with some data."""
    content = simulator.template(call.names["TemplateName"])
    data = r.read_object(str(call.json().get("TemplateData", "{}")).encode())
    try:
        parts = [render(part, data) for part in (content.Subject, content.Text, content.Html) if part]
    except RenderingError as error:
        raise bad_request(str(error)) from None
    return {"RenderedTemplate": "\n\n".join(parts)}


def _store(simulator: Simulator, name: str, call: Call) -> None:
    content = r.read(r.TemplateBody, call.body).TemplateContent
    for part in (content.Subject, content.Text, content.Html):
        try:
            check(part or "")
        except TemplateError as error:
            raise bad_request(f"Template {name} is invalid: {error}") from None
    simulator.templates[name] = (content, simulator.clock())
